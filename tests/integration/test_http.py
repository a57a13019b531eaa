#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The HTTP front against clients that are slow or gone, and against a store that stands still.
Plain sockets: no HTTP library would send these requests. (Wrong ones: test_hostile_http.py.)"""
import glob
import os
import re
import signal
import socket
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, f"{HERE}/../lib")

from harness import Daemon  # noqa: E402
from tap import equal, run  # noqa: E402

HOST = b"Host: a\r\n"
FORM = HOST + b"Content-Type: application/x-www-form-urlencoded\r\n"
SLOW_S = 15  # METOD_HTTP_REQUEST_MS
daemon = Daemon().start()


def connect(timeout=5):
    sock = socket.create_connection(("127.0.0.1", daemon.port), timeout)
    sock.settimeout(timeout)
    return sock


def exchange(request, timeout=1.0):
    """Statuses of all answers, and whether the server closed the connection."""
    sock, got, closed = connect(timeout), b"", False
    try:
        sock.sendall(request)
        while not closed:
            data = sock.recv(65536)
            closed, got = not data, got + data
    except socket.timeout:
        pass
    except ConnectionError:
        closed = True
    sock.close()
    return [int(s) for s in re.findall(rb"HTTP/1\.[01] (\d{3})", got)], closed, got


def get(path, headers=b""):
    return exchange(b"GET " + path + b" HTTP/1.1\r\n" + HOST + headers +
                    b"Connection: close\r\n\r\n", 15)


def web_process():
    for path in glob.glob("/proc/[0-9]*/stat"):
        try:
            with open(path, encoding="utf-8", errors="replace") as file:
                parent = int(file.read().rpartition(")")[2].split()[1])
        except OSError:  # it has just ended
            continue
        if parent == daemon.process.pid:
            return int(path.split("/")[2])
    raise AssertionError("the web process is not there")


def test_numbers_are_not_mixed_up():
    """a connection that takes the place of a refused one at once is served like any other"""
    large = b"GET / HTTP/1.1\r\n" + HOST + b"A: " + b"x" * 20000 + b"\r\n\r\n"
    # Bytes that nobody reads any more keep the events of the first connection alive.
    unread = b"GET http://a/ HTTP/1.1\r\n" + HOST + b"\r\n" + b"GET / HTTP/1.1\r\n" + HOST
    for n in range(50):
        exchange(unread)
        equal(exchange(large, 3)[:2], ([431], True), f"after {n} refusals")


def test_good_requests_share_a_connection():
    """three requests sent at once are answered in order on one open connection"""
    one = b"GET /healthz HTTP/1.1\r\n" + HOST + b"\r\n"
    got, closed, _ = exchange(one * 3)
    equal((got, closed), ([200, 200, 200], False))


def test_unknown_and_wrong():
    """what is not in the table answers 404, a known address with another method 405, never 200"""
    for path, status in ((b"/nope", 404), (b"/assets/../embed.py", 404), (b"/a/0", 404),
                         (b"/a/x", 404), (b"/i/", 404), (b"/me/wants", 405), (b"/logout", 405)):
        equal(get(path)[0], [status], path)


def test_session_is_asked_for():
    """a page of a teacher without a session asks for the code and names no other page"""
    for path in (b"/start", b"/a/1", b"/a/check", b"/me", b"/me/route", b"/me/data",
                 b"/me/data.json"):
        equal(get(path)[0], [401], path)
        equal(get(path, b"Cookie: m=r.00\r\n")[0], [401], path)


def test_headers():
    """every answer forbids scripts, frames, guessing of types and storing of pages"""
    for path in (b"/", b"/help", b"/privacy", b"/nope", b"/me", b"/healthz", b"/pin"):
        head = get(path)[2].split(b"\r\n\r\n")[0].lower()
        for wanted in (b"content-security-policy: default-src 'none'; style-src 'self'",
                       b"frame-ancestors 'none'", b"x-content-type-options: nosniff",
                       b"referrer-policy: no-referrer", b"cache-control: no-store",
                       b"cross-origin-opener-policy: same-origin"):
            if wanted not in head:
                raise AssertionError(f"{path}: no {wanted}\n{head}")
    css = re.search(rb"/assets/metod\.css\?v=\w{16}", get(b"/")[2])[0]
    equal(b"immutable" in get(css)[2], True)
    equal(b"no-store" in get(b"/assets/metod.css?v=0")[2], True)


def test_form_without_token():
    """a form without the token of its browser is shown again and changes nothing"""
    body = b"code=AAAA-BBBB-CCCCC"
    got, _, page = exchange(b"POST / HTTP/1.1\r\n" + FORM + b"Cookie: c=" + b"0" * 32 +
                            b"\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
    equal(got, [403])
    equal(b"AAAA-BBBB" in page, False, "a code must not travel in a page")


def test_no_secrets_in_the_log():
    """the log names patterns of addresses, never a code"""
    get(b"/i/SECRETCODE777")
    time.sleep(0.3)
    with open(f"{daemon.dir}/log", encoding="utf-8") as file:
        text = file.read()
    equal("SECRETCODE777" in text, False)
    equal("route=/i/CODE" in text, True)


def test_slow_clients():
    """slow headers and slow bodies are closed at the deadline, others are served meanwhile"""
    ends = []

    def drip(body):
        sock, begun = connect(0.4), time.monotonic()
        try:
            sock.sendall(b"POST / HTTP/1.1\r\n" + FORM +
                         (b"Content-Length: 1000\r\n\r\n" if body else b""))
            while time.monotonic() - begun < SLOW_S + 10:
                sock.sendall(b"a" if body else b"X-A: b\r\n")
                try:
                    if not sock.recv(1):
                        break
                except socket.timeout:
                    pass
        except OSError:
            pass
        ends.append(time.monotonic() - begun)

    threads = [threading.Thread(target=drip, args=(n % 2 == 0,)) for n in range(20)]
    for thread in threads:
        thread.start()
    for _ in range(50):
        equal(get(b"/healthz")[0], [200])
    for thread in threads:
        thread.join()
    equal(len(ends), 20)
    if not all(SLOW_S - 0.5 <= seconds <= SLOW_S + 3 for seconds in ends):
        raise AssertionError(f"closed after {sorted(round(s, 1) for s in ends)}")


def test_store_stands_still():
    """without the store pages that need it answer 503 in time, those that do not are served, and
    clients that leave meanwhile harm nobody"""
    os.kill(daemon.process.pid, signal.SIGSTOP)
    try:
        clients = [connect(20) for _ in range(200)]
        for client in clients:
            client.sendall(b"GET /i/AAAA-BBBB-CCCCC HTTP/1.1\r\n" + HOST + b"\r\n")
        for client in clients[:80]:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            client.close()
        equal(get(b"/help")[0], [200])
        answers = {client.recv(4096)[:12] for client in clients[80:]}
        equal(answers, {b"HTTP/1.1 503"})
    finally:
        os.kill(daemon.process.pid, signal.SIGCONT)
    for _ in range(50):
        if get(b"/readyz")[0] == [200]:
            break
        time.sleep(0.1)
    equal(get(b"/readyz")[0], [200])
    for client in clients:
        client.close()


def test_web_process_falls():
    """a killed web process is started again and serves"""
    before = web_process()
    os.kill(before, signal.SIGKILL)
    for _ in range(100):
        try:
            if get(b"/readyz")[0] == [200]:
                break
        except OSError:
            pass
        time.sleep(0.1)
    equal(get(b"/readyz")[0], [200])
    equal(web_process() == before, False)


def test_orderly_stop():
    """at the end idle connections are closed and both processes stop with 0"""
    idle = connect()
    time.sleep(0.3)
    begun = time.monotonic()
    equal(daemon.stop(), 0)
    equal(idle.recv(1), b"")
    equal(time.monotonic() - begun < 8, True)
    equal("event=web_ended status=0" in daemon.tail() or "event=stopped" in daemon.tail(), True)
    equal("Sanitizer" in daemon.tail(400), False)


run(globals())
