# SPDX-License-Identifier: Apache-2.0
"""Behind a front and beside a monitor: whose X-Forwarded-For is believed, cookies of a service that
people reach by HTTPS, and what /healthz and /readyz say when the store is away or its disk is full."""
import http.client
import os
import resource
import signal
import socket
import subprocess
import time

import tap
from harness import BUILD, ENV, Daemon
from visitor import Visitor, Way, values
from world import World

LIMIT = 20  # METOD_CODE_FAILURES


class Front(Daemon):
    """A daemon with these settings; get() asks it from an address of the loopback network."""

    def __init__(self, *settings, host="127.0.0.1", **kw):
        super().__init__(**kw)
        self.host = host
        self.settings = [s for s in self.settings if not s.startswith("http_listen")] + \
            [f"http_listen={f'[{host}]' if ':' in host else host}:{self.port}", *settings]

    def begin(self, ready=(200, "ok\n")):
        """Started, and /readyz says so."""
        self.process = self.process or subprocess.Popen([f"{BUILD}/metodd", *self.settings], env=ENV,
                                                        stdout=self.log, stderr=self.log)
        end = time.monotonic() + 30
        while True:
            try:
                if self.get("/readyz")[::2] == ready:
                    return self
            except OSError:
                pass
            assert time.monotonic() < end and self.process.poll() is None, self.tail()
            time.sleep(0.05)

    def get(self, path, source=None, headers=()):
        connection = http.client.HTTPConnection(self.host, self.port, timeout=30,
                                                source_address=(source, 0) if source else None)
        connection.putrequest("GET", path)
        for name, value in headers:
            connection.putheader(name, value)
        connection.endheaders()
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read().decode()

    def tries(self, n, source=None, headers=lambda i: ()):
        """The statuses of n wrong codes."""
        return [self.get(f"/i/AAAA-AAAA-AA{i:03d}", source, headers(i))[0] for i in range(n)]


def forwarded(*values):
    return [("X-Forwarded-For", v) for v in values]


def test_untrusted_front_is_not_believed():
    """without a trusted proxy, or from another address than its, invented headers change nothing: the
    wrong codes of one peer add up"""
    for settings, source in (((), None), (("trusted_proxy=127.0.0.2, 10.0.0.0/8",), "127.0.0.1")):
        front = Front(*settings).begin()
        seen = front.tries(LIMIT + 1, source, lambda i: forwarded(f"198.51.100.{i}"))
        tap.equal(seen, [422] * LIMIT + [429], settings)
        tap.equal(front.get("/i/AAAA-AAAA-AA999", "127.0.0.3")[0], 422, "another peer is another source")
        front.stop_clean()


