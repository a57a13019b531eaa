# SPDX-License-Identifier: Apache-2.0
"""Backup, restore and compaction that are killed, or fail, at every n-th call that changes a file:
nothing acknowledged is lost, no half backup has the name of a whole one, a restore that was cut
short leaves nothing or a whole store and says so, what was erased leaves the file in the end."""
import os
import shutil
import subprocess
import tempfile

import lab
import tap
from harness import BUILD, ENV, RpcError

CALLS = ("pwrite64", "write", "fdatasync", "fsync", "link", "rename", "unlink", "ftruncate")
ACTIONS = {"kill": "signal=SIGKILL", "EIO": "error=EIO", "ENOSPC": "error=ENOSPC",
           "EAGAIN": "error=EAGAIN"}
CALLS_OF = {action: lab.scale(("write", "fsync"), CALLS) for action in ("ENOSPC", "EAGAIN")}
# A commit takes each of the first calls and then every STEP-th: a copy is written in many pieces.
FIRST, STEP = lab.scale(4, 10 ** 6), lab.scale(12, 1)
ERASED = "P-030"
STORE_FILES = {"FORMAT", "lock", "store.mdb", "store.mdb-lock"}


class Prepared:
    """A store with acknowledged submissions and a person who was forgotten and not yet compacted
    away, and a backup from before the last submissions."""

    def __init__(self):
        self.base = lab.Base(sheets=6)
        self.name = next(p["name"] for p in self.base.world.people if p["code"] == ERASED).encode()
        assert ERASED not in {sheet.teacher for sheet in self.base.sheets}
        self.folder = tempfile.mkdtemp(prefix="metod-fault-")
        lab.atexit.register(shutil.rmtree, self.folder, True)
        server = self.base.copy()
        server.start()
        self.ops = lab.script(self.base, 24)
        self.early = self.ops[:12]
        assert lab.Ledger(self.base, self.early).play(server)
        rpc = server.rpc()
        rpc.call("backup.create", file="early.mbk")
        assert lab.Ledger(self.base, self.ops[12:]).play(server)
        assert all(op.receipt for op in self.ops)
        rpc.call("teacher.forget", code=ERASED, confirm=ERASED)
        rpc.close()
        server.kill()
        for name in ("store", "keys", "backup"):
            shutil.copytree(f"{server.dir}/{name}", f"{self.folder}/{name}")
        server.close()

    def server(self, store=True):
        folder = tempfile.mkdtemp(prefix="metod-fault-")
        for name in ("store", "keys") if store else ("keys",):
            shutil.copytree(f"{self.folder}/{name}", f"{folder}/{name}")
        os.makedirs(f"{folder}/backup", mode=0o700)
        return lab.Server(folder)

    def serves(self, server, ops, what):
        """Starts, shows every one of these submissions, ends."""
        code, text = server.verify()
        tap.equal(code, 0, f"{what}: {text}")
        server.start()
        rpc, ledger = server.rpc(), lab.Ledger(self.base, ops)
        last = rpc.call("store.stat")["journal"]
        for op in ops:
            ledger.look(rpc, op, last)
        generation = rpc.call("store.stat")["generation"]
        rpc.close()
        tap.equal(ledger.bad(), 0, f"{what}: {ledger.notes[:5]}")
        tap.equal(server.stop(), 0, server.tail())
        return generation


READY = Prepared()


def has_erased(path):
    with open(path, "rb") as file:
        return READY.name in file.read()


def leftovers(server):
    found = {name for name in os.listdir(f"{server.dir}/store")
             if not name.startswith("store.mdb.aside-")} - STORE_FILES - {"ERASED"}
    return found | {name for name in os.listdir(f"{server.dir}/backup")
                    if name.endswith(".tmp") or name.startswith(".check-")}


def numbers():
    """1, 2 … FIRST, then every STEP-th."""
    n = 1
    while True:
        yield n
        n += 1 if n < FIRST else STEP


def sweep(name, one):
    """one(prefix of the command, name of the run) -> whether it was harmed; for each action, call
    and n until two runs in a row end unharmed."""
    def series(action, call):
        runs = harmed = calm = 0
        for n in numbers():
            hurt = one(lab.strace(call, f"{ACTIONS[action]}:when={n}"), f"{action} {call} {n}")
            runs, harmed, calm = runs + 1, harmed + hurt, 0 if hurt else calm + 1
            if calm == 2:
                return runs, harmed
        return runs, harmed

    jobs = [(action, call) for action in ACTIONS for call in CALLS_OF.get(action, CALLS)]
    done = dict(zip(jobs, lab.in_parallel(
        [lambda a=action, c=call: series(a, c) for action, call in jobs], 4 * lab.AT_ONCE)))
    for action in ACTIONS:
        counts = {call: harmed for (of, call), (_, harmed) in done.items() if of == action}
        lab.report(f"{name}: {action} at every n-th call", runs=sum(n for (of, _), (n, _) in done.items()
                                                if of == action), **counts)
        assert counts["fsync"] > 0 and sum(counts.values()) > 3, counts


