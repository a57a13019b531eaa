# SPDX-License-Identifier: Apache-2.0
"""Disclosure follows the teacher's acts (design.md section 6): what each act opens, to whom, until
when; who looked; what stays closed to everybody."""
import tap
from harness import Daemon
from world import Disclosure, World, write_csv

DAEMON = Daemon(web=False).start()
WORLD = World(DAEMON)
OPEN = Disclosure(WORLD)
ADMIN = WORLD.as_("admin")
RESULTS = {"answers", "cells", "submissions", "profiles", "pages", "routes", "wants", "steps",
           "level", "eap", "psd", "t", "mean", "p_need", "need"}


def keys_of(value):
    """All keys with a value that says something, at any depth."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if inner not in ([], {}, None, ""):
                yield key
                yield from keys_of(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from keys_of(inner)


def looks(person):
    return WORLD.result(person).call("me.data").get("looks", [])


def grant_id(rpc, act):
    return next(row["id"] for row in rpc.call("grant.list")["rows"]
                if row["act"] == act and not row.get("revoked"))


def hidden(login, method, teacher, **params):
    """This person looks like one who does not exist."""
    rpc = WORLD.as_(login)
    name = "code" if method == "mentee.show" else "teacher"
    nobody = rpc.fails(method, **{name: "P-999"}, **params).body
    tap.equal(rpc.fails(method, **{name: teacher}, **params).body, nobody, f"{method} {login}")


def test_show_methodist():
    """«Показать методисту» opens states to the methodists of the territory, never single answers;
    revoked, it closes at once"""
    me = WORLD.result("P-013")
    for login in ("methodist-1", "methodist-t", "methodist-2"):
        hidden(login, "profile.show", "P-013")
    me.call("grant.give", act="show_methodist")
    hidden("methodist-2", "profile.show", "P-013")
    own = {row["competency"]: row for row in me.call("me.profile")["rows"]}
    for login in ("methodist-1", "methodist-t"):
        view = WORLD.as_(login).call("profile.show", teacher="P-013")
        tap.equal({r["competency"]: r["state"] for r in view["rows"]},
                  {c: r["state"] for c, r in own.items()})
        single = {"mean", "answered", "shown", "np", "answers", "want_line", "wants", "grants"}
        assert not single & set(keys_of(view)) and "Пробина" not in str(view), view
    me.call("grant.revoke", id=grant_id(me, "show_methodist"))
    for login in ("methodist-1", "methodist-t"):
        hidden(login, "profile.show", "P-013")


def test_apply_course():
    """«Подать заявку на курс» opens the chosen steps to methodist and deputy head, not the profile"""
    me = WORLD.result("P-013")
    steps = me.call("me.route")["rows"]
    assert len(steps) > 1, steps
    me.call("grant.give", act="apply_course", themes=[steps[1]["code"]])
    for login in ("methodist-1", "deputy-1"):
        view = WORLD.as_(login).call("route.show", teacher="P-013")
        tap.equal([row["code"] for row in view["rows"]], [steps[1]["code"]])
        closed = {"serves_name", "instead", "uncovered", "no_need", "gap"}
        assert not closed & set(keys_of(view)), view
        tap.equal(view["rows"][0]["serves"], "-")
    for login in ("methodist-2", "deputy-3"):
        hidden(login, "route.show", "P-013")
    hidden("methodist-1", "profile.show", "P-013")
    me.call("grant.revoke", id=grant_id(me, "apply_course"))
    hidden("deputy-1", "route.show", "P-013")


def test_find_mentor():
    """a mentor sees the opened themes of his accepted pair, as long as the act is in force; before
    both agree neither knows the other's name"""
    mentor = WORLD.as_(OPEN.mentor)
    (accepted, mentee, _), (_, closed, _) = OPEN.pairs["accepted"], OPEN.pairs["closed"]
    view = mentor.call("mentee.show", code=mentee)
    tap.equal([row["competency"] for row in view["rows"]], ["FOR"])
    assert view["name"] and not {"mean", "answered", "eap", "p_need"} & set(keys_of(view)), view
    for person in (closed, OPEN.pairs["proposed"][1], OPEN.pairs["other"][1], "P-005"):
        hidden(OPEN.mentor, "mentee.show", person)
    rows = {row["teacher"]: row for row in mentor.call("mentee.list")["rows"]}
    waiting = rows[OPEN.pairs["proposed"][1]]
    assert not waiting.get("name") and not waiting.get("themes"), waiting
    pair = WORLD.result(OPEN.pairs["proposed"][1]).call("me.pairs")["rows"][0]
    assert not pair.get("mentor") and "Пробина" not in str(pair), pair
    assert WORLD.result(mentee).call("me.pairs")["rows"][0]["mentor"], accepted
    for login in ("coordinator", "methodist-t", "analyst", "admin", "head-math", "deputy-1"):
        tap.equal(WORLD.as_(login).fails("mentee.show", code=mentee).code, "denied", login)


