# SPDX-License-Identifier: Apache-2.0
"""The authorisation matrix: every command × every caller × own, foreign, granted, revoked and absent
objects. What is expected stands in TABLE, written from design.md section 6, not from the daemon."""
import itertools

import msgpack

import tap
from harness import Daemon, RpcError
from world import ASSOCIATIONS, ORGS, TODAY, USERS, Disclosure, World, answer, people

DAEMON = Daemon(web=False).start()
WORLD = World(DAEMON)
OPEN = Disclosure(WORLD)
ADMIN = WORLD.as_("admin")
PERSONS = {row["code"]: row for row in people()}
PARENT = {code: parent for code, _, _, parent in ORGS}
MEMBERS = {"A-MATH": {c for c, p in PERSONS.items() if p["subjects"] == "math"},
           "A-2": {c for c, p in PERSONS.items() if p["subjects"] == "bio" and p["org"] == "S-3"}}
WAVES = {"W-1": "TERR", "W-M1": "M-1", "W-M2": "M-2"}
for wave, place in list(WAVES.items())[1:]:
    WORLD.wave(wave, place, teacher="P-012" if place == "M-1" else "P-041")
FRESH = map("f{:04d}".format, itertools.count(1))


class Caller:
    def __init__(self, name, role, rpc, scope="", person=""):
        self.name, self.role, self.rpc, self.scope, self.person = name, role, rpc, scope, person


def callers():
    # The account of the connection's Unix user is closed: without a session it is a guest now.
    ADMIN.call("user.disable", code="root")
    mentee = OPEN.pairs["accepted"][1]
    begun = answer(DAEMON.rpc(), WORLD.codes["P-010"], lambda item: 1, until=1)[0]
    yield Caller("guest", "guest", DAEMON.rpc())
    yield Caller("stale", "guest", DAEMON.rpc(session="t.0000000000000000"))
    yield Caller("respondent", "teacher", DAEMON.rpc(session=begun), person="P-010")
    yield Caller("sent", "teacher!", WORLD.result(mentee), person=mentee)
    for login, role, scope, person in USERS:
        if login in ("mentor-1", "mentor-2") and login != OPEN.mentor:
            continue
        role = "teacher!" if role == "teacher" else role
        yield Caller(login, role, WORLD.as_(login), scope, person)


# ---- the model: who reaches what ----

def within(org, top):
    while org and org != top:
        org = PARENT[org]
    return bool(org) or not top


def place_of(caller):
    """The organisation of the caller's scope; of an association's head that of the association."""
    return {code: org for code, _, _, _, org, _ in ASSOCIATIONS}.get(caller.scope, caller.scope)


def reaches_org(caller, org):
    return caller.role != "head" and within(org, caller.scope)


def reaches_person(caller, person):
    return person in MEMBERS[caller.scope] if caller.role == "head" \
        else within(PERSONS[person]["org"], caller.scope)


def sees_wave(caller, wave):
    place = place_of(caller) or "TERR"
    return within(WAVES[wave], place) or within(place, WAVES[wave])


def manages_wave(caller, wave):
    return within(WAVES[wave], caller.scope)


def split(candidates, is_own):
    return [c for c in candidates if is_own(c)], [c for c in candidates if not is_own(c)]


