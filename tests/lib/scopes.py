# SPDX-License-Identifier: Apache-2.0
"""Who reaches what in the known world, worked out from its registers alone: for every kind of object
and caller the ones that are his, those that are not, and one that does not exist."""
import itertools

from world import ASSOCIATIONS, ORGS, USERS, answer, people

PERSONS = {row["code"]: row for row in people()}
PARENT = {code: parent for code, _, _, parent in ORGS}
PLACE = {"A-1": "S-1", **{code: org for code, _, _, _, org, _ in ASSOCIATIONS}}
MEMBERS = {code: {c for c, p in PERSONS.items() if p["subjects"] == subject}
           for code, _, _, subject, _, _ in ASSOCIATIONS}
WAVES = {"W-1": "TERR", "W-M1": "M-1", "W-M2": "M-2"}
INVITED = {"W-1": "P-012", "W-M1": "P-012", "W-M2": "P-041"}


def within(org, top):
    """Is this organisation or association at or below `top`? "" is the whole territory."""
    org = PLACE.get(org, org)
    while org and org != top:
        org = PARENT[org]
    return bool(org) or not top


def split(candidates, is_own):
    return [c for c in candidates if is_own(c)], [c for c in candidates if not is_own(c)]


class Caller:
    """role "teacher!" is a teacher who may see the result; "teacher" has only a printed code."""

    def __init__(self, name, role, rpc, scope="", person=""):
        self.name, self.role, self.rpc, self.scope, self.person = name, role, rpc, scope, person
        self.teacher = role.startswith("teacher")
        self.place = PLACE.get(scope, scope)

    def reaches(self, scope):
        """An organisation or association; the head of an association has only that one."""
        return scope == self.scope or self.role != "head" and within(scope, self.scope)

    def reaches_org(self, org):
        return self.role != "head" and within(org, self.scope)

    def reaches_person(self, person):
        return person in MEMBERS[self.scope] if self.role == "head" \
            else within(PERSONS[person]["org"], self.scope)

    def sees_wave(self, wave):
        return within(WAVES[wave], self.place) or within(self.place or "TERR", WAVES[wave])

    def manages_wave(self, wave):
        return within(WAVES[wave], self.scope)


class Scopes:
    """Methods named by kind: (own, foreign, absent); absent None: the kind has no such thing."""

    def __init__(self, world, open_):
        self.world, self.open, self.admin = world, open_, world.as_("admin")
        self.fresh = map("f{:04d}".format, itertools.count(1))
        for wave in ("W-M1", "W-M2"):
            world.wave(wave, WAVES[wave], teacher=INVITED[wave])
            world.as_("coordinator").call("mentor.suggest", wave=wave)

    def callers(self):
        # The account of the connection's Unix user is closed: without a session it is a guest now.
        rpc, mentee = self.world.daemon.rpc, self.open.pairs["accepted"][1]
        self.admin.call("user.disable", code="root")
        begun = answer(rpc(), self.world.codes["P-010"], lambda item: 1, until=1)[0]
        yield Caller("guest", "guest", rpc())
        yield Caller("stale", "guest", rpc(session="t.0000000000000000"))
        yield Caller("respondent", "teacher", rpc(session=begun), person="P-010")
        yield Caller("sent", "teacher!", self.world.result(mentee), person=mentee)
        for login, role, scope, person in USERS:
            if role != "mentor" or login == self.open.mentor:
                yield Caller(login, "teacher!" if role == "teacher" else role,
                             self.world.as_(login), scope, person)

    def none(self, _):
        return [None], [], None

    def org(self, caller):
        return *split(["TERR", "M-1", "S-1", "S-2", "S-3"], caller.reaches_org), "Z-9"

    def scope(self, caller):
        return *split(["TERR", "M-1", "M-2", "S-1", "A-MATH", "A-2"], caller.reaches), "Z-9"

    def association(self, caller):
        return *split(["A-MATH", "A-1", "A-2"], caller.reaches), "A-9"

    def person(self, caller):
        if caller.teacher:
            return [caller.person], ["P-001", "P-041"], "P-999"
        return *split(["P-001", "P-003", "P-016", "P-035", "P-041"], caller.reaches_person), "P-999"

    def wave(self, caller):
        return *split(WAVES, caller.sees_wave), "W-9"

    def managed(self, caller):
        return *split(WAVES, caller.manages_wave), "W-9"

    def asked(self, caller):
        """Waves for which routes may be built; a teacher's own is where he has answered."""
        return (["W-1"], ["W-M1", "W-M2"], "W-9") if caller.teacher else self.managed(caller)

    def opened(self, caller, given, closed):
        if caller.teacher:
            return [caller.person], given + closed, "P-999"
        return *split(given + closed + ["P-013", "P-041"],
                      lambda p: p in given and caller.reaches_person(p)), "P-999"

    def profile(self, caller):
        return self.opened(caller, self.open.SHOWN, self.open.UNSHOWN)

    def route(self, caller):
        return self.opened(caller, self.open.APPLIED, self.open.UNAPPLIED)

    def planned(self, caller):
        """A methodist of the wave may plan for one person who has opened his states."""
        own, foreign, absent = self.profile(caller)
        return (own, foreign, absent) if caller.teacher or caller.manages_wave("W-1") \
            else ([], own + foreign, absent)

    def mentee(self, _):
        pairs = self.open.pairs
        return [pairs["accepted"][1]], \
            [pairs[state][1] for state in ("closed", "proposed", "other")] + ["P-005"], "P-999"

    def pair(self, caller):
        side = 2 if caller.role == "mentor" else 1
        mine = [pair[0] for pair in self.open.pairs.values() if pair[side] == caller.person]
        return mine, [p[0] for p in self.open.pairs.values() if p[0] not in mine], 424242

    def grant(self, caller):
        mine = self.open.grants.get(caller.person)
        return [mine] if mine else [], [g for g in self.open.grants.values() if g != mine][:2], 424242

    def message(self, caller):
        def first(rpc):
            return rpc.call("me.messages")["rows"][0]["id"]
        return [first(caller.rpc)] if caller.role == "teacher!" else [], \
            [first(self.world.result("P-013"))], 424242

    def advice(self, caller):
        scopes = {login: scope for login, _, scope, _ in USERS}
        places = {code: scopes[login] or "TERR" for login, code in self.open.advice.items()}
        return *split(places, lambda code: caller.reaches(places[code])), "R-9999"

    def spare(self, caller):
        """A person made for this cell, to be erased by it."""
        code = next(self.fresh)
        org = {"M-1": "S-2", "M-2": "S-3"}.get(caller.scope, "K-1")
        self.admin.call("teacher.import", last=True, rows=[dict(
            line=1, code=code, name="Лишний Человек", position="teacher", org=org)])
        return [code], [p for p in ("P-016", "P-041") if not caller.reaches_person(p)], "P-999"

    def user(self, _):
        login = next(self.fresh)
        self.admin.call("user.add", login=login)
        return [login], [], "nobody"

    def token(self, caller):
        return [self.admin.call("token.issue", login=self.user(caller)[0][0])["id"]], [], 424242
