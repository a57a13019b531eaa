# SPDX-License-Identifier: Apache-2.0
"""The teacher's way from the slip to the result over real HTTP without JavaScript: nothing that was
confirmed is lost, nothing is stored twice, and every mistake brings the answers back."""
import re

import tap
from harness import Daemon
from visitor import CONSENTS, Visitor, Way, checked, items, pattern, title, values
from world import World

DAEMON = Daemon().start()
WORLD = World(DAEMON)
WAY = Way(WORLD)
ADMIN = [DAEMON.rpc()]
STACK = re.compile(r"\.c:\d+|0x[0-9a-f]{6}|assert|backtrace|errno|/tmp/|METOD_", re.I)


def rows(table):
    return next(r["rows"] for r in ADMIN[0].call("store.stat")["rows"] if r["table"] == table)


def journal():
    return ADMIN[0].call("store.stat")["journal"]


def saved_pages(visitor):
    """{page: (version, answers)} of the pages that the store holds of an unsent sheet."""
    rpc = DAEMON.rpc(session=visitor.cookies["m"])
    pages = [rpc.call("page.show", page=n + 1)
             for n in range(rpc.call("attempt.show")["pages"])]
    return {p["page"]: (p["version"], [row["answer"] for row in p["rows"]])
            for p in pages if p.get("version")}


def crash():
    WAY.crash()
    ADMIN[0] = DAEMON.rpc()


def test_spellings():
    """eight spellings of one code enter"""
    code = next(c for c in WORLD.codes.values() if "0" in c and "1" in c and set("ABCEHKMP") & set(c))
    alike = str.maketrans("ABCEHKMPTXY0", "АВСЕНКМРТХУО")
    spellings = [code, code.lower(), code.replace("-", ""), code.replace("-", " ").lower(),
                 f"  {code} ", code.translate(alike), code.replace("-", "–").replace("0", "o"),
                 " ".join(code.replace("1", "l").replace("0", "О").translate(alike).lower())]
    tap.equal(len(set(spellings)), 8)
    for spelling in spellings:
        visitor = Visitor(DAEMON.port)
        page = visitor.post(visitor.get("/").form("/"), [("code", spelling)])
        tap.equal((page.url, page.status), ("/start", 200), spelling)
        assert "Это страница для педагогов" in page.text and "Пробина" not in page.text, page.text


def test_wrong_code():
    """a wrong code gives a clear page with what was typed, no stack, nothing stored"""
    before = journal()
    for wrong in ("AAAA-AAAA-AAAAA", "коротко", "<script>alert(1)</script>", "'; DROP TABLE", "9" * 64,
                  WORLD.codes["P-001"][:-1] + "?"):
        visitor = Visitor(DAEMON.port)
        page = visitor.post(visitor.get("/").form("/"), [("code", wrong)])
        tap.equal(page.status, 422, wrong)
        assert title(page).startswith("Ошибка:"), title(page)
        assert "Такого кода нет" in page.text or "не найден" in page.text, page.text[:400]
        assert not STACK.search(page.text) and "<script" not in page.html, page.html
        tap.equal(dict(page.form("/").fields)["code"], wrong)
        assert "m" not in visitor.cookies, visitor.cookies
        tap.equal(visitor.get(f"/i/{'WRONG-' * 3}").status, 422)
    tap.equal(journal(), before)


def test_link_hides_the_code():
    """the link sets a cookie that scripts cannot read, 303 to /start; the code is nowhere in pages"""
    visitor, code = Visitor(DAEMON.port), WORLD.codes["P-001"]
    first = visitor.exchange("GET", f"/i/{code}")
    tap.equal((first.status, first.headers["location"], first.html), (303, "/start", ""))
    for flag in ("HttpOnly", "SameSite=Lax", "Path=/", "Max-Age="):
        assert flag in visitor.flags["m"], visitor.flags
    page = visitor.follow(first)
    tap.equal(page.url, "/start")
    for text in (page.html, str(page.headers), str(visitor.cookies)):
        assert code not in text and code.replace("-", "") not in text
    tap.equal(first.headers["referrer-policy"], "no-referrer")


def test_consents():
    """consents stand unticked; without the needed one 422 in words, what was given is kept"""
    visitor, page = WAY.enter("P-002")
    form = page.form("/start")
    assert not [n for n, _ in form.fields if n.startswith("consent") or n == "shared"], form.fields
    for promise in ("только вы", "18 вопросов, 4 шага", "без имён", "аттестации"):
        assert promise in page.text, promise
    before = journal()
    page = visitor.post(form, [("consent_aggregate", "1"), ("shared", "yes")], "begin")
    tap.equal((page.status, title(page)[:7]), (422, "Ошибка:"))
    problem = re.search(r'class="problem".*?</div>', page.html, re.S)[0]
    words = re.search(r'<a href="#consent">(.*?)</a>', problem)[1]
    assert "соглас" in words.lower() and f'<p class="why">{words}</p>' in page.html, page.html
    tap.equal(page.html.count('id="consent"'), 1)
    again = page.form("/start")
    tap.equal(sorted(f for f in again.fields if f[0] in ("consent_process", "consent_aggregate",
                                                         "shared")),
              [("consent_aggregate", "1"), ("shared", "yes")])
    tap.equal(journal(), before, "a refused form writes nothing")
    page = visitor.post(again, [("consent_process", "1")], "begin")
    tap.equal(page.url, "/a/1")
    page, _ = WAY.fill(visitor, page)
    visitor.post(page.form("/submit"))
    attempt, = DAEMON.rpc(session=visitor.cookies["m"]).call("me.data")["attempts"]
    tap.equal([c.split(":")[0] for c in attempt["consents"]], ["process", "aggregate"])


