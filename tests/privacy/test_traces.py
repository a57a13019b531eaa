# SPDX-License-Identifier: Apache-2.0
"""No personal data outside the store: names, codes, PINs, passwords, tokens, free text and letters of
a whole life, refused and faulty calls among it, are searched for in the log of both processes at level
debug, in addresses, in errors that others get, in the counters, in the names of processes and in
files beside the store."""
import glob
import os
import re
import subprocess
import urllib.request

import tap
from control import CONTROL, red_tests
from harness import Daemon, RpcError, free_port
from visitor import SEEN, Visitor, Way, form_with
import world
from world import World, write_csv

# A mark in every field that the descriptors call a name or a secret, and in every free text.
NAME, LINE, REASON, LETTER, PASSWORD, WRONG, NOTE, EVIDENCE = (
    f"Mark{word}Q7X" for word in ("Name", "Line", "Reason", "Letter", "Password", "Wrong", "Note",
                                  "Evidence"))
PIN, WRONG_PIN = "73519624", "84620735"


def with_marks():
    rows = plain()
    for row in rows:
        row["name"] = row["name"].replace("Пробина", NAME)
    return rows


plain, world.people = world.people, with_marks
METRICS = free_port()
DAEMON = Daemon()
DAEMON.settings += ["log_level=debug", f"metrics_listen=127.0.0.1:{METRICS}"]
DAEMON.start()
WORLD = World(DAEMON)
WAY, ADMIN = Way(WORLD), WORLD.as_("admin")
ERRORS, SESSIONS = [], []


def fails(rpc, method, **params):
    """A refusal that somebody else reads; its words are kept."""
    try:
        rpc.call(method, **params)
    except RpcError as error:
        ERRORS.append((method, str(error.body)))
        return
    raise AssertionError(f"{method} succeeded")


def test_life():
    """the life of a wave, with refusals and faults on the way"""
    visitor, page = WAY.begin("P-013", extra=(("shared", "no"), ("pin", PIN)))
    page, _ = WAY.fill(visitor, page)
    page = visitor.post(page.form("/submit"))
    page = visitor.post(form_with(page, "/me/wants"), [("want", "FOR"), ("line", LINE)])
    assert LINE in visitor.get("/me").html, "the teacher sees his line"
    visitor.get("/me/data"), visitor.get("/me/data.json"), visitor.get("/me/route")
    other = Visitor(DAEMON.port)
    for path in (f"/i/{WRONG}", f"/i/{WORLD.codes['P-014'][:-1]}x", "/nowhere", "/me", "/me/data.json",
                 f"/lang/{WRONG}?to=//{NAME}", "/a/99", "/a/x"):
        other.get(path)
    page = other.get("/")
    other.post(page.form("/"), [("code", WRONG)])
    page = other.get(f"/i/{WORLD.codes['P-013']}")
    other.post(page.form("/pin"), [("pin", WRONG_PIN)])
    other.exchange("POST", "/me/wants", [("line", LINE), ("t", WRONG)])
    other.exchange("POST", "/start", [("pin", PIN), ("t", WRONG), ("code", WRONG)])
    SESSIONS.extend(list(visitor.cookies.values()) + list(other.cookies.values()))
    WORLD.fill([code for code in sorted(WORLD.codes) if code not in ("P-013", "P-014")])


def test_staff():
    """staff at work: accounts, files, letters, refusals, faults of the protocol"""
    rpc, methodist = DAEMON.rpc(), WORLD.as_("methodist-t")
    ADMIN.call("user.add", login="brief", role="methodist", password=PASSWORD * 2)
    SESSIONS.append(rpc.call("login", login="brief", password=PASSWORD * 2)["session"])
    fails(rpc, "login", login="brief", password=WRONG * 2)
    fails(rpc, "login", login=WRONG, password=PASSWORD * 2)
    fails(rpc, "teacher.show", code=WRONG)
    fails(rpc, "me.profile", _session=WRONG * 3)
    fails(rpc, "session.enter", code=WRONG)
    fails(WORLD.as_("deputy-3"), "teacher.show", code="P-001", names=True)
    ADMIN.call("token.issue", login="brief", note=NOTE)
    methodist.call("wave.publish", code="W-1"), methodist.call("route.build", wave="W-1")
    advice = methodist.call("recommend.build", wave="W-1")["code"]
    line = next(row["n"] for row in methodist.call("recommend.show", code=advice)["rows"]
                if row["audience"] == "teacher")
    methodist.call("recommend.send", code=advice, line=line, text=LETTER)
    WORLD.result("P-003").call("grant.give", act="find_mentor", themes=["FOR"])
    WORLD.result("P-003").call("me.wants", competencies=["FOR"], line=LINE)
    WORLD.as_("coordinator").call("mentor.suggest", wave="W-1")
    for row in WORLD.result("P-003").call("me.pairs")["rows"]:
        WORLD.result("P-003").call("mentor.decline", pair=row["pair"], reason=REASON)
    path = write_csv(f"{DAEMON.dir}/bad.csv", ["code", "name", "org", "position"],
                     [("P-001", NAME, WRONG, "teacher"), (WRONG, NAME, "S-1", WRONG)])
    DAEMON.cli("teacher", "import", path)
    path = write_csv(f"{DAEMON.dir}/mentor.csv", ["code", "strengths", "evidence", "confirmed_by"],
                     [("P-020", "FOR:1", EVIDENCE, EVIDENCE)])
    DAEMON.cli("mentor", "import", path)
    for raw in (f"\x94\x00\x01\xa6{WRONG}".encode("latin-1"), NAME.encode() * 9, b"\xc1" + LINE.encode()):
        broken = DAEMON.rpc()
        broken.sock.sendall(raw)
        broken.close()
    rpc.call("teacher.list", names=True), ADMIN.call("store.verify")
    ADMIN.call("teacher.forget", code="P-044", confirm="P-044")


