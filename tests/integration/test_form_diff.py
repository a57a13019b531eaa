# SPDX-License-Identifier: Apache-2.0
"""form diff, offline: each edit of the shipped content is named by its item in a methodist's words, and
whether results stay comparable is judged by what was edited."""
import json
import os
import shutil
import subprocess
import tempfile

import tap
from harness import BUILD, ENV, ROOT

FOLDER = tempfile.mkdtemp(prefix="metod-diff-")
SURVEYS = f"{ROOT}/surveys"


def run(*words, **kw):
    done = subprocess.run([f"{BUILD}/metodctl", "--socket", "/nonexistent", "form", "diff", *words],
                          env={**ENV, **kw}, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=120)
    return done.returncode, done.stdout, done.stderr


def edited(name, *edits):
    """The path of a copy of one file of the content after these replacements."""
    with open(f"{SURVEYS}/{name}", encoding="utf-8") as file:
        text = file.read()
    for old, new in edits:
        assert text.count(old) >= 1, old
        text = text.replace(old, new, 1)
    path = f"{FOLDER}/{name}"
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path


def compared(name, *edits):
    """(exit status, JSON)"""
    status, out, err = run(f"{SURVEYS}/{name}", edited(name, *edits), "-o", "json")
    return status, json.loads(out), err


def cut(name, begin, end):
    """The text of the file from one mark up to another."""
    with open(f"{SURVEYS}/{name}", encoding="utf-8") as file:
        text = file.read()
    at = text.index(begin)
    return text[at:text.index(end, at + 1)]


STD1 = cut("general.yaml", "  - id: STD-1\n", "  - id: STD-2\n")
STD2 = cut("general.yaml", "  - id: STD-2\n", "  - id: STD-3\n")
RULE = cut("rules.yaml", "  - id: ", "  - id: ")
# what is edited, file, edits, (change, item, field) that must be told, verdict
EDITS = [
    ("the order of two statements", "general.yaml", [(STD1 + STD2, STD2 + STD1)],
     [("moved", "STD-2", "")], "yes"),
    ("one statement is gone", "general.yaml", [(STD1, "")], [("removed", "STD-1", "")], "no"),
    ("one statement came", "general.yaml", [(STD1, STD1 + STD1.replace("STD-1", "STD-9"))],
     [("added", "STD-9", "")], "no"),
    ("a statement is reworded for teachers", "general.yaml", [("надёжным источникам", "двум источникам")],
     [("reworded", "SUB-1 · teacher", "text")], "care"),
    ("the same in English only", "general.yaml", [("against reliable sources", "against two sources")],
     [("reworded", "SUB-1 · teacher", "text")], "care"),
    ("a statement measures something else", "general.yaml",
     [("id: SUB-2\n    competency: SUB", "id: SUB-2\n    competency: STD")],
     [("changed", "SUB-2", "competency")], "no"),
    ("who is asked with which words", "general.yaml",
     [("[teacher, administrator]", "[teacher]"),
      ("[educator, psychologist, speech]", "[educator, psychologist, speech, administrator]")],
     [("changed", "teacher", "positions"), ("changed", "educator", "positions")], "care"),
    ("the title of the form", "general.yaml", [("Общая самодиагностика педагога", "Самодиагностика")],
     [("reworded", "", "title")], "yes"),
    ("the version", "general.yaml", [('version: "0.1"', 'version: "0.2"')],
     [("changed", "", "version")], "yes"),
    ("a word of the scale", "framework.yaml", [("Пока не делаю или не знаю", "Не делаю или не знаю")],
     [("reworded", "0", "text")], "no"),
    ("a cut", "framework.yaml", [("need: 1.5", "need: 1.6")], [("changed", "", "need")], "care"),
    ("the word of a level", "framework.yaml", [('ru: "нужна опора"', 'ru: "нужна помощь"')],
     [("reworded", "0", "text")], "yes"),
    ("the relevance of a competency", "framework.yaml", [("general: true", "general: false")],
     [("changed", "SUB", "general")], "yes"),
    ("an answer beside the scale", "framework.yaml", [("Не могу оценить", "Трудно оценить")],
     [("reworded", "", "cannot_judge")], "care"),
    ("a rule of recommendations", "rules.yaml", [(RULE, "")],
     [("removed", RULE.split()[2], "")], "yes"),
    ("hours of an activity", "activities.csv", [(",course,24,mixed,", ",course,30,mixed,")],
     [("changed", "", "hours")], "yes"),
]


