# SPDX-License-Identifier: Apache-2.0
"""A small known territory in a running daemon: two municipalities, six organisations, sixty people,
accounts of every role and scope, one wave. Everything goes in by the commands that people use."""
import csv
import datetime
import os

from harness import ROOT

COMPETENCIES = ["SUB", "FUN", "FOR", "CRI", "DIF", "REF"]
TODAY = (datetime.date.today() - datetime.date(1970, 1, 1)).days
SURVEYS = [f"{ROOT}/surveys/{name}" for name in
           ("framework.yaml", "paramset-0.yaml", "general.yaml", "rules.yaml")]

ORGS = [("TERR", "Проверочная территория", "region", ""),
        ("M-1", "Первый округ", "municipality", "TERR"),
        ("M-2", "Второй район", "municipality", "TERR"),
        ("S-1", "Гимназия № 1", "gymnasium", "M-1"), ("S-2", "Школа № 2", "secondary", "M-1"),
        ("K-1", "Детский сад № 1", "kindergarten", "M-1"),
        ("S-3", "Школа № 3", "secondary", "M-2"), ("K-2", "Детский сад № 2", "kindergarten", "M-2"),
        ("D-1", "Дом творчества", "supplementary", "M-2")]
# organisation, people, position, subjects in turn, stage
STAFF = [("S-1", 14, "teacher", ["math", "rus", "phys"], "main"),
         ("S-2", 9, "teacher", ["math", "rus", "hist"], "main"),
         ("S-2", 1, "psychologist", ["psychology"], ""),
         ("K-1", 8, "educator", ["preschool"], "preschool"),
         ("S-3", 13, "teacher", ["math", "rus", "bio"], "main"),
         ("S-3", 1, "administrator", [""], ""),
         ("K-2", 7, "educator", ["preschool"], "preschool"),
         ("K-2", 1, "speech", ["speech"], "preschool"),
         ("D-1", 6, "additional", ["additional"], "")]
ASSOCIATIONS = [("A-MATH", "ТУМО учителей математики", "territorial", "math", "TERR", "P-001"),
                ("A-2", "РМО второго района", "municipal", "bio", "M-2", "P-035")]
# a mentor of each municipality and of a kindergarten
MENTORS = [("P-002", "FOR:1;CRI:0.8;SUB:0.9;DIF:0.7"), ("P-036", "FOR:0.9;FUN:0.8;REF:1;CRI:0.7"),
           ("P-026", "FOR:0.8;DIF:1;FUN:0.7")]
# login, role, scope, person
USERS = [("methodist-t", "methodist", "", ""), ("methodist-1", "methodist", "M-1", ""),
         ("methodist-2", "methodist", "M-2", ""), ("deputy-1", "deputy", "S-1", ""),
         ("deputy-3", "deputy", "S-3", ""), ("head-math", "head", "A-MATH", "P-001"),
         ("head-2", "head", "A-2", "P-035"), ("coordinator", "coordinator", "", ""),
         ("coordinator-2", "coordinator", "M-2", ""), ("analyst", "analyst", "", ""),
         ("admin", "admin", "", ""), ("mentor-1", "mentor", "", "P-002"),
         ("mentor-2", "mentor", "", "P-036"), ("teacher-a", "teacher", "", "P-003"),
         ("teacher-b", "teacher", "", "P-004")]


def people():
    """Rows of the roster; every fourth person is a young specialist."""
    rows = []
    for org, count, position, subjects, stage in STAFF:
        for i in range(count):
            n = len(rows) + 1
            young = n % 4 == 0
            rows.append(dict(code=f"P-{n:03d}", name=f"Пробина{n:03d} Анна Ивановна", org=org,
                             position=position, subjects=subjects[i % len(subjects)], stage=stage,
                             category="", hired="2025-09-01" if young else "2010-09-01",
                             birth_year=2000 if young else 1980, formats=""))
    return rows