def test_every_page_is_durable():
    """kill -9 after each confirmed page: the code in a fresh browser goes on after it, answers kept"""
    visitor, page = WAY.begin("P-003")
    sent = {}
    for number in range(1, 5):
        tap.equal(page.url, f"/a/{number}")
        form = page.form(page.url)
        tap.equal(checked(form), {}, "nothing is chosen beforehand")
        sent[number] = {item: pattern(item) for item, _ in items(form)}
        answer = visitor.send(form, values(form, pattern), "next")
        crash()
        tap.equal(answer.status, 303)
        visitor, start = WAY.enter("P-003")
        wanted = f"/a/{number + 1}" if number < 4 else "/a/check"
        assert f'href="{wanted}"' in start.html, (wanted, start.text)
        for page_number, answers in sent.items():
            shown = visitor.get(f"/a/{page_number}")
            tap.equal(checked(shown.form(shown.url)), answers, f"page {page_number}")
        page = visitor.get(wanted)
    assert ADMIN[0].call("store.verify")["ok"]
    tap.equal([version for version, _ in saved_pages(visitor).values()], [1] * 4)


def test_gaps():
    """gaps: 422, «Ошибка:», links to the fields, answers still chosen; the same key then works"""
    visitor, page = WAY.begin("P-004")
    form = page.form("/a/1")
    every = values(form, pattern)
    page = visitor.post(form, every[:2] + every[3:4], "next")
    tap.equal((page.status, title(page)[:7]), (422, "Ошибка:"))
    again = page.form("/a/1")
    named = [name for _, name in items(again)]
    tap.equal({n: v for n, v in again.fields if n in named}, dict(every[:2] + every[3:4]))
    problem = re.search(r'<div class="problem".*?</div>', page.html, re.S)[0]
    links = re.findall(r'href="#([^"]+)"', problem)
    tap.equal(len(links), len(named) - 3)
    for link in links:
        assert f'id="{link}"' in page.html, link
    tap.equal(page.html.count('class="why"'), len(links), "the same words at the field")
    tap.equal(saved_pages(visitor), {})
    key = dict(form.fields)["k"]
    answer = visitor.send(again, every + [("k", key)], "next")
    tap.equal((answer.status, answer.headers["location"]), (303, "/a/2"))
    tap.equal(list(saved_pages(visitor)), [1])


def test_double_submit():
    """double submit and a later replay: the same redirect, one version, one event"""
    visitor, page = WAY.begin("P-005")
    form, before = page.form("/a/1"), journal()
    answers = [visitor.send(form, values(form, pattern), "next") for _ in range(3)]
    tap.equal([(a.status, a.headers["location"]) for a in answers], [(303, "/a/2")] * 3)
    tap.equal((journal(), saved_pages(visitor)[1][0]), (before + 1, 1))
    crash()
    late = visitor.send(form, values(form, pattern), "next")
    tap.equal((late.status, late.headers["location"]), (303, "/a/2"))
    tap.equal(saved_pages(visitor)[1][0], 1)


def test_same_key_other_body():
    """the same key with other answers: 409, both values; kept under a new key only by a press"""
    visitor, page = WAY.begin("P-006")
    form = page.form("/a/1")
    visitor.send(form, values(form, lambda item: 0), "next")
    name = items(form)[1][1]
    clash = visitor.post(form, values(form, lambda item: 0)[:1] + [(name, "3")] +
                         values(form, lambda item: 0)[2:], "next")
    tap.equal((clash.status, title(clash)[:7]), (409, "Ошибка:"))
    differing = re.search(r'<li class="differs">.*?</li>', clash.html, re.S)[0]
    assert "Пока не делаю" in differing and "Делаю и в трудных случаях" in differing, differing
    tap.equal(clash.html.count('class="differs"'), 1)
    tap.equal(saved_pages(visitor)[1], (1, [0] * 6))
    keep = clash.form("/a/1")
    assert dict(keep.fields)["k"] != dict(form.fields)["k"]
    tap.equal(visitor.post(keep).url, "/a/2")
    tap.equal(saved_pages(visitor)[1], (2, [0, 3, 0, 0, 0, 0]))
    shown = visitor.get("/a/1")
    tap.equal(sorted(checked(shown.form("/a/1")).values()), [0] * 5 + [3])