def test_every_edit_is_told():
    """each edit alone: the change, the item and the field, nothing else; and what it does to comparing"""
    for what, name, edits, wanted, verdict in EDITS:
        status, told, err = compared(name, *edits)
        tap.equal(status, 5, (what, err))
        got = [(r["change"], r["item"], r["field"]) for r in told["rows"]]
        tap.equal(sorted(got), sorted(wanted), what)
        tap.equal((told["same"], told["comparable"]), (False, verdict), (what, told["rows"]))
        assert (verdict == "yes") == (told["reasons"] == []), (what, told)


def stands_alone(name):
    """Has the file, without the others, something that form load takes?"""
    if name.endswith(".csv"):
        return True
    if not name.endswith(".yaml"):
        return False
    with open(f"{SURVEYS}/{name}", encoding="utf-8") as file:
        head = file.read(2000)
    return any(f"\nkind: {kind}\n" in head for kind in ("framework", "form", "paramset", "rules"))


def test_nothing_changed():
    """the same folder or file: nothing, status 0, comparable; both ways round"""
    for path in (SURVEYS, *(f"{SURVEYS}/{n}" for n in os.listdir(SURVEYS) if stands_alone(n))):
        status, out, err = run(path, path, "-o", "json")
        tap.equal((status, err), (0, ""), path)
        tap.equal(json.loads(out), {"schema": "metod.v1", "same": True, "comparable": "yes",
                                    "reasons": [], "rows": []})
    tap.equal(run(SURVEYS, SURVEYS)[1], "Ничего не изменилось.\n")


def test_there_and_back():
    """what is added one way is removed the other way; before and after change places"""
    for what, name, edits, _, verdict in EDITS:
        new = edited(name, *edits)
        there = json.loads(run(f"{SURVEYS}/{name}", new, "-o", "json")[1])
        back = json.loads(run(new, f"{SURVEYS}/{name}", "-o", "json")[1])
        turned = {"added": "removed", "removed": "added"}
        if verdict != "yes" or "order" not in what:
            tap.equal(sorted((r["change"], r["item"], r["before"], r["after"]) for r in back["rows"]),
                      sorted((turned.get(r["change"], r["change"]), r["item"], r["after"], r["before"])
                             for r in there["rows"]), what)
        tap.equal(back["comparable"], there["comparable"], what)


def test_words_are_marked():
    """text: what went and what came between words, in Russian and English, no wider than the terminal"""
    new = edited("general.yaml", ("по надёжным источникам", "хотя бы по двум источникам"))
    for lang, words in (("ru", ["SUB-1 (учитель) — другая формулировка", "Сравнивать результаты можно с"]),
                        ("en", ["SUB-1 (teacher) — reworded", "Results may be compared with care"])):
        status, out, err = run(f"{SURVEYS}/general.yaml", new, "--lang", lang)
        tap.equal((status, err), (5, ""))
        plain = " ".join(out.split())
        assert "определения {+хотя бы+} по [-надёжным-] {+двум+} источникам." in plain, out
        for word in words:
            assert word in plain, (word, out)
        assert max(len(line) for line in out.splitlines()) <= 80, out


def test_machine_forms_know_no_language():
    """the JSON of a comparison is the same in every language"""
    new = edited("general.yaml", (STD1, ""), ("надёжным источникам", "двум источникам"))
    words = (f"{SURVEYS}/general.yaml", new, "-o", "json")
    tap.equal(run(*words, "--lang", "en"), run(*words, "--lang", "ru"))
    reasons = json.loads(run(*words)[1])["reasons"]
    tap.equal(sorted(reasons), ["statements were reworded", "statements were taken out"])


def test_folders():
    """two folders: every file, the catalogue too; a whole form that is gone is one line"""
    folder = f"{FOLDER}/all"
    shutil.copytree(SURVEYS, folder)
    os.unlink(f"{folder}/rules.yaml")
    shutil.copy(edited("activities.csv", ("(образец)", "")), f"{folder}/activities.csv")
    status, out, _ = run(SURVEYS, folder, "-o", "json")
    rows = json.loads(out)["rows"]
    tap.equal(status, 5)
    tap.equal([(r["kind"], r["change"]) for r in rows], [("rules", "removed"), ("activity", "reworded")])


def test_files_that_cannot_be_read():
    """no such file: 3; a file with errors: 7 with line and column, on stderr; one word: 2"""
    broken = edited("general.yaml", ("competency: STD", "competensy: STD"))
    status, out, err = run(f"{SURVEYS}/general.yaml", broken)
    tap.equal((status, out), (7, ""))
    assert "general.yaml:" in err and "competensy" in err, err
    status, out, err = run(f"{SURVEYS}/general.yaml", f"{FOLDER}/none.yaml")
    tap.equal((status, out), (3, ""), err)
    assert "none.yaml" in err, err
    status, out, err = run(SURVEYS)
    tap.equal((status, out), (2, ""), err)
    shutil.rmtree(FOLDER)


tap.run(globals())