def test_reason_of_a_refusal():
    """why somebody declined a pair is shown to nobody else"""
    number, mentee, _ = OPEN.pairs["proposed"]
    WORLD.as_(OPEN.mentor).call("mentor.decline", pair=number, reason="тайная причина")
    me = WORLD.result(mentee)
    for seen in (me.call("me.pairs"), me.call("me.data"),
                 WORLD.as_("coordinator").call("mentor.pairs", code="W-1"),
                 WORLD.as_("coordinator").call("mentor.list", wave="W-1"), ADMIN.call("audit.log")):
        assert "тайная причина" not in str(seen), seen.keys()


def test_looks():
    """each look at another person's data is shown to that person, by role, without the name"""
    person = OPEN.pairs["accepted"][1]
    org = next(row["org"] for row in WORLD.people if row["code"] == person)
    methodist, deputy = {"S-1": ("methodist-1", "deputy-1"), "S-3": ("methodist-2", "deputy-3")}[org]
    for act in ("show_methodist", "apply_course"):
        steps = WORLD.result(person).call("me.route")["rows"]
        WORLD.result(person).call("grant.give", act=act,
                                  themes=[steps[0]["code"]] if act == "apply_course" else [])
    for login, method, params in (
            (methodist, "profile.show", {"teacher": person}),
            (methodist, "route.show", {"teacher": person}),
            (deputy, "route.show", {"teacher": person}),
            ("methodist-t", "route.build", {"wave": "W-1", "teacher": person}),
            (methodist, "teacher.show", {"code": person, "names": True}),
            (deputy, "teacher.list", {"in": org, "names": True}),
            ("admin", "teacher.export", {"code": person}),
            ("methodist-t", "invite.print", {"wave": "W-1", "teacher": person}),
            (OPEN.mentor, "mentee.show", {"code": person}),
            (OPEN.mentor, "mentee.list", {}),
            ("coordinator", "mentor.suggest", {"wave": "W-1", "dry_run": True}),
            ("coordinator", "mentor.pairs", {"code": "W-1"})):
        before = looks(person)
        seq = ADMIN.call("store.stat")["journal"]
        answer = WORLD.as_(login).call(method, **params)
        after = looks(person)
        assert len(after) == len(before) + 1, f"{method} as {login} left no trace"
        assert ADMIN.call("store.stat")["journal"] > seq, "the look is an event"
        role = login.split("-")[0]
        tap.equal(after[0]["role"], role, method)
        assert answer is not None and (login == role or login not in str(after[0])), after[0]
    before = looks(person)
    WORLD.result(person).call("profile.show", teacher=person)
    WORLD.as_(methodist).call("teacher.show", code=person)
    tap.equal(looks(person), before, "one's own look and a card without a name are no looks")


def test_administrators_get_no_results():
    """nothing an administrator may call brings answers, states, routes or wishes of a person"""
    person = OPEN.pairs["accepted"][1]
    WORLD.result(person).call("grant.give", act="show_methodist")
    schema = DAEMON.json("schema")["commands"]
    reads = {"teacher.export": {"code": person}, "teacher.show": {"code": person, "names": True},
             "teacher.list": {"in": "S-1"}, "org.show": {"code": "S-1"}, "wave.show": {"code": "W-1"},
             "audit.log": {"teacher": person}, "association.show": {"code": "A-MATH"},
             "activity.show": {"code": "A-SUB-1"}, "store.verify": {}, "store.stat": {}}
    for command in schema:
        if "admin" not in command["roles"] or command["mode"] not in ("read", "pool") and \
                command["name"] not in reads or command["name"] in ("logout", "backup.create"):
            continue
        reply = ADMIN.call(command["name"], **reads.get(command["name"], {}))
        found = RESULTS & set(keys_of(reply)) - ({"level"} if "association" in command["name"] else set())
        assert not found, f"{command['name']} shows {sorted(found)}"
    for method in ("profile.show", "route.show"):
        tap.equal(ADMIN.fails(method, teacher=person).code, "denied")


def test_other_teachers_ids():
    """ids of one teacher tried with another one's session are not found"""
    a, b = OPEN.pairs["accepted"], OPEN.pairs["other"]
    mine, other = WORLD.result(a[1]), WORLD.result(b[1])
    message = other.call("me.messages")["rows"][0]["id"]
    for method, params, absent in (
            ("grant.revoke", {"id": OPEN.grants[b[1]]}, {"id": 1}),
            ("me.mark", {"id": message, "state": "opened"}, {"id": 1, "state": "opened"}),
            ("mentor.accept", {"pair": b[0]}, {"pair": 1}),
            ("mentor.decline", {"pair": b[0]}, {"pair": 1}),
            ("profile.show", {"teacher": b[1]}, {"teacher": "P-999"}),
            ("route.show", {"teacher": b[1]}, {"teacher": "P-999"}),
            ("route.build", {"wave": "W-1", "teacher": b[1]}, {"wave": "W-1", "teacher": "P-999"})):
        tap.equal(mine.fails(method, **params).body, mine.fails(method, **absent).body, method)
    assert OPEN.grants[b[1]] == grant_id(other, "find_mentor"), "still given"
    assert b[1] not in str(mine.call("me.data")) and a[1] in str(mine.call("me.data"))


