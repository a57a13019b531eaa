# SPDX-License-Identifier: Apache-2.0
"""Two territories with swapped needs get different recommendations, and every number that leaves is
derived again here from the answers that this test itself sent."""
import functools
import json
import random
import re

import yaml

import grm
import tap
from harness import ROOT, Daemon
from world import ASSOCIATIONS, ORGS, TODAY, World

with open(f"{ROOT}/surveys/general.yaml", encoding="utf-8") as form:
    ITEMS = {item["id"]: item["competency"] for item in yaml.safe_load(form)["items"]}
AREAS = ["SUB", "FUN", "FOR", "CRI", "DIF", "SEN", "DIG", "REF"]
NAMES = {"teacher": "для учителей", "association": "руководителей методических объединений",
         "deputy": "заместителей руководителей", "municipality": "муниципальной методической службы"}
PARENT = {code: parent for code, _, _, parent in ORGS}
K, K_SHARE, SEED = 5, 25, 4
# means of the latent traits
NEEDED = {"A": {"FOR": -1.3, "SEN": 0.6, "CRI": -0.6}, "B": {"FOR": 0.6, "SEN": -1.3, "CRI": -0.6}}


def answer_all(rpc, code, answers, counted):
    """Sends these answers by item; the session that opens the result."""
    session = rpc.call("session.enter", code=code)["session"]
    rpc.call("attempt.start", _session=session, consent_process=True, consent_aggregate=counted)
    for page in range(1, rpc.call("attempt.show", _session=session)["pages"] + 1):
        rows = rpc.call("page.show", _session=session, page=page)["rows"]
        rpc.call("page.save", _session=session, page=page,
                 answers=[answers[row["item"]] for row in rows])
    return rpc.call("attempt.submit", _session=session)["session"]


class Side:
    """One territory: what was answered, and what must follow from it."""

    def __init__(self, name):
        self.name, self.rng = name, random.Random(f"territory {name} {SEED}")
        self.daemon = Daemon(web=False).start()
        self.world = World(self.daemon, wave=False)
        self.people = {row["code"]: row for row in self.world.people}
        self.methodist = self.world.as_("methodist-t")
        self.methodist.call("wave.create", code="W", form="KDP-G", to=TODAY + 9, competencies=AREAS,
                            **{"from": TODAY - 1, "in": "TERR"})
        self.methodist.call("invite.create", wave="W")
        self.sent, self.sessions, rpc = {}, {}, self.daemon.rpc()
        self.uncounted = {"P-014", "P-050"}  # gave no consent to be counted
        for row in self.methodist.call("invite.print", wave="W")["rows"]:
            self._fill(rpc, row["teacher"], row["code"])
        self.methodist.call("wave.publish", code="W")

    def _fill(self, rpc, teacher, code):
        traits = {a: self.rng.gauss(NEEDED[self.name].get(a, -0.2), 0.9) for a in AREAS}
        if teacher in self.uncounted:
            traits = dict.fromkeys(AREAS, -3)
        # Drawn in the order of the form: the order that is shown differs from run to run.
        sheet = self.sent[teacher] = {
            item: grm.CANNOT if self.rng.random() < 0.01 else grm.draw(self.rng, traits[area])
            for item, area in ITEMS.items() if area in AREAS}
        self.sessions[teacher] = answer_all(rpc, code, sheet, teacher not in self.uncounted)

    @functools.lru_cache(maxsize=None)
    def state(self, teacher, area):
        return grm.state_of([x for i, x in self.sent[teacher].items() if ITEMS[i] == area])

    def members(self, scope):
        """Teachers who count in an organisation, an association, or one position («teacher»)."""
        subject = {c: s for c, _, _, s, _, _ in ASSOCIATIONS}.get(scope)
        place = {c: o for c, _, _, _, o, _ in ASSOCIATIONS}.get(scope, scope)

        def inside(org):
            return org == place or org in PARENT and inside(PARENT[org])
        return [c for c, p in self.people.items() if c not in self.uncounted and inside(p["org"]) and
                (subject is None or p["subjects"] == subject)]

    def count(self, scope, area):
        """(respondents, of them in need) by the answers sent."""
        states = [self.state(t, area) for t in self.members(scope)]
        return sum(s in ("need", "unclear", "ok") for s in states), states.count("need")


