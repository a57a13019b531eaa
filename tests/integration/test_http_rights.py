# SPDX-License-Identifier: Apache-2.0
"""Every route of the pages × everybody who may stand at them: nobody, a forged and a foreign session,
a printed code, the owner, the owner after his code was replaced and after he was erased. Routes are
read from the table of the service, so a new one without a row here is a failure."""
import re

import tap
from harness import ROOT, Daemon
from visitor import SEEN, Visitor, Way
from world import World

DAEMON = Daemon().start()
WORLD = World(DAEMON)
WAY, ADMIN, METHODIST = Way(WORLD), WORLD.as_("admin"), WORLD.as_("methodist-t")
OPEN = {"GET /", "POST /", "GET /i/CODE", "GET /pin", "POST /pin", "POST /logout", "GET /lang/WORD",
        "GET /help", "GET /privacy", "GET /healthz", "GET /readyz", "GET /assets/metod.css",
        "GET /assets/metod.svg"}
SHEET = {"GET /start", "POST /start", "GET /a/N", "POST /a/N", "GET /a/check", "POST /submit"}
RESULT = {"GET /me", "POST /me/wants", "POST /me/grant", "POST /me/revoke", "POST /me/pair",
          "POST /me/pin", "GET /me/route", "POST /me/route", "GET /me/messages", "POST /me/messages",
          "GET /me/data", "GET /me/data.json", "POST /me/withdraw"}
NOT_HERE = {"GET /metrics"}  # the counters have a socket of their own
FORMS = {"/me/wants": [("want", "FOR"), ("line", "чужая строка")], "/me/grant": [("act", "show_methodist")],
         "/me/revoke": [("id", "1")], "/me/pair": [("pair", "1"), ("act", "decline")],
         "/me/pin": [("pin", "13579")], "/me/route": [("n", "1"), ("state", "wanted")],
         "/me/messages": [("id", "1"), ("state", "wanted")], "/me/withdraw": [("sure", "yes")],
         "/start": [("consent_process", "1"), ("shared", "no")], "/a/1": [("k", "x"), ("go", "next")],
         "/submit": [("k", "x")]}


def routes():
    with open(f"{ROOT}/daemon/web/route.c", encoding="utf-8") as file:
        table = re.findall(r'\{([^{}"]*WEB_(?:GET|POST)[^"]*), "(/[^"]*)"', file.read())
    return {("GET " if "WEB_GET" in flags else "POST ") + path: "WEB_SESSION" in flags
            for flags, path in table}


def real(path):
    return path.replace("N", "1").replace("CODE", "NO-SUCH-CODE").replace("WORD", "ru")


def ask(visitor, route):
    """(status, page) of one request; POST with the token of the visitor's own cookie."""
    method, path = route.split(" ")
    pairs = None
    if method == "POST":
        form = Visitor.exchange(visitor, "GET", "/").forms()[0]
        pairs = [(n, v) for n, v in form.fields if n == "t"] + FORMS.get(real(path), [])
    return visitor.exchange(method, real(path), pairs)


def journal():
    return ADMIN.call("store.stat")["journal"]


def visitor_with(session):
    visitor = Visitor(DAEMON.port)
    if session:
        visitor.cookies["m"] = session
    return visitor


WORLD.fill([code for code in sorted(WORLD.codes) if code not in ("P-010", "P-011")])
OWNER = WORLD.sheets["P-013"][1]
CALLERS = {"nobody": lambda: None, "forged": lambda: "r." + "A" * 80, "changed": lambda: OWNER[:-2] + "xx",
           "token of staff": lambda: WORLD.tokens["methodist-t"][:-1] + "x"}


def refused(visitor, route, name):
    """A refusal that changes nothing and shows nothing; its page."""
    before = journal()
    page = ask(visitor, route)
    # A form that cannot go on is answered by a page, a page by the way to the door.
    assert page.status in (303, 400, 401, 403, 404, 409, 422), f"{route} as {name}: {page.status}"
    if page.status == 303:
        assert page.headers["location"] in ("/", "/pin", "/start"), page.headers["location"]
    tap.equal(journal(), before, f"{route} as {name} wrote an event")
    for secret in ("P-013", "Пробина", "FOR-"):
        assert secret not in page.html, f"{route} as {name} shows {secret}"
    return page