def command(prefix, *words):
    return subprocess.run([*prefix, *words], env=ENV, capture_output=True, text=True, timeout=60,
                          check=False)


def whole(path):
    return command((), f"{BUILD}/metodd", "verify", path).returncode == 0


def backup_of(server, name):
    """None: done; else what was said instead."""
    rpc = server.rpc()
    try:
        rpc.call("backup.create", file=name)
        return None
    except (RpcError, ConnectionError) as error:
        return str(error)
    finally:
        rpc.close()


def one_backup(prefix, what):
    server = READY.server()
    path = f"{server.dir}/backup/b.mbk"
    try:
        try:
            server.start(prefix=prefix)
            refused = backup_of(server, "b.mbk")
        except (lab.Ended, ConnectionError, TimeoutError) as error:
            refused = str(error)
        assert "timed out" not in str(refused), f"{what}: hang"
        server.kill()
        assert refused or os.path.exists(path), f"{what}: said to be there, and is not"
        if os.path.exists(path):
            assert whole(path), f"{what}: a half backup has the name of a whole one"
        READY.serves(server, READY.ops, what)
        tap.equal(leftovers(server), set(), f"{what}: leftovers after a start")
        server.start()
        name = "again.mbk" if os.path.exists(path) else "b.mbk"
        tap.equal(backup_of(server, name), None, what)
        assert whole(f"{server.dir}/backup/{name}"), what
        return refused is not None
    finally:
        server.close()


def test_backup():
    """a backup: killed or failing at every n-th call"""
    sweep("backup", one_backup)


def restore(server, prefix=()):
    return command(prefix, f"{BUILD}/metodd", "restore", f"{READY.folder}/backup/early.mbk",
                   f"{server.dir}/store")


def one_restore(prefix, what, over):
    server = READY.server(store=over)
    try:
        before = READY.ops[0].receipt["generation"]
        done = restore(server, prefix)
        if done.returncode == 0:
            assert READY.serves(server, READY.early, what) != before, f"{what}: the old generation"
            return False
        # (A write that fails may be the word itself.)
        assert done.returncode < 0 or done.stderr or " write " in what, f"{what}: without a word"
        assert 0 < abs(done.returncode) < 80, f"{what}: {done}"
        if over or os.path.exists(f"{server.dir}/store/store.mdb"):
            READY.serves(server, READY.early, what)  # the old one, or the restored one
        else:
            refused = command((), f"{BUILD}/metodd", "--no-web", *server.settings)
            assert refused.returncode > 0 and "store" in refused.stderr, f"{what}: {refused}"
        done = restore(server)
        tap.equal(done.returncode, 0, f"{what}: {done.stderr}")
        assert READY.serves(server, READY.early, what) != before, f"{what}: the old generation"
        tap.equal(leftovers(server), set(), f"{what}: leftovers after a start")
        for name in os.listdir(f"{server.dir}/store"):  # what was there before, to go back to
            assert "aside" not in name or whole(f"{server.dir}/store/{name}"), f"{what}: {name}"
        return True
    finally:
        server.close()


def test_restore():
    """a restore into an empty folder: killed or failing at every n-th call"""
    sweep("restore", lambda prefix, what: one_restore(prefix, what, False))


def test_restore_over():
    """a restore over an older store: the same; what was there stays whole until it is replaced"""
    sweep("restore over", lambda prefix, what: one_restore(prefix, what, True))


def compact(server, prefix=()):
    return command(prefix, f"{BUILD}/tests/store_tool", "compact", f"{server.dir}/store")


def one_compaction(prefix, what):
    server = READY.server()
    path = f"{server.dir}/store/store.mdb"
    try:
        done = compact(server, prefix)
        # (A write that fails may be the word itself.)
        assert done.returncode <= 0 or done.stderr or " write " in what, f"{what}: without a word"
        assert done.returncode != 0 or not has_erased(path), f"{what}: it is still there"
        READY.serves(server, READY.ops, what)
        # A daemon that starts after it knows that there is something left to do.
        assert not has_erased(path) or os.path.exists(f"{server.dir}/store/ERASED"), \
            f"{what}: forgotten that it was to be erased"
        tap.equal(leftovers(server), set(), f"{what}: leftovers after a start")
        done, harmed = compact(server), done.returncode != 0
        tap.equal(done.returncode, 0, f"{what}: {done.stderr}")
        assert not has_erased(path) and not os.path.exists(f"{server.dir}/store/ERASED"), what
        READY.serves(server, READY.ops, what)
        return harmed
    finally:
        server.close()


def test_compaction():
    """compaction after somebody was forgotten: killed or failing at every n-th call"""
    assert has_erased(f"{READY.folder}/store/store.mdb"), "nothing was there to be erased"
    sweep("compaction", one_compaction)


tap.run(globals())
