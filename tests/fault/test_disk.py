# SPDX-License-Identifier: Apache-2.0
"""A disk that is really full: a small tmpfs, without room or without inodes, in a namespace of its
own where mounting is forbidden (without either the test fails and says why), and a limit on the
size of files."""
import os
import resource
import subprocess
import sys
import tempfile

INSIDE = "METOD_FAULT_NAMESPACE"


def mount(folder, size, inodes=0):
    return subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size},nr_inodes={inodes}", "none",
                           folder], capture_output=True, text=True, check=False)


def may_mount():
    with tempfile.TemporaryDirectory() as folder:
        if os.geteuid() != 0 or mount(folder, 65536).returncode != 0:
            return False
        subprocess.run(["umount", folder], check=True)
        return True


if INSIDE not in os.environ and not may_mount():
    os.environ[INSIDE] = "1"
    try:
        os.execvp("unshare", ["unshare", "-Urm", sys.executable, os.path.abspath(__file__)])
    except OSError as error:
        print(f"1..1\nnot ok 1 - a full disk: neither mount nor unshare: {error}", flush=True)
        sys.exit(1)

import lab  # noqa: E402
import tap  # noqa: E402

BASE = lab.Base(sheets=40)
FULL = "full"
COUNTERS = ("lost", "phantom", "duplicate", "altered")
ROUNDS = lab.scale(2, 20)


def fill(folder):
    """A ballast file that leaves nothing."""
    with open(f"{folder}/ballast", "wb", buffering=0) as file:
        for size in (65536, 4096):
            try:
                while True:
                    file.write(b"x" * size)
            except OSError:
                pass


class OnDisk:
    """A server whose store (and backups) are on a small tmpfs."""

    def __init__(self, size, inodes=0, names=("store",)):
        self.folder, self.names = tempfile.mkdtemp(prefix="metod-fault-"), names
        for name in names:
            os.mkdir(f"{self.folder}/{name}", 0o700)
            done = mount(f"{self.folder}/{name}", size, inodes)
            assert done.returncode == 0, f"no tmpfs, as root or in a namespace: {done.stderr}"
        self.server = BASE.copy(folder=self.folder)

    def __enter__(self):
        return self.server

    def __exit__(self, *_):
        self.server.kill()
        for name in self.names:
            subprocess.run(["umount", "-l", f"{self.folder}/{name}"], check=False)
        self.server.close()


def full_and_back(server, full, room, totals):
    """Some submissions, many against a disk that full() has filled, one after room()."""
    ops = lab.script(BASE, 160)
    server.start()
    half = lab.Ledger(BASE, ops[:19])
    assert half.play(server) and half.receipts() == 19
    full()
    rest = lab.Ledger(BASE, [op for op in ops[19:] if op.page])
    assert rest.play(server), f"it ended: {server.process.wait(5)}\n{server.tail()}"
    refused = [op for op in rest.ops if op.refusal]
    assert refused, "the disk was never full"
    for op in refused:
        assert op.refusal["code"] == FULL, op.refusal
    rpc, last = server.rpc(), half.ops[-1]
    shown = rpc.call("page.show", _session=last.sheet.session, page=last.page or 1)
    assert [row["answer"] for row in shown["rows"]] == last.answers, "reads go on"
    rpc.close()
    room()
    again = lab.Ledger(BASE, [lab.Op("room again", BASE.sheets[-1], 1)])
    assert again.play(server) and again.receipts() == 1, again.ops[0].refusal
    server.kill()
    code, text = server.verify()
    tap.equal(code, 0, text)
    server.start()
    check = lab.Ledger(BASE, half.ops + rest.ops + again.ops)
    totals["refused"] += len(refused)
    totals["receipts"] += check.receipts()
    check.check(server)
    for name in COUNTERS:
        totals[name] += getattr(check, name)
    assert check.bad() == 0, check.notes[:10]
    totals["rounds"] += 1


def counters(*more):
    return dict.fromkeys(("rounds", "receipts", "refused") + more + COUNTERS, 0)


def test_full_and_back():
    """a full disk refuses, reads go on, nothing acknowledged is missing, room again takes writes"""
    totals = counters()
    for n in range(ROUNDS):
        with OnDisk(2 * 1024 * 1024 + n * 4096) as server:
            store = f"{server.dir}/store"
            full_and_back(server, lambda: fill(store), lambda: os.unlink(f"{store}/ballast"), totals)
    lab.report("full tmpfs", namespace=INSIDE in os.environ, **totals)


def test_file_size():
    """a limit on the size of files is reached, and raised again: the same"""
    totals = counters()
    for n in range(ROUNDS):
        server = BASE.copy()
        try:
            def limit(most):
                resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE,
                                 (most, resource.RLIM_INFINITY))

            size = os.path.getsize(f"{server.dir}/store/store.mdb")
            full_and_back(server, lambda: limit(size + n * 4096),
                          lambda: limit(resource.RLIM_INFINITY), totals)
        finally:
            server.close()
    lab.report("file size limit", namespace=INSIDE in os.environ, **totals)


def attempt(rpc, method, **params):
    """The code of the refusal, None when it was done."""
    try:
        rpc.call(method, **params)
    except lab.RpcError as error:
        return error.code
    return None


def test_inodes():
    """no inode left: answers are stored, what needs a new file is refused and done later"""
    totals = counters("stored")
    for n in range(ROUNDS):
        with OnDisk(32 << 20, 40 + n, ("store", "backup")) as server:
            server.start()
            rpc, ballast = server.rpc(), []
            for name in ("store", "backup"):
                try:
                    while True:
                        path = f"{server.dir}/{name}/ballast{len(ballast)}"
                        with open(path, "wb"):
                            ballast.append(path)
                except OSError:
                    pass
            ledger = lab.Ledger(BASE, lab.script(BASE, 19))
            assert ledger.play(server) and ledger.receipts() == 19, ledger.ops[0].refusal
            gone = dict(code="P-060", confirm="P-060")
            tap.equal(attempt(rpc, "teacher.forget", **gone), FULL, "erasing needs a mark")
            tap.equal(attempt(rpc, "backup.create", file="b.mbk"), FULL)
            assert len(ballast) > 20, "no inode was taken"
            for path in ballast:
                os.unlink(path)
            tap.equal(attempt(rpc, "teacher.forget", **gone), None)
            tap.equal(attempt(rpc, "backup.create", file="b.mbk"), None)
            server.kill()
            code, text = server.verify()
            tap.equal(code, 0, text)
            server.start()
            ledger.check(server)
            totals["rounds"] += 1
            totals["refused"] += 2
            totals["stored"] += 19
            totals["receipts"] += ledger.receipts()
            for name in COUNTERS:
                totals[name] += getattr(ledger, name)
            tap.equal(ledger.bad(), 0, ledger.notes[:5])
    lab.report("no inodes", namespace=INSIDE in os.environ, **totals)


def test_in_a_namespace():
    """the same without the right to mount: in a user and mount namespace"""
    done = subprocess.run(["unshare", "-Urm", sys.executable, os.path.abspath(__file__)],
                          env={**os.environ, INSIDE: "1"}, capture_output=True, text=True,
                          timeout=300, check=False)
    print("\n".join(line for line in done.stdout.splitlines() if line.startswith("# counts")))
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-2000:]


if INSIDE in os.environ:
    del test_in_a_namespace
tap.run(globals())
