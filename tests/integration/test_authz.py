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
INVITED = {"W-1": "P-012", "W-M1": "P-012", "W-M2": "P-041"}
for wave in ("W-M1", "W-M2"):
    WORLD.wave(wave, WAVES[wave], teacher=INVITED[wave])
    WORLD.as_("coordinator").call("mentor.suggest", wave=wave)
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
        return *split(["TERR", "M-1", "M-2", "S-1", "A-MATH", "A-2"], lambda o: o == caller.scope or
                      caller.role != "head" and
                      within({"A-MATH": "TERR", "A-2": "M-2"}.get(o, o), caller.scope)), "Z-9"
    if kind == "person":
        return *split(["P-001", "P-003", "P-016", "P-035", "P-041"],
                      lambda p: reaches_person(caller, p)), "P-999"
    if kind == "association":
        return *split(["A-MATH", "A-1", "A-2"], lambda a: a == caller.scope or caller.role != "head"
                      and within({"A-MATH": "TERR", "A-1": "S-1", "A-2": "M-2"}[a], caller.scope)), \
            "A-9"
    if kind == "managed" and teacher:  # where he himself was asked
        return ["W-1"], ["W-M1", "W-M2"], "W-9"
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
    if kind == "planned":  # a methodist may plan for one person who has opened his states
        if teacher:
            return [caller.person], ["P-005", "P-041"], "P-999"
        return *split(OPEN.SHOWN + OPEN.UNSHOWN,
                      lambda p: p in OPEN.SHOWN and manages_wave(caller, "W-1")), "P-999"
    if kind == "mentee":
        own = [OPEN.pairs["accepted"][1]]
        return own, [OPEN.pairs[s][1] for s in ("closed", "proposed", "other")] + ["P-005"], "P-999"
    if kind == "pair":
        mine = [n for n, mentee, mentor_code in OPEN.pairs.values()
                if (mentor_code if mentor else mentee) == caller.person]
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
    if kind == "spare":
        ADMIN.call("teacher.import", last=True, rows=[
            {"line": 1, "code": (spare := next(FRESH)), "name": "Лишний Человек", "position": "teacher",
             "org": {"M-1": "S-2", "M-2": "S-3"}.get(caller.scope, "K-1")}])
        return [spare], [p for p in ("P-016", "P-041") if not reaches_person(caller, p)], "P-999"
    if kind == "user":
        login = next(FRESH)
        ADMIN.call("user.add", login=login)
        return [login], [], "nobody"
    if kind == "token":
        login = next(FRESH)
        ADMIN.call("user.add", login=login)
        return [ADMIN.call("token.issue", login=login)["id"]], [], 424242
    raise AssertionError(kind)


# ---- the table ----

STAFF = "head deputy methodist coordinator admin"
ANYBODY = "teacher mentor analyst " + STAFF
EVERYBODY = "guest " + ANYBODY
REACHED = {"ok", "closed", "conflict", "small_group"}  # the object was reached, whatever its state
TABLE = {}


def row(name, who, kind="none", params=lambda o: {}, own="ok", **by_caller):
    """own: outcome (or outcomes) of one's own object; by_caller: where one caller's differs."""
    rows = TABLE.setdefault(name, (set(who.split()), []))[1]
    rows.append((kind, params, own if isinstance(own, set) else {own}, by_caller))


def code(o):
    return {"code": o}


def file(o):
    return {"last": True}


