# SPDX-License-Identifier: Apache-2.0
"""A writer thread that hangs in a flush must bring a restart by the service manager, although the loop
goes on; a slow one must not. Control: a daemon whose sign of life asks the loop alone."""
import os
import signal
import time

import lab
import tap
from harness import Daemon
from manager import Manager

ALLOWED_S = 2  # the manager's patience
WATCHED_S = 6


def signs(delay_s, program=None):
    """Signs of life, as seconds after a write whose every flush takes so long, once the manager's
    patience would be over; and what the log says. The loop must answer all the time."""
    prepared = Daemon(web=False)
    server = lab.Server(prepared.dir, program)
    manager = Manager(f"{prepared.dir}/notify", server.tail)
    server.start(env={"NOTIFY_SOCKET": manager.path, "WATCHDOG_USEC": str(ALLOWED_S * 1000000)},
                 prefix=["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=fdatasync", "-e",
                         f"inject=fdatasync:delay_enter={int(delay_s * 1e6)}"], wait=30)
    manager.wait("WATCHDOG=1")
    writer, reader = server.rpc(), server.rpc()
    writer.send("token.issue", login="root", days=1)
    begun, late, answers = time.monotonic(), 0, 0
    manager.forget()
    while time.monotonic() < begun + WATCHED_S:
        reader.call("whoami")
        answers += 1
        try:
            manager.wait("WATCHDOG=1", within=0.25)
            late += time.monotonic() > begun + 1.75 * ALLOWED_S
        except AssertionError:
            pass
    assert answers > 10, "the loop must go on answering"
    assert writer.recv()[1] is None, "the write itself succeeds in the end"
    manager.wait("WATCHDOG=1", within=10)
    log = server.tail()
    with open(f"/proc/{server.process.pid}/task/{server.process.pid}/children") as children:
        os.kill(int(children.read().split()[0]), signal.SIGTERM)  # below strace
    tap.equal(server.process.wait(30), 0, server.tail())
    return late, log


def test_stuck_writer():
    """the signs of life end while the writer hangs, are told in the log, and go on afterwards"""
    late, log = signs(8)
    lab.report("flush that hangs for 8 s, watchdog of 2 s", signs_of_life=late)
    tap.equal(late, 0)
    assert "event=writer_stuck longer_than_ms=2000" in log, log


def test_slow_writer():
    """a flush that is slow, but returns in time, changes nothing"""
    late, log = signs(0.6)
    lab.report("flush that takes 0.6 s, watchdog of 2 s", signs_of_life=late)
    assert late >= 2 and "writer_stuck" not in log, (late, log)


def test_control():
    """control: a watchdog that asks the loop alone never notices"""
    late, log = signs(8, f"{lab.BUILD}/mutant/blind_watchdog/metodd")
    lab.report("control: mutant blind_watchdog, flush that hangs for 8 s", signs_of_life=late)
    assert late >= 2 and "writer_stuck" not in log, (late, log)


tap.run(globals())
