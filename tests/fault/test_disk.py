# SPDX-License-Identifier: Apache-2.0
"""A disk that is really full: a small tmpfs, in a namespace of its own where mounting is
forbidden. Without either the test fails and says why."""
import os
import subprocess
import sys
import tempfile

INSIDE = "METOD_FAULT_NAMESPACE"


def mount(folder, size):
    return subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "none", folder],
                          capture_output=True, text=True, check=False)


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


def fill(folder):
    """A ballast file that leaves nothing."""
    with open(f"{folder}/ballast", "wb", buffering=0) as file:
        for size in (65536, 4096):
            try:
                while True:
                    file.write(b"x" * size)
            except OSError:
                pass


def one_round(totals, size):
    folder = tempfile.mkdtemp(prefix="metod-fault-")
    os.mkdir(f"{folder}/store", 0o700)
    done = mount(f"{folder}/store", size)
    if done.returncode != 0:
        raise AssertionError(f"no tmpfs, neither as root nor in a namespace: {done.stderr}")
    server = BASE.copy(folder=folder)
    try:
        ledger = lab.Ledger(BASE, lab.script(BASE, 160))
        server.start()
        half = lab.Ledger(BASE, ledger.ops[:19])
        assert half.play(server) and half.receipts() == 19
        fill(f"{folder}/store")
        rest = lab.Ledger(BASE, [op for op in ledger.ops[19:] if op.page])
        assert rest.play(server), f"it ended: {server.process.wait(5)}\n{server.tail()}"
        refused = [op for op in rest.ops if op.refusal]
        assert refused, "the disk was never full"
        for op in refused:
            assert op.refusal["code"] == FULL, op.refusal
        rpc, last = server.rpc(), half.ops[-1]
        shown = rpc.call("page.show", _session=last.sheet.session, page=last.page or 1)
        assert [row["answer"] for row in shown["rows"]] == last.answers, "reads go on"
        os.unlink(f"{folder}/store/ballast")
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
        for name in ("lost", "phantom", "duplicate", "altered"):
            totals[name] += getattr(check, name)
        assert check.bad() == 0, check.notes[:10]
        totals["rounds"] += 1
    finally:
        subprocess.run(["umount", "-l", f"{folder}/store"], check=False)
        server.close()


def test_full_and_back():
    """a full disk refuses, reads go on, nothing acknowledged is missing, room again takes writes"""
    totals = dict.fromkeys(("rounds", "receipts", "refused", "lost", "phantom", "duplicate",
                            "altered"), 0)
    for n in range(lab.scale(2, 20)):
        one_round(totals, 2 * 1024 * 1024 + n * 4096)
    lab.report("full tmpfs", namespace=INSIDE in os.environ, **totals)


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
