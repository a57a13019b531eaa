# SPDX-License-Identifier: Apache-2.0
"""The log: every line of a run rich in trouble obeys one grammar, one id leads from a page through
both processes, and what people send cannot write lines. The folder of the store has a name that must
be quoted."""
import atexit
import os
import re
import resource
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time

import tap
from harness import BUILD, ENV, Daemon
from visitor import Visitor, Way, values
from world import World

# module event=name [request=id] key=value ...; a value is a plain word or a quoted text.
PAIR = re.compile(r'([a-z_]+)=(?:([!#-<>-\[\]-~]+)|"((?:[^"\\\x00-\x1f\x7f-\x9f]|\\["\\]|\\x[0-9a-f]{2})*)")')
HEAD = re.compile(r"(?:<([2-7])>|(critical|error|warning|notice|info|debug) )"
                  r"(net|web|store|app|libevent) (?=event=)")

FOLDER = tempfile.mkdtemp(prefix='metod "a=b" диск ')
atexit.register(shutil.rmtree, FOLDER, True)
DAEMON = Daemon(folder=FOLDER)
DAEMON.start()
WORLD = World(DAEMON)
WAY = Way(WORLD)


def parse(line):
    """(level, module, {key: value}) of one line of the log, or an error that names it."""
    head = HEAD.match(line)
    assert head, f"not a line of the log: {line!r}"
    at, pairs = head.end(), {}
    while True:
        pair = PAIR.match(line, at)
        assert pair, f"not key=value at {at}: {line!r}"
        key, word, quoted = pair.groups()
        assert key not in pairs, f"{key} twice: {line!r}"
        pairs[key] = word if word is not None else re.sub(
            r'\\(x[0-9a-f]{2}|.)', lambda m: chr(int(m[1][1:], 16)) if m[1][0] == "x" else m[1], quoted)
        at = pair.end()
        if at == len(line):
            return head[1] or head[2], head[3], pairs
        assert line[at] == " ", f"no space at {at}: {line!r}"
        at += 1


def log():
    with open(f"{FOLDER}/log", encoding="utf-8", errors="surrogateescape", newline="\n") as file:
        text = file.read()
    assert text.endswith("\n")
    return [parse(line) for line in text[:-1].split("\n")]


def lines(**wanted):
    return [row for row in log() if all(row[2].get(k) == v for k, v in wanted.items())]


def test_every_page_has_its_id():
    """the answer and the log name a page by the same id, which no other page has"""
    visitor = Visitor(DAEMON.port)
    first, second = visitor.exchange("GET", "/"), visitor.exchange("GET", "/help")
    ids = [page.headers["x-request-id"] for page in (first, second)]
    assert ids[0] != ids[1] and all(re.fullmatch(r"[0-9]{12}", i) for i in ids), ids
    for page, request in zip((first, second), ids):
        (row,) = lines(request=request, event="request")
        tap.equal((row[1], row[2]["method"], row[2]["route"], row[2]["status"]),
                  ("web", "GET", page.url, "200"))


