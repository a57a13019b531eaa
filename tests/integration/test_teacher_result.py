# SPDX-License-Identifier: Apache-2.0
"""After the questionnaire, over real HTTP without JavaScript: what the teacher sees and does with the
result, who else sees what he opens, and how he takes everything back."""
import json
import re

import tap
from harness import Daemon
from visitor import Visitor, Way, checked, form_with, items, pattern, title, values
from world import World

DAEMON = Daemon().start()
WORLD = World(DAEMON)
WAY = Way(WORLD)
ADMIN = DAEMON.rpc()
METHODIST = WORLD.as_("methodist-t")
OTHERS = [row["code"] for row in WORLD.people[20:50]]
LINE = 'Хочу «живых» примеров: <b>меньше</b> & "проще"'


def weak(item):
    return {"FOR": 0, "SUB": 3, "FUN": 0}.get(item[:3], pattern(item))


HERO, FIRST = WAY.finish("P-005", weak)


def journal():
    return ADMIN.call("store.stat")["journal"]


def me(visitor=HERO):
    return DAEMON.rpc(session=visitor.cookies["m"])


def opened_by(login, command, **params):
    return WORLD.as_(login).call(command, **params)


def test_wants():
    """three themes at most and a line of one's own words, kept and shown as typed"""
    page = HERO.get("/me")
    form = page.form("/me/wants")
    before = journal()
    refused = HERO.post(form, [("c", c) for c in ("SUB", "FUN", "FOR", "CRI")])
    tap.equal((refused.status, title(refused)[:7], journal()), (422, "Ошибка:", before))
    page = HERO.post(form, [("c", "FOR"), ("c", "REF"), ("line", LINE)])
    tap.equal((page.status, page.url), (200, "/me?done=saved"))
    profile = me().call("me.profile")
    tap.equal((profile["wants"], profile["want_line"]), (["FOR", "REF"], LINE))
    form = page.form("/me/wants")
    tap.equal([f for f in form.fields if f[0] in ("c", "line")],
              [("c", "FOR"), ("c", "REF"), ("line", LINE)])
    assert "<b>меньше" not in page.html, "markup of a person must stay text"


def test_show_methodist():
    """«Показать методисту»: closed before, states without answers after, closed again at once"""
    for login in ("methodist-t", "methodist-1"):
        tap.equal(WORLD.as_(login).fails("profile.show", teacher="P-005").code, "not_found")
    page = HERO.get("/me")
    form = form_with(page, "/me/grant", ("act", "show_methodist"))
    page = HERO.post(form, (), "show_methodist")
    tap.equal(page.url, "/me?done=opened")
    own = {r["competency"]: r for r in me().call("me.profile")["rows"]}
    for row in opened_by("methodist-1", "profile.show", teacher="P-005")["rows"]:
        for name in ("state", "level_word", "t", "t_lo", "t_hi"):
            tap.equal(row.get(name), own[row["competency"]].get(name), name)
        assert not {"mean", "eap", "psd", "p_need", "answered"} & {k for k in row if row[k]}, row
    tap.equal(WORLD.as_("methodist-2").fails("profile.show", teacher="P-005").code, "not_found")
    tap.equal(WORLD.as_("deputy-1").fails("profile.show", teacher="P-005").code, "denied")
    page = HERO.get("/me/data")
    revoke = page.form("/me/revoke")
    page = HERO.post(revoke, (), revoke.buttons[0][1])
    assert "Закрыто" in page.text, page.text[:300]
    tap.equal(WORLD.as_("methodist-1").fails("profile.show", teacher="P-005").code, "not_found")
    assert form_with(HERO.get("/me"), "/me/grant", ("act", "show_methodist"))


