# SPDX-License-Identifier: Apache-2.0
"""Crowds: ten thousand idle connections, slow senders, clients that ask and do not read, resets,
and a full house. Others are served meanwhile, memory stays bounded, and whoever is slow is cut."""
import glob
import http.client
import itertools
import resource
import selectors
import socket
import struct
import time

import msgpack

import lab
import tap

BASE = lab.Base(sheets=2)
MIB = 1 << 20
FILES = 12000  # descriptors that 10,000 connections need on either side
REQUEST_S, ANSWER_S, UNREAD_S, HASTE_S = 15, 30, 30, 3  # limits.h
HOST = b"Host: a\r\n"
RESET = struct.pack("ii", 1, 0)


def serving(files=None, program=None):
    def limit():
        resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))
    server = BASE.copy(program, web=True)
    server.start(limit=limit if files else None)
    end = time.monotonic() + lab.ANSWER_S
    while True:
        try:
            ask(server.port)
            return server
        except (OSError, http.client.HTTPException):
            assert time.monotonic() < end, server.tail()
            time.sleep(0.05)


def ask(port, path="/help", timeout=lab.ANSWER_S):
    """Seconds until the page was here, on a new connection."""
    begun = time.monotonic()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    connection.request("GET", path)
    assert connection.getresponse().read()
    connection.close()
    return time.monotonic() - begun


def web_pid(server):
    with open(f"/proc/{server.process.pid}/task/{server.process.pid}/children",
              encoding="ascii") as file:
        return int(file.read())


def resident(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith("VmRSS"))


def connect(port, count, first=b"", receive=0):
    """Connections that have all been accepted by the system; `first` is sent on each."""
    socks = []
    for _ in range(count):
        sock = socket.socket()
        if receive:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive)
        sock.settimeout(lab.ANSWER_S)
        sock.connect(("127.0.0.1", port))
        if first:
            sock.sendall(first)
        socks.append(sock)
    return socks


def library():
    [found] = glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")
    return found