def test_failing_page_can_be_followed():
    """a page that fails shows the number of its request; under this number both processes tell what
    happened, at the level that everybody has"""
    visitor = Visitor(DAEMON.port)
    page = visitor.exchange("GET", "/i/2222-2222-2222-2")
    request = page.headers["x-request-id"]
    (call,) = lines(request=request, event="call")
    tap.equal((call[1], call[2]["command"], call[2]["result"]), ("net", "session.enter", "not_found"))
    (row,) = lines(request=request, event="request")
    tap.equal((row[2]["route"], row[2]["status"]), ("/i/CODE", str(page.status)))

    visitor, page = WAY.begin("P-004")
    form, size = page.form("/a/1"), os.stat(f"{FOLDER}/store/store.mdb").st_size
    resource.prlimit(DAEMON.process.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
    try:
        for score in range(500):
            page = visitor.send(form, values(form, lambda item, s=score: s % 4) + [("k", f"{score:032x}")],
                                "next")
            if page.status == 503:
                break
    finally:
        resource.prlimit(DAEMON.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
    request = page.headers["x-request-id"]
    tap.equal(page.status, 503)
    assert f"назовите номер обращения: {request}" in " ".join(page.text.split()), page.text
    (row,) = lines(request=request, event="request")
    tap.equal((row[0], row[2]["method"], row[2]["route"], row[2]["status"]),
              ("warning", "POST", "/a/N", "503"))
    (call,) = lines(request=request, event="call")
    tap.equal((call[0], call[1], call[2]["command"], call[2]["result"]),
              ("warning", "net", "page.save", "full"))


def test_silent_store():
    """a page whose store does not answer in time says so, and the log names the command"""
    visitor, _ = WAY.begin("P-005")
    DAEMON.process.send_signal(signal.SIGSTOP)
    try:
        page = visitor.exchange("GET", "/start")
    finally:
        DAEMON.process.send_signal(signal.SIGCONT)
    tap.equal(page.status, 503)
    (row,) = lines(request=page.headers["x-request-id"], event="no_reply")
    tap.equal((row[0], row[2]["command"]), ("warning", "attempt.show"))


def test_pages_without_trouble_name_no_number():
    """a page that is no error shows no number, nor does the one that asks for the code again"""
    for path in ("/", "/help", "/start"):
        page = Visitor(DAEMON.port).exchange("GET", path)
        assert "номер обращения" not in page.text, path
    assert "номер обращения" in Visitor(DAEMON.port).exchange("GET", "/nope").text


def test_others_cannot_name_requests():
    """a caller on the socket of the commands cannot take the id of a page, and an id that is none is
    refused or replaced"""
    rpc = DAEMON.rpc()
    for forged in ("012345678901", "x\ny", "\x1b[31m", "a b=c", '"'):
        rpc.fails("teacher.show", code="T-none", _request=forged)
    for row in lines(event="call", command="teacher.show"):
        assert re.fullmatch(r"[0-9]{12}", row[2]["request"]), row
        assert row[2]["request"] != "012345678901"
    tap.equal(rpc.fails("teacher.show", code="T-none", _request="a" * 32).code, "format")


def test_hostile_input_writes_no_lines():
    """line ends, quotes, escapes and terminal codes in paths, headers, forms, methods and messages
    stay inside their values or do not come into the log at all"""
    before = len(log())
    for text in ("%0a%3c2%3enet%20event=forged", "%1b[31m", "%22", "a%00b", "%c2%9b", "é\\"):
        for path in (f"/{text}", f"/i/{text}", f"/lang/{text}", f"/?{text}"):
            with socket.create_connection(("127.0.0.1", DAEMON.port), 10) as client:
                client.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: {text}\r\n"
                               f"User-Agent: {text}\r\nConnection: close\r\n\r\n".encode())
                while client.recv(4096):
                    pass
    rpc = DAEMON.rpc()
    for method in ("x\n<2>net event=forged", 'event="forged', "\x1b[2J", "а" * 20):
        rpc.fails(method)
    said = log()[before:]
    assert len(said) > 20
    assert not [row for row in said if row[2]["event"] == "forged" or "forged" in row[1]], said
    (row,) = [r for r in said if r[2].get("command", "").startswith("x\n")]
    tap.equal(row[2]["command"], "x\n<2>net event=forged")


def test_flood():
    """a flood of one kind of event is cut to a rate that is told, others are still heard"""
    begun = time.monotonic()
    stop = begun + 2

    def flood():
        rpc = DAEMON.rpc()
        while time.monotonic() < stop:
            for _ in range(50):
                rpc.send("no.such.command")
            for _ in range(50):
                rpc.recv()
    before = len(log())
    threads = [threading.Thread(target=flood) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    Visitor(DAEMON.port).exchange("GET", "/help")
    said = log()[before:]
    seconds = time.monotonic() - begun
    flooded = [r for r in said if r[2].get("command") == "no.such.command"]
    limited = [r for r in said if r[2]["event"] == "log_limited"]
    assert 0 < len(flooded) <= 200 * (seconds + 1), (len(flooded), seconds)
    assert limited and limited[0][2]["of"] == "call", limited
    assert [r for r in said if r[2].get("route") == "/help"]


def test_child_and_end():
    """a web process that was killed and the orderly end obey the same grammar; the folder's name is
    quoted and can be read back"""
    pid = DAEMON.process.pid
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as children:
        os.kill(int(children.read().split()[0]), signal.SIGKILL)
    end = time.monotonic() + 20
    while len(lines(event="listening")) < 2:
        assert time.monotonic() < end, DAEMON.tail()
        time.sleep(0.1)
    assert lines(event="web_ended")
    (row,) = lines(event="started")
    tap.equal(row[2]["store"], f"{FOLDER}/store")
    DAEMON.stop_clean()
    tap.equal([row[0] for row in lines(event="stopped")], ["notice", "notice"])


def test_journal():
    """when the journal of systemd reads standard error every line begins with its priority,
    those of a refused configuration, too"""
    config, (read, write) = f"{FOLDER}/metodd.conf", os.pipe()
    open(config, "w", encoding="utf-8").close()
    at = os.fstat(write)
    process = subprocess.Popen([f"{BUILD}/metodd", "--config", config, *DAEMON.settings], stderr=write,
                               env={**ENV, "JOURNAL_STREAM": f"{at.st_dev}:{at.st_ino}"})
    os.close(write)
    end = time.monotonic() + 20
    while not os.path.exists(DAEMON.socket):
        assert time.monotonic() < end
        time.sleep(0.05)
    with open(config, "w", encoding="utf-8") as file:
        file.write('data_dri = "диск"\nlog_level = "\\\n')
    process.send_signal(signal.SIGHUP)
    DAEMON.rpc().call("whoami")
    process.send_signal(signal.SIGTERM)
    with os.fdopen(read, encoding="utf-8") as pipe:
        said = pipe.read().splitlines()
    tap.equal(process.wait(30), 0)
    rows = [parse(line) for line in said]
    assert {"started", "stopped", "configuration", "reload_refused"} <= {row[2]["event"] for row in rows}
    tap.equal({row[0] for row in rows} - set("34567"), set(), said)


tap.run(globals())
