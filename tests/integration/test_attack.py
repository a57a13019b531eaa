# SPDX-License-Identifier: Apache-2.0
"""Attacks on what is counted and by whom: differences of publications, sets that differ by one
person, live counts, the audit log, a replaced code. Each of them worked once."""
import urllib.error
import urllib.request

import tap
import world
from harness import Daemon, RpcError
from world import TODAY, World, answer, write_csv

DAEMON = Daemon(web=False).start()
# Two large schools and small ones, so that shares are exact and small groups stand beside them.
world.ORGS = [("TERR", "Территория", "region", ""), ("M-1", "Округ", "municipality", "TERR"),
              ("A", "Гимназия", "gymnasium", "M-1"), ("B", "Малая школа", "basic", "M-1"),
              ("C", "Школа", "secondary", "M-1"), ("D", "Лицей", "secondary", "M-1"),
              ("E", "Малая школа № 2", "basic", "M-1")]
world.STAFF = [("A", 41, "teacher", ["math"], "main"), ("B", 6, "teacher", ["rus"], "main"),
               ("C", 20, "teacher", ["rus"], "main"), ("D", 20, "teacher", ["hist"], "main"),
               ("M-1", 10, "administrator", [""], ""), ("E", 4, "teacher", ["rus"], "main")]
world.ASSOCIATIONS = [("A-HIST", "МО историков", "municipal", "hist", "M-1", "P-001")]
world.MENTORS = [("P-001", "FOR:1")]
world.USERS = [("methodist-t", "methodist", "", ""), ("methodist-1", "methodist", "M-1", ""),
               ("deputy-b", "deputy", "B", ""), ("deputy-a", "deputy", "A", ""),
               ("head-1", "head", "A-HIST", ""),
               ("analyst", "analyst", "", ""), ("coordinator", "coordinator", "", ""),
               ("admin", "admin", "", ""), ("teacher-x", "teacher", "", "P-041")]
WORLD = World(DAEMON)
METHODIST, ADMIN = WORLD.as_("methodist-t"), WORLD.as_("admin")
STAFF = {org: [p["code"] for p in WORLD.people if p["org"] == org]
         for org in ("A", "B", "C", "D", "E", "M-1")}
LEFT = {org: list(codes) for org, codes in STAFF.items()}


def fill(org, count):
    """So many more of this organisation answer; every third one needs support in FOR."""
    rpc = DAEMON.rpc()
    for _ in range(count):
        teacher = LEFT[org].pop(0)
        low = int(teacher[2:]) % 3 == 0

        def level(item, low=low):
            return 0 if low and item.startswith("FOR") else 3
        WORLD.sheets[teacher] = answer(rpc, WORLD.codes[teacher], level)
    rpc.close()


def cell(scope):
    """(n, part) of FOR as published for this scope; None when no number is shown."""
    rows = METHODIST.call("deficit.top", wave="W-1", **{"in": scope})["rows"]
    row = next(r for r in rows if r["competency"] == "FOR")
    return (row["n"], row["part"]) if row["shown"] == "exact" else None


def outside(scope="A"):
    """How many stand in the whole and not in this school, by two exact cells."""
    whole, part = cell("TERR"), cell(scope)
    assert whole and part, (whole, part, "the attack needs two exact cells")
    return whole[0] - part[0]


def publish():
    return METHODIST.call("wave.publish", code="W-1")


def load(noun, columns, rows):
    path = write_csv(f"{DAEMON.dir}/more.csv", columns, rows)
    DAEMON.cli(noun, "import", path, token=WORLD.tokens["methodist-t"], check=0)


def is_published(association):
    try:
        return bool(METHODIST.call("deficit.top", wave="W-1", **{"in": association})["rows"])
    except RpcError as refused:
        tap.equal(refused.code, "not_found", association)
        return False


GROUP = ["code", "name", "level", "org", "members"]


