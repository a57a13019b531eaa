# SPDX-License-Identifier: Apache-2.0
"""Counters for monitoring: their own socket, a format that a strict reader takes, numbers that follow
what happened, no person and no group in them, every one explained in docs/operations.md."""
import os
import re
import resource
import signal
import socket
import time
import urllib.error
import urllib.request

import tap
from exposition import parse
from harness import ROOT, Daemon, free_port
from prometheus_client.parser import text_string_to_metric_families
from visitor import CONSENTS, Visitor, Way, values
from world import World

PORT = free_port()
DAEMON = Daemon()
DAEMON.settings += [f"metrics_listen=127.0.0.1:{PORT}"]
DAEMON.start()
WORLD = World(DAEMON)
WAY = Way(WORLD)


def get(path="/metrics", port=PORT):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=30) as answer:
            return answer.status, answer.headers["Content-Type"], answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.headers["Content-Type"], error.read().decode()


def scrape():
    code, kind, text = get()
    tap.equal((code, kind), (200, "text/plain; version=0.0.4; charset=utf-8"))
    return parse(text)


def value(families, name, **labels):
    return sum(v for n, l, v in families[name]["samples"]
               if n == name and all(l.get(k) == w for k, w in labels.items())) \
        if name in families else 0


def test_own_socket():
    """the counters are not among the pages, and there is nothing else beside the counters"""
    tap.equal(get("/metrics", DAEMON.port)[0], 404)
    for path in ("/", "/help", "/readyz", "/i/CODE", "/metrics/x"):
        tap.equal(get(path)[0], 404, path)
    request = urllib.request.Request(f"http://127.0.0.1:{PORT}/metrics", method="POST", data=b"a=1")
    try:
        urllib.request.urlopen(request)
        raise AssertionError("POST was taken")
    except urllib.error.HTTPError as error:
        assert error.code in (403, 405), error.code


def test_format():
    """two readers, one of them strict, understand the text alike"""
    Visitor(DAEMON.port).exchange("GET", "/")
    text = get()[2]
    families = parse(text)
    theirs = {f.name: f for f in text_string_to_metric_families(text)}
    tap.equal(sorted(n.removesuffix("_total") for n in families), sorted(theirs))
    for name, family in families.items():
        assert name.startswith(("metod_web_", "metod_store_")), name
        tap.equal(len(theirs[name.removesuffix("_total")].samples), len(family["samples"]), name)


def test_counts_follow():
    """pages, calls, saved answers, submissions, repeated keys, refused codes and commits are counted"""
    before = scrape()
    visitor, page = WAY.begin("P-003")
    form = page.form("/a/1")
    fields = values(form, lambda item: 2)
    visitor.send(form, fields, "next")
    visitor.send(form, fields, "next")  # the same form once more
    WAY.fill(visitor, visitor.get("/a/1"))
    visitor.post(visitor.get("/a/check").form("/submit"))
    Visitor(DAEMON.port).exchange("GET", "/i/2222-2222-2222-2")
    after = scrape()

    def grown(name, **labels):
        return value(after, f"metod_{name}", **labels) - value(before, f"metod_{name}", **labels)
    tap.equal(grown("store_submissions_total"), 1)
    tap.equal(grown("store_key_replays_total"), 1)
    assert grown("store_pages_saved_total") > 1
    tap.equal(grown("store_login_failures_total", kind="code", reason="not_found"), 1)
    assert grown("web_requests_total", route="/a/N", status="303") > 2
    tap.equal(grown("web_requests_total", route="/i/CODE"), 2)
    tap.equal(grown("store_rpc_calls_total", method="session.enter", outcome="not_found"), 1)
    assert grown("store_rpc_calls_total", method="page", outcome="ok") > 4
    commits = grown("store_commits_total")
    assert commits >= 3
    tap.equal(value(after, "metod_store_commits_total"),
              [s[2] for s in after["metod_store_flush_seconds"]["samples"]
               if s[0].endswith("_count")][0])
    assert [s[2] for s in after["metod_store_batch_commands"]["samples"]
            if s[0].endswith("_sum")][0] >= value(after, "metod_store_commits_total")
    for gauge in ("store_map_used_bytes", "store_map_free_bytes", "store_disk_free_bytes",
                  "web_connections", "store_rpc_connections", "store_start_time_seconds"):
        assert value(after, f"metod_{gauge}") > 0, gauge
    for process in ("store", "web"):
        tap.equal(value(after, f"metod_{process}_build_info"), 1)
        own = value(after, f"metod_{process}_memory_bytes", kind="anonymous")
        assert 100_000 < own < value(after, f"metod_{process}_memory_bytes", kind="resident"), own
    tap.equal(value(after, "metod_store_writes_refused"), 0)
    tap.equal(value(after, "metod_web_store_up"), 1)


def test_backup_age():
    """without a copy its time is 0; afterwards it is now"""
    tap.equal(value(scrape(), "metod_store_last_backup_time_seconds"), 0)
    DAEMON.rpc().call("backup.create")
    families = scrape()
    tap.equal(value(families, "metod_store_backups"), 1)
    assert abs(time.time() - value(families, "metod_store_last_backup_time_seconds")) < 60