def test_come_back_later():
    """«сохранить и вернуться позже» keeps a page with gaps; the code goes on from it"""
    visitor, page = WAY.begin("P-007")
    form = page.form("/a/1")
    page = visitor.post(form, values(form, pattern)[:4], "later")
    tap.equal(page.url.split("?")[0], "/start")
    assert "Сохранено" in page.text, page.text
    visitor, start = WAY.enter("P-007", lang="en")
    assert 'href="/a/1"' in start.html and "Go on from step 1" in start.text
    shown = visitor.get("/a/1")
    tap.equal(checked(shown.form("/a/1")), dict((i, pattern(i)) for i, _ in items(form)[:4]))


def test_check():
    """the check lists gaps first with links; «изменить» returns to the check; gaps may be sent"""
    visitor, page = WAY.begin("P-008")
    form = page.form("/a/1")
    visitor.post(form, values(form, pattern)[1:], "later")
    page, _ = WAY.fill(visitor, visitor.get("/a/2"))
    tap.equal(page.url, "/a/check")
    text = page.html
    assert "1 вопрос без ответа" in page.text or "1 утверждение без ответа" in page.text, page.text
    gap = text.index('href="/a/1?from=check#q1-0"')
    assert gap < text.index("<dl"), "gaps come first"
    refused = visitor.post(page.form("/submit"))
    tap.equal((refused.status, title(refused)[:7]), (422, "Ошибка:"))
    changed = visitor.get("/a/1?from=check")
    form = changed.form("/a/1")
    page = visitor.post(form, values(form, lambda item: 2), "next")
    tap.equal(page.url, "/a/check", "back to the check, not on to step 2")
    assert "Всё заполнено" in page.text and "Делаю самостоятельно" in page.text
    tap.equal(len(re.findall(r"<dt>", page.html)), 18)
    visitor, page = WAY.begin("P-009")
    form = page.form("/a/1")
    visitor.post(form, values(form, pattern), "next")
    page = visitor.get("/a/check")
    page = visitor.post(page.form("/submit"), [("with_gaps", "1")])
    tap.equal((page.url, page.status), ("/me", 200), page.text[:300])


def test_result():
    """after sending: /me, strengths first, every number that of `metodctl profile show`"""
    visitor, page = WAY.begin("P-010")
    page, sent = WAY.fill(visitor, page, lambda i: {"SUB": 3, "FOR": 0}.get(i[:3], pattern(i)))
    before, form = rows("SUBMISSION"), page.form("/submit")
    answers = [visitor.send(form) for _ in range(2)]
    tap.equal([(a.status, a.headers["location"]) for a in answers], [(303, "/me")] * 2)
    tap.equal(rows("SUBMISSION"), before + 1, "sent twice, stored once")
    page = visitor.get("/me")
    for earlier, later in (("Что уже получается", "Где нужна опора"), ("Где нужна опора",
                                                                       "Следующий шаг")):
        assert page.html.index(earlier) < page.html.index(later), (earlier, later)
    assert not re.search("дефицит|вердикт|порог|θ", page.text, re.I)
    session = visitor.cookies["m"]
    profile = DAEMON.json("profile", "show", "P-010", token=session)
    tap.equal([r["competency"] for r in profile["rows"]], ["SUB", "FUN", "FOR", "CRI", "DIF", "REF"])

    def said(milli):
        return f"{int(milli * 10 + 0.5) / 10:.1f}".replace(".", ",")
    for row in profile["rows"]:
        number = f"{row['name']} : {said(row['t'])} из 3 (от {said(row['t_lo'])} до " \
            f"{said(row['t_hi'])})"
        assert number in page.text, (number, page.text)
        state = re.search(f"<strong>{row['name']}</strong> <span class=\"state ([^\"]*)\">"
                          f"{row['level_word']}", page.html)
        tap.equal(state[1], row["state"])
        block = page.html[state.start():]
        point = re.search(r'(?:cx|<rect class="mark" x)="([\d.]+)%"', block)[1]
        assert abs(float(point) - row["t"] / 3 * 100) < 0.11, (row, point)
    tap.equal({r["state"] for r in profile["rows"]} >= {"ok", "need"}, True)
    data, = DAEMON.rpc(session=session).call("me.data")["submissions"]
    tap.equal(dict(zip(data["items"], data["answers"])), sent)
    for closed in ("/a/1", "/a/check"):
        page = visitor.get(closed)
        assert page.status == 409 and not STACK.search(page.text), (closed, page.status)


def test_decline():
    """«не участвую» is an answer: no more is asked, and one may still change one's mind"""
    visitor, page = WAY.enter("P-011")
    page = visitor.post(page.form("/start"), (), "decline")
    assert page.status == 200 and "напоминаний не будет" in page.text.lower(), page.text
    view = WORLD.as_("methodist-t").call("wave.show", code="W-1")
    tap.equal(view["declined"], 1)
    page = visitor.post(page.form("/start"), CONSENTS, "begin")
    tap.equal(page.url, "/a/1")


def test_nothing_lost():
    """the whole journal replays to the same tables, and the daemon stops cleanly"""
    assert ADMIN[0].call("store.verify")["ok"]
    DAEMON.stop_clean()


tap.run(globals())