def test_live_counts():
    """of an open wave only methodists see the coverage, and of a tiny one nobody"""
    fill("A", 5)
    counts = ("started", "submitted", "declined")
    for login in ("deputy-b", "deputy-a", "head-1", "coordinator", "analyst"):
        for view in (WORLD.as_(login).call("wave.show", code="W-1"),
                     WORLD.as_(login).call("wave.list")["rows"][0]):
            tap.equal([view.get(name) for name in counts], [None] * 3, login)
    tap.equal(METHODIST.call("wave.show", code="W-1")["submitted"], 5)
    METHODIST.call("wave.create", code="W-B", form="KDP-G", to=TODAY + 30, competencies=["FOR"],
                   **{"from": TODAY - 2, "in": "B"})
    METHODIST.call("invite.create", wave="W-B", teacher=STAFF["B"][0])
    rows = METHODIST.call("invite.print", wave="W-B")["rows"]
    answer(DAEMON.rpc(), rows[0]["code"], lambda item: 0)
    view = METHODIST.call("wave.show", code="W-B")
    tap.equal([view.get(name) for name in counts], [None] * 3, "one invited, one answer")


def test_new_organisation():
    """one answer of an organisation that was not in the first publication does not stand out"""
    fill("A", 20), fill("B", 3), fill("C", 18), fill("D", 18), fill("M-1", 3), fill("E", 2)
    publish()
    before = outside()
    load("org", ["code", "name", "kind", "parent"], [("N", "Новая школа", "basic", "M-1")])
    load("teacher", ["code", "name", "org", "position"], [("P-900", "Новая", "N", "teacher")])
    METHODIST.call("invite.create", wave="W-1", teacher="P-900")
    rows = METHODIST.call("invite.print", wave="W-1", teacher="P-900")["rows"]
    answer(DAEMON.rpc(), rows[0]["code"], lambda item: 0)
    fill("A", 5)
    publish()
    tap.equal((outside(), cell("A")[0]), (before, 25), "5 newcomers are a group under the rule too")


def test_people_of_a_municipality():
    """those who work in the municipality itself enter in blocks as well"""
    before = outside()
    fill("A", 5), fill("M-1", 1)
    publish()
    tap.equal((outside(), cell("A")[0]), (before, 25), "10 are still one")


def test_closing_and_sets_that_differ_by_one():
    """with the close late answers of a small school do not stand out, and of two associations that
    differ by 1 to 4 people (anybody may be put into one) only one is published"""
    before = outside()
    people = STAFF["A"][:40]
    load("association", GROUP,
         [("X-1", "Первые", "school", "A", ";".join(people[:30])),
          ("X-2", "Без одного", "school", "A", ";".join(people[:29])),
          ("X-3", "Вся школа без двух", "school", "A", ";".join(people[2:])),
          ("X-4", "Другие", "school", "A", ";".join(people[20:]))])
    fill("A", 5), fill("B", 1)
    METHODIST.call("wave.close", code="W-1")
    publish()
    tap.equal((outside(), cell("A")[0]), (before, 25), "the close is no exception")
    tap.equal([is_published("X-1") + is_published("X-2"), is_published("X-3"), is_published("X-4")],
              [1, False, True])


def test_closed_is_final():
    """nothing more is published of a closed wave: new sets would be questions about single people"""
    load("association", GROUP, [("X-9", "Вопрос", "school", "A", ";".join(STAFF["A"][9:24]))])
    publish()
    assert not is_published("X-9")


def test_late_rows():
    """rows of an export before and after the close differ by 5 or by none"""
    codes, rpc, analyst = WORLD.wave("W-L", "C"), DAEMON.rpc(), WORLD.as_("analyst")
    late = sorted(codes)

    def export():
        reply = analyst.call("answers.export", wave="W-L")
        return {row["id"] for row in reply["rows"]}
    for code in late[:10]:
        answer(rpc, codes[code], lambda item: 1)
    METHODIST.call("wave.publish", code="W-L")
    before = export()
    for code in late[10:13]:
        answer(rpc, codes[code], lambda item: 2)
    METHODIST.call("wave.close", code="W-L")
    tap.equal(export(), before, "closed")
    METHODIST.call("wave.publish", code="W-L")
    tap.equal((len(before), export()), (10, before), "published at the end")


