# SPDX-License-Identifier: Apache-2.0
"""Simulated teachers who fill the form page by page over HTTP, as people do: some reload, some send
twice, some come back in another browser, some open parts of the result. Answers are drawn from a
graded response model over latent traits: they are training data, and the output says so."""
import asyncio
import math
import random
import re
import sys
import time

from browser import Browser

DESIGN = (1.42, (2.556, 0.710, -1.136))  # the shipped design item
NOT_IN_WORK, CANNOT = "-2", "-3"


def draw(rng, theta):
    """One answer 0..3 of a teacher with this trait."""
    a, c = DESIGN
    u, answer = rng.random(), 0
    for k in c:
        if u < 1 / (1 + math.exp(-(a * theta + k))):
            answer += 1
    return answer


class Teacher:
    """One person: his code, traits, habits, and what he will open."""

    def __init__(self, number, code, person, traits, young, seed):
        self.rng = random.Random(f"{seed}:{person['code']}")
        self.number, self.code, self.person = number, code, person
        self.traits, self.young = traits, young
        self.habit = {0: "reload", 1: "twice", 2: "elsewhere"}.get(
            number % 300 // 100) if number % 100 == 7 else None
        draw_act = self.rng.random
        self.pin = "".join(self.rng.choice("0123456789") for _ in range(6)) \
            if self.habit == "elsewhere" or draw_act() < 0.1 else None
        self.opens_methodist = draw_act() < 0.2
        self.wants_mentor = draw_act() < (0.8 if young else 0.06)
        self.shared = draw_act() < 0.03
        self.applies = draw_act() < 0.03
        self.browser = None


class Simulation:
    def __init__(self, port, item_of, not_in_work, seed):
        self.port, self.item_of, self.seed = port, item_of, seed
        self.not_in_work = not_in_work  # position → competency → share
        self.absent = {}  # position → [answers "not in my work", all answers]
        self.example = {}  # position → the first statement that somebody met
        self.count = {"requests": 0, "errors": 0}
        self.submitted, self.mentor_asked, self.applied = 0, 0, 0
        self.kept = {}  # code -> browser that stays logged in
        self.faults = []

    def browser(self):
        return Browser("127.0.0.1", self.port, count=self.count)

    # ---- the way ----

    def answers(self, teacher, form):
        values, position = [], teacher.person["position"]
        counted = self.absent.setdefault(position, [0, 0])
        for text, name, _ in form.statements():
            statement = re.sub(r"^\d+\. ", "", text)
            # One source per statement: the order of the page must not change the answer.
            rng = random.Random(f"{self.seed}:{teacher.person['code']}:{statement}")
            self.example.setdefault(position, statement)
            u, competency = rng.random(), self.item_of[statement]
            absent = self.not_in_work[position][competency]
            value = NOT_IN_WORK if u < absent else CANNOT if u < absent + 0.01 else \
                str(draw(rng, teacher.traits[competency]))
            counted[0] += value == NOT_IN_WORK
            counted[1] += 1
            values.append((name, value))
        return values

    def forward(self, form):
        """The button that goes on (not "later", not "decline")."""
        return next((b for b in form.buttons if b[1] not in ("later", "decline")), None)

    async def start(self, teacher, browser):
        page = await browser.get(f"/i/{teacher.code}")
        form = page.form("/start")
        values = [(n, v[0]) for n, v in form.radios.items() if n.startswith("consent")]
        if "shared" in form.radios:
            values.append(("shared", "yes" if teacher.shared else "no"))
        if teacher.pin:
            values.append(("pin", teacher.pin))
        return await browser.post(form, values, self.forward(form))

    async def answer_page(self, teacher, browser, page):
        form = page.form(page.url.split("?")[0])
        values = self.answers(teacher, form)
        button = self.forward(form)
        after = await browser.post(form, values, button)
        if teacher.habit == "reload":
            after = await browser.get(after.url)
        if teacher.habit == "twice":
            again = await browser.post(form, values, button)
            if again.url != after.url:
                self.faults.append(f"{teacher.person['code']}: sent twice, {after.url} and then "
                                   f"{again.url}")
        return after

    async def elsewhere(self, teacher, browser):
        """Leaves in the middle and goes on in another browser."""
        await browser.close()
        browser = self.browser()
        page = await browser.get(f"/i/{teacher.code}")
        if page.url.startswith("/pin"):
            page = await browser.post(page.form("/pin"), [("pin", teacher.pin)])
        if page.url.startswith("/start"):
            page = await browser.post(page.form("/start"), (),
                                      self.forward(page.form("/start")))
        return browser, page

    async def fill(self, teacher):
        browser = self.browser()
        page = await self.start(teacher, browser)
        pages = 0
        while page.url.startswith("/a/") and not page.url.startswith("/a/check"):
            page = await self.answer_page(teacher, browser, page)
            pages += 1
            if teacher.habit == "elsewhere" and pages == 3:
                browser, page = await self.elsewhere(teacher, browser)
            if pages > 60:
                raise RuntimeError("the questionnaire does not end")
        page = await browser.post(page.form("/submit"))
        if not page.url.startswith("/me"):
            raise RuntimeError(f"after sending: {page.url}: {page.text[:300]}")
        self.submitted += 1
        await self.after(teacher, browser, page)

    # ---- after the result ----

    async def after(self, teacher, browser, page):
        weakest = sorted((c for c in teacher.traits if f'value="{c}"' in page.html),
                         key=teacher.traits.get)
        if weakest and teacher.rng.random() < 0.4:
            page = await browser.post(page.form("/me/wants"), [("c", weakest[0])])
        if teacher.opens_methodist:
            page = await self.grant(browser, page, "show_methodist", [])
        if teacher.wants_mentor and weakest:
            page = await self.grant(browser, page, "find_mentor",
                                    weakest[:teacher.rng.randint(1, 2)])
            self.mentor_asked += 1
        if teacher.applies:
            await self.apply(browser)
        if teacher.number in (1, 2, 3) or teacher.young and len(self.kept) < 200:
            self.kept[teacher.person["code"]] = browser
            return
        await browser.close()

    async def apply(self, browser):
        """Makes the route and applies for its first step."""
        page = await browser.get("/me/route")
        build = next(f for f in page.forms() if any(b[1] == "build" for b in f.buttons))
        page = await browser.post(build, (), build.buttons[0])
        for form in page.forms():
            if ("act", "apply") in form.fields:
                await browser.post(form)
                self.applied += 1
                return

    async def grant(self, browser, page, act, themes):
        for form in page.forms():
            if form.action == "/me/grant" and (("act", act) in form.fields or
                                               any(b[1] == act for b in form.buttons)):
                button = next((b for b in form.buttons if b[0]), None)
                return await browser.post(form, [("c", t) for t in themes], button)
        raise LookupError(f"/me shows no way to open {act}")

    # ---- all of them ----

    async def run(self, teachers, at_once, progress=True):
        queue = list(reversed(teachers))
        begun, total, shown = time.monotonic(), len(teachers), 0

        async def worker():
            while queue:
                teacher = queue.pop()
                try:
                    await self.fill(teacher)
                except Exception as fault:  # one person's fault must not stop the others
                    self.faults.append(f"{teacher.person['code']}: {fault!r}"[:500])

        workers = [asyncio.ensure_future(worker()) for _ in range(at_once)]
        while any(not w.done() for w in workers):
            await asyncio.wait(workers, timeout=0.5)
            done = total - len(queue)
            if progress and sys.stderr.isatty():
                filled = 40 * done // total
                print(f"\r  [{'█' * filled}{'·' * (40 - filled)}] {done}/{total} "
                      f"{self.count['requests'] / (time.monotonic() - begun):.0f} req/s ",
                      end="", file=sys.stderr, flush=True)
            elif progress and done * 10 // total > shown:
                shown = done * 10 // total
                print(f"  {shown * 10} %  {done}/{total}, {self.count['requests']} requests",
                      file=sys.stderr, flush=True)
        if progress and sys.stderr.isatty():
            print(file=sys.stderr)
