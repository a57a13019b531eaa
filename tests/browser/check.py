#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Plays teacher.mjs against a small world in a real daemon: once as it is, once with deliberately
broken styles, which must be found. Pictures are left in build/browser/."""
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, f"{ROOT}/tests/lib")

from harness import Daemon  # noqa: E402
from world import World  # noqa: E402


def play(url, code, control):
    done = subprocess.run(["node", "teacher.mjs", url, code, f"{ROOT}/build/browser", control],
                          cwd=HERE, capture_output=True, text=True, timeout=600)
    lines = done.stdout.splitlines()
    good = sum(line.startswith("ok ") for line in lines)
    bad = sum(line.startswith("not ok ") for line in lines)
    return good, bad, done.stdout + done.stderr[-2000:]


subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--silent"], cwd=HERE, check=True)
daemon = Daemon(demo=True).start()
world = World(daemon)
url = f"http://127.0.0.1:{daemon.port}"
codes = [world.codes[c] for c in sorted(world.codes)]
good, bad, text = play(url, codes[4], "right")
print(text)
_, found, control = play(url, codes[5], "wrong")
if found < 10 or not re.search(r"beyond the right edge|scrolls sideways", control):
    print(f"not ok - the control with broken styles was not found\n{control}")
    bad += 1
else:
    print(f"ok - the control with broken styles is found on {found} pages")
    good += 1
daemon.stop()
print(f"{good} passed, {bad} failed")
sys.exit(1 if bad or not good else 0)