def test_find_mentor():
    """«Помогите найти наставника»: one to three themes; a pair, both agree, the mentor sees just them"""
    page = HERO.get("/me")
    form = form_with(page, "/me/grant", ("act", "find_mentor"))
    for themes in ([], ["SUB", "FUN", "FOR", "CRI"]):
        refused = HERO.post(form, [("c", c) for c in themes], "find_mentor")
        tap.equal((refused.status, title(refused)[:7]), (422, "Ошибка:"), themes)
    page = HERO.post(form, [("c", "FOR"), ("c", "FUN")], "find_mentor")
    tap.equal(page.url, "/me?done=opened")
    pairs = opened_by("coordinator", "mentor.suggest", wave="W-1")["rows"]
    pair, = [p for p in pairs if p["mentee"] == "P-005"]
    tap.equal(sorted(pair["themes"]), ["FOR", "FUN"])
    login = {"P-002": "mentor-1", "P-036": "mentor-2"}[pair["mentor"]]
    mentor = WORLD.as_(login)
    tap.equal(mentor.fails("mentee.show", code="P-005").code, "not_found")
    page = HERO.get("/me")
    assert "Пробина002" not in page.text and "Пробина036" not in page.text, "a name before both agreed"
    page = HERO.post(page.form("/me/pair"), (), "accept")
    assert "Вы согласились" in page.text, page.text
    mentor.call("mentor.accept", pair=pair["id"])
    view = mentor.call("mentee.show", code="P-005")
    tap.equal(sorted(r["competency"] for r in view["rows"]), ["FOR", "FUN"])
    page = HERO.get("/me")
    assert f"Пробина{pair['mentor'][2:]}" in page.text, page.text
    assert "mentee" in [look["what"] for look in me().call("me.data")["looks"]]


def test_route_and_application():
    """a route by one press; steps are marked, one is applied for: only it is seen by others"""
    page = HERO.get("/me")
    page = HERO.post(page.form("/me/route"), (), "build")
    tap.equal(page.url.split("?")[0], "/me/route")
    route = me().call("me.route")
    assert route["rows"] and not route.get("no_need"), route
    for step in route["rows"]:
        assert step["title"] in page.text and step["serves_name"] in page.text, step
    step = route["rows"][0]
    page = HERO.post(form_with(page, "/me/route", ("n", str(step["n"]))), (), "wanted")
    tap.equal(me().call("me.route")["rows"][0]["state"], "wanted")
    assert step["title"] in HERO.get("/me").text, "the next step on the first page"
    for login in ("methodist-1", "deputy-1"):
        tap.equal(WORLD.as_(login).fails("route.show", teacher="P-005").code, "not_found")
    HERO.post(form_with(page, "/me/route", ("step", step["code"])))
    for login in ("methodist-1", "deputy-1"):
        seen = opened_by(login, "route.show", teacher="P-005")
        tap.equal([r["code"] for r in seen["rows"]], [step["code"]], login)
    tap.equal(WORLD.as_("deputy-3").fails("route.show", teacher="P-005").code, "not_found")


def test_messages():
    """a recommendation sent to a group without names arrives, is marked, and the sender sees counts"""
    tap.equal(HERO.get("/me/messages").text.count("Получено"), 0)
    WORLD.fill(OTHERS, weak)
    METHODIST.call("wave.publish", code="W-1")
    advice = METHODIST.call("recommend.build", wave="W-1")
    line = next(r["n"] for r in advice["rows"]
                if r["audience"] == "teacher" and r["competency"] == "FOR")
    METHODIST.call("recommend.send", code=advice["code"], line=line, text="Проба: «два шага» <i>")
    page = HERO.get("/me")
    assert "1 новое сообщение" in page.text, page.text[:500]
    page = HERO.get("/me/messages")
    assert "Проба: «два шага» <i>" in page.text and "<i>" not in page.html
    message, = me().call("me.messages")["rows"]
    page = HERO.post(page.form("/me/messages"), (), "opened")
    tap.equal(me().call("me.messages")["rows"][0]["state"], "opened")
    page = HERO.post(page.form("/me/messages"), (), "wanted")
    tap.equal(me().call("me.messages")["rows"][0]["state"], "wanted")
    row, = METHODIST.call("recommend.sent", code=advice["code"])["rows"]
    tap.equal((row.get("opened"), row.get("wanted"), row.get("finished")), (None, None, None))
    back = HERO.post(form_with(page, "/me/messages", ("id", str(message["id"]))), (), "done")
    tap.equal((back.status, me().call("me.messages")["rows"][0]["state"]), (200, "done"))


