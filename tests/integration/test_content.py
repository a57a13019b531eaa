# SPDX-License-Identifier: Apache-2.0
"""The shipped content at work: each position meets its own words, a reader tells two territories
apart by their recommendations without a number, and the review sheets hold every text."""
import csv
import hashlib
import os
import re
import shutil
import subprocess
import zipfile

import yaml

import tap
import xlsx
from harness import BUILD, ENV, ROOT, Daemon
from world import TODAY, World, answer

SURVEYS = f"{ROOT}/surveys"


def read(name):
    with open(f"{SURVEYS}/{name}", encoding="utf-8") as file:
        return yaml.safe_load(file)


def sheets(folder, path):
    return subprocess.run([f"{BUILD}/metodctl", "form", "sheets", folder, "--save", path],
                          env={**ENV, "LC_ALL": "ru_RU.UTF-8", "LANG": "ru_RU.UTF-8"},
                          capture_output=True, text=True, timeout=120)


# What a reader would look for, no matter how large the shares are.
THEMES = {"UUD": "умени|шаг|план|учиться|что потом|взаимные утра|первом классе", "CRI": "критери|признак|наблюд|отмет|провер|без оценки",
          "FOR": "отзыв|похвал|доработ|обратной связи|поддерж|показ", "GIF": "увлеч|схватыва|задач|опережа",
          "SEN": "овз|специалист|особенност|логопед", "CLM": "поряд|трудные случаи|шум|сигнал|правил|сцен|спеш|начал",
          "SAF": "ссор|травл|конфликт|угроз", "DIG": "инструмент|экран|цифров|снимк|техник|кабинет|мобильн",
          "DSF": "чат|данн|сервис|парол", "PAR": "родител"}
HARD = {"A": ["UUD", "CRI", "FOR", "GIF", "SEN"], "B": ["CLM", "SAF", "DIG", "DSF", "PAR"]}


class Place:
    """A small territory where everybody finds these competencies hard and the others easy."""

    def __init__(self, hard):
        self.daemon = Daemon(web=False).start()
        self.world = World(self.daemon, wave=False)
        self.daemon.cli("form", "load", SURVEYS, check=0)
        self.methodist = self.world.as_("methodist-t")
        self.methodist.call("wave.create", code="W", form="KDP-G", to=TODAY + 9,
                            competencies=[*THEMES, "EXP", "REF"],
                            **{"from": TODAY - 1, "in": "TERR"})
        self.methodist.call("invite.create", wave="W")
        rpc = self.daemon.rpc()
        for n, row in enumerate(self.methodist.call("invite.print", wave="W")["rows"]):
            # One in three keeps coping: a share, not a wall.
            answer(rpc, row["code"], lambda item, n=n: 0 if item[:3] in hard and n % 3 else 2 + n % 2)
        self.methodist.call("wave.publish", code="W")

    def measures(self, scope):
        """audience → (competency, measure without numbers) in the order of the document. Left out: the
        general measures that speak of the place, not of a need."""
        told = {}
        for row in self.methodist.call("recommend.build", wave="W", **{"in": scope})["rows"]:
            if "-ANY-" in row["rule"]:
                continue
            told.setdefault(row["audience"], []).append(
                (row["competency"], re.sub(r"\d+", "", row["measure"]["ru"])))
        return told


PLACES = {"A": Place(HARD["A"]), "B": Place(HARD["B"])}


def test_a_reader_tells_two_territories_apart():
    """opposite needs: no measure in common, and each speaks of its own themes, numbers taken away"""
    for scope in ("TERR", "M-1", "M-2"):
        told = {name: place.measures(scope) for name, place in PLACES.items()}
        assert told["A"].keys() == told["B"].keys() >= {"teacher", "municipality"}, told
        for audience in told["A"]:
            texts = {name: [m for _, m in told[name][audience]] for name in PLACES}
            both = set(texts["A"]) & set(texts["B"])
            assert not both, (scope, audience, both)
            for name, hard in HARD.items():
                got = [c for c, _ in told[name][audience]]
                assert set(got) <= set(hard), (scope, audience, name, got)
                for competency, measure in told[name][audience]:
                    assert re.search(THEMES[competency], measure.lower()), (competency, measure)


