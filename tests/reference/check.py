#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Our statistics beside those of R in one run: psych, OpenMx and rpf work on the public data set
psychTools::bfi, metodctl on the same rows. One result a line, and the largest difference met."""
import argparse
import atexit
import json
import os
import shutil
import subprocess
import tempfile

import tap

TIGHT, OMEGA, FIT, SCORE = 1e-9, 1e-3, 1e-3, 2e-5
WORST = {}


def near(what, got, wanted, tolerance):
    difference = abs(got - wanted)
    WORST[what] = max(WORST.get(what, 0), difference)
    assert difference <= tolerance, f"{what}: {got}, R says {wanted}"


def all_near(what, got, wanted, tolerance):
    tap.equal(len(got), len(wanted), what)
    for ours, theirs in zip(got, wanted):
        near(what, ours, theirs, tolerance)


def listed(value):
    """R writes a list of one as its element."""
    return value if isinstance(value, list) else [value]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True)
    args = parser.parse_args()
    folder = tempfile.mkdtemp(prefix="metod-reference-")
    here = os.path.dirname(os.path.abspath(__file__))
    subprocess.run(["Rscript", f"{here}/bfi.R", folder], check=True)
    with open(f"{folder}/reference.json", encoding="utf-8") as file:
        reference = json.load(file)

    def stats(*words):
        done = subprocess.run([f"{args.build}/metodctl", "stats", *words, "-o", "json"], check=True,
                              capture_output=True, text=True)
        return json.loads(done.stdout)

    def test_classical():
        """alpha, Feldt interval, omega, means, SD, item-rest, alpha if dropped of five scales: psych"""
        for name, theirs in reference["classical"].items():
            turned = ",".join(listed(theirs["reverse"]))
            ours = stats("scale", f"{folder}/bfi.csv", "--min", "1", "--max", "6", "--items",
                         ",".join(theirs["items"]), *(["--reverse", turned] if turned else []))
            tap.equal(ours["n"], theirs["n"], name)
            for key in ("alpha", "mean", "sd"):
                near(key, ours[key], theirs[key], TIGHT)
            all_near("alpha_ci", ours["alpha_ci"], theirs["alpha_ci"], TIGHT)
            near("omega", ours["omega"], theirs["omega"], OMEGA)
            near("sem", ours["sem"], theirs["sd"] * (1 - theirs["alpha"]) ** .5, TIGHT)
            for key, column in (("mean", "item_mean"), ("sd", "item_sd"), ("item_rest", "item_rest"),
                                ("alpha_if_dropped", "alpha_if_dropped")):
                all_near(f"item {key}", [i[key] for i in ours["items"]], theirs[column], TIGHT)

    def test_calibration():
        """log-likelihood, a and b of the graded response model, with and without gaps: OpenMx"""
        for theirs in reference["models"].values():
            ours = stats("calibrate", f"{folder}/{theirs['file']}", "--min", "1", "--max", "6",
                         "--prior", "none")
            tap.equal((ours["n"], ours["converged"]), (theirs["n"], True))
            near("log-likelihood", ours["loglik"], theirs["loglik"], FIT)
            all_near("a", [i["a"] for i in ours["items"]], theirs["a"], FIT)
            for item, wanted in zip(ours["items"], theirs["b"]):
                for got, b in zip(item["b"], wanted):
                    near("b", got, b, 2 * FIT if abs(b) > 3 else FIT)

    def test_scores():
        """EAP and its standard error of every person at OpenMx's parameters: rpf"""
        for theirs in reference["models"].values():
            params = {"items": [{"name": f"N{n + 1}", "a": a, "b": b} for n, (a, b) in
                                enumerate(zip(theirs["a"], theirs["b"]))]}
            with open(f"{folder}/params.json", "w", encoding="utf-8") as file:
                json.dump(params, file)
            ours = stats("score", f"{folder}/{theirs['file']}", "--params", f"{folder}/params.json")
            tap.equal([row["id"] for row in ours], theirs["id"])
            all_near("EAP", [row["eap"] for row in ours], theirs["eap"], SCORE)
            all_near("PSD", [row["psd"] for row in ours], theirs["psd"], SCORE)

    def test_change():
        """change of 300 people, rows in another order: R's paired t test and psych's alpha"""
        theirs = reference["change"]
        ours = stats("change", f"{folder}/entry.csv", f"{folder}/exit.csv", "--min", "1", "--max", "6")
        tap.equal([ours[k] for k in ("n", "up", "down")], [theirs[k] for k in ("n", "up", "down")])
        for key, wanted in theirs.items():
            all_near(f"change {key}", listed(ours[key]), listed(wanted), TIGHT)

    def test_control():
        """a number that is off by a part in ten thousand is red"""
        theirs = next(iter(reference["models"].values()))
        try:
            near("control", theirs["eap"][0] + 1e-4, theirs["eap"][0], SCORE)
        except AssertionError:
            del WORST["control"]
            return
        raise AssertionError("a difference of 1e-4 passed")

    def test_speed():
        """how many times as fast as R, the formulas alone: printed, never a failure"""
        subprocess.run([f"{args.build}/bench/bench_core", f"{folder}/core.json"], check=True,
                       stdout=subprocess.DEVNULL)
        with open(f"{folder}/core.json", encoding="utf-8") as file:
            ours = json.load(file)
        for what, row, other in (("calibrate", "calibrate_2694x5_ms", "OpenMx, rpf"),
                                 ("alpha", "alpha_100000x40_ms", "psych::alpha")):
            theirs = reference["seconds"][what] * 1000
            print(f"# {row}: {ours[row]:.0f}, {other}: {theirs:.0f}, ratio {theirs / ours[row]:.0f}")
            assert ours[row] > 0 and theirs > 0

    def test_differences():
        """the largest differences met are printed, and there are some for every number"""
        for what, difference in WORST.items():
            print(f"# largest difference of {what}: {difference:.2e}")
        assert len(WORST) > 20, WORST

    atexit.register(lambda: shutil.rmtree(folder, ignore_errors=True))
    tap.run(locals(), summary=True)


main()
