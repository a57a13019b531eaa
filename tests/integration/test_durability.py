# SPDX-License-Identifier: Apache-2.0
"""Ten kill -9 of the real daemon under load, with the ledger outside of it: nothing acknowledged is
lost, nothing is stored that was not sent, nothing twice. Then the same of the store alone, with a
power cut, and the control that must lose."""
import hashlib
import json
import os
import random
import secrets
import subprocess
import threading
import time

import tap
from harness import BUILD, ENV, Daemon
from world import World

CYCLES, CLIENTS, AT_ONCE, SEED = 10, 8, 4, 20261121
DAEMON = Daemon(web=False).start()
WORLD = World(DAEMON)


class Op:
    """One line of the ledger: written before sending; the receipt is added when it has come."""

    def __init__(self, sheet, page=None):
        self.sheet, self.page, self.key = sheet, page, secrets.token_hex(16)
        digest = hashlib.sha256(self.key.encode()).digest()
        # Answers are derived from the key: a changed or mixed-up body would show.
        self.answers = [digest[i] % 4 for i in range(sheet.sizes[page - 1])] if page else None
        self.reply = None

    def send(self, rpc):
        if self.page:
            return rpc.send("page.save", _session=self.sheet.session, _key=self.key, page=self.page,
                            answers=self.answers)
        return rpc.send("attempt.submit", _session=self.sheet.session, _key=self.key)


class Sheet:
    def __init__(self, rpc, teacher, code):
        self.teacher, self.ops = teacher, []
        self.session = rpc.call("session.enter", code=code)["session"]
        pages = rpc.call("attempt.show", _session=self.session)["pages"]
        rpc.call("attempt.start", _session=self.session, consent_process=True)
        shown = [rpc.call("page.show", _session=self.session, page=n + 1) for n in range(pages)]
        self.sizes = [len(page["rows"]) for page in shown]
        self.items = [[row["item"] for row in page["rows"]] for page in shown]

    def op(self, page=None):
        self.ops.append(Op(self, page))
        return self.ops[-1]

    def saved(self):
        return [op for op in self.ops if op.page]


class Client(threading.Thread):
    """Sends batches of page.save, at last a submit, until the daemon is gone."""

    def __init__(self, sheets, rng, sends=False):
        super().__init__(daemon=True)
        self.sheets, self.rng, self.refused, self.sends = sheets, rng, [], sends

    def exchange(self, rpc, ops):
        waiting = {op.send(rpc): op for op in ops}
        while waiting:
            number, error, result = rpc.recv()
            op = waiting.pop(number)
            if error is not None:
                self.refused.append((op.page, error))
            elif op.reply is not None and op.reply["receipt"] != result["receipt"]:
                self.refused.append((op.page, f"{op.reply} then {result}"))
            else:
                op.reply = result

    def run(self):
        try:
            rpc = DAEMON.rpc()
            for sheet in self.sheets:  # what was in flight goes out again with the same keys
                self.exchange(rpc, [op for op in sheet.ops if op.reply is None])
            if self.sends:
                sheet = self.sheets[0]
                self.exchange(rpc, [sheet.op(page + 1) for page in range(len(sheet.sizes))])
                self.sheets.remove(sheet)
                done.append(sheet)
                self.exchange(rpc, [sheet.op()])
            while self.sheets:
                sheet = self.rng.choice(self.sheets[:3])
                self.exchange(rpc, [sheet.op(self.rng.randrange(len(sheet.sizes)) + 1)
                                    for _ in range(AT_ONCE)])
        except OSError:
            pass  # killed: the ledger knows what is open


done = []


def verify(when):
    status = subprocess.run([f"{BUILD}/metodd", "verify", f"{DAEMON.dir}/store"], env=ENV,
                            capture_output=True, text=True, check=False)
    assert status.returncode == 0, f"{when}: {status.stdout}{status.stderr}"


def check_sheet(rpc, sheet):
    """Replies against the ledger, and the ledger against what the daemon shows."""
    state = rpc.call("attempt.show", _session=sheet.session)["state"]
    final = {}
    for page in range(1, len(sheet.sizes) + 1):
        ops = sorted((op for op in sheet.saved() if op.page == page), key=lambda o: o.reply["version"])
        tap.equal([op.reply["version"] for op in ops], list(range(1, len(ops) + 1)),
                  f"{sheet.teacher} page {page}: each key one version, none lost, none twice")
        tap.equal([op.reply["receipt"]["seq"] for op in ops],
                  sorted(op.reply["receipt"]["seq"] for op in ops), "order of commits")
        if ops:
            final.update(zip(sheet.items[page - 1], ops[-1].answers))
        if state == "started":
            shown = rpc.call("page.show", _session=sheet.session, page=page)
            tap.equal(shown.get("version", 0), len(ops), f"{sheet.teacher} page {page}")
            if ops:
                tap.equal([row["answer"] for row in shown["rows"]], ops[-1].answers)
    submits = [op for op in sheet.ops if not op.page]
    tap.equal(state == "submitted", bool(submits), f"{sheet.teacher}: {state}")
    for op in submits:
        data = rpc.call("me.data", _session=op.reply["session"])
        tap.equal(len(data["submissions"]), 1)
        stored = data["submissions"][0]
        tap.equal(dict(zip(stored["items"], stored["answers"])), final, sheet.teacher)
        assert data["profiles"], "the profile is of the same transaction"


