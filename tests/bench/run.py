#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Benches of the real daemon beside its peers, paired: within one cycle every side runs at every
level, the order turns round from cycle to cycle, a ratio is taken per cycle, and the median of the
ratios counts. Writes build/bench.json and prints a table. Fails when something cannot be measured
or an answer is wrong, never on a time. docs/bench.md says what is compared and why it is fair."""
import argparse
import contextlib
import json
import os
import platform
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [HERE, f"{ROOT}/tests/lib"]
os.environ.setdefault("METOD_BUILD", "build")

import peers  # noqa: E402
import stores  # noqa: E402
from harness import BUILD, ENV, Daemon, Rpc, free_port  # noqa: E402

LEVELS = (1, 64, 256)
# What an aim of the issue is, and whether more is better.
AIMS = {"rpc_vs_postgresql_64": (1.5, True), "http_vs_composite_64": (0.6, True),
        "p99_vs_lmdb_commit_64": (6, False), "store_anon_kb": (8192, False),
        "web_anon_kb": (8192, False), "first_receipt_ms": (20, False), "profile_us": (50, False)}
TERRITORY = 3777


class Length:
    """How long the parts of a cycle are."""

    def __init__(self, quick):
        self.seconds = 0.7 if quick else 1.5
        self.submits = {1: 200, 64: 2000, 256: 2500} if quick else {1: 500, 64: 5000, 256: 6000}
        self.sent = 200000 if quick else 1000000

    def sheets(self, cycles):
        """Sheets that are used up, and some that stay open for page saves."""
        return (cycles + 1) * sum(n + 4 * level for level, n in self.submits.items()) + 1000


def load(driver, target, **words):
    done = subprocess.run([f"{BUILD}/bench/bench_load", driver, target,
                           *(f"{name}={value}" for name, value in words.items())],
                          env=ENV, capture_output=True, text=True, timeout=120, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{driver}: {done.stderr.strip()}")
    return json.loads(done.stdout)


class Metod:
    """The daemon with both processes on a filled store."""

    def __init__(self, folder):
        self.daemon = Daemon(folder, init=False).start()
        self.list, self.used = f"{folder}/sessions", 0
        self.web = peers.children(self.daemon.process.pid)[0]
        self.rpc = self.daemon.rpc()

    def processes(self):
        return [self.daemon.process.pid, self.web]

    def commits(self):
        return self.rpc.call("store.stat")["batches"]

    def run(self, driver, **words):
        """Load with what it cost: flushed commits, processor time of both processes a call."""
        target = f"127.0.0.1:{self.daemon.port}" if driver == "http" else self.daemon.socket
        cpu, commits = peers.cpu_s(self.processes()), self.commits()
        result = load(driver, target, list=self.list, **words)
        result["commits"] = self.commits() - commits
        result["cpu_us"] = round(1e6 * (peers.cpu_s(self.processes()) - cpu) / result["all_calls"], 1)
        return result

    def submit(self, lines, count):
        result = self.run("submit", lines=lines, warm=2 * lines, count=count, skip=self.used)
        self.used += result["all_calls"]
        return result

    def stop(self):
        self.rpc.close()
        self.daemon.stop_clean()
        self.daemon.remove()


class Database:
    """PostgreSQL under the same load."""

    def __init__(self, folder, sizes):
        self.server = peers.Postgres(folder).start()
        self.words = {"answers": sizes["answers_bytes"], "profile": sizes["profile_bytes"]}
        self.flushed = self.server.flushes()

    def run(self, driver, lines, count):
        cpu = peers.cpu_s(self.server.processes())
        result = load(driver, self.server.target, lines=lines, warm=2 * lines, count=count,
                      **self.words)
        flushed = self.server.flushes()
        result["flushes"], self.flushed = flushed - self.flushed, flushed
        result["cpu_us"] = round(
            1e6 * (peers.cpu_s(self.server.processes()) - cpu) / result["all_calls"], 1)
        return result


class Parts:
    """bench_parts: evhttp alone, or the composite."""

    def __init__(self, kind, folder, sessions):
        self.port, self.list = free_port(), sessions
        words = [kind, str(self.port)] + ([f"{folder}/parts.mdb"] if kind == "all" else [])
        self.process = subprocess.Popen([f"{BUILD}/bench/bench_parts", *words], env=ENV)
        end = time.monotonic() + 10
        while time.monotonic() < end:
            with contextlib.suppress(RuntimeError):
                load("form", f"127.0.0.1:{self.port}", list=self.list, count=1)
                return
            time.sleep(0.02)
        raise RuntimeError("bench_parts does not answer")

    def processes(self):
        return [self.process.pid, *peers.children(self.process.pid)]

    def run(self, **words):
        cpu = peers.cpu_s(self.processes())
        result = load("form", f"127.0.0.1:{self.port}", list=self.list, **words)
        result["cpu_us"] = round(1e6 * (peers.cpu_s(self.processes()) - cpu) / result["all_calls"], 1)
        return result

    def stop(self):
        self.process.kill()
        self.process.wait()


# ---- paired cycles ----

class Cycles:
    def __init__(self, metod, database, parts, length, sizes, folder):
        self.metod, self.database, self.parts = metod, database, parts
        self.length, self.sizes, self.folder = length, sizes, folder
        self.rows = []

    def note(self, cycle, level, side, result):
        self.rows.append({"cycle": cycle, "level": level, "side": side, **result})

    def sides(self, level):
        """name → one run of it"""
        count, page = self.length.submits[level], dict(
            lines=level, warm=2 * level, seconds=self.length.seconds)
        runs = {"rpc_submit": lambda: self.metod.submit(level, count),
                "postgresql": lambda: self.database.run("postgres", level, count),
                "http_page": lambda: self.metod.run("http", **page),
                "composite": lambda: self.parts["composite"].run(**page),
                "evhttp": lambda: self.parts["evhttp"].run(**page),
                "rpc_page": lambda: self.metod.run("page", **page)}
        if level == 64:
            runs["postgresql_one_statement"] = lambda: self.database.run(
                "postgres-one", level, count)
            runs["lmdb"] = self.lmdb
        return runs

    def lmdb(self):
        done = subprocess.run(
            [f"{BUILD}/bench/bench_lmdb", f"{self.folder}/raw.mdb", str(self.length.seconds),
             str(self.sizes["answers_bytes"]), str(self.sizes["profile_bytes"])],
            check=True, capture_output=True, text=True, env=ENV)
        return json.loads(done.stdout)

    def turn(self, cycle):
        for level in LEVELS:
            runs = list(self.sides(level).items())
            for name, run in runs if cycle % 2 else reversed(runs):
                self.note(cycle, level, name, run())
        print(f"   cycle {cycle}: " + ", ".join(
            f"{row['side']} {row['per_second']:.0f}/s" for row in self.rows
            if row["cycle"] == cycle and row["level"] == 64 and "per_second" in row), flush=True)

    def values(self, level, side, field):
        return [row[field] for row in self.rows if (row["level"], row["side"]) == (level, side)]

    def median(self, level, side, field):
        return statistics.median(self.values(level, side, field))

    def ratio(self, level, above, below, field="per_second", of=None):
        """Median over the cycles of the ratio within a cycle."""
        return round(statistics.median(
            a / b for a, b in zip(self.values(level, above, field),
                                  self.values(level, below, of or field))), 3)


def count_flushes(metod, database, length):
    """One more cycle at 64, seen from outside: strace counts the calls that flush. LMDB flushes its
    pages with fdatasync and then writes the head page through a descriptor opened O_DSYNC."""
    counted = {}
    for name, processes, run in (
            ("metod", [metod.daemon.process.pid], lambda: metod.submit(64, length.submits[64])),
            ("postgresql", database.server.processes(),
             lambda: database.run("postgres", 64, length.submits[64]))):
        report = f"{metod.daemon.dir}/strace"
        pids = [word for pid in processes for word in ("-p", str(pid))]
        tracer = subprocess.Popen(["strace", "-f", "-c", "-U", "calls,name", "-o", report, "-e",
                                   "trace=fdatasync,fsync,sync_file_range,msync", *pids],
                                  stderr=subprocess.DEVNULL)
        time.sleep(1)
        result = run()
        tracer.send_signal(2)
        tracer.wait(30)
        with open(report, encoding="ascii") as file:
            calls = {words[1]: int(words[0]) for words in map(str.split, file)
                     if len(words) == 2 and words[0].isdigit() and words[1] != "total"}
        counted[name] = {"submissions": result["all_calls"], "strace": calls,
                         "own_count": result.get("commits", result.get("flushes"))}
    return counted


# ---- single numbers ----

def memory(folder):
    """Anonymous memory of both processes: idle after the start, and with 1,000 connections."""
    metod = Metod(folder)
    names = dict(zip(("store", "web"), metod.processes()))
    found = {f"{name}_anon_kb": peers.anonymous_kb(pid) for name, pid in names.items()}
    for driver, target, name in (("page", metod.daemon.socket, "store"),
                                 ("http", f"127.0.0.1:{metod.daemon.port}", "web")):
        holder = subprocess.Popen(
            [f"{BUILD}/bench/bench_load", driver, target, f"list={metod.list}", "lines=1000",
             "idle=60"], env=ENV, stdout=subprocess.PIPE, text=True)
        if json.loads(holder.stdout.readline())["all_calls"] != 1000:
            raise RuntimeError("1,000 connections were not served")
        found[f"{name}_anon_1000_kb"] = peers.anonymous_kb(names[name])
        holder.kill()
        holder.wait()
    metod.stop()
    return found


def forget_pages(path):
    fd = os.open(path, os.O_RDONLY)
    os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
    os.close(fd)


def first_receipt(length, times=9):
    """exec → first receipt, with a warm file and, apart, with none of it in memory."""
    folder, took = stores.cached(length.sent)
    daemon = Daemon(folder, init=False)
    path = f"{folder}/store/store.mdb"
    warm, cold = [], []
    for i in range(times + 3):
        if i >= times:
            forget_pages(path)
        done = subprocess.run(
            [f"{BUILD}/bench/bench_load", "page", daemon.socket, f"list={folder}/sessions", "--",
             f"{BUILD}/metodd", *daemon.settings], env=ENV, capture_output=True, text=True,
            timeout=120, check=False)
        if done.returncode != 0:
            raise RuntimeError(done.stderr)
        (warm if i < times else cold).append(json.loads(done.stdout))
    daemon.log.close()
    return {"first_receipt_ms": statistics.median(row["first_receipt_ms"] for row in warm[1:]),
            "first_receipt_cold_ms": statistics.median(row["first_receipt_ms"] for row in cold),
            "first_receipt_rows": warm, "first_receipt_cold_rows": cold,
            "start_store": {"submissions": length.sent, "bytes": os.path.getsize(path),
                            "made_in_s": took}}


def profiles(folder):
    done = subprocess.run(
        [f"{BUILD}/bench/bench_profile", f"{folder}/store", f"{folder}/keys", "W", str(TERRITORY)],
        check=True, capture_output=True, text=True, env=ENV)
    return json.loads(done.stdout)


# ---- the machine ----

def on_disk():
    """A folder on a real disk: flushes into memory would say nothing."""
    for parent in (os.environ.get("TMPDIR"), "/tmp", "/var/tmp", BUILD):
        if parent and os.path.isdir(parent):
            kind = subprocess.run(["stat", "-f", "-c", "%T", parent], check=True,
                                  capture_output=True, text=True).stdout.strip()
            if kind not in ("tmpfs", "ramfs"):
                folder = tempfile.mkdtemp(prefix="metod-bench-", dir=parent)
                os.chmod(folder, 0o755)
                return folder, kind
    raise SystemExit("bench: no folder on a disk; set TMPDIR")


def package(name):
    return subprocess.run(["dpkg-query", "-W", "-f", "${Version}", name], check=False,
                          capture_output=True, text=True).stdout


def processor():
    with open("/proc/cpuinfo", encoding="ascii", errors="replace") as file:
        return next((line.split(":")[1].strip() for line in file if line.startswith("model name")),
                    platform.machine())


def machine(kind, database):
    return {"cores": os.cpu_count(), "processor": processor(), "kernel": platform.release(),
            "disk": kind, "load_before": os.getloadavg()[0],
            "memory_kb": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 1024,
            "postgresql": database.server.version(), "postgresql_settings":
                database.server.settings(),
            **{name: package(name) for name in ("libevent-2.1-7", "liblmdb0", "libc6", "libpq5")}}


# ---- the table ----

def print_levels(cycles):
    print("\nmedians of the cycles; latency in ms; processor µs a call, all processes of the side")
    print(f"{'':26}{'level':>6}{'calls/s':>10}{'p50':>9}{'p99':>9}{'cpu':>8}{'calls a flush':>15}")
    for level in LEVELS:
        for side in cycles.sides(level):
            if side == "lmdb":
                continue
            values = [cycles.median(level, side, field)
                      for field in ("per_second", "p50_us", "p99_us", "cpu_us")]
            flushes = [row.get("commits", row.get("flushes")) for row in cycles.rows
                       if (row["level"], row["side"]) == (level, side)]
            calls = cycles.values(level, side, "all_calls")
            company = f"{sum(calls) / sum(flushes):15.1f}" if flushes[0] else f"{'':15}"
            print(f"{side:26}{level:6}{values[0]:10.0f}{values[1] / 1e3:9.2f}{values[2] / 1e3:9.2f}"
                  f"{values[3]:8.0f}{company}")
    print(f"{'lmdb, batches of 64':26}{'':6}{cycles.median(64, 'lmdb', 'jobs_per_second'):10.0f}"
          f"{cycles.median(64, 'lmdb', 'commit_p50_us') / 1e3:9.2f}"
          f"{cycles.median(64, 'lmdb', 'commit_p99_us') / 1e3:9.2f}")


def print_aims(found):
    print(f"\n{'':32}{'measured':>10}  aim")
    for name, value in {**found["ratios"], **{k: v for k, v in found.items() if k in AIMS}}.items():
        aim, more = AIMS.get(name, (None, None))
        said = "" if aim is None else f"{'>=' if more else '<='} {aim}" + (
            "" if (value >= aim if more else value <= aim) else "   missed")
        print(f"{name:32}{value:10.2f}  {said}")


def print_rest(found):
    store = found["start_store"]
    print(f"\nstore with 1,000 connections {found['store_anon_1000_kb']} kB, "
          f"web {found['web_anon_1000_kb']} kB anonymous")
    print(f"start with {store['submissions']} submissions ({store['bytes'] / 1e9:.1f} GB, made in "
          f"{store['made_in_s']:.0f} s): {found['first_receipt_ms']:.1f} ms, "
          f"nothing in memory {found['first_receipt_cold_ms']:.1f} ms")
    print(f"profile of {found['cells']} competencies {found['profile_us']} µs; territory of "
          f"{found['sheets']} measured again and stored in {found['territory_ms']:.0f} ms "
          f"({found['territory_commits']} commits)")
    for name, counted in found["flushes"].items():
        print(f"flushes seen by strace, {name}: {counted['strace']} for "
              f"{counted['submissions']} submissions; its own count {counted['own_count']}")


# ---- all of it ----

def measure(cycles_n, length, stack):
    folder, kind = on_disk()
    stack.callback(shutil.rmtree, folder, ignore_errors=True)
    for name in ("small", "big"):
        os.mkdir(f"{folder}/{name}")
    print(f"== stores ({folder} on {kind})", flush=True)
    stores.make(f"{folder}/small", "open", TERRITORY)
    stores.make(f"{folder}/big", "open", length.sheets(cycles_n))
    stores.cached(length.sent)
    go_before_others()
    found = memory(f"{folder}/small")
    found |= profiles(f"{folder}/small")
    print("== start", flush=True)
    found |= first_receipt(length)
    print("== cycles", flush=True)
    metod = Metod(f"{folder}/big")
    stack.callback(metod.daemon.remove)
    database = Database(folder, found)
    stack.callback(database.server.stop)
    parts = {}
    for name, words in (("composite", "all"), ("evhttp", "echo")):
        parts[name] = Parts(words, folder, metod.list)
        stack.callback(parts[name].stop)
    cycles = Cycles(metod, database, parts, length, found, folder)
    found["machine"] = machine(kind, database)
    for cycle in range(1, cycles_n + 1):
        cycles.turn(cycle)
    found["flushes"] = count_flushes(metod, database, length)
    metod.stop()
    found["ratios"] = {
        "rpc_vs_postgresql_64": cycles.ratio(64, "rpc_submit", "postgresql"),
        "rpc_vs_postgresql_one_statement_64":
            cycles.ratio(64, "rpc_submit", "postgresql_one_statement"),
        "http_vs_composite_64": cycles.ratio(64, "http_page", "composite"),
        "http_vs_evhttp_64": cycles.ratio(64, "http_page", "evhttp"),
        "p99_vs_lmdb_commit_64":
            cycles.ratio(64, "rpc_submit", "lmdb", "p99_us", "commit_p50_us"),
        **{f"rpc_vs_postgresql_{n}": cycles.ratio(n, "rpc_submit", "postgresql") for n in (1, 256)},
        **{f"http_vs_composite_{n}": cycles.ratio(n, "http_page", "composite") for n in (1, 256)}}
    found["cycles"] = cycles.rows
    return found, cycles


def go_before_others():
    """All sides run with the same raised priority where we may: less is left to the neighbours."""
    with contextlib.suppress(OSError):
        os.setsid()
        with open("/proc/self/autogroup", "w", encoding="ascii") as file:
            file.write("-15")
    with contextlib.suppress(OSError):
        os.nice(-15)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true", help="shorter parts of a cycle")
    parser.add_argument("--cycles", type=int, default=int(os.environ.get("BENCH_CYCLES", "5")))
    parser.add_argument("--out", default=f"{BUILD}/bench.json")
    args = parser.parse_args()
    begun = time.monotonic()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # the way out stops what was started
    with contextlib.ExitStack() as stack:
        found, cycles = measure(max(5, args.cycles), Length(args.quick), stack)
    found["quick"], found["seconds"] = args.quick, round(time.monotonic() - begun, 1)
    with open(args.out, "w", encoding="utf-8") as file:
        json.dump(found, file, ensure_ascii=False, indent=1)
    print_levels(cycles)
    print_aims(found)
    print_rest(found)
    print(f"\n{args.out} written after {found['seconds']} s; {args.cycles} cycles; load of the "
          f"machine before {found['machine']['load_before']:.1f}, cores {os.cpu_count()}")


main()