def test_trusted_front_is_believed():
    """from a trusted address each client counts by itself; what a client wrote in front of what the
    proxy added, also an invented proxy, changes nothing; several proxies in a row are seen through"""
    front = Front("trusted_proxy=127.0.0.2, 10.0.0.0/8, 2001:db8::/32").begin()
    front.tries(LIMIT, "127.0.0.2", lambda i: forwarded(f"203.0.113.{i}"))
    tap.equal(front.tries(1, "127.0.0.2", lambda i: forwarded("203.0.113.200")), [422])
    chains = (lambda i: forwarded(f"1.1.1.{i}, 198.51.100.7"),
              lambda i: forwarded(f"1.1.2.{i}, 10.9.9.9, 198.51.100.7, 10.0.0.{i}"),
              lambda i: forwarded(f"1.1.3.{i}, 198.51.100.7", f"10.0.0.{i}, 2001:db8::{i:x}"))
    seen = []
    for n, chain in enumerate(chains):
        seen += front.tries(LIMIT // 2, "127.0.0.2", lambda i, c=chain, k=n: c(i + 20 * k))
    tap.equal(seen, [422] * LIMIT + [429] * (len(seen) - LIMIT))
    tap.equal(front.tries(1, "127.0.0.2", lambda i: forwarded("198.51.100.8")), [422])
    front.stop_clean()


def test_ipv6():
    """over IPv6, too: the proxy at ::1 is believed when it is named, and a client's whole network is
    one source"""
    front = Front("trusted_proxy=::1", host="::1").begin()
    seen = front.tries(LIMIT + 1, headers=lambda i: forwarded(f"2001:db8:0:1::{i + 1:x}"))
    tap.equal(seen, [422] * LIMIT + [429])
    tap.equal(front.tries(1, headers=lambda i: forwarded("2001:db8:0:2::1")), [422])
    front.stop_clean()


def test_cookies_and_scheme():
    """cookies are for HTTPS only when public_url is; a header of the client does not change it"""
    for url, secure in (("http://metod.example.ru", False), ("https://metod.example.ru", True)):
        front = Front(f"public_url={url}").begin()
        for proto in ("http", "https"):
            _, headers, _ = front.get("/", headers=[("X-Forwarded-Proto", proto)])
            cookies = headers.get_all("Set-Cookie")
            assert cookies and all(("; Secure" in c) == secure and c.startswith("__Host-") == secure
                                   for c in cookies), (url, proto, cookies)
            tap.equal("Strict-Transport-Security" in headers, secure)
        front.stop_clean()


def test_store_away():
    """/healthz says that the loop turns, also while the store stands still; /readyz does not, and says
    why, until it is back"""
    front = Front().begin()
    front.process.send_signal(signal.SIGSTOP)
    try:
        tap.equal(front.get("/healthz")[::2], (200, "ok\n"))
        tap.equal(front.get("/readyz")[::2], (503, "the store does not answer\n"))
    finally:
        front.process.send_signal(signal.SIGCONT)
    end = time.monotonic() + 20
    while front.get("/readyz")[::2] != (200, "ok\n"):
        assert time.monotonic() < end, front.tail()
        time.sleep(0.2)
    front.stop_clean()


def test_full_disk():
    """/readyz tells a disk on which writes are refused, and is well again with the next write that
    is taken; /healthz stays"""
    front = Front().begin()
    way = Way(World(front))
    visitor, page = way.begin("P-003")
    form, size = page.form("/a/1"), os.stat(f"{front.dir}/store/store.mdb").st_size
    pid = front.process.pid
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

    def save(n):
        return visitor.send(form, values(form, lambda item: n % 4) + [("k", f"{n:032x}")], "next").status
    for n in range(500):
        if save(n) == 503:
            break
    tap.equal(front.get("/readyz")[::2], (503, "the disk is full\n"))
    tap.equal(front.get("/healthz")[0], 200)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    tap.equal(save(501), 303)
    tap.equal(front.get("/readyz")[::2], (200, "ok\n"))
    front.stop_clean()


def test_disk_nearly_full():
    """/readyz warns while writes are still taken: less free space than 64 MiB"""
    front = Front()
    store, copy = f"{front.dir}/store", f"{front.dir}/copy"
    os.rename(store, copy)
    os.mkdir(store)
    front.process = subprocess.Popen(
        ["unshare", "--mount", "--user", "--map-root-user", "sh", "-euc",
         'mount -t tmpfs -o size=16m none "$0"; cp -a "$1/." "$0"; shift; exec "$@"',
         store, copy, f"{BUILD}/metodd", *front.settings], env=ENV, stdout=front.log, stderr=front.log)
    front.begin((503, "the disk is nearly full\n"))
    front.rpc().call("token.issue", login="root")
    front.stop_clean()


def test_unix_socket():
    """a front on a Unix socket is believed: only those who may open it are there"""
    front = Front()
    front.settings = [s for s in front.settings if not s.startswith("http_listen")] + \
        [f"http_listen=unix:{front.dir}/http.sock"]
    front.process = subprocess.Popen([f"{BUILD}/metodd", *front.settings], env=ENV, stdout=front.log,
                                     stderr=front.log)

    def tries(address):
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(f"{front.dir}/http.sock")
            client.sendall(f"GET /i/AAAA-AAAA-AA111 HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: {address}\r\n"
                           "Connection: close\r\n\r\n".encode())
            return int(client.recv(65536).split()[1])
    end = time.monotonic() + 20
    while True:
        try:
            if tries("203.0.113.99") == 422:
                break
        except OSError:
            pass
        assert time.monotonic() < end, front.tail()
        time.sleep(0.1)
    tap.equal([tries("203.0.113.1") for _ in range(LIMIT + 1)], [422] * LIMIT + [429])
    tap.equal(tries("203.0.113.2"), 422)
    front.stop_clean()


tap.run(globals())