def test_all_data():
    """/me/data shows everything and who looked; the file holds what the store holds"""
    page, data = HERO.get("/me/data"), me().call("me.data")
    sheet, = data["submissions"]
    for item, answer in zip(sheet["items"], sheet["answers"]):
        assert f"{item}: {answer}" in page.text, item
    for text in ("Пробина005 Анна Ивановна", "P-005", "Гимназия № 1", LINE, "методист",
                 *(step["code"] for step in data["routes"][0]["steps"])):
        assert text in page.text, text
    tap.equal({look["what"] for look in data["looks"]}, {"profile", "mentee", "route"})
    assert "Кто смотрел" in page.text and "root" not in page.text
    file = HERO.exchange("GET", "/me/data.json")
    assert "attachment" in file.headers["content-disposition"], file.headers
    told = json.loads(file.html)
    tap.equal(told["schema"], "metod.v1")
    for name in ("submissions", "profiles", "pages", "wants", "routes", "grants", "messages",
                 "looks", "attempts", "pairs"):
        tap.equal(len(told[name]), len(data[name]), name)
    tap.equal(told["submissions"][0]["answers"], sheet["answers"])
    tap.equal(told["wants"][0]["line"], LINE)


def test_no_pin():
    """without a PIN the slip opens no result elsewhere, whatever address is asked"""
    visitor, page = WAY.enter("P-005")
    tap.equal((page.url, page.status), ("/start", 200))
    assert "ПИН" in page.text, page.text
    for path in ("/me", "/me/route", "/me/messages", "/me/data", "/me/data.json", "/a/1", "/a/check"):
        page = visitor.get(path)
        assert page.status in (401, 409), (path, page.status)
        assert "Пробина" not in page.text and "из 3" not in page.text, path
    before = journal()
    for form in (HERO.get("/me").form("/me/wants"), HERO.get("/me/data").form("/me/withdraw")):
        page = visitor.send(form, [("t", visitor.cookies["c"]), ("confirm", "1")])
        tap.equal(page.status, 401, form.action)
    tap.equal(journal(), before)


def test_pin():
    """a second browser needs the PIN: the wrong one is refused and counted, the right one opens"""
    page = HERO.get("/me")
    short = HERO.post(page.form("/me/pin"), [("pin", "12")])
    tap.equal((short.status, title(short)[:7]), (422, "Ошибка:"))
    tap.equal(HERO.post(page.form("/me/pin"), [("pin", "Ключ2026")]).url, "/me?done=pin")
    visitor, page = WAY.enter("P-005")
    tap.equal((page.url, page.status), ("/pin", 200))
    page = visitor.post(page.form("/pin"), [("pin", "Ключ2027")])
    tap.equal((page.status, title(page)[:7]), (422, "Ошибка:"))
    tap.equal(visitor.get("/me").status, 401)
    page = visitor.post(page.form("/pin"), [("pin", "Ключ2026")])
    tap.equal((page.url, visitor.get("/me").status), ("/start", 200))
    guesser, page = WAY.enter("P-005")
    statuses = [guesser.post(page.form("/pin"), [("pin", f"{n:04d}")]).status for n in range(10)]
    tap.equal((set(statuses[:9]), statuses[-1]), ({422}, 429))
    # a PIN chosen before the first question
    second, page = WAY.begin("P-006", [("shared", "no"), ("pin", "4711")])
    elsewhere, page = WAY.enter("P-006")
    tap.equal(page.url, "/pin")
    tap.equal(elsewhere.post(page.form("/pin"), [("pin", "4711")]).url, "/start")


