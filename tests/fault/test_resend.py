# SPDX-License-Identifier: Apache-2.0
"""The same keys over fifty connections, with kill -9 in between: one receipt and one record each,
whichever connection asks, before and after every crash; the same key with another content is
refused and changes nothing."""
import random
import threading
import time

import lab
import tap

BASE = lab.Base(sheets=30)
KEYS, CONNECTIONS, SEED = lab.scale(100, 10000), 50, 20261127
KILLS = lab.scale(6, 60)
SHEETS = BASE.sheets


class Book:
    """The ledger of all connections: the answers to every key."""

    def __init__(self):
        self.mutex = threading.Lock()
        # A page is saved again and again, so every key is a record of its own.
        self.ops = [lab.Op(f"resend {n}", SHEETS[n % len(SHEETS)], 1 + n // len(SHEETS) % 2)
                    for n in range(KEYS)]
        self.sent = self.answered = self.conflicts = self.not_refused = self.differ = 0
        self.refusals = []

    def take(self, op, error, result):
        with self.mutex:
            self.answered += 1
            if error is not None:
                self.refusals.append(error)
            elif op.take(None, result):
                self.differ += 1

    def other(self, op, error):
        with self.mutex:
            self.conflicts += 1
            self.not_refused += error is None or error["code"] != "key_reused"


class Client(threading.Thread):
    """One connection after another; every key it is given, now and then with another content."""

    def __init__(self, server, book, ops, rng, over):
        super().__init__(daemon=True)
        self.server, self.book, self.ops, self.rng, self.over = server, book, ops, rng, over
        self.hung = None

    def exchange(self, rpc, op):
        with self.book.mutex:
            self.book.sent += 1
        op.send(rpc)
        self.book.take(op, *rpc.recv()[1:])
        if op.receipt and self.rng.random() < 0.2:
            answers = [(answer + 1) % 4 for answer in op.answers]
            rpc.send("page.save", _session=op.sheet.session, _key=op.key, page=op.page,
                     answers=answers)
            self.book.other(op, rpc.recv()[1])

    def run(self):
        left = list(self.ops)
        self.rng.shuffle(left)
        while left and not self.over.is_set():
            try:
                rpc = self.server.rpc()
                while left:
                    self.exchange(rpc, left[-1])
                    left.pop()
            except TimeoutError as late:
                self.hung = late
                return
            except (OSError, AssertionError):  # killed: the same key again on a new connection
                time.sleep(0.01)


def test_resend():
    """the same keys over 50 connections with crashes: one receipt, one record, a conflict for others"""
    rng, server, book, over = random.Random(SEED), BASE.copy(), Book(), threading.Event()
    killed = 0
    try:
        server.start()
        # Each key goes out over several connections.
        clients = [Client(server, book, rng.sample(book.ops, max(20, KEYS // 10)),
                          random.Random(rng.random()), over) for _ in range(CONNECTIONS)]
        for client in clients:
            client.start()
        # By what was answered, not by the clock: a quick machine must not be done before.
        each = sum(len(client.ops) for client in clients) / (KILLS + 2)
        while any(client.is_alive() for client in clients):
            time.sleep(0.002)
            if killed < KILLS and book.answered >= (killed + 1) * each:
                server.kill()
                killed += 1
                server.start()
        for client in clients:
            assert not client.hung, f"hang\n{server.tail()}"
        sent = [op for op in book.ops if op.sent]
        assert all(op.receipt for op in sent), "a key without a receipt"
        numbers = [op.receipt["seq"] for op in sent]
        tap.equal(len(set(numbers)), len(numbers), "one number twice")
        server.kill()
        code, text = server.verify()
        tap.equal(code, 0, text)
        server.start()
        ledger = lab.Ledger(BASE, [])
        rpc = server.rpc()
        stored = ledger.events(rpc)
        versions = sum(rpc.call("page.show", _session=sheet.session, page=page).get("version", 0)
                       for sheet in SHEETS for page in (1, 2))
        for op in sent:  # and once more, in a daemon that never saw them
            op.send(rpc)
            book.take(op, *rpc.recv()[1:])
        rpc.close()
        lab.report("keys sent again", keys=len(sent), connections=CONNECTIONS, kills=killed,
                   sent=book.sent, answered=book.answered, stored=len(stored),
                   other_content=book.conflicts, other_content_taken=book.not_refused,
                   other_receipts=book.differ)
        tap.equal(sorted(stored), sorted(numbers), "events and receipts")
        tap.equal(versions, len(sent), "versions of the pages")
        tap.equal((book.differ, book.not_refused, book.refusals), (0, 0, []))
        assert killed == KILLS and book.conflicts > 50, (killed, book.conflicts)
    finally:
        over.set()
        server.close()


tap.run(globals())
