# SPDX-License-Identifier: Apache-2.0
"""What is published of random territories, read by an auditor who solves the equations and knows who
has answered: nobody's answer, and no group that the rule covers, may be known. tests/privacy/audit.c
says how it looks, tests/privacy/territories.c what a territory goes through."""
import json
import os
import subprocess

import tap
from harness import BUILD

RELEASE = os.environ.get("METOD_FAULT") == "release"
TERRITORIES = 10000 if RELEASE else 1000
CONTROLS = 60


def audit(program, count):
    """(sums, lines) of this many territories, in two halves at once."""
    half = count // 2
    running = [subprocess.Popen([program, "territories", str(first), str(half)], text=True,
                                stdout=subprocess.PIPE) for first in (1, 1 + half)]
    texts = [process.communicate(timeout=3600)[0] for process in running]
    parts = [json.loads(text.splitlines()[-1]) for text in texts]
    assert all(part["systems"] == half for part in parts), parts
    return {name: sum(part[name] for part in parts) for name in parts[0]}, \
        [line for text in texts for line in text.splitlines()[:-1]]


def report(name, sums):
    print("# counts", name, json.dumps(sums), flush=True)


def test_nothing_is_recovered():
    """random territories, open waves, a close, moves and withdrawals: no group known exactly, no
    hidden number within 5; of the classes hardly one is narrowed"""
    sums, lines = audit(f"{BUILD}/tests/audit", TERRITORIES)
    report("audit", sums)
    assert sums["publications"] > 1.5 * TERRITORIES and sums["groups"] > 100 * TERRITORIES, sums
    assert sums["exact"] == sums["persons"] == sums["narrowed"] == sums["broken"] == 0, \
        "\n".join(lines[:40])
    assert 1000 * sums["classes"] <= 2 * TERRITORIES, "\n".join(lines[:40])
    assert 2 * sums["shown"] > sums["cells"], f"hardly anything is shown: {sums}"


def control(name):
    sums, _ = audit(f"{BUILD}/mutant/{name}/audit", CONTROLS)
    report(f"mutant {name}", sums)
    assert sums["broken"] == 0, sums
    return sums


def test_control_complements():
    """control: every number by itself gives away groups and persons"""
    sums = control("no_complement")
    assert sums["exact"] > CONTROLS and sums["persons"] > 20 and sums["narrowed"] > CONTROLS, sums


def test_control_joint():
    """control: every family of numbers by itself leaves hidden ones narrow"""
    assert control("no_joint")["narrowed"] > 5


def test_control_memory():
    """control: publications that forget the former ones give away those who came between"""
    sums = control("no_memory")
    assert sums["exact"] > 20 and sums["persons"] > 5, sums


tap.run(globals())
