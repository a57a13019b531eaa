# SPDX-License-Identifier: Apache-2.0
"""What holds for every page that a teacher can meet, in both languages: words, headers, weight, and
that nothing but his own form changes anything."""
import gzip
import re

import tap
from harness import Daemon
from visitor import CONSENTS, SEEN, Visitor, Way, form_with, pattern, title, values
from world import TODAY, World

DAEMON = Daemon().start()
WORLD = World(DAEMON)
WAY = Way(WORLD)
ADMIN = DAEMON.rpc()
METHODIST = WORLD.as_("methodist-t")
ALL = ["SUB", "STD", "FUN", "UUD", "GOA", "ACT", "EXP", "PRJ", "FOR", "CRI", "DAT", "CLM", "VAL", "TUT",
       "SAF", "DIF", "SEN", "GIF", "RSK", "DIG", "DSF", "PAR", "TEA", "REF"]
HEADERS = {"content-security-policy": "default-src 'none'", "x-content-type-options": "nosniff",
           "referrer-policy": "no-referrer", "cross-origin-resource-policy": "same-origin",
           "cross-origin-opener-policy": "same-origin", "permissions-policy": "camera=()",
           "cache-control": "no-store"}
PAGE_BYTES, CSS_BYTES = 40_000, 15_000


def wave(code, competencies, teachers):
    """Another campaign; its codes replace those of the world for these teachers."""
    METHODIST.call("wave.create", code=code, form="KDP-G", to=TODAY + 9, competencies=competencies,
                   **{"from": TODAY - 1, "in": "TERR"})
    for teacher in teachers:
        METHODIST.call("invite.create", wave=code, teacher=teacher)
        row, = METHODIST.call("invite.print", wave=code, teacher=teacher)["rows"]
        WORLD.codes[teacher] = row["code"]


def weak(item):
    return {"SUB": 3, "CRI": 3}.get(item[:3], sum(item.encode()) % 2)


def journal():
    return ADMIN.call("store.stat")["journal"]


def prepare():
    """Visitors in every state of the way: nobody, invited, in the middle, with a full result."""
    others = [f"P-{n:03d}" for n in range(10, 20)]
    wave("W-24", ALL, ["P-001", "P-026", *others])
    done, page = WAY.finish("P-001", weak)
    page = done.post(page.form("/me/route"), (), "build")
    done.post(form_with(page, "/me/route", ("n", "1")), (), "wanted")
    page = done.get("/me")
    page = done.post(form_with(page, "/me/grant", ("act", "find_mentor")),
                     [("c", c) for c in ("FOR", "FUN", "DIF")], "find_mentor")
    done.post(form_with(page, "/me/grant", ("act", "show_methodist")), (), "show_methodist")
    done.post(done.get("/me").form("/me/wants"), [("c", "FOR"), ("line", "Больше примеров")])
    WORLD.as_("methodist-1").call("profile.show", teacher="P-001")
    WORLD.fill(others, weak)
    METHODIST.call("wave.publish", code="W-24")
    advice = METHODIST.call("recommend.build", wave="W-24")
    METHODIST.call("recommend.send", code=advice["code"], line=1)
    WORLD.as_("coordinator").call("mentor.suggest", wave="W-24")
    middle, page = WAY.begin("P-026")
    form = page.form("/a/1")
    middle.post(form, values(form, pattern)[1:], "later")
    fresh, _ = WAY.enter("P-002")
    return {"nobody": Visitor(DAEMON.port), "fresh": fresh, "middle": middle, "done": done}


STATES = prepare()
PATHS = {"nobody": ["/", "/help", "/privacy", "/pin", "/me", "/nothing", "/i/WRONG-CODE-00000", "/submit",
                    "/a/0", "/lang"],
         "fresh": ["/", "/start", "/a/1", "/a/check", "/me", "/me/route", "/me/data"],
         "middle": ["/", "/start", "/a/1", "/a/2", "/a/14", "/a/99", "/a/check", "/me", "/pin"],
         "done": ["/", "/start", "/me", "/me/route", "/me/messages", "/me/data", "/a/1", "/a/check",
                  "/me?done=saved", "/me?done=%3Cscript%3E"]}


def words(page):
    """Everything a person can read or hear on a page."""
    spoken = re.findall(r'(?:aria-label|title|alt)="([^"]*)"', page.html)
    return " ".join([page.text, *spoken])


