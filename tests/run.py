#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Runs every test program of one or more builds and prints `N passed, N failed`.
Unit tests (cmocka) and scripts of tests/integration both speak TAP. A program that dies, prints no
plan or fewer results than planned is a failure. There are no skips."""
import argparse
import glob
import os
import re
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
RESULT = re.compile(r"^(ok|not ok)\b\s*\d*\s*-?\s*(.*)$")


def tap(name, command, env, timeout):
    """(passed, [failed names], output)"""
    begun = time.monotonic()
    try:
        done = subprocess.run(command, cwd=ROOT, env=env, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=timeout)
        output, status = done.stdout.decode("utf-8", "replace"), done.returncode
    except subprocess.TimeoutExpired as late:
        output, status = (late.stdout or b"").decode("utf-8", "replace"), "no end"
    passed, failed, planned = 0, [], None
    for line in output.splitlines():
        plan = re.match(r"^1\.\.(\d+)", line)
        if plan:
            planned = (planned or 0) + int(plan[1])
            continue
        result = RESULT.match(line)
        if result and "# SKIP" in line:
            failed.append(f"{name}: skipped: {result[2]}")
        elif result and result[1] == "ok":
            passed += 1
        elif result:
            failed.append(f"{name}: {result[2]}")
    if planned is None or passed + len(failed) != planned:
        failed.append(f"{name}: {passed + len(failed)} results of {planned} planned")
    if status != 0 and not failed:
        failed.append(f"{name}: exit status {status}")
    print(f"{'FAILED' if failed else 'ok':7}{name} ({passed} passed, "
          f"{time.monotonic() - begun:.1f} s)", flush=True)
    return passed, failed, output


def replay(program, env):
    """A fuzz target over its corpus: one result."""
    name = os.path.basename(program)
    corpus = sorted(glob.glob(f"{ROOT}/tests/fuzz/corpus/{name[len('replay_fuzz_'):]}/*"))
    done = subprocess.run([program, *corpus], cwd=ROOT, env=env, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=300)
    good = done.returncode == 0 and len(corpus) > 0
    print(f"{'ok' if good else 'FAILED':7}{name} ({len(corpus)} inputs)", flush=True)
    return (1, [], "") if good else (0, [f"{name}: {len(corpus)} inputs, "
                                         f"exit status {done.returncode}"],
                                     done.stdout.decode("utf-8", "replace"))


def fault(build):
    """tests/fault/run.py, which prints as it goes: (passed, [failed names])"""
    print(f"== {build}, faults", flush=True)
    process = subprocess.Popen([sys.executable, f"{ROOT}/tests/fault/run.py", "--build", build],
                               cwd=ROOT, stdout=subprocess.PIPE, text=True)
    passed, failed = 0, []
    for line in process.stdout:
        sums = re.match(r"(\d+) passed, \d+ failed$", line)
        if sums:
            passed = int(sums[1])
        elif line.startswith("failed: "):
            failed.append(line[len("failed: "):].strip())
        else:
            print(line, end="", flush=True)
    if process.wait() != 0 and not failed:
        failed.append(f"faults: exit status {process.returncode}")
    return passed, [f"{build}: {name}" for name in failed]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", action="append", required=True)
    parser.add_argument("--only", choices=["unit", "integration"])
    parser.add_argument("--fault", metavar="BUILD", help="also the fault tests of this build")
    parser.add_argument("names", nargs="*", help="only programs whose name contains one of these")
    args = parser.parse_args()
    passed, failed = 0, []
    for build in args.build:
        env = {**os.environ, "METOD_BUILD": build, "CMOCKA_MESSAGE_OUTPUT": "TAP",
               "LC_ALL": "C.UTF-8", "PYTHONPATH": f"{ROOT}/tests/lib",
               "PYTHONDONTWRITEBYTECODE": "1",
               "UBSAN_OPTIONS": "print_stacktrace=1",
               "ASAN_OPTIONS": "detect_leaks=1:abort_on_error=1"}
        print(f"== {build}", flush=True)
        jobs = []
        if args.only != "integration":
            jobs += [(p, lambda p=p: tap(os.path.basename(p), [p], env, 300))
                     for p in sorted(glob.glob(f"{ROOT}/{build}/tests/test_*"))
                     if os.access(p, os.X_OK) and not p.endswith(".d")]
            jobs += [(p, lambda p=p: replay(p, env))
                     for p in sorted(glob.glob(f"{ROOT}/{build}/tests/replay_*"))]
        if args.only != "unit":
            jobs += [(p, lambda p=p: tap(os.path.basename(p), ["/usr/bin/python3", p], env, 900))
                     for p in sorted(glob.glob(f"{ROOT}/tests/integration/test_*.py"))]
        for path, job in jobs:
            if args.names and not any(n in os.path.basename(path) for n in args.names):
                continue
            good, bad, output = job()
            passed += good
            failed += [f"{build}: {name}" for name in bad]
            if bad:
                print(output[-6000:], flush=True)
    if args.fault:
        good, bad = fault(args.fault)
        passed += good
        failed += bad
    for name in failed:
        print("failed:", name)
    print(f"{passed} passed, {len(failed)} failed")
    sys.exit(1 if failed or not passed else 0)


main()