def test_table():
    """every route of the service has a row here, and needs a session or not as it says"""
    found = routes()
    tap.equal(set(found), OPEN | SHEET | RESULT | NOT_HERE)
    tap.equal({route for route, session in found.items() if session}, SHEET | RESULT)


def test_without_a_right():
    """nobody and bad sessions get nothing of any route, and two of them get the same page"""
    for route in sorted(SHEET | RESULT):
        bodies = {}
        for name, make in CALLERS.items():
            page = refused(visitor_with(make()), route, name)
            bodies[name] = page.status, re.sub(r"\d{9,}", "N", page.text)  # the number of the request
        tap.equal(bodies["forged"], bodies["changed"], route)


def test_printed_code():
    """who holds a slip reaches the questionnaire, and nothing of a result that was sent"""
    visitor = Visitor(DAEMON.port)
    visitor.get(f"/i/{WORLD.codes['P-013']}")
    for route in sorted(RESULT):
        refused(visitor, route, "a slip")


def test_other_owner():
    """an owner sees his own result and nobody else's at any route"""
    pages = {}
    for person in ("P-013", "P-014"):
        visitor = visitor_with(WORLD.sheets[person][1])
        pages[person] = {path: visitor.get(path) for path in
                         ("/me", "/me/data", "/me/data.json", "/me/route", "/me/messages")}
        assert all(page.status == 200 for page in pages[person].values())
    for person, other in (("P-013", "P-014"), ("P-014", "P-013")):
        for page in pages[person].values():
            assert other not in page.html, f"{page.url} of {person} shows {other}"
        assert person in pages[person]["/me/data.json"].html


def test_ended_rights():
    """after a withdrawal, a replaced code and an erasure every route refuses what it gave"""
    visitor = visitor_with(WORLD.sheets["P-015"][1])
    tap.equal(visitor.get("/me").status, 200)
    METHODIST.call("route.build", wave="W-1")
    steps = [row["title"] for row in WORLD.result("P-015").call("me.route")["rows"]]
    assert steps and all(step in visitor.get("/me/route").text for step in steps), steps
    WORLD.result("P-015").call("me.withdraw")
    assert not any(step in visitor.get("/me/route").text for step in steps)
    for route in sorted(RESULT - {"GET /me/data", "GET /me/data.json", "POST /me/pin", "POST /me/withdraw",
                                  "GET /me/messages", "GET /me/route"}):
        refused(visitor, route, "withdrawn")
    page = visitor.get("/me/data")
    assert not re.search(r"FOR|SUB|затруднен", page.text) or page.status != 200, page.text[:800]
    visitor = visitor_with(WORLD.sheets["P-016"][1])
    METHODIST.call("invite.revoke", wave="W-1", teacher="P-016")
    for route in sorted(SHEET | RESULT):
        refused(visitor, route, "a replaced code")
    visitor = visitor_with(WORLD.sheets["P-017"][1])
    ADMIN.call("teacher.forget", code="P-017", confirm="P-017")
    for route in sorted(SHEET | RESULT):
        refused(visitor, route, "erased")


def test_get_records_nothing():
    """no GET of any route writes an event, whoever asks"""
    for session in (None, WORLD.sheets["P-018"][0], WORLD.sheets["P-018"][1]):
        before = journal()
        for route in sorted(route for route in OPEN | SHEET | RESULT if route.startswith("GET")):
            ask(visitor_with(session), route)
        visitor_with(session).get(f"/i/{WORLD.codes['P-011']}")
        tap.equal(journal(), before)


def test_headers():
    """every page that needs a session is kept nowhere"""
    kept = [page for page in SEEN if "no-store" not in page.headers.get("cache-control", "") and
            not page.url.startswith(("/assets", "/healthz", "/readyz"))]
    assert not kept, [(page.url, page.status) for page in kept][:5]
    DAEMON.stop_clean()


tap.run(globals())