def milliseconds(times):
    times = sorted(times)
    return {"p50_ms": round(1000 * times[len(times) // 2], 1),
            "p99_ms": round(1000 * times[len(times) * 99 // 100], 1)}


def test_idle():
    """10,000 connections that ask nothing, half of them in the middle of a head: held within 64 MiB,
    and another client is served as if they were not there"""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < FILES:
        hard = FILES  # root may raise it, for others this fails
    resource.setrlimit(resource.RLIMIT_NOFILE, (FILES, hard))
    server = serving()
    try:
        before, begun = resident(web_pid(server)), time.monotonic()
        socks = connect(server.port, 5000) + connect(server.port, 5000, b"GET /me HTTP/1.1\r\nA: b")
        connected = time.monotonic() - begun
        while time.monotonic() < begun + lab.ANSWER_S:  # until the last one has been taken
            times = [ask(server.port) for _ in range(200)]
            if max(times) < 1:
                break
        memory = resident(web_pid(server))
        lab.report("10,000 idle connections", connected_s=round(connected, 2),
                   resident_mib=round(memory / MIB, 1), before_mib=round(before / MIB, 1),
                   **milliseconds(times))
        assert memory < 64 * MIB, memory
        assert sorted(times)[198] < 3, times
        cut = [sock for sock in socks[:5000] if gone(sock)]
        assert not cut, f"{len(cut)} idle connections were not held"
        for sock in socks:  # and all leave at once
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            sock.close()
        assert ask(server.port) < lab.ANSWER_S
        server.stop_clean()
    finally:
        server.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def gone(sock):
    """Has the peer closed? Nothing is read that it sent."""
    sock.setblocking(False)
    try:
        return sock.recv(1, socket.MSG_PEEK) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True


class Slow:
    """Clients of one kind that are never served; remembers when each was cut."""

    def __init__(self, name, make, drip, least, most):
        self.name, self.drip, self.cut = name, drip, []
        self.least = time.monotonic() + least  # of the first of them
        self.open = dict.fromkeys(make())
        self.begun = time.monotonic()
        self.most = self.begun + most  # of the last

    def step(self):
        for sock in list(self.open):
            try:
                if self.drip:
                    sock.send(self.drip, socket.MSG_DONTWAIT)
                elif not shut_by_peer(sock):
                    continue
                else:
                    raise ConnectionError
            except BlockingIOError:
                pass
            except OSError:
                self.cut.append(time.monotonic())
                del self.open[sock]
                sock.close()

    def counts(self):
        return {"clients": len(self.cut) + len(self.open), "cut": len(self.cut),
                "first_s": round(min(self.cut, default=self.begun) - self.begun, 1),
                "last_s": round(max(self.cut, default=self.begun) - self.begun, 1)}

    def check(self):
        assert not self.open, f"{self.name}: {len(self.open)} are still open"
        assert self.least <= min(self.cut) and max(self.cut) <= self.most, self.counts()


def shut_by_peer(sock):
    """Of a socket whose answers are not read: has the connection ended?"""
    with selectors.PollSelector() as poll:
        poll.register(sock, selectors.EVENT_WRITE)
        if sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            return True
    if sock.family == socket.AF_UNIX:
        try:
            sock.send(b"", socket.MSG_DONTWAIT | socket.MSG_NOSIGNAL)
            sock.send(b"\xc0", socket.MSG_DONTWAIT | socket.MSG_NOSIGNAL)
        except BlockingIOError:
            return False
        except OSError:
            return True
        return False
    return sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] not in (1, 8)


def mute_rpc(server, count):
    """Connections full of calls whose replies nobody reads."""
    calls = b"".join(msgpack.packb([0, n, "activity.list", [{}]]) for n in range(4000))
    socks = []
    for _ in range(count):
        sock = server.rpc().sock
        sock.setblocking(False)
        try:
            sock.send(calls)
        except BlockingIOError:
            pass
        socks.append(sock)
    return socks


def test_slow_and_mute():
    """slow heads, slow bodies, answers and replies that nobody takes: cut at their deadlines, counted
    from the first byte and not from the last; others are served meanwhile. Control: without the guard
    slow heads stay"""
    count, mute = lab.scale(200, 1000), 256
    server, broken = serving(), serving(program=f"{lab.BUILD}/mutant/no_guard/metodd")
    try:
        web, store = web_pid(server), server.process.pid
        before = resident(web), resident(store)
        head = b"POST /start HTTP/1.1\r\n" + HOST
        body = head + b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 9000\r\n\r\n"
        pages = (b"GET /privacy HTTP/1.1\r\n" + HOST + b"\r\n") * 300
        kinds = [
            Slow("heads", lambda: connect(server.port, count, head), b"A",
                 REQUEST_S - 1, REQUEST_S + 10),
            Slow("bodies", lambda: connect(server.port, count, body), b"a",
                 REQUEST_S - 1, REQUEST_S + 10),
            Slow("answers", lambda: connect(server.port, mute, pages, 4096), b"",
                 ANSWER_S - 1, ANSWER_S + 20),
            Slow("replies", lambda: mute_rpc(server, mute), b"", UNREAD_S - 1, UNREAD_S + 20)]
        control = Slow("control", lambda: connect(broken.port, 10, head), b"A", 0, 0)
        times, most, rpc = [], list(before), server.rpc()
        called = []
        while any(kind.open for kind in kinds) and \
                time.monotonic() < kinds[-1].begun + UNREAD_S + 25:
            begun = time.monotonic()
            for kind in (*kinds, control):
                kind.step()
            times += [ask(server.port) for _ in range(5)]
            asked = time.monotonic()
            rpc.call("status")
            called.append(time.monotonic() - asked)
            most = [max(a, resident(pid)) for a, pid in zip(most, (web, store))]
            time.sleep(max(0.0, begun + 1 - time.monotonic()))
        for kind in kinds:
            lab.report(f"slow {kind.name}", **kind.counts())
        lab.report("served beside slow and mute clients", **milliseconds(times),
                   **{f"rpc_{name}": n for name, n in milliseconds(called).items()},
                   web_mib=round(most[0] / MIB, 1), store_mib=round(most[1] / MIB, 1))
        lab.report("control: slow heads without the guard", **control.counts())
        assert not control.cut, control.counts()
        for kind in kinds:
            kind.check()
        assert most[0] < 64 * MIB and most[1] - before[1] < 128 * MIB, most
        assert sorted(times)[len(times) * 99 // 100] < 2 and max(called) < 2, (times, called)
        server.stop_clean()
    finally:
        server.close()
        broken.close()


def test_resets():
    """connections that are reset in the middle of a head, of a body, or before the answer"""
    server = serving()
    try:
        count = lab.scale(3000, 30000)
        pieces = [b"", b"GET / HT", b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 9\r\n\r\na",
                  b"GET /i/AAAA-BBBB-CCCCC HTTP/1.1\r\n" + HOST + b"\r\n",
                  (b"GET /privacy HTTP/1.1\r\n" + HOST + b"\r\n") * 20]
        for n in range(count):
            [sock] = connect(server.port, 1, pieces[n % len(pieces)])
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            sock.close()
        seconds = ask(server.port)
        half = connect(server.port, 100, b"GET / HTTP/1.1\r\nHo")
        for sock in half:  # closed on one side
            sock.shutdown(socket.SHUT_WR)
            tap.equal(sock.recv(1), b"")
            sock.close()
        lab.report("resets", connections=count, half_closed=len(half), next_page_s=round(seconds, 3))
        assert seconds < 5
        server.stop_clean()
    finally:
        server.close()


def served_in_full_house(first):
    """Seconds until a page came, while every place of the web process was taken."""
    server = serving(files=300)
    try:
        socks = connect(server.port, 300, first)
        seconds = ask(server.port)
        assert sum(gone(sock) for sock in socks) > 60, "not all places were taken"
        return seconds
    finally:
        server.close()


def test_never_idle():
    """a connection that has calls in work at every moment is not taken for one that waits in vain: it
    is the web process's own on a busy day (time runs forty times as fast)"""
    server = BASE.copy()
    try:
        server.start(env={"LD_PRELOAD": library(), "FAKETIME": "+0 x40"})
        rpc, begun, names = server.rpc(), time.monotonic(), itertools.count()
        for _ in range(4):
            rpc.send("login", login=f"nobody-{next(names)}", password="x" * 15)
        while time.monotonic() < begun + 5:
            rpc.recv()
            rpc.send("login", login=f"nobody-{next(names)}", password="x" * 15)
        seconds, sent = server.rpc().call("status")["uptime_s"], next(names)
        lab.report("calls in work all the time", seconds=seconds, calls=sent)
        assert seconds > 150, seconds
    finally:
        server.close()


def test_full_house():
    """whoever holds all places, idle or with half a head, holds them for seconds only"""
    times = {}
    for name, first in (("idle_s", b""), ("half_a_head_s", b"GET / HTTP/1.1\r\nHo")):
        times[name] = round(served_in_full_house(first), 1)
    lab.report("all places taken", **times)
    assert max(times.values()) < HASTE_S + 8, times


tap.run(globals())
