# SPDX-License-Identifier: Apache-2.0
"""Descriptors that run out, and clients that ask without reading."""
import os
import resource
import socket
import time
import urllib.request

import lab
import tap

BASE = lab.Base(sheets=12)
HERTZ = os.sysconf("SC_CLK_TCK")


def cpu_s(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / HERTZ


def log_lines(server):
    with open(f"{server.dir}/log", "rb") as file:
        return file.read().count(b"\n")


def fetch(url):
    """True: the page came."""
    try:
        with urllib.request.urlopen(url, timeout=lab.ANSWER_S) as answer:
            return answer.status == 200
    except OSError:
        return False


def connect(address, count, family=socket.AF_UNIX):
    """Connections that a full listener may leave waiting."""
    socks = []
    for _ in range(count):
        sock = socket.socket(family)
        sock.setblocking(False)
        try:
            sock.connect(address)
        except (BlockingIOError, InterruptedError):
            pass
        socks.append(sock)
    return socks


def test_accept():
    """accept4 says EMFILE: the listener pauses, says so without a flood, and resumes"""
    totals = {"runs": 0, "answered": 0, "log_lines": 0}
    for n in range(1, lab.scale(4, 20)):
        server = BASE.copy()
        try:
            server.start(prefix=lab.strace("accept4", f"error=EMFILE:when={n}..{n + 2}"))
            for _ in range(n + 5):
                rpc = server.rpc()
                assert rpc.call("store.stat")["journal"] == BASE.last
                rpc.close()
                totals["answered"] += 1
            totals["runs"] += 1
            totals["log_lines"] += log_lines(server)
            with open(f"{server.dir}/log", encoding="utf-8") as file:
                assert "accept" in file.read(), "the pause was not logged"
            assert log_lines(server) < 20, server.tail()
            tap.equal(server.stop(), 0, server.tail())
        finally:
            server.close()
    lab.report("accept4 EMFILE", **totals)


def test_descriptors():
    """64 descriptors and 200 connections: no spinning, no flood of log lines, then it recovers"""
    server = BASE.copy()
    try:
        server.start(limit=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64)))
        socks = connect(server.socket, 200)
        time.sleep(1)
        begun, lines = cpu_s(server.process.pid), log_lines(server)
        time.sleep(3)
        spent, said = cpu_s(server.process.pid) - begun, log_lines(server) - lines
        for sock in socks:
            sock.close()
        begun = time.monotonic()
        rpc = server.rpc()
        ledger = lab.Ledger(BASE, lab.script(BASE))
        assert ledger.play(server)
        recovered = time.monotonic() - begun
        rpc.close()
        lab.report("64 descriptors, 200 connections", cpu_s_in_3_s=round(spent, 2), log_lines=said,
                   receipts=ledger.receipts(), recovered_s=round(recovered, 2))
        tap.equal(ledger.receipts(), 20)
        assert spent < 0.6 and said < 60, (spent, said)
        tap.equal(server.stop(), 0, server.tail())
    finally:
        server.close()


def children(pid):
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
        return [int(child) for child in file.read().split()]


def test_web_descriptors():
    """the same of the web process: 64 descriptors, 200 connections over HTTP"""
    server = BASE.copy(web=True)
    try:
        server.start(limit=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64)))
        page = f"http://127.0.0.1:{server.port}/"
        end = time.monotonic() + lab.ANSWER_S
        while not fetch(page) and time.monotonic() < end:
            time.sleep(0.05)
        [web] = children(server.process.pid)
        socks = connect(("127.0.0.1", server.port), 200, socket.AF_INET)
        time.sleep(1)
        begun, lines = cpu_s(web), log_lines(server)
        time.sleep(3)
        spent, said = cpu_s(web) - begun, log_lines(server) - lines
        for sock in socks:
            sock.close()
        begun = time.monotonic()
        while not fetch(page):
            assert time.monotonic() - begun < lab.ANSWER_S, f"it does not recover\n{server.tail()}"
            time.sleep(0.05)
        lab.report("web: 64 descriptors, 200 connections", cpu_s_in_3_s=round(spent, 2),
                   log_lines=said, recovered_s=round(time.monotonic() - begun, 2))
        assert spent < 0.6 and said < 60, (spent, said)
        tap.equal(children(server.process.pid), [web], "the same web process")
        tap.equal(server.stop(), 0, server.tail())
    finally:
        server.close()


def grown(stuck, rounds):
    """Bytes of the store's file after so many saved pages, beside clients that ask and do not
    read."""
    server = BASE.copy()
    try:
        server.start()
        readers = [server.rpc() for _ in range(stuck)]
        asked = 0
        for reader in readers:
            reader.sock.settimeout(0.3)
            try:
                for _ in range(4000):
                    reader.send("audit.log", **{"from": 1, "limit": 10000})
                    asked += 1
            except TimeoutError:
                pass
        rpc, saved = server.rpc(), 0
        for n in range(rounds):
            for sheet in BASE.sheets:
                op = lab.Op(f"{n} {sheet.teacher}", sheet, 1)
                op.send(rpc)
                _, error, _ = rpc.recv()
                assert error is None, error
                saved += 1
        bytes_ = os.path.getsize(f"{server.dir}/store/store.mdb")
        for reader in readers:
            reader.close()
        tap.equal(server.stop(), 0, server.tail())
        return bytes_, saved, asked
    finally:
        server.close()


def test_stuck_reader():
    """clients that ask and do not read do not make the file grow"""
    rounds = lab.scale(40, 400)
    alone, saved, _ = grown(0, rounds)
    beside, _, asked = grown(4, rounds)
    lab.report("stuck readers", readers=4, asked=asked, saved=saved, bytes_alone=alone,
               bytes_beside=beside)
    assert asked > 200, "the clients were never stuck"
    # A reader that is really stuck costs about 60 kB for each (test_reader). Calls that are at
    # work hold a snapshot for a moment, on a loaded machine for longer.
    assert beside <= alone + 24 * 1024 * saved, (alone, beside)


tap.run(globals())
