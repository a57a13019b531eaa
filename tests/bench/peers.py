# SPDX-License-Identifier: Apache-2.0
"""The peers: a PostgreSQL cluster of our own, and what the system says about processes."""
import glob
import os
import pwd
import shutil
import signal
import subprocess
import time

from harness import ENV

TICK = os.sysconf("SC_CLK_TCK")
SCHEMA = """
CREATE TABLE journal (seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT now(), person bigint NOT NULL, body bytea NOT NULL);
CREATE TABLE answers (wave bigint, person bigint, body bytea NOT NULL, PRIMARY KEY (wave, person));
CREATE TABLE profile (wave bigint, person bigint, cells bytea NOT NULL, PRIMARY KEY (wave, person));
CREATE TABLE receipt (key text PRIMARY KEY, seq bigint NOT NULL, digest bytea NOT NULL);
"""


def stat_fields(pid):
    """Fields of /proc/PID/stat behind the name of the program; None when it is gone."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
            return file.read().rpartition(")")[2].split()
    except OSError:
        return None


def children(pid):
    found = []
    for name in os.listdir("/proc"):
        fields = stat_fields(name) if name.isdigit() else None
        if fields and int(fields[1]) == pid:
            found.append(int(name))
    return found


def cpu_s(pids):
    """Processor time of these processes and of their children that have ended."""
    return sum(sum(map(int, fields[11:15])) for fields in map(stat_fields, pids) if fields) / TICK


def anonymous_kb(pid):
    with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("Anonymous:"))


class Postgres:
    """Debian's PostgreSQL 15 with its default settings of durability, in its own folder, reached
    by a unix socket. Runs as `postgres` where we are root, because it refuses root."""

    def __init__(self, folder):
        self.bin = sorted(glob.glob("/usr/lib/postgresql/*/bin"))[-1]
        self.dir, self.process = f"{folder}/postgres", None
        self.user = pwd.getpwnam("postgres") if os.getuid() == 0 else None
        os.makedirs(self.dir, mode=0o700)
        if self.user:
            os.chown(self.dir, self.user.pw_uid, self.user.pw_gid)
        self._run("initdb", "-D", f"{self.dir}/data", "-A", "trust", "-U", "bench", "-E", "UTF8",
                  "--locale=C.UTF-8")
        self.target = f"host={self.dir} user=bench dbname=postgres"

    def _as(self):
        return {"user": self.user.pw_uid, "group": self.user.pw_gid, "extra_groups": []} \
            if self.user else {}

    def _run(self, program, *args, stdin=None):
        return subprocess.run([f"{self.bin}/{program}", *args], check=True, env=ENV, cwd=self.dir,
                              input=stdin, capture_output=True, text=True, **self._as()).stdout

    def start(self):
        log = open(f"{self.dir}/log", "ab")
        self.process = subprocess.Popen(
            [f"{self.bin}/postgres", "-D", f"{self.dir}/data", "-k", self.dir, "-h", "",
             "-c", "max_connections=300"],
            env=ENV, cwd=self.dir, stdout=log, stderr=log, **self._as())
        log.close()
        end = time.monotonic() + 30
        while time.monotonic() < end:
            try:
                self.sql(SCHEMA)
                return self
            except subprocess.CalledProcessError:
                if self.process.poll() is not None:
                    break
                time.sleep(0.1)
        with open(f"{self.dir}/log", encoding="utf-8", errors="replace") as file:
            raise RuntimeError("postgres does not start:\n" + file.read()[-3000:])

    def sql(self, text):
        return self._run("psql", "-qtAX", "-v", "ON_ERROR_STOP=1", self.target, stdin=text).strip()

    def version(self):
        return self.sql("SHOW server_version")

    def settings(self):
        return {name: self.sql(f"SHOW {name}") for name in
                ("fsync", "synchronous_commit", "wal_sync_method", "full_page_writes",
                 "shared_buffers", "commit_delay")}

    def flushes(self):
        """Flushes of the log so far, by its own counter."""
        time.sleep(0.6)  # the backends hand their counts in when they end, at most so late
        return int(self.sql("SELECT wal_sync FROM pg_stat_wal"))

    def processes(self):
        return [self.process.pid, *children(self.process.pid)]

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)  # "fast": ends its clients
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:
                self.process.send_signal(signal.SIGQUIT)
                self.process.wait(30)
        shutil.rmtree(self.dir, ignore_errors=True)
