# SPDX-License-Identifier: Apache-2.0
"""Routes of files, without a daemon: every route holds hours, weeks and prerequisites and is worth
what it says, told again here from the files alone; the order of rows is nothing; bad files are named
by their place. The optimum itself is GLPK's matter (tests/solvers)."""
import json
import os
import random
import shutil
import subprocess
import tempfile

import catalogue
import tap
from harness import BUILD, ENV

FOLDER = tempfile.mkdtemp(prefix="metod-route-solve-")


def run(path, *words, lang="en"):
    done = subprocess.run([f"{BUILD}/metodctl", "route", "solve", path, *words, "--lang", lang],
                          env=ENV, capture_output=True, text=True, timeout=300, check=False)
    return done.returncode, done.stdout, done.stderr


def solve(files, folder="case"):
    status, out, err = run(catalogue.write(f"{FOLDER}/{folder}", files), "-o", "json")
    tap.equal(status, 0, err)
    return json.loads(out)


def worth(files, teacher, items):
    """In hundredths of a per mille; every amount in them is whole."""
    liked, home = set(teacher[5].split()), teacher[6]
    work = {a[0]: a for a in files["activities"]}
    town = {s[0]: s[5] for s in files["sessions"]}
    total = 0
    for name, competency, need, wish in files["needs"]:
        depth = need or 300 * wish
        gain = sum(g for a, c, g in files["gains"]
                   if c == competency and a in {i["activity"] for i in items})
        steep = min(10 * gain, 7 * depth)
        if name == teacher[0]:
            total += (1 + wish) * (10 * steep + 4 * min(10 * gain - steep, 6 * depth))
    for item in items:
        formats = set(work[item["activity"]][3].split())
        total -= 1500 * bool(liked and formats and not liked & formats)
        total -= 3000 * bool(item["session"] and town[item["session"]] not in ("", home))
    return total


def check_holds(files, teacher, items):
    _, hours, weekly, first, last, _, _ = teacher
    minutes = {a[0]: a[2] for a in files["activities"]}
    sessions = {s[0]: s for s in files["sessions"]}
    taken = {i["activity"]: i for i in items}
    assert len(taken) == len(items) and sum(minutes[a] for a in taken) <= hours
    load = dict.fromkeys(range(first, last + 1), 0)
    alone = 0
    for item in items:
        assert first <= item["week_from"] <= item["week_to"] <= last, item
        for a, b in files["prerequisites"]:
            assert a != item["activity"] or taken[b]["week_to"] < item["week_from"], (item, b)
        if item["session"]:
            _, of, start, end, each, _ = sessions[item["session"]]
            tap.equal((of, start, end), (item["activity"], item["week_from"], item["week_to"]))
            for week in range(start, end + 1):
                load[week] += each
        else:
            assert not [s for s in sessions.values() if s[1] == item["activity"]]
            alone += minutes[item["activity"]]
    assert all(n <= weekly for n in load.values())
    assert sum(weekly - n for n in load.values()) >= alone


def test_routes_hold():
    """60 teachers: each route is possible and worth its value; keys and totals are right"""
    some = 0
    for seed in range(20):
        files = catalogue.case(random.Random(seed), 3, 12)
        answer = solve(files)
        tap.equal(list(answer), ["routes", "value", "bound", "gap_mean", "solve_cpu_seconds"])
        tap.equal([r["id"] for r in answer["routes"]], sorted(t[0] for t in files["teachers"]))
        shares = []
        for route, teacher in zip(answer["routes"], files["teachers"]):
            tap.equal(list(route), ["id", "value", "bound", "gap", "nodes", "minutes", "sessions"])
            check_holds(files, teacher, route["sessions"])
            tap.equal(route["value"], worth(files, teacher, route["sessions"]), f"{seed} {route}")
            tap.equal(route["gap"], route["bound"] - route["value"])
            assert route["gap"] >= 0 and route["nodes"] <= 3000, route
            shares.append(min(1, route["gap"] / route["bound"]) if route["gap"] else 0)
            some += bool(route["sessions"])
        for key in ("value", "bound"):
            tap.equal(answer[key], sum(r[key] for r in answer["routes"]))
        assert abs(answer["gap_mean"] - sum(shares) / 3) < 1e-6, answer
    assert some > 30, some


def test_order_of_rows():
    """the order of rows changes nothing"""
    for seed in range(8):
        rng = random.Random(seed)
        files = catalogue.case(rng, 4, 15)
        mixed = {name: rng.sample(rows, len(rows)) for name, rows in files.items()}
        one, two = solve(files), solve(mixed, "mixed")
        for answer in (one, two):
            del answer["solve_cpu_seconds"]
        tap.equal(two, one, f"seed {seed}")


def test_more_is_no_less():
    """another activity never lowers a route that is proven on both sides"""
    compared = 0
    for seed in range(30):
        files = catalogue.case(random.Random(seed), 2, 10)
        first = {b for _, b in files["prerequisites"]}
        last = next(a[0] for a in files["activities"] if a[0] not in first)
        fewer = {name: [row for row in rows if last not in row] for name, rows in files.items()}
        for more, less in zip(solve(files)["routes"], solve(fewer, "fewer")["routes"]):
            assert less["value"] <= more["bound"], (seed, less, more)
            compared += less["gap"] == more["gap"] == 0
    assert compared > 40, compared