def write_csv(path, columns, rows, delimiter=",", encoding="utf-8"):
    with open(path, "w", encoding=encoding, newline="") as file:
        writer = csv.writer(file, delimiter=delimiter)
        writer.writerow(columns)
        writer.writerows(rows)
    return path


def answer(rpc, code, answers_fn, consents=True, until=None):
    """Enters with an invitation code and fills the sheet over RPC as the web process does.
    answers_fn(item id) gives 0..3, -2 (not in my work) or -3 (cannot judge). Returns the session of
    the questionnaire and the one that opens the result (None when `until` pages were filled)."""
    session = rpc.call("session.enter", code=code)["session"]
    pages = rpc.call("attempt.show", _session=session)["pages"]
    rpc.call("attempt.start", _session=session, consent_process=True, consent_aggregate=consents)
    for page in range(1, pages + 1):
        if until is not None and page > until:
            return session, None
        rows = rpc.call("page.show", _session=session, page=page)["rows"]
        rpc.call("page.save", _session=session, page=page,
                 answers=[answers_fn(row["item"]) for row in rows])
    gaps = rpc.call("attempt.check", _session=session)["gaps"]
    assert gaps == 0, gaps
    return session, rpc.call("attempt.submit", _session=session)["session"]


class World:
    """daemon must run. After the constructor: self.people, self.tokens by login, self.codes by
    teacher (invitation codes of wave W-1)."""

    def __init__(self, daemon, wave=True, users=True):
        self.daemon, self.people = daemon, people()
        self.tokens, self.codes, self.sheets = {}, {}, {}
        self.admin = daemon.rpc()
        self._registers()
        if users or wave:
            self._users()
        if wave:
            self.wave("W-1", "TERR")

    def _registers(self):
        dir_, cli = self.daemon.dir, self.daemon.cli
        cli("form", "load", *SURVEYS, check=0)
        write_csv(f"{dir_}/orgs.csv", ["code", "name", "kind", "parent"], ORGS)
        write_csv(f"{dir_}/people.csv", list(self.people[0]), [r.values() for r in self.people])
        write_csv(f"{dir_}/associations.csv",
                  ["code", "name", "level", "subject", "org", "head"], ASSOCIATIONS)
        today = datetime.date.today()
        write_csv(f"{dir_}/mentors.csv",
                  ["code", "capacity", "status", "admitted", "admitted_to", "strengths", "evidence",
                   "confirmed_by"],
                  [(code, 3, "active", today - datetime.timedelta(30),
                    today + datetime.timedelta(300), strengths, "протокол № 1", "совет")
                   for code, strengths in MENTORS])
        for noun, file in (("org", "orgs"), ("teacher", "people"),
                           ("association", "associations"), ("mentor", "mentors")):
            cli(noun, "import", f"{dir_}/{file}.csv", check=0)
        cli("activity", "import", os.path.join(ROOT, "surveys", "activities.csv"), check=0)

    def _users(self):
        for login, role, scope, person in USERS:
            self.admin.call("user.add", login=login, role=role, person=person, **{"in": scope})
            self.tokens[login] = self.admin.call("token.issue", login=login)["token"]

    def wave(self, code, org, teacher=""):
        """A wave of this organisation with invitations, made by the territory's methodist."""
        rpc = self.as_("methodist-t")
        rpc.call("wave.create", code=code, form="KDP-G", to=TODAY + 30, competencies=COMPETENCIES,
                 **{"from": TODAY - 2, "in": org})
        rpc.call("invite.create", wave=code, teacher=teacher)
        rows = rpc.call("invite.print", wave=code)["rows"]
        rpc.close()
        codes = {row["teacher"]: row["code"] for row in rows}
        if code == "W-1":
            self.codes = codes
        return codes

    def as_(self, login, **kw):
        """A connection of this user."""
        return self.daemon.rpc(session=self.tokens[login], **kw)

    def fill(self, teachers=None, answers_fn=None, consents=True):
        """These teachers (all the others: None) answer W-1; sessions go to self.sheets."""
        rpc = self.daemon.rpc()
        for number, teacher in enumerate(teachers or sorted(self.codes)):
            if teacher not in self.sheets:
                def level(item, n=number):
                    return 0 if item.startswith("FOR") else 3 if item.startswith("SUB") \
                        else (n + sum(item.encode())) % 4
                self.sheets[teacher] = answer(rpc, self.codes[teacher], answers_fn or level, consents)
        rpc.close()

    def result(self, teacher):
        """A connection with the session that opens this teacher's result."""
        return self.daemon.rpc(session=self.sheets[teacher][1])