def test_each_position_meets_its_own_words():
    """general form: three wordings; short forms ask their position only; young: sixteen of general"""
    place = PLACES["B"]
    general = {i["id"]: i for i in read("general.yaml")["items"]}
    methodist, rpc = place.methodist, place.daemon.rpc()
    positions = {p["code"]: p["position"] for p in place.world.people}
    for code, form, asked in (("W-G", "KDP-G", set(positions.values())), ("W-P", "KDP-P", {"psychologist"}),
                              ("W-L", "KDP-L", {"speech"}), ("W-Y", "KDP-Y", set(positions.values()))):
        methodist.call("wave.create", code=code, form=form, to=TODAY + 9,
                       **{"from": TODAY - 1, "in": "TERR"})
        methodist.call("invite.create", wave=code)
        rows = methodist.call("invite.print", wave=code)["rows"]
        tap.equal({positions[row["teacher"]] for row in rows}, asked, form)
        if form != "KDP-G":
            continue
        for row in rows:
            wording = {"educator": "educator", "additional": "additional", "psychologist": "educator",
                       "speech": "educator"}.get(positions[row["teacher"]], "teacher")
            session = rpc.call("session.enter", code=row["code"])["session"]
            rpc.call("attempt.start", _session=session, consent_process=True, consent_aggregate=True)
            for question in rpc.call("page.show", _session=session, page=1)["rows"]:
                tap.equal(question["text"], general[question["item"]][wording]["ru"], wording)
    tap.equal(len(methodist.call("wave.show", code="W-P")["competencies"]), 10)
    young = read("young.yaml")["competencies"]
    methodist.call("wave.create", code="W-Y16", form="KDP-Y", to=TODAY + 9, competencies=young,
                   **{"from": TODAY - 1, "in": "TERR"})
    rpc.close()