def marks():
    return [NAME, LINE, REASON, LETTER, PASSWORD, WRONG, NOTE, EVIDENCE, PIN, WRONG_PIN] + \
        [code for code in WORLD.codes.values()] + [c.replace("-", "") for c in WORLD.codes.values()] + \
        list(WORLD.tokens.values()) + [s for pair in WORLD.sheets.values() for s in pair if s] + \
        [s for s in SESSIONS if len(s) > 8]


def nowhere(text, where, wanted=None):
    data = text.encode() if isinstance(text, str) else text
    hits = [mark for mark in wanted or marks() if mark.encode() in data]
    assert not hits, f"{where}: {sorted(set(hits))[:5]}\n" + "\n".join(
        line[:300] for line in data.decode("utf-8", "replace").splitlines()
        if any(mark in line for mark in hits))[:1500]


def test_log():
    """no mark in a line of either process, at level debug"""
    text = DAEMON.tail(1000000)
    kinds = {kind: text.count(f"event={kind} ") for kind in ("call", "request")}
    assert kinds["call"] > 200 and kinds["request"] > 15, f"the log is at debug: {kinds}"
    nowhere(text, "log")


def test_addresses():
    """no mark in an address that a page links, redirects or posts to"""
    assert sum("location" in page.headers for page in SEEN) >= 8
    for page in SEEN:
        for address in [page.headers.get("location", "")] + \
                re.findall(r'(?:href|action|src)="([^"]*)"', page.html):
            nowhere(address, f"{page.url} links {address}")
        nowhere(page.headers.get("x-request-id", ""), "request id")


def test_errors():
    """no mark of somebody else in an error or a page that was refused"""
    own = [NAME, REASON, LETTER, PASSWORD, NOTE, EVIDENCE, PIN, WRONG_PIN] + \
        list(WORLD.tokens.values())
    assert len(ERRORS) >= 6
    for method, body in ERRORS:
        nowhere(body, method, own + [LINE])
    refused = [page for page in SEEN if page.status >= 400]
    assert len(refused) >= 8, len(refused)
    for page in refused:
        nowhere(page.html, f"{page.method} {page.url}", own)


def test_machine():
    """no mark in the counters, in the names and surroundings of processes, in files beside the store;
    a crash leaves no image of the memory"""
    with urllib.request.urlopen(f"http://127.0.0.1:{METRICS}/metrics", timeout=30) as answer:
        text = answer.read()
    assert text.count(b"\n") > 30
    nowhere(text, "metrics")
    pids = [DAEMON.process.pid] + [int(p) for p in subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(DAEMON.process.pid)], capture_output=True, text=True,
        check=True).stdout.split()]
    assert len(pids) >= 2, "both processes"
    for pid in pids:
        for name in ("cmdline", "comm", "environ"):
            with open(f"/proc/{pid}/{name}", "rb") as file:
                nowhere(file.read(), f"{name} of {pid}")
        with open(f"/proc/{pid}/limits", encoding="ascii") as file:
            core = next(line for line in file if "core file size" in line)
        assert core.split()[4:6] == ["0", "0"], core
    beside = [path for path in glob.glob(f"{DAEMON.dir}/**", recursive=True)
              if os.path.isfile(path) and not path.endswith((".csv", "store.mdb")) and
              "/token-" not in path and not os.path.basename(path).endswith(".mbk")]
    assert any("lock" in path for path in beside), beside
    for path in beside:
        with open(path, "rb") as file:
            nowhere(file.read(), os.path.relpath(path, DAEMON.dir))
    with open(f"{DAEMON.dir}/store/store.mdb", "rb") as file:
        assert NAME.encode() in file.read(), "the search finds what is there"


def test_end():
    """the log of the end, too"""
    DAEMON.stop_clean()
    nowhere(DAEMON.tail(1000000), "log")


def test_control():
    """control: a daemon that logs what it was asked is found out"""
    if CONTROL:
        return
    red = red_tests("log_params", __file__)
    assert sum("log" in line or "line" in line for line in red) == 2, red


tap.run(globals())
