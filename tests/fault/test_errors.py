# SPDX-License-Identifier: Apache-2.0
"""A write-type system call that fails: each run ends in the right answer, a clear refusal, or an
orderly exit and a restart; never in a false receipt or a hang."""
import lab
import tap

BASE = lab.Base(sheets=8)
STEP = lab.scale(9, 1)


def sweep(name, call, what, last, step=1, persistent=False):
    """The n-th such call fails, for n up to `last`; persistent: that one and all after it."""
    totals, numbers = lab.Totals(), range(1, last + 1, step)
    lab.in_parallel([lambda n=n: lab.run_fault(
        BASE, totals, f"{call} {what} {n}",
        (call, f"{what}:when={n}{'+' * persistent}", True)) for n in numbers])
    lab.report(f"{name} at the n-th {call}" + " and all after it" * persistent, step=step, **totals.counts())
    totals.good()
    assert totals.injected > 0, f"{call} {what}: nothing noticed a failure: {totals.counts()}"


def test_eio():
    """EIO at the n-th pwrite64, writev, fdatasync"""
    for call, last in (("pwrite64", 170), ("writev", 30), ("fdatasync", 20)):
        sweep("EIO", call, "error=EIO", last, STEP if last > 20 else 1)
    sweep("EIO", "fdatasync", "error=EIO", 20, lab.scale(7, 1), persistent=True)


def test_enospc():
    """ENOSPC at the n-th pwrite64, writev, fdatasync, once and from then on"""
    for call, last in (("pwrite64", 170), ("writev", 30), ("fdatasync", 20)):
        sweep("ENOSPC", call, "error=ENOSPC", last, STEP if last > 20 else 4)
        sweep("ENOSPC", call, "error=ENOSPC", last, 2 * STEP, persistent=True)


def test_edquot():
    """EDQUOT at the n-th pwrite64, writev"""
    for call, last in (("pwrite64", 170), ("writev", 30)):
        sweep("EDQUOT", call, "error=EDQUOT", last, 2 * STEP)


def test_eagain():
    """EAGAIN at the n-th pwrite64, writev, fdatasync"""
    for call, last in (("pwrite64", 170), ("writev", 30), ("fdatasync", 20)):
        sweep("EAGAIN", call, "error=EAGAIN", last, 2 * STEP if last > 20 else lab.scale(5, 1))


def test_eintr():
    """EINTR at the n-th pwrite64, writev, fdatasync"""
    totals = lab.Totals()
    for call, last in (("pwrite64", 170), ("writev", 30), ("fdatasync", 20)):
        lab.in_parallel([lambda n=n, call=call: lab.run_fault(
            BASE, totals, f"{call} EINTR {n}", (call, f"error=EINTR:when={n}", True))
            for n in range(1, last + 1, STEP)])
    lab.report("EINTR at the n-th pwrite64, writev, fdatasync", step=STEP, **totals.counts())
    totals.good()


def test_short():
    """a short write at the n-th pwrite64, writev (the call is not executed at all)"""
    for call, last in (("pwrite64", 170), ("writev", 30)):
        sweep("short write", call, "retval=60", last, STEP)


def test_slow_flush():
    """a flush that takes 0.3 s: nothing but time is lost"""
    totals = lab.Totals()
    lab.run_fault(BASE, totals, "slow", ("fdatasync", "delay_enter=300000", True))
    lab.report("fdatasync takes 0.3 s", **totals.counts())
    totals.good()
    tap.equal((totals.injected, totals.refused), (0, 0), "every submission was taken")


tap.run(globals())