def test_edges():
    """nobody, no needs, no activities, no hours, no hours a week: empty routes without a gap"""
    files = catalogue.case(random.Random(1), 2, 8)
    teacher = list(files["teachers"][0])
    no_hours, no_week = [*teacher], [*teacher]
    no_hours[1], no_week[2] = 0, 0
    only = {"sessions": [], "prerequisites": []}
    for name, change in (("nobody", {"teachers": [], "needs": []}), ("no needs", {"needs": []}),
                         ("no activities", {"activities": [], "gains": [], **only}),
                         ("no hours", {"teachers": [no_hours, files["teachers"][1]]}),
                         ("no week", {"teachers": [no_week, files["teachers"][1]], **only})):
        answer = solve({**files, **change}, "edge")
        first = answer["routes"][:1] if name.startswith("no ") else []
        for route in first:
            tap.equal((route["value"], route["gap"], route["sessions"]), (0, 0, []), name)
        assert bool(first) == bool(answer["routes"]), name


GOOD = {
    "teachers": "id,minutes,weekly,week_from,week_to,formats,municipality\nx,600,120,1,9,,\n",
    "needs": "teacher,competency,need,wish\nx,K,500,0\n",
    "activities": "id,kind,minutes,formats\na,course,60,\nb,course,60,онлайн inperson\n",
    "gains": "activity,competency,gain\na,K,300\n",
    "sessions": "id,activity,week_from,week_to,weekly,municipality\ns,a,2,3,30,\n",
    "prerequisites": "activity,before\na,b\n",
}
# File, row to add, place of the finding.
BAD = (
    ("teachers", "y,1,1,1,9,paper,", "teachers.csv:3:11"),
    ("teachers", "y,-1,1,1,9,,", "teachers.csv:3:3"),
    ("teachers", "y,1,1,9,1,,", "teachers.csv:3:9"),
    ("teachers", "y,1,1,1,531,,", "teachers.csv:3:9"),
    ("teachers", "x,1,1,1,9,,", "teachers.csv:3:1"),
    ("teachers", ",1,1,1,9,,", "teachers.csv:3:1"),
    ("needs", "y,K,500,0", "needs.csv:3:1"),
    ("needs", "x,,500,0", "needs.csv:3:3"),
    ("needs", "x,L,1001,0", "needs.csv:3:5"),
    ("needs", "x,L,500,2", "needs.csv:3:9"),
    ("needs", "x,K,400,1", "needs.csv:3:1"),
    ("activities", "c,course,0,", "activities.csv:4:10"),
    ("activities", "c,course", "activities.csv:4:1"),
    ("gains", "c,K,300", "gains.csv:3:1"),
    ("gains", "b,K,3001", "gains.csv:3:5"),
    ("gains", "a,K,1", "gains.csv:3:1"),
    ("sessions", "t,c,2,3,30,", "sessions.csv:3:3"),
    ("sessions", "t,a,3,2,30,", "sessions.csv:3:7"),
    ("sessions", "t,a,2,3,x,", "sessions.csv:3:9"),
    ("sessions", "s,b,2,3,30,", "sessions.csv:3:1"),
    ("prerequisites", "a,c", "prerequisites.csv:3:3"),
    ("prerequisites", "c,a", "prerequisites.csv:3:1"),
    ("prerequisites", "a,b", "prerequisites.csv:3:1"),
)


def write_text(texts):
    path = f"{FOLDER}/text"
    os.makedirs(path, exist_ok=True)
    for name, text in texts.items():
        with open(f"{path}/{name}.csv", "w", encoding="utf-8") as file:
            file.write(text)
    return path


def test_bad_files():
    """a file that cannot be used: status 7, file, line and column, nothing on standard output"""
    status, out, err = run(write_text(GOOD), "-o", "json")
    tap.equal((status, [s["activity"] for s in json.loads(out)["routes"][0]["sessions"]]),
              (0, ["b", "a"]), err)
    for name, row, place in BAD:
        status, out, err = run(write_text({**GOOD, name: f"{GOOD[name]}{row}\n"}), "-o", "json")
        tap.equal((status, out), (7, ""), f"{row}: {err}")
        assert place in err, (row, err)
    for name in GOOD:
        for text in ("", "nothing\n", GOOD[name].replace("\n", "\n\0", 1)):
            status, out, err = run(write_text({**GOOD, name: text}), "-o", "json")
            tap.equal((status, out), (7, ""), err)
            assert f"{name}.csv" in err, err
        path = write_text(GOOD)
        os.unlink(f"{path}/{name}.csv")
        status, _, err = run(path)
        assert status == 3 and f"{name}.csv" in err, (status, err)


def test_words():
    """people get two sentences; usage mistakes have status 2"""
    path = catalogue.write(f"{FOLDER}/words", catalogue.case(random.Random(4), 3, 12))
    status, out, _ = run(path, lang="ru")
    assert status == 0 and "доказано" in out and out.count("\n") == 2, out
    done = subprocess.run([f"{BUILD}/metodctl", "route", "solve"], env=ENV, capture_output=True,
                          text=True, timeout=60, check=False)
    tap.equal(done.returncode, 2, done.stderr)
    for nodes in ("0", "many"):
        tap.equal(run(path, "--nodes", nodes)[0], 2, nodes)


try:
    tap.run(globals())
finally:
    shutil.rmtree(FOLDER)
