#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Our routes beside GLPK's mixed-integer optimum of the same files: the value is never above it, the
bound never below, and without a gap both are equal to it. glpsol is a program of its own."""
import argparse
import json
import random
import shutil
import subprocess
import tempfile

import catalogue
import milp
import tap

SIZES = ((1, 3), (4, 4), (8, 6), (12, 8), (18, 10), (30, 12), (50, 14))  # activities, weeks
CASES = 105


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True)
    args = parser.parse_args()
    folder = tempfile.mkdtemp(prefix="metod-routes-")

    def files_of(seed):
        rng = random.Random(seed)
        activities, weeks = SIZES[seed % len(SIZES)]
        return catalogue.case(rng, 2, activities, rng.randint(2, 6), weeks)

    def ours(files, nodes=3000):
        done = subprocess.run([f"{args.build}/metodctl", "route", "solve",
                               catalogue.write(folder, files), "--nodes", str(nodes),
                               "-o", "json"],
                              capture_output=True, text=True, check=True)
        return {r["id"]: r for r in json.loads(done.stdout)["routes"]}

    def optimum(files, teacher, **how):
        with open(f"{folder}/route.lp", "w", encoding="utf-8") as file:
            file.write(milp.program(files, teacher, **how))
        done = subprocess.run(["glpsol", "--lp", f"{folder}/route.lp", "--tmlim", "60", "-w",
                               f"{folder}/answer"], capture_output=True, text=True, check=False)
        tap.equal(done.returncode, 0, done.stdout[-500:])
        with open(f"{folder}/answer", encoding="utf-8") as file:
            words = next(line.split() for line in file if line.startswith("s mip"))
        tap.equal(words[4], "o", f"not solved: {done.stdout}")
        return round(float(words[5]))

    def test_equal():
        """210 teachers of 105 catalogues: value <= GLPK's optimum <= bound, equal without a gap"""
        proven = worth = 0
        for seed in range(CASES):
            files = files_of(seed)
            routes = ours(files)
            for teacher in files["teachers"]:
                route, best = routes[teacher[0]], optimum(files, teacher)
                what = f"seed {seed} {teacher[0]}: {route}, GLPK {best}"
                tap.equal(route["gap"], route["bound"] - route["value"], what)
                assert route["value"] <= best <= route["bound"], what
                proven += route["gap"] == 0
                worth += best > 0
        assert proven >= .8 * 2 * CASES and worth >= CASES, (proven, worth)
        print(f"# {proven} of {2 * CASES} without a gap, {worth} worth more than nothing")

    def test_cut_off():
        """whenever the search is cut off, the bound is still not below GLPK's optimum"""
        gaps = 0
        for seed in range(CASES):
            files = files_of(seed)
            routes = ours(files, nodes=1 + seed % 30)
            for teacher in files["teachers"]:
                route, best = routes[teacher[0]], optimum(files, teacher)
                what = f"seed {seed} {teacher[0]}: {route}, GLPK {best}"
                assert route["value"] <= best <= route["bound"], what
                gaps += route["gap"] > 0
        assert gaps >= 20, gaps

    def test_control():
        """GLPK with another objective is told apart in most of the routes that it touches"""
        outside = 0
        for seed in range(2, CASES, 7):
            files = files_of(seed)
            routes = ours(files)
            for teacher in files["teachers"]:
                best = optimum(files, teacher, slope=70)
                route = routes[teacher[0]]
                outside += not route["value"] <= best <= route["bound"]
        assert outside >= 10, outside

    try:
        tap.run(locals(), summary=True)
    finally:
        shutil.rmtree(folder)


main()
