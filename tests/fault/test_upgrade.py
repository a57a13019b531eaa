# SPDX-License-Identifier: Apache-2.0
"""Formats of the store. Every released format is kept in fixtures/ and served by this program. The
conversion is exercised by a program of a format to come (mutate.sh format_2: rows have another
envelope): it refuses the older store untouched, converts it by a new file and a rename, killed at
every n-th call nothing is lost, and this program refuses the newer store untouched."""
import glob
import hashlib
import os
import re
import shutil
import subprocess
import tarfile
import tempfile

import lab
import tap
from harness import BUILD, ENV

HERE = os.path.dirname(os.path.abspath(__file__))
OLD, NEW = f"{BUILD}/metodd", f"{BUILD}/mutant/format_2/metodd"
CARELESS = f"{BUILD}/mutant/format_2_careless/metodd"
# Calls that change files. link is how the old file gets its second name.
CALLS = ("pwrite64", "writev", "write", "fdatasync", "fsync", "ftruncate", "rename", "unlink", "link")


class Old:
    """A folder with an unpacked fixture, as a daemon's."""

    def __init__(self, path):
        self.dir = tempfile.mkdtemp(prefix="metod-upgrade-")
        with tarfile.open(path) as tar:
            tar.extractall(self.dir)
        os.makedirs(f"{self.dir}/backup")
        for name in ("store", "keys", "backup"):
            os.chmod(f"{self.dir}/{name}", 0o700)
        self.store = f"{self.dir}/store"

    def tree(self):
        """Names and digests of everything in the store's folder, but for the lock, which is empty."""
        seen = {}
        for name in sorted(os.listdir(self.store)):
            with open(f"{self.store}/{name}", "rb") as file:
                seen[name] = hashlib.sha256(file.read()).hexdigest()
        seen.pop("lock", None)
        return seen

    def close(self):
        shutil.rmtree(self.dir, ignore_errors=True)


def fixtures():
    found = sorted(glob.glob(f"{HERE}/fixtures/format*.tar.xz"))
    assert found, "no fixture of a released format"
    return found


def run(program, *words, prefix=()):
    done = subprocess.run([*prefix, program, *words], env=ENV, capture_output=True, text=True,
                          timeout=60, check=False)
    return done.returncode, done.stdout + done.stderr


def served(folder, program):
    """What a daemon of this program says about the store, and its head."""
    server = lab.Server(folder, program)
    server.start()
    rpc = server.rpc()
    seen = [rpc.call("audit.log", **{"from": 1, "limit": 10000}), rpc.call("org.list"),
            rpc.call("wave.list"), rpc.call("form.list"), rpc.call("association.list")]
    stat = rpc.call("store.stat")
    rpc.close()
    assert server.stop() == 0, server.tail()
    server.own = False
    return seen, {row["table"]: row["rows"] for row in stat["rows"]}, stat["head"], stat["generation"]


def test_every_format():
    """a store of every released format is served, whole, by this program"""
    for path in fixtures():
        old = Old(path)
        try:
            number = re.search(r"format(\d+)", path)[1]
            with open(f"{old.store}/FORMAT", encoding="ascii") as file:
                tap.equal(file.read(), f"metod {number}\n")
            status, text = run(OLD, "upgrade", old.store)
            tap.equal(status, 0, text)
            status, text = run(OLD, "verify", old.store)
            tap.equal(status, 0, text)
            seen, rows, head, _ = served(old.dir, OLD)
            assert len(seen[0]["rows"]) > 300 and rows["PAGE"] > 5 and rows["FORGOTTEN"] == 1, rows
            tap.equal(run(OLD, "audit", "--head", head, old.store)[0], 0)
        finally:
            old.close()


def test_refused():
    """a program of a newer format refuses the older store, says the command, and touches nothing"""
    old = Old(fixtures()[0])
    try:
        before = old.tree()
        server = lab.Server(old.dir, NEW)
        try:
            server.start()
            raise AssertionError("it serves an older format")
        except lab.Ended as ended:
            tap.equal(ended.status, 8)
        assert "store upgrade" in server.tail(), server.tail()
        tap.equal(old.tree(), before)
        status, text = run(NEW, "verify", old.store)
        tap.equal(status, 0, text)
        assert "metodctl store upgrade" in text, text
        tap.equal(old.tree(), before)
    finally:
        old.close()


def test_upgrade():
    """upgrade: the same events, chain, generation and answers; the old file is kept; then up to date"""
    old = Old(fixtures()[0])
    try:
        before = old.tree()
        was = served(old.dir, OLD)
        digest = old.tree()["store.mdb"]
        status, text = run(NEW, "upgrade", old.store)
        tap.equal(status, 0, text)
        kept = [name for name in os.listdir(old.store) if ".aside-" in name]
        tap.equal(len(kept), 1)
        tap.equal(old.tree()[kept[0]], digest, "the file before is kept as it was")
        assert old.tree()["store.mdb"] != digest and "FORMAT" in before
        status, text = run(NEW, "verify", old.store)
        tap.equal(status, 0, text)
        now = served(old.dir, NEW)
        tap.equal(now[1:], was[1:], "rows, head, generation")
        tap.equal(now[0], was[0], "answers")
        status, text = run(NEW, "upgrade", old.store)
        tap.equal(status, 0, text)
        assert "already" in text, text
    finally:
        old.close()