def walk(language):
    """[(state, page)] of every page and of the answers to faulty forms."""
    pages = []
    for state, visitor in STATES.items():
        visitor.get(f"/lang/{language}?to=/")
        pages += [(state, visitor.get(path)) for path in PATHS[state]]
    fresh, middle, done = STATES["fresh"], STATES["middle"], STATES["done"]
    pages.append(("fresh", fresh.post(fresh.get("/start").form("/start"), (), "begin")))
    form = middle.get("/a/2").form("/a/2")
    pages.append(("middle", middle.post(form, values(form, pattern)[:1], "next")))
    pages.append(("middle", middle.post(middle.get("/a/check").form("/submit"))))
    page = done.get("/me")
    pages.append(("done", done.post(page.form("/me/wants"), [("c", c) for c in ALL[:4]])))
    pages.append(("done", done.post(page.form("/me/pin"), [("pin", "1")])))
    pages.append(("done", done.post(done.get("/me/data").form("/me/withdraw"))))
    nobody = Visitor(DAEMON.port)
    nobody.cookies["l"] = language
    pages.append(("nobody", nobody.post(nobody.get("/").form("/"), [("code", "no such code")])))
    ended = Visitor(DAEMON.port)
    ended.cookies.update(done.cookies, m="r.00", l=language)
    pages.append(("ended", ended.post(page.form("/me/wants"), [("c", "FOR")])))
    return pages


def data_of(language):
    """Names of things and what people wrote: these stay in their own language."""
    rpc = DAEMON.rpc(session=STATES["done"].cookies["m"], lang=language)
    route, data = rpc.call("me.route"), rpc.call("me.data")
    message, = rpc.call("me.messages")["rows"]
    names = [row["name"] for row in ADMIN.call("org.list")["rows"]] + ["Проверочная территория"]
    names += [data["person"]["name"], *data["person"]["subjects"], "Больше примеров", "Русский", "English", "JSON"]
    names += [step.get(k, "") for step in route["rows"] for k in ("title", "provider", "place", "instead")]
    names.append(" ".join(message["text"].split()))
    return sorted({n for n in names if n}, key=len, reverse=True)


def check_language(language, foreign, allowed):
    statuses = set()
    for state, page in walk(language):
        statuses.add(page.status)
        assert f'<html lang="{language}">' in page.html, page.url
        text = words(page)
        for name in data_of(language):
            text = text.replace(name, " ")
        left = [w for w in re.findall(foreign, text) if not re.fullmatch(allowed, w)]
        tap.equal(left, [], f"{language} {state} {page.url} {page.status}\n{text}")
        assert title(page), page.url
    assert statuses >= {200, 401, 404, 409, 422}, statuses


def test_english():
    """after /lang/en no Cyrillic is left but in names of things and what people wrote"""
    check_language("en", r"[А-Яа-яЁё]+", "-")


def test_russian():
    """Russian pages hold no English words but codes"""
    check_language("ru", r"[A-Za-z][A-Za-z_]{2,}", r"[A-Z]{3}")


def test_language_switch():
    """the switch returns to the same page, keeps the session, and leads nowhere else"""
    done = STATES["done"]
    page = done.get("/lang/en?to=/me/route")
    tap.equal((page.url, page.status), ("/me/route", 200))
    for foreign in ("https://example.org/", "//example.org", "/\\example.org", "/a/../../x", "%0d%0aX:1"):
        answer = done.exchange("GET", f"/lang/ru?to={foreign}")
        if answer.status != 400:
            tap.equal((answer.status, answer.headers["location"]), (303, "/"), foreign)
    for header, lang in (("en-GB,en;q=0.9", "en"), ("ru", "ru"), ("tt,de;q=0.5", "ru")):
        assert f'<html lang="{lang}">' in Visitor(DAEMON.port, lang=header).get("/").html, header


def test_weight():
    """every page weighs at most 40 kB, the style sheet 15 kB compressed; nothing else is loaded"""
    heaviest = 0
    for _, page in walk("ru"):
        size = len(page.html.encode())
        heaviest = max(heaviest, size)
        assert size <= PAGE_BYTES, (page.url, size)
        loaded = re.findall(r'(?:src|href)="([^"]+)"', page.html)
        assert not [u for u in loaded if "//" in u or u.startswith("data:")], (page.url, loaded)
        assert "<script" not in page.html and " style=" not in page.html, page.url
    css = STATES["nobody"].exchange("GET", re.search(r'href="(/assets/[^"]+)"',
                                                     STATES["nobody"].get("/").html)[1])
    tap.equal(css.status, 200)
    assert len(gzip.compress(css.html.encode())) <= CSS_BYTES and "url(http" not in css.html
    print(f"# heaviest page: {heaviest} bytes")