SIDES = {name: Side(name) for name in ("A", "B")}
SCOPES = [code for code, *_ in ORGS] + [code for code, *_ in ASSOCIATIONS]


def share_class(n, part):
    return "few" if 4 * part < n else "most" if 2 * part > n else "notable"


def may_be_exact(n, part):
    return n >= K_SHARE and part >= K and n - part >= K


def rounded(x):
    return int(100 * x + 0.5)


def check_finding(text, n, part, exact):
    """Every number of a finding; names of areas and places hold none here."""
    numbers = [int(x) for x in re.findall(r"\d+", text)]
    if exact:
        lo, hi = grm.wilson(part, n)
        tap.equal(numbers, [part, n, rounded(part / n), 95, rounded(lo), rounded(hi)], text)
    else:
        tap.equal(numbers, [n], text)


def bare(text, name):
    """The text without the name of the place, which may hold a number of its own."""
    assert name in text, (name, text)
    return text.replace(name, "")


def test_right_direction():
    """each territory hears first about its own need, in every audience; titles name all addressees"""
    first = {}
    for name, side in SIDES.items():
        view = side.methodist.call("recommend.build", wave="W")
        assert all(phrase in view["title"] for phrase in NAMES.values()), view["title"]
        tap.equal(view["audiences"], list(NAMES))
        tap.equal({row["audience"] for row in view["rows"]}, set(NAMES), "something is said to each")
        lines = {a: [r["competency"] for r in view["rows"] if r["audience"] == a] for a in NAMES}
        first[name] = {a: areas[0] for a, areas in lines.items()}
        weak, strong = ("FOR", "SEN") if name == "A" else ("SEN", "FOR")
        for audience, areas in lines.items():
            assert strong not in areas[:areas.index(weak)], (name, audience, areas)
        tap.equal((view["n"], view["target"]), (58, 60), "two gave no consent to be counted")
    tap.equal(first, {"A": dict.fromkeys(NAMES, "FOR"), "B": dict.fromkeys(NAMES, "SEN")})
    some = SIDES["A"].methodist.call("recommend.build", wave="W", audiences=["teacher", "deputy"])
    assert "для учителей и заместителей руководителей:" in some["title"], some["title"]
    tap.equal({r["audience"] for r in some["rows"]}, {"teacher", "deputy"})


def test_every_number_of_every_line():
    """part, n, percent and interval of every line in every scope come from the answers sent"""
    seen = {"exact": 0, "class": 0}
    for side in SIDES.values():
        for scope in SCOPES:
            view = side.methodist.call("recommend.build", wave="W", limit=24, **{"in": scope})
            for line in view["rows"]:
                n, part = side.count(scope, line["competency"])
                exact = line["how"] == 3
                seen["exact" if exact else "class"] += 1
                assert not exact or may_be_exact(n, part), (scope, line)
                for text in line["finding"].values():
                    check_finding(bare(text, view["scope"]), n, part, exact)
                tap.equal(line["answers"], n)
                tap.equal(line.get("share", 0), int(1000 * part / n + 0.5) if exact else 0)
                if not exact:
                    tap.equal(line["cls"], {"few": 1, "notable": 2, "most": 3}[share_class(n, part)])
    assert min(seen.values()) > 20, seen


def test_published_numbers():
    """published rows of every scope: the territory as exact as the rule allows, parts never more"""
    for side in SIDES.values():
        for scope in SCOPES:
            top = side.methodist.call("deficit.top", wave="W", **{"in": scope})
            for row in top["rows"]:
                n, part = side.count(scope, row["competency"])
                plain = "nothing" if n < K else "exact" if may_be_exact(n, part) else "class"
                what = (side.name, scope, row, n, part)
                assert row["shown"] in {plain} | (set() if scope == "TERR" else {"hidden"}), what
                numbers = {k: row.get(k) for k in ("n", "part", "share", "lo", "hi", "unclear")}
                if row["shown"] in ("nothing", "hidden"):
                    tap.equal(set(numbers.values()) | {row.get("cls")}, {None}, what)
                    continue
                tap.equal((row["n"], row["cls"]), (n, share_class(n, part)), what)
                if row["shown"] == "class":
                    tap.equal([numbers[k] for k in numbers if k != "n"], [None] * 5, what)
                    continue
                lo, hi = grm.wilson(part, n)
                tap.equal([row[k] for k in ("part", "share", "lo", "hi")],
                          [part] + [int(1000 * x + 0.5) for x in (part / n, lo, hi)], what)


