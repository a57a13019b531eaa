#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the fault (or privacy) tests of one build, each a TAP script, and prints the counts of every
fault and `N passed, N failed`. Several scripts run at once; those that measure time or memory run
alone. A script that dies or prints fewer results than planned is a failure; there are no skips.
--table FILE puts the counts as a table between the marks of docs/reliability.md."""
import argparse
import concurrent.futures
import glob
import json
import os
import platform
import re
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
ALONE = ("test_crowd", "test_guesses", "test_limits", "test_memory")
LAST = ("lost", "phantom", "duplicate", "altered", "unopenable", "unverified", "silent",
        "cut_short", "omitted")
PRINT = threading.Lock()


class Script:
    def __init__(self, path):
        self.path, self.name = path, os.path.basename(path)[:-3]
        self.passed, self.failed, self.counts = 0, [], []

    def run(self, env, timeout):
        begun = time.monotonic()
        try:
            done = subprocess.run([sys.executable, self.path], cwd=ROOT, env=env, timeout=timeout,
                                  text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                  check=False)
            output, status = done.stdout, done.returncode
        except subprocess.TimeoutExpired as late:
            output, status = (late.stdout or b"").decode("utf-8", "replace"), "no end"
        planned = sum(int(n) for n in re.findall(r"^1\.\.(\d+)", output, re.M))
        self.passed = len(re.findall(r"^ok ", output, re.M))
        self.failed = [f"{self.name}: {w}" for w in re.findall(r"^not ok \d+ - (.*)", output, re.M)]
        if planned == 0 or self.passed + len(self.failed) != planned:
            self.failed.append(
                f"{self.name}: {self.passed + len(self.failed)} results of {planned} planned")
        if status != 0 and not self.failed:
            self.failed.append(f"{self.name}: exit status {status}")
        self.counts = [(name, json.loads(rest)) for name, rest in
                       re.findall(r"^# counts (.*?) (\{.*\})$", output, re.M)]
        with PRINT:
            for name, counts in self.counts:
                print("  ", name, json.dumps(counts, ensure_ascii=False))
            if self.failed:
                print(output[-6000:])
            print(f"{'FAILED' if self.failed else 'ok':7}{self.name} ({self.passed} passed, "
                  f"{time.monotonic() - begun:.1f} s)", flush=True)


# ---- the table ----

def said(name, value):
    word = name.replace("_", " ")
    if isinstance(value, bool):
        return word if value else ""
    return f"{word}: {value}" if isinstance(value, str) else f"{value:,} {word}"


def row(script, name, counts):
    first = [said(key, value) for key, value in counts.items() if key not in LAST]
    last = [said(key, counts[key]) for key in LAST if key in counts]
    return (f"| {name} | {', '.join(filter(None, first))} | {', '.join(last)} "
            f"| `{script.name[len('test_'):]}` |")


def run_line(scripts, seconds):
    passed, failed = (sum(len(s.failed) if bad else s.passed for s in scripts) for bad in (0, 1))
    names = ", ".join(f"`{script.name[len('test_'):]}`" for script in scripts)
    return (f"- {time.strftime('%-d %B %Y')}, Linux {platform.release().split('-')[0]}, "
            f"{os.cpu_count()} processors, {names}: {passed} passed, {failed} failed "
            f"in {seconds:.0f} s")


HEAD = ["", "| fault | counts | result | command |", "|---|---|---|---|"]


def put_table(path, mark, scripts, seconds):
    """Puts the counts of these scripts between the marks; of others what stands there is kept."""
    with open(path, encoding="utf-8") as file:
        text = file.read()
    begin, end = f"<!-- {mark}: run.py --table -->\n", "<!-- end -->\n"
    head, _, rest = text.partition(begin)
    assert rest and end in rest, f"{path}: no {begin}"
    old, _, rest = rest.partition(end)
    ran = {f"`{script.name[len('test_'):]}`" for script in scripts}
    lines = [line for line in old.splitlines()
             if line.startswith("- ") and not set(re.findall(r"`\w+`", line)) <= ran]
    rows = [line for line in old.splitlines()
            if line.endswith("` |") and line.split("| ")[-1][:-2].strip() not in ran]
    rows += [row(script, name, counts) for script in scripts for name, counts in script.counts]
    rows.sort(key=lambda line: line.split("|")[-2])
    with open(path, "w", encoding="utf-8") as file:
        file.write(head + begin + "\n".join(
            lines + [run_line(scripts, seconds)] + HEAD + rows) + "\n" + end + rest)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True)
    parser.add_argument("--in", dest="folder", default=HERE, help="folder of the scripts")
    parser.add_argument("--release", action="store_true", help="the large counts")
    parser.add_argument("--table", metavar="FILE", help="put the counts into this document")
    parser.add_argument("names", nargs="*", help="only scripts whose name contains one of these")
    args = parser.parse_args()
    begun = time.monotonic()
    env = {**os.environ, "METOD_BUILD": args.build, "LC_ALL": "C.UTF-8",
           "PYTHONPATH": f"{ROOT}/tests/lib", "PYTHONDONTWRITEBYTECODE": "1",
           "METOD_FAULT": "release" if args.release else "commit"}
    scripts = [Script(path) for path in sorted(glob.glob(f"{args.folder}/test_*.py"))
               if not args.names or any(n in os.path.basename(path) for n in args.names)]
    timeout = 4 * 3600 if args.release else 900
    with concurrent.futures.ThreadPoolExecutor(max(2, os.cpu_count() or 2)) as pool:
        for job in [pool.submit(s.run, env, timeout) for s in scripts if s.name not in ALONE]:
            job.result()
    for script in scripts:
        if script.name in ALONE:
            script.run(env, timeout)
    failed = [name for script in scripts for name in script.failed]
    for name in failed:
        print("failed:", name)
    if args.table:
        put_table(args.table, "release" if args.release else "commit", scripts,
                  time.monotonic() - begun)
    passed = sum(script.passed for script in scripts)
    print(f"{passed} passed, {len(failed)} failed")
    sys.exit(1 if failed or not passed else 0)


main()
