# SPDX-License-Identifier: Apache-2.0
"""Single bits of a store file turned over: the check reports it, or every table is byte-equal; the
daemon serves what was stored, or refuses. Nothing altered is served, no list is cut short, no name
is left out; of a sheet a page may be missing whose own key was hit, and `verify` reports it."""
import atexit
import os
import random
import re
import subprocess

import lab
import tap

FLIPS, SEED = lab.scale(200, 10000), 20261122


def prepare():
    """A store at rest with answered and submitted sheets."""
    base = lab.Base(sheets=10)
    server = base.copy()
    server.start()
    ledger = lab.Ledger(base, lab.script(base, 45))
    assert ledger.play(server) and ledger.receipts() == 45
    assert server.stop() == 0
    base.store = f"{server.dir}/store/store.mdb"
    atexit.register(server.close)
    return base


BASE = prepare()
MOMENT = {"shown_at"}     # not of the store
OF_A_SHEET = ("attempt.show", "page.show")  # may lack a page whose own key was hit
PROGRESS = {"next_page", "total"}  # counted without the damaged row
ASKED = [("audit.log", dict(limit=10000, **{"from": 1})), ("teacher.list", {})]
for one_sheet in BASE.sheets:
    ASKED.append(("attempt.show", dict(_session=one_sheet.session)))
    ASKED += [("page.show", dict(_session=one_sheet.session, page=number + 1))
              for number in range(len(one_sheet.sizes))]


def dump(path):
    """Every table as lmdb-utils see it; None: it cannot be read."""
    done = subprocess.run(["mdb_dump", "-a", "-n", path], capture_output=True, timeout=60,
                          check=False)
    # The header tells sizes of the map, not data.
    lines = [line for line in done.stdout.split(b"\n")
             if not line.startswith((b"mapsize=", b"maxreaders="))]
    return lines if done.returncode == 0 else None


def first_difference(got, want):
    if got is None:
        return "unreadable"
    return next(((a[:200], b[:200]) for a, b in zip(got, want) if a != b),
                (len(got), len(want)))


def answers(server):
    """All replies about the stored people and sheets; an error stands for itself."""
    seen, rpc = [], server.rpc()
    for method, params in ASKED:
        rpc.send(method, **params)
        _, error, result = rpc.recv()
        seen.append(None if error else {k: v for k, v in result.items() if k not in MOMENT})
    rpc.close()
    return seen


def serve(path):
    """(what a daemon over this file answers, its exit status if it did not serve to the end)"""
    server = BASE.copy()
    try:
        os.replace(path, f"{server.dir}/store/store.mdb")
        try:
            server.start()
            seen = answers(server)
        except lab.Ended as ended:
            return [], ended.status
        except ConnectionError:
            return [], server.process.wait(lab.ANSWER_S)
        return seen, None
    finally:
        server.close()


def only_lacks(got, want):
    """Whether `got` is `want` without some of its fields and rows, and nothing else; "?" stands
    for a name that cannot be read."""
    if isinstance(want, dict) and isinstance(got, dict):
        return all(key in PROGRESS or (key in want and only_lacks(value, want[key]))
                   for key, value in got.items())
    if isinstance(want, list) and isinstance(got, list):
        rest = iter(want)
        return all(any(only_lacks(one, other) for other in rest) for one in got)
    return got in (want, "?")


def differs(method, got, want, damaged):
    """What a reply over a damaged file is: None (the same, or an error), "omitted" (lacks what was
    damaged), "cut_short" (lacks more), "altered"."""
    if got is None or got == want:
        return None
    if not only_lacks(got, want):
        return "altered"
    lacks = len(want.get("rows", [])) - len(got.get("rows", []))
    return "cut_short" if lacks > (0 if method == "audit.log" else damaged) else "omitted"


CUT_SHORT = []