row("status", EVERYBODY)
row("whoami", EVERYBODY)
row("login", EVERYBODY, "none", lambda o: {"login": next(FRESH), "password": "x" * 20}, "login")
row("logout", ANYBODY)
row("session.enter", EVERYBODY, "none", lambda o: {"code": WORLD.codes["P-011"]})
row("token.list", "admin")
row("token.issue", "admin", "user", lambda o: {"login": o})
row("token.revoke", "admin", "token", lambda o: {"id": o})
row("user.list", "admin")
row("user.add", "admin", "none", lambda o: {"login": next(FRESH)})
row("user.role", "admin", "user", lambda o: {"login": o, "role": "analyst"})
row("user.disable", "admin", "user", code)
row("org.show", STAFF, "org", code)
row("teacher.show", STAFF, "person", code)
row("association.show", STAFF, "association", code)
row("org.list", STAFF, "scope", lambda o: {"in": o})
row("teacher.list", STAFF, "scope", lambda o: {"in": o})
row("association.list", STAFF, "org", lambda o: {"in": o})
row("activity.list", ANYBODY)
row("activity.show", ANYBODY, "none", lambda o: {"code": "A-SUB-1"})
row("form.list", ANYBODY)
row("form.load", "admin methodist", own="missing")
row("org.import", "admin methodist", "none", file)
row("teacher.import", "admin methodist", "none", file)
row("association.import", "admin methodist", "none", file)
row("activity.import", "admin methodist", "none", file)
row("mentor.import", "admin methodist coordinator", "none", file)
row("teacher.export", "admin", "person", code)
row("wave.list", STAFF + " analyst")
row("wave.show", STAFF + " analyst", "wave", code)
row("wave.create", "methodist", "org", lambda o: {
    "code": "W-" + next(FRESH), "form": "KDP-G", "from": TODAY, "to": TODAY + 1, "in": o})
row("wave.publish", "methodist", "managed", code, REACHED)
row("invite.create", "methodist", "managed", lambda o: {"wave": o, "teacher": INVITED.get(o, "P-013")})
row("invite.print", "methodist", "managed", lambda o: {"wave": o, "teacher": INVITED.get(o, "P-013")})
row("invite.revoke", "methodist", "managed", lambda o: {"wave": o, "teacher": INVITED.get(o, "P-013")},
    REACHED)
row("attempt.show", "teacher")
row("attempt.start", "teacher", "none", lambda o: {"consent_process": True}, REACHED)
row("attempt.check", "teacher", "none", lambda o: {}, REACHED)
row("page.show", "teacher", "none", lambda o: {"page": 1}, REACHED)
row("page.save", "teacher", "none",
    lambda o: {"page": 1, "answers": [-1] * 6, "partial": True}, REACHED)
row("pin.set", "teacher!", "none", lambda o: {"pin": "4711"})
row("me.profile", "teacher!")
row("me.route", "teacher!")
row("me.messages", "teacher!")
row("me.data", "teacher!")
row("me.pairs", "teacher!")
row("me.wants", "teacher!", "none", lambda o: {"competencies": ["FOR"]})
row("me.step", "teacher!", "none", lambda o: {"n": 1, "state": "wanted"})
row("me.mark", "teacher!", "message", lambda o: {"id": o, "state": "opened"})
row("grant.list", "teacher!")
row("profile.show", "teacher methodist", "profile", lambda o: {"teacher": o}, respondent="pin")
row("route.show", "teacher methodist deputy", "route", lambda o: {"teacher": o}, respondent="pin")
row("deficit.top", "head deputy methodist coordinator analyst", "scope",
    lambda o: {"wave": "W-1", "in": o}, REACHED)
row("deficit.map", "methodist analyst", "org", lambda o: {"wave": "W-1", "in": o}, REACHED)
row("route.build", "teacher methodist", "planned", lambda o: {"wave": "W-1", "teacher": o},
    respondent="pin")
row("route.build", "teacher methodist", "managed", lambda o: {"wave": o}, respondent="pin")
row("mentor.suggest", "coordinator", "managed", lambda o: {"wave": o, "dry_run": True})
row("mentor.pairs", "coordinator", "managed", code)
row("mentor.list", "coordinator methodist", "org", lambda o: {"in": o})
row("mentor.list", "coordinator methodist", "wave", lambda o: {"wave": o})
row("mentee.list", "mentor")
row("mentee.show", "mentor", "mentee", code)
row("recommend.list", "methodist head deputy")
row("recommend.show", "methodist head deputy", "advice", code)
row("recommend.build", "methodist head deputy", "scope", lambda o: {"wave": "W-1", "in": o}, REACHED)
row("recommend.sent", "methodist", "advice", code)
row("recommend.send", "methodist", "advice", lambda o: {"code": o, "line": 1, "dry_run": True}, REACHED)
row("answers.export", "analyst", "wave", lambda o: {"wave": o}, REACHED)
row("audit.log", "admin", "person", lambda o: {"teacher": o, "limit": 5})
row("backup.create", "admin", "none", lambda o: {"file": next(FRESH)})
row("store.verify", "admin")
row("store.stat", "admin")
# What ends something stands last.
row("grant.give", "teacher!", "none", lambda o: {"act": "show_methodist"})
row("grant.revoke", "teacher!", "grant", lambda o: {"id": o})
row("mentor.accept", "teacher mentor", "pair", lambda o: {"pair": o}, REACHED)
row("mentor.decline", "teacher mentor", "pair", lambda o: {"pair": o}, REACHED)
row("wave.close", "methodist", "managed", code)
row("teacher.forget", "admin methodist", "spare", lambda o: {"code": o, "confirm": o})
row("attempt.submit", "teacher", "none", lambda o: {"with_gaps": True}, REACHED)
row("attempt.decline", "teacher", "none", lambda o: {}, REACHED)
row("me.withdraw", "teacher!")


