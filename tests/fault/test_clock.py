# SPDX-License-Identifier: Apache-2.0
"""The wall clock jumps while people fill in: receipts rise all the same, an expired session is
refused and lives again when the clock is right, nothing is lost."""
import os
import time

import lab
import tap

BASE = lab.Base(sheets=12)
DAY = 86400
JUMPS = (("+10 y", 3652 * DAY), ("-10 y", -3652 * DAY), ("-1 h", -3600), ("+1 h", 3600))


def test_jumps():
    """wall clock +10 years, -10 years, -1 hour during a filling"""
    server = BASE.copy()
    try:
        clock = f"{server.dir}/clock"

        def jump(seconds):
            with open(f"{clock}.new", "w", encoding="ascii") as file:
                file.write(f"{seconds:+d}\n")
            os.replace(f"{clock}.new", clock)
            time.sleep(0.1)

        jump(0)
        server.start(env={"LD_PRELOAD": lab.faketime(), "FAKETIME_TIMESTAMP_FILE": clock,
                          "FAKETIME_NO_CACHE": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1"})
        ops, refusals, times = iter(lab.script(BASE, 60)), {}, {}
        played = []

        def some(count, name):
            part = lab.Ledger(BASE, [op for _, op in zip(range(count), ops)])
            assert part.play(server), f"{name}: it ended\n{server.tail()}"
            assert part.bad() == 0, part.notes
            played.extend(part.ops)
            return part

        for name, seconds in JUMPS:
            part = some(5, "before")
            tap.equal(part.receipts(), 5, f"before {name}: {[op.refusal for op in part.ops]}")
            jump(seconds)
            part = some(5, name)
            codes = sorted({op.refusal["code"] for op in part.ops if op.refusal})
            refusals[name] = f"{part.receipts()} receipts, refused: {' '.join(codes) or 'none'}"
            rpc = server.rpc()
            times[name] = max(row["at"] for row in rpc.call(
                "audit.log", **{"from": BASE.last + 1, "limit": 10000})["rows"])
            rpc.close()
            jump(0)
        ledger = lab.Ledger(BASE, played)
        first = ledger.receipts()
        numbers = [op.receipt["seq"] for op in played if op.receipt]
        tap.equal(numbers, sorted(set(numbers)), "receipts rise with the order of commits")
        tap.equal(server.stop(), 0, server.tail())
        code, text = server.verify()
        tap.equal(code, 0, text)
        server.start()
        for op in played:  # what the clock refused goes out again in order with the same key
            op.refusal = None
        ledger.check(server)
        lab.report("clock jumps", receipts=first, lost=ledger.lost, phantom=ledger.phantom,
                   duplicate=ledger.duplicate, altered=ledger.altered, **refusals)
        tap.equal(ledger.bad(), 0, ledger.notes[:10])
        tap.equal(ledger.receipts(), len(played), "every key has its receipt in the end")
        assert "5 receipts" not in refusals["+10 y"], f"an expired session wrote: {refusals}"
        for name in ("-1 h", "+1 h"):
            assert refusals[name].startswith("5 "), refusals
    finally:
        server.close()


tap.run(globals())