def test_code_and_pin():
    """a printed code opens the questionnaire, not an earlier result; with the PIN it does"""
    rpc, code = DAEMON.rpc(), WORLD.codes["P-020"]
    session = rpc.call("session.enter", code=code)["session"]
    for method in ("me.profile", "me.data", "grant.list", "me.withdraw"):
        tap.equal(rpc.fails(method, _session=session).code, "pin", method)
    WORLD.result("P-020").call("pin.set", pin="2468")
    asked = rpc.call("session.enter", code=code)
    assert asked["pin_needed"] and not asked.get("session"), asked
    tap.equal(rpc.fails("session.enter", code=code, pin="1357").code, "pin")
    session = rpc.call("session.enter", code=code.lower().replace("-", " "), pin="2468")["session"]
    tap.equal(rpc.call("me.profile", _session=session)["teacher"], "P-020")
    for _ in range(9):
        rpc.fails("session.enter", code=code, pin="1357")
    tap.equal(rpc.fails("session.enter", code=code, pin="2468").code, "throttled", "ten wrong PINs")
    tap.equal(rpc.fails("me.profile", _session=session[:-1] + "x").code, "login", "a forged session")


def test_rights_end_at_once():
    """a role taken away, a token revoked, an account closed: the next call knows"""
    ADMIN.call("user.add", login="brief", role="methodist", password="очень длинный пароль",
               **{"in": "M-1"})
    session = DAEMON.rpc().call("login", login="brief", password="очень длинный пароль")["session"]
    token = ADMIN.call("token.issue", login="brief")
    by_session, by_token = DAEMON.rpc(session=session), DAEMON.rpc(session=token["token"])
    for rpc in (by_session, by_token):
        tap.equal(rpc.call("org.show", code="S-1")["code"], "S-1")
    ADMIN.call("user.role", login="brief", role="methodist", remove=True, **{"in": "M-1"})
    ADMIN.call("user.role", login="brief", role="methodist", **{"in": "M-2"})
    for rpc in (by_session, by_token):
        tap.equal(rpc.fails("org.show", code="S-1").code, "not_found")
        tap.equal(rpc.call("org.show", code="S-3")["code"], "S-3")
    ADMIN.call("token.revoke", id=token["id"])
    tap.equal(by_token.fails("org.show", code="S-3").code, "login")
    ADMIN.call("user.disable", code="brief")
    tap.equal(by_session.fails("org.show", code="S-3").code, "login")
    tap.equal(DAEMON.rpc().fails("login", login="brief", password="очень длинный пароль").code, "login")


def refused(login, noun, columns, rows, *options):
    """An import none of whose rows may be written, not even with --skip-bad."""
    path = write_csv(f"{DAEMON.dir}/foreign.csv", columns, rows)
    before = ADMIN.call("store.stat")["journal"]
    status, out, _ = DAEMON.cli("-o", "json", noun, "import", path, *options,
                                token=WORLD.tokens[login])
    assert status == 7 or "--skip-bad" in options, (status, out)
    tap.equal(ADMIN.call("store.stat")["journal"], before, f"{login} wrote {noun} {rows}")


def test_imports_stay_in_scope():
    """an import reaches nothing outside the scope of the role that may import"""
    orgs, people = ["code", "name", "kind", "parent"], ["code", "name", "org", "position"]
    groups = ["code", "name", "level", "org", "members"]
    for options in ((), ("--skip-bad",)):
        refused("methodist-1", "org", orgs, [("S-3", "Чужая", "secondary", "M-1")], *options)
        refused("methodist-1", "org", orgs, [("S-9", "Новая", "secondary", "M-2")], *options)
        refused("methodist-1", "org", orgs, [("M-2", "Второй район", "municipality", "TERR"),
                                             ("S-9", "Новая", "secondary", "M-2")], *options)
        refused("methodist-1", "org", orgs, [("S-9", "Новая", "secondary", "M-9"),
                                             ("M-9", "Ничья", "municipality", "TERR")], *options)
        refused("methodist-1", "teacher", people, [("P-041", "Чужая", "S-1", "teacher")], *options)
        refused("methodist-1", "teacher", people, [("P-900", "Новая", "S-3", "teacher")], *options)
        refused("methodist-1", "association", groups, [("A-2", "Чужое", "school", "S-1", "")], *options)
        refused("methodist-1", "association", groups,
                [("A-9", "Новое", "school", "S-1", "P-003;P-041")], *options)
        refused("methodist-1", "mentor", ["code", "strengths"], [("P-041", "FOR:1")], *options)
    # A wide role that may not import the roster does not widen a narrow one that may.
    ADMIN.call("user.role", login="methodist-1", role="coordinator")
    refused("methodist-1", "teacher", people, [("P-900", "Новая", "S-3", "teacher")])
    tap.equal(DAEMON.stop(), 0, DAEMON.tail())


tap.run(globals())
