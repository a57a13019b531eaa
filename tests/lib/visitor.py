# SPDX-License-Identifier: Apache-2.0
"""A person at the pages, one request at a time, without JavaScript. Keeps every exchange, so that a
test can say something about all pages at once."""
import http.client
import re
import time
from urllib.parse import urlencode

import yaml

from browser import Page
from harness import ROOT

with open(f"{ROOT}/surveys/general.yaml", encoding="utf-8") as file:
    ITEM_OF = {" ".join(item[w][lang].split()): item["id"] for item in yaml.safe_load(file)["items"]
               for w in ("teacher", "educator", "additional") for lang in ("ru", "en")}
CONSENTS = [("consent_process", "1"), ("consent_aggregate", "1")]
SEEN = []  # every exchange of every visitor: Page with .method and .sent (headers of the request)


class Visitor:
    def __init__(self, port, lang="ru"):
        self.port, self.lang = port, lang
        self.cookies, self.flags = {}, {}  # value; the whole Set-Cookie line

    def exchange(self, method, path, pairs=None, headers=None):
        """One request, no redirect followed. `headers` add to the usual ones; None leaves one out."""
        sent = {"Host": f"127.0.0.1:{self.port}", "Accept-Language": self.lang}
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{k}={v}" for k, v in self.cookies.items())
        if method == "POST":
            sent["Origin"] = f"http://127.0.0.1:{self.port}"
            sent["Content-Type"] = "application/x-www-form-urlencoded"
        sent.update(headers or {})
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request(method, path, urlencode(pairs or []) if method == "POST" else None,
                           {k: v for k, v in sent.items() if v is not None})
        answer = connection.getresponse()
        body = answer.read()
        for line in answer.headers.get_all("Set-Cookie") or []:
            self._keep(line)
        page = Page(path, answer.status, {k.lower(): v for k, v in answer.headers.items()},
                    body.decode("utf-8"))
        page.method, page.sent = method, sent
        connection.close()
        SEEN.append(page)
        return page

    def _keep(self, line):
        name, _, value = line.split(";")[0].partition("=")
        self.flags[name] = line
        if value and "max-age=0" not in line.lower().replace(" ", "").split(";"):
            self.cookies[name] = value
        else:
            self.cookies.pop(name, None)

    def follow(self, page):
        for _ in range(5):
            if page.status != 303:
                return page
            page = self.exchange("GET", page.headers["location"])
        raise RuntimeError(f"too many redirects at {page.url}")

    def get(self, path):
        return self.follow(self.exchange("GET", path))

    def send(self, form, values=(), button=None, headers=None):
        """Posts a form of a page; the answer itself, no redirect followed."""
        return self.exchange("POST", form.action, form.filled(values, pressed(form, button)), headers)

    def post(self, form, values=(), button=None):
        return self.follow(self.send(form, values, button))


def pressed(form, value):
    """The button with this value (the first one of the form when None)."""
    if value is None:
        return form.buttons[0] if form.buttons else None
    return next(b for b in form.buttons if b[1] == value)


def form_with(page, action, *values):
    """The form of this action in which all these (name, value) pairs or buttons stand."""
    for form in page.forms():
        had = form.fields + [(n, v) for n, v, _ in form.buttons] + \
            [(n, v) for n, all_ in form.radios.items() for v in all_]
        if form.action == action and all(v in had for v in values):
            return form
    raise LookupError(f"{page.url}: no form {action} with {values}: {page.text[:800]}")


def title(page):
    return re.search(r"<title>(.*?)</title>", page.html, re.S)[1].strip()


# ---- the questionnaire ----

def items(form):
    """[(item, field name)] of the statements of a page, found by their text."""
    return [(ITEM_OF[re.sub(r"^\d+\. ", "", text)], name) for text, name, _ in form.statements()]


def values(form, answer):
    return [(name, str(answer(item))) for item, name in items(form)]


def checked(form):
    """{item: chosen value} as the page shows it."""
    chosen = dict(form.fields)
    return {item: int(chosen[name]) for item, name in items(form) if name in chosen}


def pattern(item):
    return sum(item.encode()) % 4


class Way:
    """Teachers of a World (tests/lib/world.py) on their way through the pages."""

    def __init__(self, world):
        self.world, self.port = world, world.daemon.port

    def enter(self, teacher, **kw):
        """(visitor, the page that the slip's address leads to)"""
        visitor = Visitor(self.port, **kw)
        return visitor, visitor.get(f"/i/{self.world.codes[teacher]}")

    def begin(self, teacher, extra=(("shared", "no"),), **kw):
        """(visitor, first page)"""
        visitor, page = self.enter(teacher, **kw)
        return visitor, visitor.post(page.form("/start"), CONSENTS + list(extra), "begin")

    def fill(self, visitor, page, answer=pattern):
        """(the check, {item: answer})"""
        sent = {}
        while not page.url.startswith("/a/check"):
            form = page.form(page.url.split("?")[0])
            sent.update({item: answer(item) for item, _ in items(form)})
            page = visitor.post(form, values(form, answer), "next")
            assert page.status == 200, (page.url, page.status, page.text[:300])
        return page, sent

    def finish(self, teacher, answer=pattern, **kw):
        """(visitor, /me) of a teacher who has sent everything."""
        visitor, page = self.begin(teacher, **kw)
        page, _ = self.fill(visitor, page, answer)
        page = visitor.post(page.form("/submit"))
        assert (page.url, page.status) == ("/me", 200), (page.url, page.status, page.text[:300])
        return visitor, page

    def crash(self):
        """kill -9 and a start; the pages are back when the new web process has the address."""
        daemon, end = self.world.daemon, time.monotonic() + 30
        daemon.kill()
        daemon.start()
        while time.monotonic() < end:
            try:
                if Visitor(self.port).exchange("GET", "/readyz").status == 200:
                    return
            except (OSError, http.client.HTTPException):
                pass  # the old web process is still leaving
            time.sleep(0.05)
        raise AssertionError("the pages do not come back:\n" + daemon.tail())