def objects(kind, caller):
    """(own, foreign, absent) of this kind for this caller."""
    teacher, mentor = caller.role.startswith("teacher"), caller.role == "mentor"
    if kind == "none":
        return [None], [], None
    if kind == "org":
        return *split(["TERR", "M-1", "S-1", "S-2", "S-3"], lambda o: reaches_org(caller, o)), "Z-9"
    if kind == "scope":
        return *split(["TERR", "M-1", "M-2", "A-MATH", "A-2"], lambda o: o == caller.scope or
                      caller.role != "head" and
                      within({"A-MATH": "TERR", "A-2": "M-2"}.get(o, o), caller.scope)), "Z-9"
    if kind == "person":
        return *split(["P-001", "P-003", "P-016", "P-035", "P-041"],
                      lambda p: reaches_person(caller, p)), "P-999"
    if kind == "association":
        return *split(["A-MATH", "A-1", "A-2"], lambda a: a == caller.scope or caller.role != "head"
                      and within({"A-MATH": "TERR", "A-1": "S-1", "A-2": "M-2"}[a], caller.scope)), \
            "A-9"
    if kind in ("wave", "managed"):
        rule = sees_wave if kind == "wave" else manages_wave
        return *split(WAVES, lambda w: rule(caller, w)), "W-9"
    if kind in ("profile", "route"):
        given = OPEN.SHOWN if kind == "profile" else OPEN.APPLIED
        closed = OPEN.UNSHOWN if kind == "profile" else OPEN.UNAPPLIED
        if teacher:
            return [caller.person], given + closed, "P-999"
        return *split(given + closed + ["P-013", "P-041"],
                      lambda p: p in given and reaches_person(caller, p)), "P-999"
    if kind == "own person":
        return ([caller.person] if teacher else []), ["P-005", "P-041"], "P-999"
    if kind == "mentee":
        own = [OPEN.pairs["accepted"][1]]
        return own, [OPEN.pairs[s][1] for s in ("closed", "proposed", "other")] + ["P-005"], "P-999"
    if kind == "pair":
        mine = [n for n, mentee, mentor in OPEN.pairs.values()
                if (mentor if mentor_of(caller) else mentee) == caller.person]
        return mine, [n for n, _, _ in OPEN.pairs.values() if n not in mine], 424242
    if kind == "grant":
        mine = OPEN.grants.get(caller.person)
        return ([mine] if mine else []), [g for g in OPEN.grants.values() if g != mine][:2], 424242
    if kind == "message":
        other = WORLD.result("P-013").call("me.messages")["rows"][0]["id"]
        own = [caller.rpc.call("me.messages")["rows"][0]["id"]] if caller.role == "teacher!" else []
        return own, [other], 424242
    if kind == "advice":
        scopes = {login: scope for login, _, scope, _ in USERS}
        places = {code: scopes[login] for login, code in OPEN.advice.items()}

        def mine(code):
            place = places[code]
            if place == caller.scope or caller.role == "head":
                return place == caller.scope
            return within({"A-MATH": "TERR", "A-2": "M-2", "": "TERR"}.get(place, place), caller.scope)
        return *split(places, mine), "R-9999"
    if kind == "user":
        login = next(FRESH)
        ADMIN.call("user.add", login=login)
        return [login], [], "nobody"
    if kind == "token":
        login = next(FRESH)
        ADMIN.call("user.add", login=login)
        return [ADMIN.call("token.issue", login=login)["id"]], [], 424242
    raise AssertionError(kind)


def mentor_of(caller):
    return caller.role == "mentor"


# ---- the table ----

STAFF = "head deputy methodist coordinator admin"
ANYBODY = "teacher mentor analyst " + STAFF
EVERYBODY = "guest " + ANYBODY
SHEET = {"sent": "closed", "teacher-a": "closed", "teacher-b": "closed"}
TABLE = {}


def row(name, who, kind="none", params=lambda o: {}, own=None):
    """own: outcome of one's own object where it is not «ok», for all or by caller or (caller, o)."""
    TABLE.setdefault(name, (set(who.split()), []))[1].append((kind, params, own or {}))


def code(o):
    return {"code": o}


row("status", EVERYBODY)
row("whoami", EVERYBODY)
row("login", EVERYBODY, "none", lambda o: {"login": next(FRESH), "password": "x" * 20}, "login")
row("logout", ANYBODY)
row("session.enter", EVERYBODY, "none", lambda o: {"code": WORLD.codes["P-011"]})
row("token.list", "admin")
row("token.issue", "admin", "user", lambda o: {"login": o})
row("token.revoke", "admin", "token", lambda o: {"id": o})
row("user.add", "admin", "none", lambda o: {"login": next(FRESH)})
row("user.role", "admin", "user", lambda o: {"login": o, "role": "analyst"})
row("user.disable", "admin", "user", code)
row("user.list", "admin")
for noun, kind in (("org", "org"), ("teacher", "person"), ("association", "association")):
    row(f"{noun}.show", STAFF, kind, code)
row("org.list", STAFF, "org", lambda o: {"in": o})
row("teacher.list", STAFF, "scope", lambda o: {"in": o})
row("association.list", STAFF, "org", lambda o: {"in": o})
row("activity.list", ANYBODY)
row("activity.show", ANYBODY, "none", lambda o: {"code": "A-SUB-1"})
row("form.list", ANYBODY)
row("form.load", "admin methodist")
row("org.import", "admin methodist", "none", lambda o: {"last": True})
row("teacher.import", "admin methodist", "none", lambda o: {"last": True})
row("association.import", "admin methodist", "none", lambda o: {"last": True})
row("activity.import", "admin methodist", "none", lambda o: {"last": True})
row("mentor.import", "admin methodist coordinator", "none", lambda o: {"last": True})
row("teacher.export", "admin", "person", code)
row("teacher.forget", "admin methodist", "person", lambda o: {"code": o, "confirm": "other"},
    "conflict")