def test_headers():
    """security headers on every answer of this program so far, pages, redirects and errors alike"""
    pages = [p for p in SEEN if not p.url.startswith("/assets/")]
    assert len(pages) > 150 and {p.status for p in pages} >= {200, 303, 401, 404, 409, 422}
    for page in pages:
        for name, value in HEADERS.items():
            assert value in page.headers.get(name, ""), (page.url, page.status, name)
        csp = page.headers["content-security-policy"]
        assert "unsafe" not in csp and "*" not in csp and "form-action 'self'" in csp, csp
        assert "server" not in page.headers, page.headers


def posts():
    """(visitor, form, values, button) of every form that changes something, ready to be sent."""
    fresh, middle, done = STATES["fresh"], STATES["middle"], STATES["done"]
    yield fresh, fresh.get("/start").form("/start"), CONSENTS, "begin"
    yield fresh, fresh.get("/start").form("/start"), (), "decline"
    form = middle.get("/a/2").form("/a/2")
    yield middle, form, values(form, pattern), "next"
    yield middle, middle.get("/a/check").form("/submit"), [("with_gaps", "1")], None
    page = done.get("/me")
    yield done, page.form("/me/wants"), [("c", "SUB")], None
    yield done, page.form("/me/pin"), [("pin", "4711x")], None
    yield done, page.form("/me/pair"), (), "accept"
    page = done.get("/me/data")
    revoke = page.form("/me/revoke")
    yield done, revoke, (), revoke.buttons[0][1]
    yield done, page.form("/me/withdraw"), [("confirm", "1")], None
    yield done, done.get("/me/messages").form("/me/messages"), (), "wanted"
    page = done.get("/me/route")
    yield done, form_with(page, "/me/route", ("n", "2")), (), "refused"
    yield done, form_with(page, "/me/route", ("act", "build")), (), "build"


def test_only_own_forms():
    """without the page's token, with a foreign one, from a foreign site: 403, and nothing changes"""
    before, count = journal(), 0
    for visitor, form, given, button in posts():
        token = dict(form.fields)["t"]
        assert token == visitor.cookies["c"] and len(token) >= 32, token
        for pairs, headers in (([("t", "")], {}), ([("t", "0" * len(token))], {}),
                               ([("t", token[:-1])], {}),
                               ([], {"Origin": "https://evil.example"}),
                               ([], {"Origin": f"http://127.0.0.1:{DAEMON.port + 1}"}),
                               ([], {"Sec-Fetch-Site": "cross-site"}),
                               ([], {"Sec-Fetch-Site": "same-site"})):
            page = visitor.send(form, list(given) + pairs, button, headers)
            tap.equal((page.status, journal()), (403, before), (form.action, pairs, headers))
            count += 1
        plain = visitor.exchange("POST", form.action, form.filled(given),
                                 {"Content-Type": "text/plain"})
        tap.equal((plain.status, journal()), (415, before), form.action)
    assert count >= 70, count


def test_get_changes_nothing():
    """walking all GET pages, in every state and language, writes nothing"""
    before = journal()
    for language in ("ru", "en"):
        for state, visitor in STATES.items():
            for path in PATHS[state] + [f"/lang/{language}", "/healthz", "/readyz", "/me/data.json",
                                        "/me/wants", "/me/grant", "/me/withdraw", "/submit", "/logout"]:
                visitor.exchange("GET", path)
                visitor.exchange("HEAD", path)
    tap.equal(journal(), before)
    tap.equal(STATES["done"].get("/me").status, 200, "still logged in")


def test_own_forms_work():
    """the same forms with their own token are accepted: the refusals above were about the sender"""
    for visitor, form, given, button in list(posts())[4:]:
        if form.action == "/me/withdraw":
            continue
        before = journal()
        page = visitor.send(form, given, button)
        tap.equal(page.status, 303, (form.action, page.text[:300]))
        assert journal() > before, form.action
    DAEMON.stop_clean()


tap.run(globals())
