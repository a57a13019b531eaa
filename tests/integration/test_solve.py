# SPDX-License-Identifier: Apache-2.0
"""Matchings of files, without a daemon: the result has no gap, the order of rows is nothing, the
certificate proves it and every change that breaks the proof is refused, bad files are named by
their place. Here the sums are computed a second time, in Python, from the files alone."""
import csv
import json
import os
import random
import subprocess
import tempfile

import tap
from harness import BUILD, ENV

FOLDER = tempfile.mkdtemp(prefix="metod-solve-")


def run(*words, lang="en"):
    done = subprocess.run([f"{BUILD}/metodctl", "mentor", *words, "--lang", lang], env=ENV,
                          capture_output=True, text=True, timeout=120, check=False)
    return done.returncode, done.stdout, done.stderr


def write(folder, mentees, mentors, pairs):
    path = os.path.join(FOLDER, folder)
    os.makedirs(path, exist_ok=True)
    for name, head, rows in (("mentees", ["id", "tier"], mentees),
                             ("mentors", ["id", "capacity"], mentors),
                             ("pairs", ["mentee", "mentor", "score", "running"], pairs)):
        with open(f"{path}/{name}.csv", "w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([head, *rows])
    return path


def case(seed, n=60, m=12, score=lambda r: r.randint(0, 10000)):
    rng = random.Random(seed)
    mentees = [(f"т{i}", rng.randint(1, 3)) for i in range(n)]
    mentors = [(f"н,{j}", rng.randint(0, 6)) for j in range(m)]
    pairs = [(a, b, score(rng), int(rng.random() < .1))
             for a, _ in mentees for b, _ in mentors if rng.random() < .5]
    return mentees, mentors, pairs


def solve(path, *words):
    status, out, err = run("solve", path, "-o", "json", *words)
    tap.equal(status, 0, err)
    return json.loads(out)


def sums(world, result, fairness=200, outside=(100000, 30000, 3000), continuity=1000):
    """(primal, dual), as a third party computes them."""
    mentees, mentors, pairs = world
    scale, price = result["scale"], result["prices"]
    points = {(a, b): s + continuity * r for a, b, s, r in pairs}
    load = dict.fromkeys(price, 0)
    primal = dual = 0
    chosen = {a: b for a, b, _ in result["pairs"]}
    for a, tier in mentees:
        if a in chosen:
            primal += points[a, chosen[a]] - fairness * load[chosen[a]]
            load[chosen[a]] += 1
        else:
            primal -= outside[tier - 1]
        best = [points[a, b] * scale - price[b] for b, _ in mentors if (a, b) in points]
        dual += max([-outside[tier - 1] * scale, *best])
    for b, capacity in mentors:
        assert load[b] <= capacity, b
        dual += sum(max(0, price[b] - fairness * k * scale) for k in range(capacity))
    return primal, dual // scale


def test_no_gap():
    """objective and bound are equal, also when both are computed by somebody else"""
    for seed in range(12):
        kind = [lambda r: r.randint(0, 10000), lambda r: 5000, lambda r: 1000 * r.randint(0, 3)]
        world = case(seed, score=kind[seed % 3])
        result = solve(write("gap", *world))
        tap.equal(list(result), ["objective", "dual", "gap", "matched", "tier1_total",
                                 "tier1_covered", "tier1_max", "solve_cpu_seconds", "scale",
                                 "pairs", "prices"])
        tap.equal(result["gap"], 0)
        tap.equal(sums(world, result), (result["objective"], result["dual"]), f"seed {seed}")
        tap.equal(result["matched"], len(result["pairs"]))


def test_order_of_rows():
    """the order of rows changes no pair, equal scores or not"""
    world = case(3, score=lambda r: 1000 * r.randint(0, 2))
    first = solve(write("order", *world))
    rng = random.Random(1)
    mixed = [rng.sample(rows, len(rows)) for rows in world]
    second = solve(write("mixed", *mixed))
    for answer in (first, second):
        del answer["solve_cpu_seconds"]
    tap.equal(second, first)


def test_strict_tiers():
    """--tiers strict covers as many of tier 1 as can be covered at all"""
    mentees = [("young", 1), ("other", 3)]
    pairs = [("young", "A", 0, 0), ("other", "A", 10000, 0)]
    path = write("tiers", mentees, [("A", 1)], pairs)
    soft = solve(path, "--outside", "0,0,20000")
    tap.equal([p[0] for p in soft["pairs"]], ["other"])
    strict = solve(path, "--outside", "0,0,20000", "--tiers", "strict")
    tap.equal(([p[0] for p in strict["pairs"]], strict["tier1_covered"], strict["tier1_max"],
               strict["gap"]), (["young"], 1, 1, 0))


def test_edges():
    """no mentees, no mentors, no pairs, no places: an answer without pairs and without a gap"""
    for name, world in (("nobody", ([], [("A", 1)], [])), ("no mentor", ([("x", 1)], [], [])),
                        ("no pair", ([("x", 1)], [("A", 1)], [])),
                        ("no place", ([("x", 1)], [("A", 0)], [("x", "A", 9, 0)]))):
        result = solve(write("edge", *world))
        tap.equal((result["pairs"], result["gap"]), ([], 0), name)


def test_settings():
    """fairness spreads equal mentees, continuity keeps a running pair"""
    mentees = [(f"m{i}", 3) for i in range(4)]
    pairs = [(m, t, 5000 + 100 * (t == "A"), 0) for m, _ in mentees for t in "AB"]
    path = write("fair", mentees, [("A", 4), ("B", 4)], pairs)
    tap.equal(len({p[1] for p in solve(path, "--fairness", "0")["pairs"]}), 1)
    spread = [p[1] for p in solve(path)["pairs"]]
    tap.equal(sorted(spread), ["A", "A", "B", "B"])
    path = write("kept", [("x", 3)], [("A", 1), ("B", 1)], [("x", "A", 900, 1), ("x", "B", 1500, 0)])
    tap.equal(solve(path)["pairs"][0][1], "A")
    tap.equal(solve(path, "--continuity", "0")["pairs"][0][1], "B")


def test_certificate():
    """a certificate is accepted; whatever breaks the proof is refused with status 8"""
    world = case(8)
    path, proof = write("proof", *world), f"{FOLDER}/proof.csv"
    result = solve(path, "--certificate", proof)
    status, out, err = run("verify", path, proof, "-o", "json")
    tap.equal((status, json.loads(out)["objective"], json.loads(out)["same_inputs"]),
              (0, result["objective"], True), err)
    with open(proof, encoding="utf-8") as file:
        lines = file.read().splitlines()
    rng, broken = random.Random(2), 0
    for number in range(1, len(lines)):
        for change in range(2):
            text = list(csv.reader(lines))
            row = text[number]
            if row[0] == "pair" and change:
                row[2] = rng.choice([b for b, _ in world[1] if b != row[2]])
            elif row[0] == "pair":
                del text[number]
            elif row[1] == "digest":
                continue
            else:
                step = 10 * result["scale"] if row[0] == "price" else 7
                row[2] = str(max(0, int(row[2]) + (step if change else -step)))
                if text == list(csv.reader(lines)):
                    continue
            with open(f"{FOLDER}/broken.csv", "w", encoding="utf-8", newline="") as file:
                csv.writer(file).writerows(text)
            status, out, err = run("verify", path, f"{FOLDER}/broken.csv", "-o", "json")
            good = {"pairs": [[r[1], r[2], 0] for r in text if r[0] == "pair"],
                    "prices": {r[1]: int(r[2]) for r in text if r[0] == "price"},
                    "scale": next(int(r[2]) for r in text if r[1] == "scale")}
            settings = {r[1]: int(r[2]) for r in text if r[0] == "setting"}
            try:
                primal, dual = sums(world, good, settings["fairness"],
                                    [settings[f"outside-{t}"] for t in (1, 2, 3)],
                                    settings["continuity"])
                proven = primal == dual == settings["objective"]
            except (KeyError, AssertionError):
                proven = False
            tap.equal(status, 0 if proven else 8, f"{row} {err}")
            broken += not proven
    assert broken > 50, broken


def test_changed_files():
    """a change of the files that the proof survives is reported, another one is refused"""
    mentees, mentors, pairs = case(8)
    path, proof = write("changed", mentees, mentors, pairs), f"{FOLDER}/changed.csv"
    result = solve(path, "--certificate", proof)
    used = {(a, b) for a, b, _ in result["pairs"]}
    spare = [p for p in pairs if (p[0], p[1]) not in used]
    write("changed", mentees, mentors, [p for p in pairs if p != spare[0]])
    status, out, err = run("verify", path, proof, "-o", "json")
    assert status == 0 and not json.loads(out)["same_inputs"] and "changed" in err, err
    one = min(used)
    worth_less = [(a, b, s - 1 if (a, b) == one else s, r) for a, b, s, r in pairs]
    write("changed", mentees, mentors, worth_less)
    tap.equal(run("verify", path, proof)[0], 8, "another objective")
    write("changed", mentees, mentors, [p for p in pairs if (p[0], p[1]) != one])
    tap.equal(run("verify", path, proof)[0], 8, "a pair that is gone")


GOOD = {"mentees": "id,tier\nx,1\n", "mentors": "id,capacity\nA,1\n",
        "pairs": "mentee,mentor,score,running\nx,A,5,0\n"}
BAD = (
    ("mentees", "id,tier\nx,4\n", "mentees.csv:2:3"),
    ("mentees", "id,tier\nx,1\nx,2\n", "mentees.csv:3:1"),
    ("mentees", "id\nx\n", "mentees.csv:1:1"),
    ("mentees", "", "mentees.csv"),
    ("mentors", "id,capacity\nA,-1\n", "mentors.csv:2:3"),
    ("mentors", "id,capacity\n,1\n", "mentors.csv:2:1"),
    ("pairs", "mentee,mentor,score,running\nx,A,10001,0\n", "pairs.csv:2:5"),
    ("pairs", "mentee,mentor,score,running\nx,A,5,2\n", "pairs.csv:2:7"),
    ("pairs", "mentee,mentor,score,running\ny,A,5,0\n", "pairs.csv:2:1"),
    ("pairs", "mentee,mentor,score,running\nx,B,5,0\n", "pairs.csv:2:3"),
    ("pairs", "mentee,mentor,score,running\nx,A,5\n", "pairs.csv:2:1"),
    ("pairs", "mentee,mentor,score,running\nx,A,5,0\nx,A,6,0\n", "pairs.csv"),
    ("pairs", "mentee,mentor,score,running\nx,\0,5,0\n", "pairs.csv:2"),
)


def test_bad_files():
    """a file that cannot be used: status 7, file, line and column, nothing on standard output"""
    for name, text, place in BAD:
        path = os.path.join(FOLDER, "bad")
        os.makedirs(path, exist_ok=True)
        for other, good in GOOD.items():
            with open(f"{path}/{other}.csv", "w", encoding="utf-8") as file:
                file.write(text if other == name else good)
        status, out, err = run("solve", path, "-o", "json")
        tap.equal((status, out), (7, ""), f"{text!r}: {err}")
        assert place in err, (text, err)
    status, _, err = run("solve", f"{FOLDER}/nothing")
    assert status == 3 and "mentees.csv" in err, (status, err)


def test_words():
    """people get a sentence, usage mistakes status 2"""
    path = write("words", *case(8))
    status, out, _ = run("solve", path, lang="ru")
    assert status == 0 and "доказывают" in out, out
    for words in (["--tiers", "hard"], ["--outside", "1,2"], ["--fairness", "-1"]):
        tap.equal(run("solve", path, *words)[0], 2, words)


tap.run(globals())