row("wave.list", STAFF + " analyst")
row("wave.show", STAFF + " analyst", "wave", code)
row("wave.create", "methodist", "org", lambda o: {
    "code": "W-" + next(FRESH), "form": "KDP-G", "from": TODAY, "to": TODAY + 1, "in": o})
row("wave.publish", "methodist", "managed", code, "small_group")
for verb in ("create", "print", "revoke"):
    row(f"invite.{verb}", "methodist", "managed", lambda o: {"wave": o, "teacher": "P-013"},
        {("methodist-2", "W-M2"): "not_found", ("methodist-t", "W-M2"): "not_found"} if verb else {})
row("attempt.show", "teacher")
row("attempt.start", "teacher", "none", lambda o: {"consent_process": True}, SHEET)
row("attempt.check", "teacher", "none", lambda o: {}, SHEET)
row("page.show", "teacher", "none", lambda o: {"page": 1}, SHEET)
row("page.save", "teacher", "none", lambda o: {"page": 1, "answers": [-1] * 6, "partial": True}, SHEET)
row("pin.set", "teacher!", "none", lambda o: {"pin": "4711"})
for verb in ("profile", "route", "messages", "data", "pairs"):
    row(f"me.{verb}", "teacher!")
row("me.wants", "teacher!", "none", lambda o: {"competencies": ["FOR"]})
row("me.step", "teacher!", "none", lambda o: {"n": 1, "state": "wanted"})
row("me.mark", "teacher!", "message", lambda o: {"id": o, "state": "opened"})
row("grant.list", "teacher!")
row("profile.show", "teacher methodist", "profile", lambda o: {"teacher": o}, {"respondent": "pin"})
row("route.show", "teacher methodist deputy", "route", lambda o: {"teacher": o},
    {"respondent": "pin"})
row("deficit.top", "head deputy methodist coordinator analyst", "scope",
    lambda o: {"wave": "W-1", "in": o})
row("deficit.map", "methodist analyst", "org", lambda o: {"wave": "W-1", "in": o})
row("route.build", "teacher methodist", "own person", lambda o: {"wave": "W-1", "teacher": o},
    {"respondent": "pin"})
row("mentor.suggest", "coordinator", "managed", lambda o: {"wave": o, "dry_run": True})
row("mentor.pairs", "coordinator", "managed", code,
    {(c, w): "not_found" for c in ("coordinator", "coordinator-2") for w in ("W-M1", "W-M2")})
row("mentor.list", "coordinator methodist", "org", lambda o: {"in": o})
row("mentor.list", "coordinator methodist", "wave", lambda o: {"wave": o})
row("mentee.list", "mentor")
row("mentee.show", "mentor", "mentee", code)
row("recommend.list", "methodist head deputy")
row("recommend.show", "methodist head deputy", "advice", code)
row("recommend.build", "methodist head deputy", "scope", lambda o: {"wave": "W-1", "in": o})
row("recommend.sent", "methodist", "advice", code)
row("recommend.send", "methodist", "advice", lambda o: {"code": o, "line": 1, "dry_run": True},
    {("methodist-t", OPEN.advice["methodist-t"]): "conflict"})
row("answers.export", "analyst", "wave", lambda o: {"wave": o},
    {("analyst", "W-M1"): "small_group", ("analyst", "W-M2"): "small_group"})
row("audit.log", "admin", "person", lambda o: {"teacher": o, "limit": 5})
row("backup.create", "admin", "none", lambda o: {"file": next(FRESH)})
row("store.verify", "admin")
row("store.stat", "admin")
# What ends something stands last.
row("grant.give", "teacher!", "none", lambda o: {"act": "show_methodist"})
row("grant.revoke", "teacher!", "grant", lambda o: {"id": o})
row("mentor.accept", "teacher mentor", "pair", lambda o: {"pair": o},
    {(OPEN.mentor, OPEN.pairs["closed"][0]): "ok"})
row("mentor.decline", "teacher mentor", "pair", lambda o: {"pair": o})
row("wave.close", "methodist", "managed", code)
row("attempt.submit", "teacher", "none", lambda o: {"with_gaps": True}, {**SHEET, "respondent": "closed"})
row("attempt.decline", "teacher", "none", lambda o: {}, {**SHEET, "respondent": "closed"})
row("me.withdraw", "teacher!")