def test_no_person_no_group():
    """names, codes, organisations, waves and addresses are nowhere; declining, withdrawing and opening
    are counted together with the harmless requests of the same teacher; there are few series"""
    visitor, page = WAY.enter("P-004")
    before = scrape()
    visitor.post(page.form("/start"), CONSENTS, "decline")
    other, me = WAY.finish("P-005")
    form = next(f for f in other.get("/me/data").forms() if f.action == "/me/withdraw")
    other.post(form, [("sure", "1"), ("confirm", "1")])
    text = get()[2]
    for marker in ["P-00", "W-1", "S-1", "M-1", "TERR", "Пробина", "Гимназия", "127.0.0", "methodist-",
                   WORLD.codes["P-004"], "declin", "withdraw", "revoke", "grant."]:
        assert marker not in text, marker
    labels = {(name, key, word) for name, family in parse(text).items()
              for _, pairs, _ in family["samples"] for key, word in pairs.items()}
    for name, key, word in labels:
        assert key in ("route", "status", "method", "outcome", "kind", "reason", "le", "version",
                       "libevent"), (name, key)
    commands = {word for _, key, word in labels if key == "method"}
    assert {"attempt", "me", "session.enter"} <= commands, commands
    assert not [c for c in commands if re.match(r"(attempt|me|grant|page|pin)\.", c)], commands
    assert len(text.splitlines()) < 700, len(text.splitlines())
    assert before


def test_hostile_names():
    """methods and routes that nobody knows do not become series"""
    rpc = DAEMON.rpc()
    for i in range(300):
        rpc.fails(f"no.such{i}\"\n")
        if i < 30:
            Visitor(DAEMON.port).exchange("GET", f"/nowhere{i}")
    families = scrape()
    tap.equal(value(families, "metod_store_rpc_calls_total", method="unknown"), 300)
    assert value(families, "metod_web_requests_total", route="-", status="404") >= 30
    assert len(families["metod_store_rpc_calls_total"]["samples"]) < 60


def test_store_away():
    """while the store does not answer the web process tells its own counters and that it is alone"""
    DAEMON.process.send_signal(signal.SIGSTOP)
    try:
        families = scrape()
    finally:
        DAEMON.process.send_signal(signal.SIGCONT)
    tap.equal(value(families, "metod_web_store_up"), 0)
    assert not [n for n in families if n.startswith("metod_store_")]
    end = time.monotonic() + 20
    while value(scrape(), "metod_web_store_up") != 1:
        assert time.monotonic() < end
        time.sleep(0.2)


def test_web_restarts():
    """a web process that fell is counted by the store that started it again"""
    pid = DAEMON.process.pid
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as children:
        os.kill(int(children.read().split()[0]), signal.SIGKILL)
    end = time.monotonic() + 20
    while True:
        try:
            if value(scrape(), "metod_store_web_restarts_total") == 1:
                break
        except (OSError, KeyError):
            pass
        assert time.monotonic() < end, DAEMON.tail()
        time.sleep(0.1)


def test_no_descriptors():
    """when descriptors run out, the socket of the counters waits without burning the processor, and
    answers again afterwards"""
    pid = DAEMON.process.pid
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as children:
        web = int(children.read().split()[0])
    before = resource.prlimit(web, resource.RLIMIT_NOFILE)
    time.sleep(1)  # the guard lets closed connections go at its next tick
    used = {int(fd) for fd in os.listdir(f"/proc/{web}/fd")}
    free = next(fd for fd in range(1000) if fd not in used)
    resource.prlimit(web, resource.RLIMIT_NOFILE, (free, before[1]))

    def spent():
        fields = open(f"/proc/{web}/stat", encoding="ascii").read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    with socket.create_connection(("127.0.0.1", PORT)) as waiting:
        time.sleep(0.5)
        begun = spent()
        time.sleep(2)
        used = spent() - begun
        resource.prlimit(web, resource.RLIMIT_NOFILE, before)
        assert used < 0.5, f"{used} s of processor in 2 s"
        waiting.settimeout(20)
        waiting.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert waiting.recv(4096).startswith(b"HTTP/1.1 200")


def test_all_are_explained():
    """docs/operations.md names every metric of include/metod/metrics.h and no other"""
    declared = set(re.findall(r"^\tM\((\w+),", open(f"{ROOT}/include/metod/metrics.h").read(), re.M))
    guide = open(f"{ROOT}/docs/operations.md", encoding="utf-8").read()
    tap.equal({f"metod_{n}" for n in declared} - set(re.findall(r"\bmetod_\w+", guide)), set())
    named = {n for n in re.findall(r"\bmetod_(?:web|store)_\w+", guide)}
    tap.equal({re.sub("_(bucket|sum|count)$", "", n) for n in named} - {f"metod_{n}" for n in declared},
              set())


def test_unix_socket_and_off():
    """the counters may be on a Unix socket, for its group only; without the option there are none"""
    DAEMON.stop_clean()
    DAEMON.settings[-1] = f"metrics_listen=unix:{DAEMON.dir}/metrics.sock"
    DAEMON.start()
    end = time.monotonic() + 20
    while not os.path.exists(f"{DAEMON.dir}/metrics.sock"):
        assert time.monotonic() < end, DAEMON.tail()
        time.sleep(0.05)
    text = b""
    while b"metod_web_store_up 1" not in text:
        assert time.monotonic() < end, text
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(f"{DAEMON.dir}/metrics.sock")
            client.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            text = b""
            while part := client.recv(65536):
                text += part
    parse(text.split(b"\r\n\r\n", 1)[1].decode())
    tap.equal(os.stat(f"{DAEMON.dir}/metrics.sock").st_mode & 0o777, 0o660)
    DAEMON.stop_clean()
    DAEMON.settings.pop()
    DAEMON.start()
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{PORT}/metrics", timeout=5)
        raise AssertionError("somebody listens")
    except urllib.error.URLError as error:
        assert not isinstance(error, urllib.error.HTTPError), error
    DAEMON.stop_clean()


tap.run(globals())
