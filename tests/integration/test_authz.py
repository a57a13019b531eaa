# SPDX-License-Identifier: Apache-2.0
"""The authorisation matrix: every command × every caller × own, foreign, granted, revoked and absent
objects. What is expected stands in TABLE, written from design.md section 6, not from the daemon."""
import msgpack

import tap
from harness import Daemon, RpcError
from scopes import INVITED, Scopes
from world import TODAY, Disclosure, World

DAEMON = Daemon(web=False).start()
WORLD = World(DAEMON)
OPEN = Disclosure(WORLD)
SCOPES = Scopes(WORLD, OPEN)
ADMIN, FRESH = SCOPES.admin, SCOPES.fresh


# ---- the table ----

STAFF = "head deputy methodist coordinator admin"
ANYBODY = "teacher mentor analyst " + STAFF
EVERYBODY = "guest " + ANYBODY
REACHED = {"ok", "closed", "conflict", "small_group"}  # the object was reached, whatever its state
TABLE = {}


def row(name, who, kind="none", params=lambda o: {}, own="ok"):
    """own: outcome (or outcomes) of one's own object. "teacher!" is a teacher who may see the result."""
    rows = TABLE.setdefault(name, (set(who.split()), []))[1]
    rows.append((kind, params, own if isinstance(own, set) else {own}))


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
row("teacher.export", "teacher! admin", "person", code)
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
row("profile.show", "teacher! methodist", "profile", lambda o: {"teacher": o})
row("route.show", "teacher! methodist deputy", "route", lambda o: {"teacher": o})
row("deficit.top", "head deputy methodist coordinator analyst", "scope",
    lambda o: {"wave": "W-1", "in": o}, REACHED)
row("deficit.map", "methodist analyst", "org", lambda o: {"wave": "W-1", "in": o}, REACHED)
row("route.build", "teacher! methodist", "planned", lambda o: {"wave": "W-1", "teacher": o})
row("route.build", "teacher! methodist", "asked", lambda o: {"wave": o})
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
row("audit.verify", "admin")
row("store.metrics", EVERYBODY)
row("store.stat", "admin")
# What ends something stands last.
row("grant.give", "teacher!", "none", lambda o: {"act": "show_methodist"})
row("grant.revoke", "teacher!", "grant", lambda o: {"id": o})
row("mentor.accept", "teacher! mentor", "pair", lambda o: {"pair": o}, REACHED)
row("mentor.decline", "teacher! mentor", "pair", lambda o: {"pair": o}, REACHED)
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
        self.callers, self.wrong, self.cells, self.real = list(SCOPES.callers()), [], 0, {}

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
            found = (getattr(SCOPES, kind)(c) for c in self.callers if not refusal(c, who))
            self.real[name, kind] = next(([own[0]], absent) for own, _, absent in found if own)
        return self.real[name, kind]

    def command(self, caller, name):
        who, rows = TABLE[name]
        refused = refusal(caller, who)
        for kind, params, own_outcome in rows:
            if refused:
                foreign, absent = self.someones(name, kind, who)
            else:
                own, foreign, absent = getattr(SCOPES, kind)(caller)
            wanted = {refused or "not_found"}
            nothing = self.cell(caller, name, params(absent), wanted, "absent") \
                if refused or absent is not None else None
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
    tap.equal(DAEMON.stop(), 0, DAEMON.tail())


tap.run(globals())