class Disclosure:
    """A world after its campaign: everybody but three has answered W-1, it is published, routes and
    recommendations are built, acts of all kinds are given and revoked, pairs are in every state."""

    SHOWN, UNSHOWN = ["P-005", "P-037"], ["P-006", "P-038"]      # show_methodist: given, revoked
    APPLIED, UNAPPLIED = ["P-007", "P-039"], ["P-008", "P-040"]  # apply_course: given, revoked
    ASKED = ["P-003", "P-004", "P-009", "P-033", "P-034"]        # find_mentor

    def __init__(self, world):
        self.world, self.grants = world, {}
        path = write_csv(f"{world.daemon.dir}/school.csv",
                         ["code", "name", "level", "subject", "org", "head"],
                         [("A-1", "ШМО гимназии", "school", "math", "S-1", "P-004")])
        world.daemon.cli("association", "import", path, check=0)
        world.fill([code for code in sorted(world.codes) if code not in ("P-010", "P-011", "P-012")])
        methodist = world.as_("methodist-t")
        methodist.call("wave.publish", code="W-1")
        methodist.call("route.build", wave="W-1")
        for person in self.SHOWN + self.UNSHOWN:
            self.give(person, "show_methodist")
        for person in self.APPLIED + self.UNAPPLIED:
            steps = world.result(person).call("me.route")["rows"]
            self.give(person, "apply_course", themes=[steps[0]["code"]])
        for person in self.ASKED:
            self.give(person, "find_mentor", themes=["FOR"])
        for person in self.UNSHOWN + self.UNAPPLIED:
            self.revoke(person)
        self._pairs()
        self.advice = {login: world.as_(login).call("recommend.build", wave="W-1")["code"]
                       for login in ("methodist-t", "methodist-1", "methodist-2", "deputy-1",
                                     "deputy-3", "head-math")}
        methodist.call("recommend.send", code=self.advice["methodist-t"], line=1)

    def give(self, person, act, **params):
        rpc = self.world.result(person)
        rpc.call("grant.give", act=act, **params)
        self.grants[person] = next(row["id"] for row in rpc.call("grant.list")["rows"]
                                   if row["act"] == act and not row.get("revoked"))
        rpc.close()

    def revoke(self, person):
        self.world.result(person).call("grant.revoke", id=self.grants[person])

    def _pairs(self):
        """self.pairs: state -> (id, mentee, mentor); «closed» is accepted with the act revoked. The
        first three belong to one mentor (self.mentor), «other» to another one."""
        rows = self.world.as_("coordinator").call("mentor.suggest", wave="W-1")["rows"]
        mine = max({r["mentor"] for r in rows}, key=lambda m: sum(r["mentor"] == m for r in rows))
        own = [r for r in rows if r["mentor"] == mine]
        other = [r for r in rows if r["mentor"] != mine]
        assert len(own) >= 3 and other, rows
        self.mentor = {person: login for login, _, _, person in USERS if "mentor" in login}[mine]
        self.pairs = {state: (r["id"], r["mentee"], r["mentor"]) for state, r in
                      zip(("accepted", "closed", "proposed", "other"), own[:3] + other[:1])}
        for state in ("accepted", "closed", "other"):
            number, mentee, mentor = self.pairs[state]
            login = next(u[0] for u in USERS if u[1] == "mentor" and u[3] == mentor)
            self.world.as_(login).call("mentor.accept", pair=number)
            self.world.result(mentee).call("mentor.accept", pair=number)
        self.revoke(self.pairs["closed"][1])