def test_flips():
    """bits turned over: reported, or byte-equal; nothing altered is served"""
    with open(BASE.store, "rb") as file:
        whole = file.read()
    wanted_dump, rng = dump(BASE.store), random.Random(SEED)
    assert wanted_dump, "mdb_dump (lmdb-utils) must read the undamaged store"
    good = BASE.copy()
    with open(f"{good.dir}/whole", "wb") as file:
        file.write(whole)
    wanted, _ = serve(f"{good.dir}/whole")
    assert wanted and None not in wanted[:2], wanted
    counts = dict.fromkeys(("flips", "reported", "equal", "silent", "served", "not_started",
                            "ended", "errors_shown", "omitted", "cut_short", "altered"), 0)
    notes = []

    def one(bit):
        work = BASE.copy()
        try:
            bytes_ = bytearray(whole)
            bytes_[bit // 8] ^= 1 << bit % 8
            with open(f"{work.dir}/store/store.mdb", "wb") as file:
                file.write(bytes_)
            code, text = work.verify()
            got = dump(f"{work.dir}/store/store.mdb") if code == 0 else None
            same = code == 0 and got == wanted_dump
            if code == 0 and not same:
                text += f"dump: {first_difference(got, wanted_dump)}"
            seen, status = serve(f"{work.dir}/store/store.mdb")
            return bit, code, text, same, seen, status
        finally:
            work.close()

    bits = [rng.randrange(len(whole) * 8) for _ in range(FLIPS)]
    for bit, code, text, same, seen, status in lab.in_parallel(
            [lambda b=b: one(b) for b in bits]):
        counts["flips"] += 1
        counts["reported"] += code != 0
        counts["equal"] += same
        if code == 0 and not same:
            counts["silent"] += 1
            notes.append(f"bit {bit}: verify is content, the dump differs: {text}")
        counts["served"] += status is None
        counts["ended"] += status is not None and status < 0
        counts["not_started"] += status is not None and status >= 0
        counts["errors_shown"] += sum(s is None and w is not None for s, w in zip(seen, wanted))
        numbers = re.search(r"damaged (\d+), missing (\d+), extra \d+, different (\d+)", text)
        # Without numbers the check itself broke off: a page is damaged, not a row.
        damaged = sum(map(int, numbers.groups())) if numbers else len(whole)
        for (method, _), got, want in zip(ASKED, seen, wanted):
            how = differs(method, got, want, damaged)
            if not how:
                continue
            counts[how] += 1
            if how == "omitted" and method not in OF_A_SHEET:
                notes.append(f"bit {bit}: {method} lacks something: {text[:200]}")
            if how == "cut_short":
                CUT_SHORT.append(f"bit {bit}: {method}: {len(got['rows'])} of {len(want['rows'])}")
            elif how == "altered":
                notes.append(f"bit {bit}: {method}: {str(got)[:300]} instead of {str(want)[:300]}")
    good.close()
    lab.report("bit flips", **counts)
    assert not notes, "\n".join(notes[:10])
    assert counts["reported"] > 0 and counts["equal"] > 0, counts


def test_kind_of_table():
    """a table whose kind (a flag of LMDB) is turned over is reported, though its rows are equal"""
    work = BASE.copy()
    try:
        with open(BASE.store, "rb") as file:
            bytes_ = bytearray(file.read())
        name, places = b".journal", []
        at = bytes_.find(name)
        while at >= 0:  # the entry of the table: its name, then md_pad, then md_flags
            places.append(at + len(name) + 4)
            at = bytes_.find(name, at + 1)
        assert places, "no entry of the table"
        for place in places:
            bytes_[place] ^= 0x10
        with open(f"{work.dir}/store/store.mdb", "wb") as file:
            file.write(bytes_)
        code, text = work.verify()
        assert code != 0 and "whole" not in text, text
    finally:
        work.close()


def test_whole_lists():
    """a damaged row or event does not end a list or the audit log without a word"""
    assert not CUT_SHORT, f"{len(CUT_SHORT)} times; {CUT_SHORT[:5]}"


tap.run(globals())