def test_audit_log():
    """the audit log names nobody who answered, planned, opened something or was addressed"""
    METHODIST.call("route.build", wave="W-1")
    code = METHODIST.call("recommend.build", wave="W-1")["code"]
    METHODIST.call("recommend.send", code=code, line=1)
    WORLD.wave("W-2", "A", teacher="P-041")
    own = WORLD.as_("teacher-x")  # an account, not a code
    own.call("attempt.start", consent_process=True, consent_aggregate=True)
    named = {}
    for row in ADMIN.call("audit.log", **{"from": 1, "limit": 10000})["rows"]:
        assert row.get("actor") != "teacher-x", row
        if row.get("subject"):
            named.setdefault(row["event"], set()).add(row["subject"])
    tap.equal(sorted(named), ["invitation_put", "mentor_put", "person_put", "viewed"])
    tap.equal({row["event"] for row in ADMIN.call("audit.log", teacher="P-041")["rows"]},
              {"person_put", "invitation_put"})
    tap.equal(sum(row["event"] == "invitation_put"
                  for row in ADMIN.call("audit.log", teacher="P-041")["rows"]), 2, "made, not begun")


def test_replaced_code():
    """a code made anew by somebody else does not open what a PIN closed"""
    rpc, code = DAEMON.rpc(), WORLD.wave("W-3", "D", teacher="P-087")["P-087"]
    session = rpc.call("session.enter", code=code)["session"]
    rpc.call("attempt.start", _session=session, consent_process=True, pin="2468")
    page = rpc.call("page.show", _session=session, page=1)
    rpc.call("page.save", _session=session, page=1, answers=[2] * len(page["rows"]))
    METHODIST.call("invite.revoke", wave="W-3", teacher="P-087")
    tap.equal(rpc.fails("page.show", _session=session, page=1).code, "login")
    code = METHODIST.call("invite.print", wave="W-3", teacher="P-087")["rows"][0]["code"]
    session = rpc.call("session.enter", code=code)["session"]
    tap.equal(rpc.call("attempt.show", _session=session)["state"], "created")
    rpc.call("attempt.start", _session=session, consent_process=True)
    rows = rpc.call("page.show", _session=session, page=1)["rows"]
    tap.equal({row["answer"] for row in rows}, {-1}, "the sheet begins anew")


def test_names_of_other_files():
    """a name whose letters come in two parts is the same name"""
    load("teacher", ["code", "name", "org", "position"],
         [("P-901", "Зайцева Алёна", "A", "teacher")])
    load("teacher", ["code", "name", "org", "position"],
         [("P-901", "Заи\u0306цева Але\u0308на", "A", "teacher")])
    tap.equal(METHODIST.call("teacher.show", code="P-901", names=True)["name"], "Зайцева Алёна")


def test_addresses_of_one_network():
    """whoever has a network of IPv6 addresses is one source of wrong codes"""
    web = Daemon()
    web.settings.append("trusted_proxy=127.0.0.1")
    web.start()

    def tried(address, code):
        asked = urllib.request.Request(f"http://127.0.0.1:{web.port}/i/{code}",
                                       headers={"X-Forwarded-For": address})
        try:
            return urllib.request.urlopen(asked).status
        except urllib.error.HTTPError as refused:
            return refused.code

    seen = [tried(f"2001:db8:0:1::{n:x}", f"AAAA-AAAA-AA{n:03d}") for n in range(100, 121)]
    tap.equal(seen, [422] * 20 + [429])
    tap.equal(tried("2001:db8:0:2::1", "AAAA-AAAA-AA121"), 422, "another network")
    tap.equal(web.stop(), 0, web.tail())


def test_nothing_lost():
    """the journal replays to the same tables after all of it"""
    report = ADMIN.call("store.verify")
    assert report["ok"], report
    tap.equal(DAEMON.stop(), 0, DAEMON.tail())


tap.run(globals())