# ---- the walk ----

def outcome(caller, name, params):
    """(code, error body or None)"""
    try:
        caller.rpc.call(name, **params)
        return "ok", b""
    except RpcError as error:
        return error.code, msgpack.packb(error.body)


def refusal(caller, who):
    """The outcome by which a role without this command is told so; None when it has it."""
    if caller.role in who or (caller.role == "teacher!" and "teacher" in who):
        return None
    if caller.role == "guest":
        return "login"
    return "pin" if caller.role == "teacher" and "teacher!" in who else "denied"


class Walk:
    def __init__(self):
        self.callers, self.wrong, self.cells, self.real = list(callers()), [], 0, {}

    def cell(self, caller, name, params, wanted, what):
        before = ADMIN.call("store.stat")["journal"]
        got, body = outcome(caller, name, params)
        self.cells += 1
        if got not in wanted:
            self.wrong.append(f"{name} as {caller.name}, {what} {params}: {got}, not {wanted}")
        elif got != "ok" and ADMIN.call("store.stat")["journal"] != before:
            self.wrong.append(f"{name} as {caller.name}, {what}: refused, but an event was written")
        return body

    def someones(self, name, kind, who):
        """A real object of somebody who has the command, for those who have it not."""
        if (name, kind) not in self.real:
            found = ((objects(kind, c)) for c in self.callers if not refusal(c, who))
            self.real[name, kind] = next(([own[0]], absent) for own, _, absent in found if own)
        return self.real[name, kind]

    def command(self, caller, name):
        who, rows = TABLE[name]
        refused = refusal(caller, who)
        for kind, params, own_outcome, by_caller in rows:
            if refused:
                foreign, absent = self.someones(name, kind, who)
            else:
                own, foreign, absent = objects(kind, caller)
            wanted = {refused or "not_found"}
            if caller.name in by_caller:
                own_outcome = {by_caller[caller.name]}
            nothing = self.cell(caller, name, params(absent), wanted, "absent") \
                if refused or kind != "none" else None
            for one in foreign:
                body = self.cell(caller, name, params(one), wanted, "foreign")
                if body != nothing:
                    self.wrong.append(f"{name} as {caller.name}: {one} and {absent} differ: "
                                      f"{body!r} {nothing!r}")
            for one in own if not refused else []:
                self.cell(caller, name, params(one), own_outcome, "own")


def test_table_is_complete():
    """the table names every command of the schema and admits the same roles"""
    schema = {c["name"]: c for c in DAEMON.json("schema")["commands"]}
    tap.equal(sorted(TABLE), sorted(schema), "commands without a row, or rows without a command")
    for name, command in schema.items():
        who = TABLE[name][0]
        tap.equal(set(command["roles"]), {word.rstrip("!") for word in who}, name)
        tap.equal(command["result_session"], "teacher!" in who, name)


def test_matrix():
    """every command × every caller × own, foreign, granted, revoked and absent objects"""
    walk = Walk()
    for name in TABLE:
        for caller in walk.callers:
            walk.command(caller, name)
    assert not walk.wrong, f"{len(walk.wrong)} of {walk.cells} cells:\n" + "\n".join(walk.wrong[:60])
    assert walk.cells > 3000, walk.cells


tap.run(globals())