def test_downgrade():
    """an older program refuses a newer store and a newer copy, and touches nothing"""
    old, other = Old(fixtures()[0]), Old(fixtures()[0])
    try:
        tap.equal(run(NEW, "upgrade", old.store)[0], 0)
        server = lab.Server(old.dir, NEW)
        server.start()
        server.rpc().call("backup.create", file="new.mbk")
        assert server.stop() == 0
        before = old.tree()
        server = lab.Server(old.dir, OLD)
        try:
            server.start()
            raise AssertionError("it serves a newer format")
        except lab.Ended as ended:
            tap.equal(ended.status, 8)
        for words in (("verify", old.store), ("upgrade", old.store), ("rebuild", old.store)):
            status, text = run(OLD, *words)
            tap.equal(status, 8, f"{words}: {text}")
        tap.equal(old.tree(), before)
        whole = other.tree()
        for manifest in (True, False):
            status, text = run(OLD, "restore", f"{old.dir}/backup/new.mbk", other.store)
            tap.equal(status, 8, text)
            tap.equal(other.tree(), whole, f"manifest {manifest}")
            if manifest:
                os.unlink(f"{old.dir}/backup/new.mbk.json")
    finally:
        old.close()
        other.close()


def test_old_copy():
    """a copy of an older format is restored by a newer program, converted"""
    old, empty = Old(fixtures()[0]), tempfile.mkdtemp(prefix="metod-upgrade-")
    try:
        was = served(old.dir, OLD)
        status, text = run(NEW, "restore", f"{old.store}/store.mdb", f"{empty}/store")
        tap.equal(status, 0, text)
        status, text = run(NEW, "verify", f"{empty}/store")
        tap.equal(status, 0, text)
        tap.equal(run(NEW, "audit", "--head", was[2], f"{empty}/store")[0], 0)
    finally:
        old.close()
        shutil.rmtree(empty)


class Crashes:
    def __init__(self):
        self.runs = self.kills = self.old = self.new = 0
        self.lost = []


def crash(program, call, number, totals, head, action):
    """Kills the conversion at one call, or lets the call fail; True: it ended unharmed."""
    old = Old(fixtures()[0])
    try:
        status, text = run(program, "upgrade", old.store,
                           prefix=lab.strace(call, f"{action}:when={number}"))
        harmed = status != 0
        if status < 0 and "SIGKILL" not in action:
            totals.lost.append(f"{call} {number}: {action}: ended by signal {-status}")
        state, said = run(NEW, "audit", "--head", head, old.store)
        is_new = "older" not in run(NEW, "verify", old.store)[1]
        again, words = run(NEW, "upgrade", old.store)
        whole, report = run(NEW, "verify", old.store)
        totals.runs += 1
        totals.kills += harmed
        totals.new += harmed and is_new
        totals.old += harmed and not is_new
        if state or again or whole:
            totals.lost.append(f"{call} {number}: {status} {text}; {said}; {words}; {report}")
        left = [name for name in os.listdir(old.store) if name.endswith(".new") or name.startswith(".check-")]
        if left:
            totals.lost.append(f"{call} {number}: left {left}")
        return not harmed
    finally:
        old.close()


def crash_at_every(program, totals, calls=CALLS, action="signal=SIGKILL"):
    old = Old(fixtures()[0])
    head = served(old.dir, OLD)[2]
    old.close()
    for call in calls:
        number, quiet = 1, 0
        while quiet < 2 * lab.AT_ONCE:  # parent and child count their calls apart
            numbers = [number + i for i in range(lab.AT_ONCE)]
            ends = lab.in_parallel([
                lambda n=n: crash(program, call, n, totals, head, action) for n in numbers])
            quiet = quiet + sum(ends) if all(ends) else 0
            number = numbers[-1] + 1
            assert number < 20000, "the conversion never ends unharmed"


def test_crash():
    """killed at every n-th call of the conversion: whole old store or whole new one; again, it ends"""
    totals = Crashes()
    crash_at_every(NEW, totals)
    lab.report("killed in a conversion", runs=totals.runs, kills=totals.kills, old=totals.old,
               new=totals.new, lost=len(totals.lost))
    assert not totals.lost, "\n".join(totals.lost[:5])
    assert totals.kills >= 20 and totals.old and totals.new, vars(totals)


def test_errors():
    """EIO and a full disk at every n-th call of the conversion: it says so; again, it ends"""
    totals = Crashes()
    for error in ("EIO", "ENOSPC"):
        crash_at_every(NEW, totals, lab.scale(("writev", "fdatasync", "fsync", "rename"), CALLS),
                       f"error={error}")
    lab.report("errors in a conversion", runs=totals.runs, felt=totals.kills, old=totals.old,
               new=totals.new, lost=len(totals.lost))
    assert not totals.lost, "\n".join(totals.lost[:5])
    assert totals.kills >= 10, vars(totals)


def test_control():
    """control: a conversion that removes the old file first must be found losing"""
    totals = Crashes()
    crash_at_every(CARELESS, totals, ("rename", "fsync"))
    lab.report("control: careless conversion", runs=totals.runs, kills=totals.kills,
               lost=len(totals.lost))
    assert totals.lost, "nothing was lost"


tap.run(globals())
