# SPDX-License-Identifier: Apache-2.0
"""kill -9 at every write-type system call of twenty submissions, and the two mutants that must be
found out: one answers before it commits, one forgets the keys."""
import os

import lab
import tap

BASE = lab.Base(sheets=lab.scale(12, 45))
BEFORE = {"receipts": 0, "kept": 0}


def every(call, count=20):
    totals = lab.Totals()
    end = lab.kill_at_every(BASE, call, totals, count=count)
    lab.report(f"kill -9 at every n-th {call}", submissions=count, unharmed_from=end, **totals.counts())
    totals.good()
    assert totals.ended > 0, "nothing was killed"
    BEFORE["receipts"] += totals.receipts
    BEFORE["kept"] += totals.kept


def test_pwrite():
    """kill at the n-th pwrite64: 0 lost, 0 phantom, 0 duplicate, 0 altered"""
    every("pwrite64", lab.scale(20, 60))


def test_fdatasync():
    """kill at the n-th fdatasync: the same"""
    every("fdatasync", lab.scale(20, 200))


def test_writev():
    """kill at the n-th writev (pages of the store, and answers): the same"""
    every("writev", lab.scale(20, 60))


def test_write():
    """kill at the n-th write (between the commit and the loop that answers): the same"""
    every("write", lab.scale(40, 200))


def test_opening():
    """kill at the n-th unlink, openat (the start): the same; test_care has the other calls"""
    for call in ("unlink", "openat"):
        every(call, 5)


def test_enough():
    """at least 1,000 receipts, and 20 kills between the flush and the answer"""
    lab.report("all these kills", **BEFORE)
    assert BEFORE["receipts"] >= 1000 and BEFORE["kept"] >= 20, BEFORE


def mutant(name, call, count):
    program = f"{lab.BUILD}/mutant/{name}/metodd"
    assert os.access(program, os.X_OK), f"{program} is not built"
    totals = lab.Totals()
    lab.in_parallel([lambda n=n: lab.run_fault(
        BASE, totals, f"{name} {call} {n}", (call, f"signal=SIGKILL:when={n}", False), program,
        (lab.KILLED,)) for n in range(2, 2 + count)])
    lab.report(f"control: mutant {name}, killed", **totals.counts())
    return totals


def test_mutant_ack():
    """control: an answer before the commit is seen to lose"""
    totals = mutant("ack_before_commit", "fdatasync", 10)
    assert totals.lost > 0, totals.counts()


def test_mutant_keys():
    """control: without the key check duplicates are seen"""
    totals = mutant("no_key_check", "fdatasync", 4)
    assert totals.duplicate > 0, totals.counts()


tap.run(globals())
