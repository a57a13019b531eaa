#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the fault or privacy tests of one build, each a TAP script, and prints the counts of every fault and
`N passed, N failed`. A script that dies or prints fewer results than planned is a failure; there
are no skips."""
import argparse
import glob
import os
import re
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))


def run(path, env, timeout):
    """(passed, [failed names])"""
    name, begun = os.path.basename(path)[:-3], time.monotonic()
    try:
        done = subprocess.run([sys.executable, path], cwd=ROOT, env=env, timeout=timeout, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        output, status = done.stdout, done.returncode
    except subprocess.TimeoutExpired as late:
        output, status = (late.stdout or b"").decode("utf-8", "replace"), "no end"
    planned = sum(int(n) for n in re.findall(r"^1\.\.(\d+)", output, re.M))
    passed = len(re.findall(r"^ok ", output, re.M))
    failed = [f"{name}: {what}" for what in re.findall(r"^not ok \d+ - (.*)", output, re.M)]
    if planned == 0 or passed + len(failed) != planned:
        failed.append(f"{name}: {passed + len(failed)} results of {planned} planned")
    if status != 0 and not failed:
        failed.append(f"{name}: exit status {status}")
    for line in re.findall(r"^# counts (.*)", output, re.M):
        print("  ", line)
    if failed:
        print(output[-6000:])
    print(f"{'FAILED' if failed else 'ok':7}{name} ({passed} passed, "
          f"{time.monotonic() - begun:.1f} s)", flush=True)
    return passed, failed


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True)
    parser.add_argument("--in", dest="folder", default=HERE, help="folder of the scripts")
    parser.add_argument("--release", action="store_true", help="the large counts")
    parser.add_argument("names", nargs="*", help="only scripts whose name contains one of these")
    args = parser.parse_args()
    env = {**os.environ, "METOD_BUILD": args.build, "LC_ALL": "C.UTF-8",
           "PYTHONPATH": f"{ROOT}/tests/lib", "PYTHONDONTWRITEBYTECODE": "1",
           "METOD_FAULT": "release" if args.release else "commit"}
    passed, failed = 0, []
    for path in sorted(glob.glob(f"{args.folder}/test_*.py")):
        if args.names and not any(n in os.path.basename(path) for n in args.names):
            continue
        good, bad = run(path, env, 7200 if args.release else 600)
        passed += good
        failed += bad
    for name in failed:
        print("failed:", name)
    print(f"{passed} passed, {len(failed)} failed")
    sys.exit(1 if failed or not passed else 0)


main()
