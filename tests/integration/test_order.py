# SPDX-License-Identifier: Apache-2.0
"""Orders of programmes from files, without a daemon: value and bound are computed a second time, in
Python, from the files and the answer alone; the order of rows is nothing; bad files are named by
their place."""
import csv
import json
import os
import random
import subprocess
import tempfile

import tap
from harness import BUILD, ENV

FOLDER = tempfile.mkdtemp(prefix="metod-order-")
HEADS = {"candidates": ["id", "fixed", "min", "max", "groups_max"], "teachers": ["id", "limit"],
         "benefits": ["teacher", "candidate", "benefit"]}


def run(*words, lang="en"):
    done = subprocess.run([f"{BUILD}/metodctl", "order", "solve", *words, "--lang", lang], env=ENV,
                          capture_output=True, text=True, timeout=120, check=False)
    return done.returncode, done.stdout, done.stderr


def write(folder, *world):
    path = os.path.join(FOLDER, folder)
    os.makedirs(path, exist_ok=True)
    for (name, head), rows in zip(HEADS.items(), world):
        with open(f"{path}/{name}.csv", "w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([head, *rows])
    return path


def case(seed, n=50, m=8):
    rng = random.Random(seed)
    candidates = [(f"п,{p}", rng.randint(0, 2000), least := rng.randint(3, 8),
                   least + rng.randint(0, 5), rng.randint(0, 3)) for p in range(m)]
    teachers = [(f"у{i}", rng.choice((0, 1, 1, 1, 2, 3))) for i in range(n)]
    benefits = [(i, p[0], rng.randint(-100, 900)) for i, _ in teachers for p in candidates
                if rng.random() < .6]
    return candidates, teachers, benefits


def solve(path, *words):
    status, out, err = run(path, "-o", "json", *words)
    tap.equal(status, 0, err)
    return json.loads(out)


def value_of(world, result):
    """As a third party computes it; sizes and limits are looked at on the way."""
    candidates, teachers, benefits = world
    gain = {(i, p): b for i, p, b in benefits}
    limits = dict(teachers)
    by_id = {c[0]: c[1:] for c in candidates}
    value = 0
    for one in result["opened"]:
        fixed, least, most, groups = by_id[one["candidate"]]
        people = one["teachers"]
        assert 1 <= one["groups"] <= groups, one
        assert one["groups"] * least <= len(people) <= one["groups"] * most, one
        assert len(set(people)) == len(people), one
        value += sum(gain[i, one["candidate"]] for i in people) - one["groups"] * fixed
        for i in people:
            limits[i] -= 1
    assert min(limits.values()) >= 0
    return value


def bound_of(world, result):
    candidates, teachers, benefits = world
    scale, price = result["scale"], result["multipliers"]
    assert min(price.values()) >= 0
    bound = sum(limit * price[i] for i, limit in teachers)
    for p, fixed, least, most, groups in candidates:
        rest = sorted((b * scale - price[i] for i, q, b in benefits if q == p), reverse=True)
        bound += max([0, *(sum(rest[:k]) - n * fixed * scale for n in range(1, groups + 1)
                           for k in range(n * least, min(n * most, len(rest)) + 1))])
    return bound // scale


def test_recomputed():
    """value and bound are those of a second computation, and near to each other"""
    values = bounds = 0
    for seed in range(12):
        world = case(seed)
        result = solve(write("case", *world), "--multipliers")
        tap.equal(list(result), ["value", "bound", "gap", "opened", "unassigned",
                                 "solve_cpu_seconds", "scale", "multipliers"])
        tap.equal((result["value"], result["bound"]),
                  (value_of(world, result), bound_of(world, result)), f"seed {seed}")
        tap.equal(result["gap"], result["bound"] - result["value"])
        seated = {i for one in result["opened"] for i in one["teachers"]}
        tap.equal(result["unassigned"], len(world[1]) - len(seated))
        values, bounds = values + result["value"], bounds + result["bound"]
    assert values > .97 * bounds, (values, bounds)


def test_order_of_rows():
    """the order of rows changes nothing"""
    world = case(3)
    first = solve(write("order", *world), "--multipliers")
    rng = random.Random(1)
    second = solve(write("mixed", *[rng.sample(rows, len(rows)) for rows in world]), "--multipliers")
    for answer in (first, second):
        del answer["solve_cpu_seconds"]
    tap.equal(second, first)


def test_what_if():
    """without a group its people go where they gain most: by hand"""
    candidates = [("A", 10, 2, 3, 1), ("B", 5, 2, 2, 1)]
    benefits = [("x", "A", 50), ("y", "A", 40), ("z", "B", 30), ("w", "B", 20), ("x", "B", 45)]
    path = write("if", candidates, [(i, 1) for i in "wxyz"], benefits)
    result = solve(path, "--what-if")
    tap.equal(result["value"], 50 + 40 - 10 + 30 + 20 - 5)
    tap.equal([(o["candidate"], o["value_without"], o["teachers"]) for o in result["opened"]],
              [("A", 45 + 30 - 5, ["x", "y"]), ("B", 80, ["w", "z"])])
    assert "value_without" not in solve(path)["opened"][0]
    status, out, _ = run(path, "--what-if", lang="ru")
    assert status == 0 and "A: групп: 1, участников: 2; если не открывать" in out, out


def test_edges():
    """nobody, nothing on offer, nobody gains, too few: an order of nothing, without a gap"""
    a, x = ("A", 5, 1, 2, 1), ("x", 1)
    for name, world in (("nobody", ([a], [], [])), ("no offer", ([], [x], [])),
                        ("no benefit", ([a], [x], [])), ("dear", ([a], [x], [("x", "A", 5)])),
                        ("few", ([("A", 0, 2, 2, 1)], [x], [("x", "A", 9)])),
                        ("no group", ([("A", 0, 1, 2, 0)], [x], [("x", "A", 9)])),
                        ("no limit", ([a], [("x", 0)], [("x", "A", 9)]))):
        result = solve(write("edge", *world))
        tap.equal((result["opened"], result["value"], result["gap"]), ([], 0, 0), name)


GOOD = {"candidates": "id,fixed,min,max,groups_max\nA,5,1,2,1\n", "teachers": "id,limit\nx,1\n",
        "benefits": "teacher,candidate,benefit\nx,A,9\n"}
BAD = (
    ("candidates", "id,fixed,min,max,groups_max\nA,5,3,2,1\n", "candidates.csv:2:7"),
    ("candidates", "id,fixed,min,max,groups_max\nA,-1,1,2,1\n", "candidates.csv:2:3"),
    ("candidates", "id,fixed,min,max,groups_max\nA,5,0,2,1\n", "candidates.csv:2:5"),
    ("candidates", "id,fixed,min,max,groups_max\nA,5,1,2,1001\n", "candidates.csv:2:9"),
    ("candidates", "id,fixed,min,max,groups_max\nA,5,1,2,1\nA,5,1,2,1\n", "candidates.csv:3:1"),
    ("candidates", "id,fixed,min,groups_max\nA,5,1,1\n", "candidates.csv:1:1"),
    ("candidates", "", "candidates.csv"),
    ("teachers", "id,limit\nx,-1\n", "teachers.csv:2:3"),
    ("teachers", "id,limit\n,1\n", "teachers.csv:2:1"),
    ("teachers", "id\nx\n", "teachers.csv:1:1"),
    ("benefits", "teacher,candidate,benefit\ny,A,9\n", "benefits.csv:2:1"),
    ("benefits", "teacher,candidate,benefit\nx,B,9\n", "benefits.csv:2:3"),
    ("benefits", "teacher,candidate,benefit\nx,A,1000001\n", "benefits.csv:2:5"),
    ("benefits", "teacher,candidate,benefit\nx,A,\n", "benefits.csv:2:5"),
    ("benefits", "teacher,candidate,benefit\nx,A\n", "benefits.csv:2:1"),
    ("benefits", "teacher,candidate,benefit\nx,A,5\nx,A,6\n", "benefits.csv:3:1"),
    ("benefits", "teacher,candidate,benefit\nx,\0,5\n", "benefits.csv:2"),
)


def test_bad_files():
    """a file that cannot be used: status 7, file, line and column, nothing on standard output"""
    for name, text, place in BAD:
        path = os.path.join(FOLDER, "bad")
        os.makedirs(path, exist_ok=True)
        for other, good in GOOD.items():
            with open(f"{path}/{other}.csv", "w", encoding="utf-8") as file:
                file.write(text if other == name else good)
        status, out, err = run(path, "-o", "json")
        tap.equal((status, out), (7, ""), f"{text!r}: {err}")
        assert place in err, (text, err)
    status, _, err = run(f"{FOLDER}/nothing")
    assert status == 3 and "candidates.csv" in err, (status, err)


def test_words():
    """people get the groups and the bound in Russian; a folder is needed"""
    status, out, _ = run(write("words", *case(8)), lang="ru")
    assert status == 0 and "Заказ даёт" in out and "никакой другой" in out, out
    tap.equal(run()[0], 2)


tap.run(globals())
