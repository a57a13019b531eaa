# SPDX-License-Identifier: Apache-2.0
"""Little memory and many who send much: the web process under 64 MiB with hundreds of half-sent
bodies, the daemon under a limit with half-sent messages. Neither may be killed; who holds too much
is let go, others are served."""
import http.client
import os
import socket
import time

import msgpack

import lab
import tap

BASE = lab.Base(sheets=12)
MIB = 1 << 20


def half_body(port, bytes_):
    """A request whose body is not sent to its end; None: no connection."""
    sock = socket.socket()
    sock.settimeout(lab.ANSWER_S)
    try:
        sock.connect(("127.0.0.1", port))
        sock.sendall(b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: "
                     b"application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n" % bytes_)
        sock.sendall(b"a=" + b"x" * (bytes_ - 100))
        return sock
    except OSError:
        sock.close()
        return None


def page(port):
    """The status of a page on a new connection; 0: it was let go."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=lab.ANSWER_S)
    try:
        connection.request("GET", "/help")
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        connection.close()


def anonymous(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith("RssAnon"))


def bodies(count, bytes_):
    """(memory of the group at its height, connections that were kept) of a web process of 64 MiB."""
    server, group = BASE.copy(), lab.MemoryGroup(64 * MIB)
    server.start()
    web = lab.Web(server, limit=group.enter)
    try:
        assert web.ready(), server.tail()
        socks = [half_body(web.port, bytes_) for _ in range(count)]
        time.sleep(0.5)
        assert web.process.poll() is None, f"it ended: {web.process.poll()}\n{server.tail()}"
        most, now = group.most(web.process.pid), anonymous(web.process.pid)
        kept = sum(sock is not None and alive(sock) for sock in socks)
        for sock in filter(None, socks):
            sock.close()
        begun = time.monotonic()
        while page(web.port) != 200:
            assert time.monotonic() < begun + lab.ANSWER_S, f"it serves nobody\n{server.tail()}"
            time.sleep(0.05)
        assert web.process.poll() is None, "it ended"
        return dict(limit=group.kind, bodies=count, bytes=bytes_, kept=kept, most_mib=most // MIB,
                    anonymous_mib=now // MIB, serves_after_s=round(time.monotonic() - begun, 2))
    finally:
        web.end()
        server.close()
        group.close()


def alive(sock):
    sock.setblocking(False)
    try:
        return sock.recv(1) != b""
    except BlockingIOError:
        return True
    except OSError:
        return False


def test_web():
    """400 and 1,500 half-sent bodies: a web process of 64 MiB is not killed and serves"""
    for count, bytes_ in ((400, 60000), (lab.scale(1500, 2000), 60000), (400, 250000)):
        for _ in range(lab.scale(1, 10)):
            done = bodies(count, bytes_)
        lab.report("half-sent bodies", **done)


def half_message(path, bytes_):
    rpc = lab.Rpc(path, hello=False)
    rpc.sock.settimeout(lab.ANSWER_S)
    try:
        rpc.call("hello", proto=1, client="fault")
        rpc.sock.sendall(msgpack.packb([0, 2, "whoami", [{"x": "y" * bytes_}]])[:-100])
        return rpc
    except OSError:
        rpc.close()
        return None


def test_daemon():
    """300 messages of 3 MB, half-sent, and a daemon of 384 MiB: it is not killed and goes on"""
    for _ in range(lab.scale(1, 10)):
        server, group = BASE.copy(), lab.MemoryGroup(384 * MIB)
        try:
            server.start(limit=group.enter)
            held = [half_message(server.socket, 3 * MIB) for _ in range(300)]
            assert server.process.poll() is None, f"it ended: {server.process.poll()}"
            ledger = lab.Ledger(BASE, lab.script(BASE))
            assert ledger.play(server), f"it let a small call go\n{server.tail()}"
            tap.equal(ledger.receipts(), 20, server.tail())
            most, now = group.most(server.process.pid), anonymous(server.process.pid)
            kept = sum(rpc is not None and alive(rpc.sock) for rpc in held)
            for rpc in filter(None, held):
                rpc.close()
            tap.equal(server.stop(), 0, server.tail())
            server.start()
            ledger.check(server)
            tap.equal(ledger.bad(), 0, ledger.notes[:5])
        finally:
            server.close()
            group.close()
    lab.report("half-sent messages", limit=group.kind, messages=300, bytes=3 * MIB, kept=kept,
               most_mib=most // MIB, anonymous_mib=now // MIB, receipts=ledger.receipts())


tap.run(globals())
