#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Our matching beside LEMON's NetworkSimplex on the same files: 300 random cases up to 400 × 60 with
all settings, every objective equal and without a gap. LEMON is a program of its own."""
import argparse
import json
import os
import random
import subprocess
import tempfile

import tap

SCORES = {"wide": lambda r: r.randint(0, 10000), "steps": lambda r: 1000 * r.randint(0, 10),
          "equal": lambda r: 5000, "low": lambda r: r.randint(0, 300)}


def write(folder, rng, n, m, score):
    density = rng.choice((.05, .2, .6, 1))
    with open(f"{folder}/mentees.csv", "w", encoding="utf-8") as file:
        file.write("id,tier\n" + "".join(f"M{i},{rng.randint(1, 3)}\n" for i in range(n)))
    with open(f"{folder}/mentors.csv", "w", encoding="utf-8") as file:
        file.write("id,capacity\n" + "".join(f"T{j},{rng.randint(0, 9)}\n" for j in range(m)))
    with open(f"{folder}/pairs.csv", "w", encoding="utf-8") as file:
        file.write("mentee,mentor,score,running\n")
        for i in range(n):
            for j in range(m):
                if rng.random() < density:
                    file.write(f"M{i},T{j},{score(rng)},{int(rng.random() < .1)}\n")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True)
    args = parser.parse_args()
    folder = tempfile.mkdtemp(prefix="metod-solvers-")

    def both(seed):
        rng = random.Random(seed)
        fairness, continuity = rng.choice((0, 100, 200, 1000)), rng.choice((0, 1000))
        outside = rng.choice(((100000, 30000, 3000), (40000, 9000, 9000), (10 ** 6, 10 ** 5, 10 ** 4)))
        write(folder, rng, rng.randint(1, 400), rng.randint(1, 60),
              SCORES[rng.choice(sorted(SCORES))])
        ours = subprocess.run(
            [f"{args.build}/metodctl", "mentor", "solve", folder, "--fairness", str(fairness),
             "--continuity", str(continuity), "--outside", ",".join(map(str, outside)), "-o", "json"],
            capture_output=True, text=True, check=True)
        theirs = subprocess.run([f"{args.build}/tests/lemon", folder, str(fairness),
                                 *map(str, outside), str(continuity)],
                                capture_output=True, text=True, check=True)
        return json.loads(ours.stdout), json.loads(theirs.stdout)

    def test_equal():
        """300 random cases: the objective is that of LEMON, the gap 0"""
        for seed in range(300):
            ours, theirs = both(seed)
            tap.equal((ours["objective"], ours["gap"]), (theirs["objective"], 0), f"seed {seed}")

    def test_control():
        """another setting gives another objective: the comparison can tell"""
        write(folder, random.Random(5), 60, 8, SCORES["wide"])
        command = [f"{args.build}/tests/lemon", folder, "200", "100000", "30000", "3000"]
        one, two = (json.loads(subprocess.run([*command, c], capture_output=True, text=True,
                                              check=True).stdout) for c in ("1000", "0"))
        assert one["objective"] != two["objective"]

    try:
        tap.run(locals(), summary=True)
    finally:
        for name in os.listdir(folder):
            os.unlink(f"{folder}/{name}")
        os.rmdir(folder)


main()