def test_where_most_kept_silent_trust_is_spoken_of_first():
    """two in five answered: every group is first told about trust; where all answered, none is"""
    place = PLACES["A"]
    methodist, rpc = place.methodist, place.daemon.rpc()
    methodist.call("wave.create", code="W-C", form="KDP-G", to=TODAY + 9, competencies=["EXP", "REF"],
                   **{"from": TODAY - 1, "in": "TERR"})
    methodist.call("invite.create", wave="W-C")
    rows = methodist.call("invite.print", wave="W-C")["rows"]
    for row in rows[:len(rows) * 2 // 5]:
        answer(rpc, row["code"], lambda item: 0)
    rpc.close()
    methodist.call("wave.publish", code="W-C")
    groups = ["association", "deputy", "municipality"]

    def heard(wave, audience):
        view = methodist.call("recommend.build", wave=wave, audiences=[audience], **{"in": "TERR"})
        return [row["rule"] for row in view["rows"]]

    for group in groups:
        silent, loud = heard("W-C", group), heard("W", group)
        assert silent[0].endswith("-ANY-TRUST") and len(silent) > 1, (group, silent)
        assert loud and not any(rule.endswith("-TRUST") for rule in loud), (group, loud)


def test_only_the_named_positions_are_invited():
    """invite --positions: those and no others; who has a form of his own is named; an unknown word is refused"""
    methodist = PLACES["A"].methodist
    positions = {p["code"]: p["position"] for p in PLACES["A"].world.people}
    methodist.call("wave.create", code="W-E", form="KDP-G", to=TODAY + 9,
                   **{"from": TODAY - 1, "in": "TERR"})
    made = methodist.call("invite.create", wave="W-E", positions=["educator", "speech"])
    rows = methodist.call("invite.print", wave="W-E", positions=["educator", "speech"])["rows"]
    tap.equal({positions[row["teacher"]] for row in rows}, {"educator", "speech"})
    tap.equal(len(rows), sum(p in ("educator", "speech") for p in positions.values()))
    # Psychologists and speech therapists have forms of their own: a hint, not a refusal.
    assert "(KDP-L)" in made["note"], made
    everybody = methodist.call("invite.create", wave="W-E")
    assert everybody["count"] and "(KDP-L, KDP-P)" in everybody["note"], everybody
    again = methodist.call("invite.create", wave="W-E")
    assert not again.get("count") and "KDP-" not in again["note"], again
    methodist.call("wave.create", code="W-PO", form="KDP-P", to=TODAY + 9,
                   **{"from": TODAY - 1, "in": "TERR"})
    assert "KDP-" not in methodist.call("invite.create", wave="W-PO")["note"]
    error = methodist.fails("invite.create", wave="W-E", positions=["cook"])
    tap.equal((error.code, error.field), ("range", "positions"))


def test_examples_say_so():
    """every invented activity and practice is marked, in both languages"""
    with open(f"{SURVEYS}/activities.csv", encoding="utf-8", newline="") as file:
        titles = [(row["title"], row["title_en"]) for row in csv.DictReader(file)]
    titles += [(p["title"]["ru"], p["title"]["en"]) for p in read("practices.yaml")["practices"]]
    for ru, en in titles:
        assert ru.endswith("(образец)") and en.endswith("(sample)"), (ru, en)


def test_review_sheets_hold_every_text():
    """HTML and workbook: every question, level, measure, activity and practice; each page of a wide sheet says what its rows are about; sums tell versions"""
    folder = PLACES["B"].daemon.dir + "/review"
    os.makedirs(folder, exist_ok=True)
    for end in ("html", "xlsx"):
        done = sheets(SURVEYS, f"{folder}/a.{end}")
        tap.equal(done.returncode, 0, done.stderr)
    with open(f"{folder}/a.html", encoding="utf-8") as file:
        html = file.read()
    book = xlsx.read(f"{folder}/a.xlsx")
    cells = {str(v) for sheet in book.values() for row in sheet.rows for v in row if v is not None}
    texts = [w["ru"] for name in ("general.yaml", "general-2.yaml", "psychologist.yaml", "speech.yaml")
             for item in read(name)["items"] for w in item.values() if isinstance(w, dict)]
    texts += [level["ru"] for c in read("framework.yaml")["competencies"] for level in c["levels"]]
    texts += [rule["measure"]["ru"] for rule in read("rules.yaml")["rules"]]
    texts += [p["done"]["ru"] for p in read("practices.yaml")["practices"]]
    texts += [i["lesson"]["ru"] for i in read("observation.yaml")["items"]]
    assert len(texts) > 800, len(texts)
    for text in texts:
        assert text in cells, text
        assert text.replace("&", "&amp;").replace('"', "&quot;") in html, text
    with zipfile.ZipFile(f"{folder}/a.xlsx") as book:
        first = book.read("xl/worksheets/sheet1.xml").decode()
        titles = re.findall(r'Print_Titles"[^>]*>([^<]*)<', book.read("xl/workbook.xml").decode())
    # A sum is longer than its column: two lines, so that it does not lie over the next one.
    assert re.search(r'<row r="2"[^>]* ht="(2[4-9]|3\d)', first), first[:2000]
    for name in ("Компетенции", "Рекомендации"):
        assert any(name in t and "$A:$A" in t and "$1:$1" in t for t in titles), (name, titles)
    for name in os.listdir(SURVEYS):
        if name.endswith((".yaml", ".csv")):
            with open(f"{SURVEYS}/{name}", "rb") as file:
                assert hashlib.sha256(file.read()).hexdigest() in cells, name
    shutil.rmtree(f"{folder}/copy", ignore_errors=True)
    shutil.copytree(SURVEYS, f"{folder}/copy")
    with open(f"{folder}/copy/general.yaml", "a", encoding="utf-8") as file:
        file.write("# one more line\n")
    tap.equal(sheets(f"{folder}/copy", f"{folder}/b.html").returncode, 0)
    with open(f"{folder}/b.html", encoding="utf-8") as file:
        other = file.read()
    assert html != other and len(html) == len(other), "the checksum of general.yaml, nothing else"
    assert sheets("/nonexistent", f"{folder}/c.html").returncode == 3


tap.run(globals())
