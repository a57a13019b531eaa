# SPDX-License-Identifier: Apache-2.0
"""Erasure: after `teacher forget` and a withdrawal no file of the service holds a mark of the person,
old copies are named with their end, and a key that comes again stores nothing."""
import datetime
import glob
import json
import os
import time

import tap
from harness import Daemon
from world import World, answer, write_csv

DAEMON = Daemon(web=True).start(env={"METOD_LOG_LEVEL": "debug"})
WORLD = World(DAEMON)
DIR, ADMIN = DAEMON.dir, WORLD.as_("admin")
MARKS = {"name": "Стираемова-Ъъъ", "former": "Забвенова-Ъъъ", "code": "P-ZABYT", "birth": None,
         "line": "хочу-стереться-ъъъ", "reason": "причина-стереться-ъъъ",
         "evidence": "протокол-стереться-ъъъ"}
ROSTER = ["code", "name", "org", "position", "subjects", "stage", "hired", "birth_year"]


def files():
    """Every file of the service but the old copies and what this test wrote for its imports."""
    for path in glob.glob(f"{DIR}/**", recursive=True):
        if os.path.isfile(path) and not path.endswith(".csv") and "/token-" not in path \
                and "/before" not in path:
            yield path


def found(marks):
    hits = []
    for path in files():
        with open(path, "rb") as file:
            data = file.read()
        hits += [(mark, os.path.relpath(path, DIR)) for mark in marks if mark.encode() in data]
    return sorted(hits)


def compacted(marks, within=150):
    """Waits for the compaction that follows an erasure within a minute or two."""
    end = time.monotonic() + within
    while time.monotonic() < end and any("store.mdb" in path for _, path in found(marks)):
        time.sleep(1)
    return found(marks)


def sheet_of(code, names, reason):
    """A person with everything: two names, answers, a line, an act, a pair declined, looks."""
    for one in names:
        path = write_csv(f"{DIR}/mark.csv", ROSTER, [(code, one, "S-1", "teacher", "math", "main",
                                                      "2010-09-01", 1980)])
        DAEMON.cli("teacher", "import", path, check=0)
    WORLD.as_("methodist-t").call("invite.create", wave="W-1", teacher=code)
    slip = WORLD.as_("methodist-t").call("invite.print", wave="W-1", teacher=code)["rows"][0]["code"]
    mine = DAEMON.rpc(session=answer(DAEMON.rpc(), slip, lambda item: 0)[1])
    mine.call("me.wants", competencies=["FOR"], line=MARKS["line"])
    mine.call("grant.give", act="find_mentor", themes=["FOR"])
    mine.call("grant.give", act="show_methodist")
    WORLD.as_("methodist-1").call("profile.show", teacher=code)
    WORLD.as_("coordinator").call("mentor.suggest", wave="W-1")
    pairs = mine.call("me.pairs")["rows"]
    mine.call("mentor.decline", pair=pairs[0]["pair"], reason=reason)
    return mine, slip


def test_withdrawal():
    """after `me withdraw` the answers are in no file, an old key answers «gone» and stores nothing"""
    mine, slip = sheet_of("P-UJTI", ["Остаёмова Анна"], "не сейчас")
    marks = [MARKS["line"]]
    key = "f" * 32
    mine.call("me.wants", competencies=["FOR"], line=MARKS["line"], _key=key)
    mine.call("grant.give", act="show_methodist", _key="e" * 32)
    assert {mark for mark, _ in found(marks)} == set(marks), "the search finds what is there"
    mine.call("me.withdraw", _key="d" * 32)
    again = DAEMON.rpc(session=mine.session)
    before = ADMIN.call("store.stat")["journal"]
    for method, params, used in (
            ("me.wants", dict(competencies=["FOR"], line=MARKS["line"]), key),
            ("grant.give", dict(act="show_methodist"), "e" * 32)):
        tap.equal(again.fails(method, _key=used, **params).code, "gone", method)
    again.call("me.withdraw", _key="d" * 32)
    tap.equal(ADMIN.call("store.stat")["journal"], before, "nothing is stored again")
    tap.equal(compacted([MARKS["line"]]), [], "in a file")
    ADMIN.call("backup.create", file="between.mbk")
    tap.equal(found([MARKS["line"]]), [])
    assert DAEMON.rpc().call("session.enter", code=slip)["session"], "the code lives on"


def test_forget():
    """after `teacher forget` nothing of the person is in any file; the answer names the old copies"""
    mine, slip = sheet_of(MARKS["code"], [MARKS["former"], MARKS["name"]], MARKS["reason"])
    path = write_csv(f"{DIR}/mentor.csv", ["code", "capacity", "status", "admitted", "strengths",
                                           "evidence", "confirmed_by"],
                     [(MARKS["code"], 2, "active", "2026-01-01", "FOR:1", MARKS["evidence"], "совет")])
    DAEMON.cli("mentor", "import", path, check=0)
    marks = [mark for mark in MARKS.values() if mark]
    tap.equal({mark for mark, _ in found(marks)}, set(marks), "the search finds what is there")
    for name, days in (("before-1.mbk", 3), ("before-2.mbk", 1)):
        ADMIN.call("backup.create", file=name)
        then = time.time() - days * 86400
        os.utime(f"{DIR}/backup/{name}", (then, then))
    for name in glob.glob(f"{DIR}/backup/between*"):
        os.remove(name)
    status, out, err = DAEMON.cli("-o", "json", "teacher", "forget", MARKS["code"], "--confirm",
                                  MARKS["code"])
    tap.equal(status, 0, err)
    today = datetime.datetime.now(datetime.timezone(datetime.timedelta(hours=4))).date()
    note = json.loads(out)["note"]
    for piece in ("2", str(today - datetime.timedelta(3)), str(today - datetime.timedelta(1)),
                  str(today + datetime.timedelta(29))):
        assert piece in note, (piece, note)
    tap.equal(mine.fails("me.wants", competencies=["FOR"], line=MARKS["line"]).code, "login")
    tap.equal(DAEMON.rpc().fails("session.enter", code=slip).code, "not_found")
    tap.equal(compacted(marks), [], "in a file")
    ADMIN.call("backup.create", file="after.mbk")
    tap.equal(found(marks), [], "in a file, a new copy among them")
    assert ADMIN.call("store.verify")["ok"]
    DAEMON.stop_clean()
    tap.equal(found(marks), [])
    DAEMON.start()


def test_copies_end():
    """a new copy takes those away that were made by it and are older than 30 days, and no others"""
    rpc, day = DAEMON.rpc(), 86400
    made = {"metod-old.mbk": 32, "metod-young.mbk": 28, "mine.mbk": 90}
    for name, age in made.items():
        rpc.call("backup.create", file=name)
        os.utime(f"{DIR}/backup/{name}", (time.time() - age * day,) * 2)
    rpc.call("backup.create", file="new.mbk")
    left = {os.path.basename(p) for p in glob.glob(f"{DIR}/backup/*.mbk")}
    tap.equal({name for name in made if name in left}, {"metod-young.mbk", "mine.mbk"})
    assert not glob.glob(f"{DIR}/backup/metod-old*"), "with its list"
    DAEMON.stop_clean()


def test_control():
    """control: a copy that was made before still holds the marks, and the search says so"""
    with open(f"{DIR}/backup/before-1.mbk", "rb") as file:
        assert MARKS["name"].encode() in file.read()


tap.run(globals())