def test_no_part_by_subtraction():
    """a municipality is exact only when the other one, known by subtraction, may be exact too"""
    seen = 0
    for side in SIDES.values():
        for area in AREAS:
            shown = {s: next(r for r in side.methodist.call("deficit.top", wave="W", **{"in": s})[
                "rows"] if r["competency"] == area)["shown"] for s in ("TERR", "M-1", "M-2")}
            for one, other in (("M-1", "M-2"), ("M-2", "M-1")):
                if shown["TERR"] == shown[one] == "exact":
                    assert may_be_exact(*side.count(other, area)), (side.name, area, shown)
                    seen += 1
    assert seen >= 4, seen


def test_small_scopes():
    """under 5 answers nothing at all; 5 to 24 a class and never a number of those in need"""
    sizes = {scope: len(SIDES["A"].members(scope)) for scope in SCOPES}
    assert sizes["A-2"] < K <= sizes["D-1"] < K_SHARE, sizes
    for side in SIDES.values():
        code = side.methodist.call("recommend.build", wave="W", **{"in": "A-2"})["code"]
        view = side.daemon.json("recommend", "show", code, token=side.world.tokens["methodist-t"])
        tap.equal((view["rows"], view.get("n")), ([], None))
        text = side.daemon.cli("recommend", "show", code, "-f", "text",
                               token=side.world.tokens["methodist-t"], check=0)[1]
        assert not re.search(r"ответил\w*\s+\d", text), text
        for scope in ("S-1", "S-2", "K-1", "S-3", "K-2", "D-1", "A-MATH"):
            top = side.methodist.call("deficit.top", wave="W", **{"in": scope})
            for row in top["rows"]:
                small = side.count(scope, row["competency"])[0] < K
                assert row["shown"] in ({"nothing"} if small else {"class", "hidden"}), (scope, row)
            assert not any(row.get("part") or row.get("share") for row in top["rows"]), (scope, top)
            tap.equal(top["ordered"] if "ordered" in top else False, False, scope)


def test_documents():
    """text, Markdown, HTML and JSON say «учебные данные», the title and every finding alike"""
    for side in SIDES.values():
        token = side.world.tokens["methodist-t"]
        view = side.methodist.call("recommend.build", wave="W")
        shapes = {kind: side.daemon.cli("recommend", "show", view["code"], "-f", kind, token=token,
                                        check=0)[1] for kind in ("text", "md", "html", "json")}
        told = json.loads(shapes.pop("json"))
        tap.equal((told["schema"], told["demo"], told["title"]), ("metod.v1", True, view["title"]))
        tap.equal([r["finding"]["ru"] for r in told["rows"]],
                  [r["finding"]["ru"] for r in view["rows"]])
        for kind, text in shapes.items():
            words = " ".join(re.sub(r"<[^>]+>", " ", text).split()) if kind == "html" else \
                " ".join(text.replace("\\", "").split())
            assert "чебные данные" in words, (kind, text[:500])
            assert view["title"] in words, (kind, view["title"], words[:600])
            for row in view["rows"]:
                assert " ".join(row["finding"]["ru"].split()) in words, (kind, row["finding"])
        table = side.daemon.cli("deficit", "top", "W", token=token, check=0)[1]
        for row in view["rows"]:
            n, part = side.count("TERR", row["competency"])
            if row["how"] == 3:
                lo, hi = (rounded(x) for x in grm.wilson(part, n))
                line = next(x for x in table.splitlines() if x.startswith(row["competency"]))
                tap.equal([int(x) for x in re.findall(r"\d+", line)][:5],
                          [n, part, rounded(part / n), lo, hi], line)


def addressed(side, area, position="", subject=""):
    """Teachers in need to whom a sending by these criteria belongs."""
    return {t for t in side.members("TERR") if side.state(t, area) == "need" and
            (not position or side.people[t]["position"] == position) and
            (not subject or side.people[t]["subjects"] == subject)}


