# SPDX-License-Identifier: Apache-2.0
"""A backup under load and the restore drill: everything acknowledged before the backup began is in
it, the restored daemon serves it, and its receipts are of another generation."""
import os
import subprocess
import threading
import time

import lab
import tap
from harness import BUILD, ENV

BASE = lab.Base(sheets=40)
ROUNDS = lab.scale(3, 50)


class Writer(threading.Thread):
    def __init__(self, server, ops):
        super().__init__(daemon=True)
        self.server, self.ledger, self.ended = server, lab.Ledger(BASE, ops), False

    def run(self):
        self.ended = self.ledger.play(self.server)


def restore(server, name):
    """A daemon over the restored copy; the time from the command to the first answer."""
    folder, begun = f"{server.dir}-restored-{name}", time.monotonic()
    os.makedirs(folder, mode=0o700)
    done = subprocess.run([f"{BUILD}/metodd", "restore", f"{server.dir}/backup/{name}",
                           f"{folder}/store"], env=ENV, capture_output=True, text=True,
                          timeout=60, check=False)
    tap.equal(done.returncode, 0, done.stdout + done.stderr)
    subprocess.run(["cp", "-a", f"{server.dir}/keys", folder], check=True)
    os.makedirs(f"{folder}/backup")
    return lab.Server(folder).start(), time.monotonic() - begun


def drill(number, cut, totals):
    server, other = BASE.copy(), None
    try:
        server.start()
        ops = lab.script(BASE, 190)
        writers = [Writer(server, ops[:95]), Writer(server, ops[95:])]
        for writer in writers:
            writer.start()
        end = time.monotonic() + lab.ANSWER_S
        while sum(op.receipt is not None for op in ops) < 5 + 15 * (number % 5):
            assert time.monotonic() < end, f"no receipts\n{server.tail()}"
            time.sleep(0.001)
        before = [(op, op.receipt) for op in ops if op.receipt]
        rpc = server.rpc()
        if cut:  # killed in the middle of one: no half backup has the name of a whole one
            rpc.send("backup.create", file="cut.mbk")
            time.sleep(0.004)
            server.kill()
            for writer in writers:
                writer.join(30)
            assert subprocess.run([f"{BUILD}/metodd", "verify", f"{server.dir}/store"], env=ENV,
                                  capture_output=True, check=False).returncode == 0
            name = "cut.mbk"
            totals["cut"] += 1
            if not os.path.exists(f"{server.dir}/backup/{name}"):
                server.start()
                server.rpc().call("backup.create", file=name)
        else:
            name = f"b{number}.mbk"
            rpc.call("backup.create", file=name)
            for writer in writers:
                writer.join(30)
                assert writer.ended, server.tail()
        after = sum(op.receipt is not None for op in ops)
        other, seconds = restore(server, name)
        last = other.rpc().call("store.stat")["journal"]
        check = lab.Ledger(BASE, [op for op, _ in before])
        other_rpc = other.rpc()
        for op in check.ops:
            check.look(other_rpc, op, last)
        fresh = lab.Op("after the restore", BASE.sheets[-1], 1)
        assert lab.Ledger(BASE, [fresh]).play(other) and fresh.receipt, fresh.refusal
        assert fresh.receipt["generation"] != ops[0].receipt["generation"], "the same generation"
        totals["rounds"] += 1
        totals["before"] += len(before)
        totals["in_all"] += after
        totals["lost"] += check.lost
        totals["altered"] += check.altered + check.duplicate
        totals["restore_s_most"] = max(totals["restore_s_most"], round(seconds, 2))
        tap.equal(check.bad(), 0, check.notes[:5])
        assert before, "nothing was acknowledged before the backup"
    finally:
        server.close()
        if other:
            other.close()


def drills(cut):
    totals = dict.fromkeys(("rounds", "cut", "before", "in_all", "lost", "altered",
                            "restore_s_most"), 0)
    for number in range(ROUNDS):
        drill(number, cut, totals)
    lab.report("killed at a backup" if cut else "backup under load", **totals)


def test_backup():
    """a backup under load holds every submission acknowledged before it; restored, it serves"""
    drills(False)


def test_cut():
    """killed right after a backup was asked for: the store is whole, so is the backup in the end"""
    drills(True)


tap.run(globals())