def test_session_ended():
    """a dead or garbled session on POST: 401 with the answers on the page; the code stores them"""
    for number, spoil in enumerate((lambda v: v.cookies.update(m="r." + "0" * 84),
                                    lambda v: v.cookies.pop("m"),
                                    lambda v: METHODIST.call("invite.revoke", wave="W-1",
                                                             teacher="P-009"))):
        teacher = f"P-{7 + number:03d}"
        visitor, page = WAY.begin(teacher)
        form = page.form("/a/1")
        spoil(visitor)
        page = visitor.send(form, values(form, pattern) + [("odd", "«'\"<&>\r\nя")], "next")
        tap.equal(page.status, 401, teacher)
        fields = dict(page.form("").fields)
        tap.equal({n: fields[n] for n, _ in values(form, pattern)}, dict(values(form, pattern)))
        tap.equal(fields["odd"].replace("\r", ""), "«'\"<&>\nя")
        row = METHODIST.call("invite.print", wave="W-1", teacher=teacher)["rows"][0]
        again = page.form("")
        again.action = form.action
        page = visitor.follow(visitor.send(again, [("code", row["code"])]))
        tap.equal((page.url, page.status), ("/a/2", 200), teacher)
        back = visitor.get("/a/1")
        tap.equal(checked(back.form("/a/1")), {i: pattern(i) for i, _ in items(form)})


def test_another_code():
    """answers of an ended session do not land in the questionnaire of another teacher's code"""
    orders = {}
    for number in range(51, 61):  # two of ten teachers share the order of some page of three
        visitor, _ = WAY.begin(f"P-{number:03d}")
        for path in ("/a/3", "/a/4"):
            form = visitor.get(path).form(path)
            orders.setdefault((path, tuple(i for i, _ in items(form))), []).append(
                (f"P-{number:03d}", visitor, form))
    same = next(found for found in orders.values() if len(found) > 1)
    (_, first, form), (other, second, _) = same[:2]
    del first.cookies["m"]
    page = first.send(form, values(form, lambda item: 3), "next")
    again = page.form("")
    again.action = form.action
    page = first.send(again, [("code", WORLD.codes[other])])
    tap.equal(page.status, 409, page.text)
    for number in range(1, 5):
        assert "version" not in me(second).call("page.show", page=number), (other, number)


def test_shared_computer():
    """on a shared computer the cookie ends with the browser, at once, after sending, elsewhere too"""
    visitor, page = WAY.begin("P-012", [("shared", "yes")])
    assert "Max-Age" not in visitor.flags["m"], visitor.flags
    elsewhere, _ = WAY.enter("P-012")
    assert "Max-Age" not in elsewhere.flags["m"], elsewhere.flags
    page, _ = WAY.fill(visitor, page)
    visitor.post(page.form("/submit"))
    assert "Max-Age" not in visitor.flags["m"], visitor.flags
    left = visitor.post(visitor.get("/me").form("/logout"))
    tap.equal((left.url, "m" in visitor.cookies), ("/", False))
    tap.equal(visitor.get("/me").status, 401)


def test_withdraw():
    """withdrawing asks once, then erases: nothing of it is stored, counts fall, the journal replays"""
    count = METHODIST.call("wave.show", code="W-1")["submitted"]
    page = HERO.get("/me/data")
    refused = HERO.post(page.form("/me/withdraw"))
    tap.equal((refused.status, title(refused)[:7]), (422, "Ошибка:"))
    old = HERO.cookies["m"]
    done = HERO.post(refused.form("/me/withdraw"), [("confirm", "1")])
    assert done.status == 200 and "отозваны" in done.text, done.text
    tap.equal(METHODIST.call("wave.show", code="W-1")["submitted"], count - 1)
    dead = DAEMON.rpc(session=old)
    tap.equal(dead.fails("me.profile").code, "not_found")
    left = dead.call("me.data")  # the roster, and the record of what was open and who looked
    tap.equal({k for k in left if left[k]}, {"person", "org_name", "grants", "looks", "pairs", "demo"})
    tap.equal({p["state"] for p in left["pairs"]}, {"withdrawn"})
    assert all(grant.get("revoked") for grant in left["grants"]), left["grants"]
    mentor = WORLD.as_("mentor-1").call("mentee.list")["rows"] + \
        WORLD.as_("mentor-2").call("mentee.list")["rows"]
    assert not any(r["teacher"] == "P-005" and r["state"] == "accepted" for r in mentor), mentor
    METHODIST.call("wave.close", code="W-1")
    METHODIST.call("wave.publish", code="W-1")
    total = opened_by("analyst", "answers.export", wave="W-1")["total"]
    tap.equal(total, METHODIST.call("wave.show", code="W-1")["submitted"])
    assert ADMIN.call("store.verify")["ok"]
    DAEMON.stop_clean()


tap.run(globals())