def inbox(side, teacher):
    rpc = side.daemon.rpc(session=side.sessions[teacher])
    rows = rpc.call("me.messages")["rows"]
    rpc.close()
    return rows


def line_about(side, view, area):
    return next(r["n"] for r in view["rows"] if r["audience"] == "teacher" and
                r["competency"] == area)


def test_small_group_is_refused():
    """a group under 5 is refused by the same words whatever its size, and nothing is delivered"""
    for side, area in ((SIDES["A"], "FOR"), (SIDES["B"], "SEN")):
        view = side.methodist.call("recommend.build", wave="W", limit=24)
        words, sizes = set(), set()
        for line in (r for r in view["rows"] if r["audience"] == "teacher"):
            for position, subject in (("psychologist", ""), ("speech", ""), ("", "hist"),
                                      ("administrator", ""), ("", "none"), ("", "phys")):
                group = addressed(side, line["competency"], position, subject)
                if len(group) >= K:
                    continue
                sizes.add(len(group))
                error = side.methodist.fails("recommend.send", code=view["code"], line=line["n"],
                                             position=position, subject=subject)
                tap.equal(error.code, "small_group")
                words.add((error.message, error.hint))
        assert len(sizes) >= 3, sizes
        tap.equal(len(words), 1, words)
        assert not re.search(r"\d", " ".join(words.pop())), words
        assert not any(inbox(side, t) for t in side.sent)
        tap.equal(side.methodist.call("recommend.sent", code=view["code"])["rows"], [])


def test_exactly_the_right_teachers():
    """a large group gets it, all of it and nobody else; those not counted are in no group"""
    for side, area in ((SIDES["A"], "FOR"), (SIDES["B"], "SEN")):
        assert any(side.state(t, area) == "need" for t in side.uncounted), "a case of the test"
        view = side.methodist.call("recommend.build", wave="W", limit=24)
        line = line_about(side, view, area)
        sent = side.methodist.call("recommend.send", code=view["code"], line=line,
                                   text="Проверочный текст рекомендации")
        group = addressed(side, area)
        n, part = side.count("TERR", area)
        tap.equal(len(group), part)
        tap.equal({t for t in side.sent if inbox(side, t)}, group)
        tap.equal(sent.get("delivered"), part if may_be_exact(n, part) else None)
        assert all("Проверочный текст" in inbox(side, t)[0]["text"] for t in group)
        again = side.methodist.fails("recommend.send", code=view["code"], line=line)
        tap.equal(again.code, "conflict")
        group = addressed(side, area, "teacher")
        assert len(group) >= 8, len(group)
        side.methodist.call("recommend.send", code=view["code"], line=line, position="teacher")
        tap.equal({t for t in side.sent if len(inbox(side, t)) == 2}, group)


def test_what_became_of_it():
    """the sender sees counts only, and none below 5"""
    side = SIDES["A"]
    view = side.methodist.call("recommend.build", wave="W")
    side.methodist.call("recommend.send", code=view["code"], line=line_about(side, view, "FOR"))
    group = sorted(addressed(side, "FOR"))

    def sent():
        row, = side.methodist.call("recommend.sent", code=view["code"])["rows"]
        assert set(row) <= {"id", "competency", "position", "subject", "delivered", "opened",
                            "wanted", "finished", "note"}, row
        text = json.dumps(row, ensure_ascii=False)
        assert not re.search(r"P-\d|Пробина", text), text
        return [row.get(k) for k in ("delivered", "opened", "wanted", "finished")]
    told = len(group) if len(group) >= K_SHARE else None
    tap.equal(sent(), [told, None, None, None])
    for number, teacher in enumerate(group[:7], 1):
        rpc = side.daemon.rpc(session=side.sessions[teacher])
        newest = rpc.call("me.messages")["rows"][0]["id"]
        rpc.call("me.mark", id=newest, state="opened")
        if number <= 5:
            rpc.call("me.mark", id=newest, state="wanted")
        wanted = min(number, 5)
        tap.equal(sent(), [told, number if number >= K else None, wanted if wanted >= K else None,
                           None], number)


def test_both_stores_verify():
    """both journals replay to the same tables"""
    for side in SIDES.values():
        assert side.daemon.rpc().call("store.verify")["ok"]
        side.daemon.stop_clean()


tap.run(globals())