def journal_of(kind):
    rpc, rows, last = DAEMON.rpc(), [], 0
    while True:
        part = rpc.call("audit.log", **{"from": last + 1, "limit": 10000})["rows"]
        if not part:
            return [row["seq"] for row in rows if row["event"] == kind]
        rows += part
        last = part[-1]["seq"]


def test_kill_under_load():
    """ten kill -9 under load of eight clients: 0 lost, 0 phantom, 0 duplicate, 0 altered"""
    rng = random.Random(SEED)
    rpc = DAEMON.rpc()
    sheets = [Sheet(rpc, teacher, code) for teacher, code in sorted(WORLD.codes.items())]
    shares = [sheets[n::CLIENTS] for n in range(CLIENTS)]
    open_keys = kept = 0
    for cycle in range(CYCLES):
        # Whole sheets go out in every other cycle, however slow the machine is.
        clients = [Client(share, random.Random(rng.random()), cycle % 2 == 1) for share in shares]
        for client in clients:
            client.start()
        time.sleep(rng.uniform(0.1, 0.5))
        DAEMON.kill()
        for client in clients:
            client.join(30)
            assert not client.refused, client.refused[:3]
        open_ops = [op for sheet in sheets for op in sheet.ops if op.reply is None]
        open_keys += len(open_ops)
        if cycle % 3 == 0:
            verify(f"cycle {cycle}")
        DAEMON.start()
        last = DAEMON.rpc().call("store.stat")["journal"]
        most = max((op.reply["receipt"]["seq"] for s in sheets for op in s.ops if op.reply), default=0)
        assert last >= most, f"cycle {cycle}: the journal ends at {last}, a receipt says {most}"
        stored = Client([], rng)
        for sheet in sheets:  # unacknowledged keys again; each then has its one receipt
            stored.exchange(rpc := DAEMON.rpc(), [op for op in sheet.ops if op.reply is None])
        kept += sum(op.reply is not None and op.reply["receipt"]["seq"] <= last for op in open_ops)
        assert not stored.refused, stored.refused[:3]
    ops = [op for sheet in sheets for op in sheet.ops]
    again = Client([], rng)
    for sheet in sheets:  # every key once more: the same receipt, in a daemon that never saw the first
        again.exchange(DAEMON.rpc(), sheet.ops)
    assert not again.refused, again.refused[:3]
    seqs = [op.reply["receipt"]["seq"] for op in ops]
    tap.equal(len(set(seqs)), len(seqs), "sequence numbers of receipts")
    tap.equal(journal_of("page_saved"), sorted(o.reply["receipt"]["seq"] for o in ops if o.page),
              "events of the journal and receipts")
    for sheet in sheets:
        check_sheet(DAEMON.rpc(), sheet)
    tap.equal(DAEMON.stop(), 0, DAEMON.tail())
    verify("at the end")
    print(f"# {len(ops)} acts, {len(done)} sheets sent, {open_keys} open at a kill, "
          f"{kept} of them had been stored")
    assert len(ops) > 500 and open_keys > CYCLES and done, "too little load"


def store_crash(*options):
    """(exit status, report) of the harness for the store alone."""
    env = {**ENV, "ASAN_OPTIONS": ENV["ASAN_OPTIONS"] + ":verify_asan_link_order=0"}
    program = f"{BUILD}/tests/store_crash"
    assert os.access(program, os.X_OK), f"{program} is not built"
    run = subprocess.run([program, "--seed", "7", *options], env=env, capture_output=True, text=True,
                         timeout=300, check=False)
    assert run.returncode in (0, 1), f"{run.returncode}: {run.stdout}{run.stderr}"
    return run.returncode, json.loads(run.stdout.splitlines()[-1])


def test_store_kill():
    """the store alone: kill -9 at random, nothing lost, phantom, duplicate or altered"""
    status, report = store_crash("--cycles", "10")
    tap.equal(status, 0, report)


def test_power_cut():
    """a power cut leaves only what was flushed: everything acknowledged is there"""
    status, report = store_crash("--cycles", "10", "--preload", f"{BUILD}/tests/powerloss.so")
    tap.equal(status, 0, report)


def test_control_must_lose():
    """the control without flushes is seen to lose: the harness is not blind"""
    status, report = store_crash("--cycles", "5", "--preload", f"{BUILD}/tests/powerloss.so",
                                 "--nosync-control")
    tap.equal(status, 1, report)
    assert report["lost"] > 0, report


tap.run(globals())
