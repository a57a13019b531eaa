# SPDX-License-Identifier: Apache-2.0
"""Damaged files and the commands that mend them: single bits of a store turned over are reported, or
every table is byte-equal, and a rebuild gives the same tables; a copy with a bit turned over is
refused, or restores to the same tables; crafted files are refused and crash nobody. The dumps are
of lmdb-utils, which share no code with what they judge."""
import atexit
import os
import random
import shutil
import subprocess
import tempfile

import lab
import tap
from harness import BUILD, ENV

SEED = 20261127
FLIPS = lab.scale(100, 5000)
COPY_FLIPS = lab.scale(100, 5000)
BLIND = f"{BUILD}/mutant/blind_verify/metodd"


def metodd(*words, program=f"{BUILD}/metodd"):
    """(exit status, output); a signal would be negative."""
    done = subprocess.run([program, *words], env=ENV, capture_output=True, text=True, timeout=60,
                          check=False)
    return done.returncode, done.stdout + done.stderr


def dump(path):
    """Every table but the list of free pages; None: cannot be read."""
    done = subprocess.run(["mdb_dump", "-a", "-n", path], capture_output=True, timeout=60,
                          check=False)
    lines = [line for line in done.stdout.split(b"\n")
             if not line.startswith((b"mapsize=", b"maxreaders="))]
    return lines if done.returncode == 0 else None


def tables(path):
    """The same without the state's generation, which a restore changes."""
    lines = dump(path)
    if lines is None:
        return None
    at = lines.index(b"database=.state")
    end = lines.index(b"DATA=END", at)
    return lines[:at] + lines[end:]


def prepare():
    """A store at rest with answered sheets and a forgotten person, and a copy of it."""
    base = lab.Base(sheets=10)
    server = base.copy()
    server.start()
    ledger = lab.Ledger(base, lab.script(base, 30))
    assert ledger.play(server) and ledger.receipts() == 30
    gone = base.sheets[-1].teacher
    server.rpc().call("teacher.forget", code=gone, confirm=gone)
    server.rpc().call("backup.create", file="copy.mbk")
    assert server.stop() == 0
    atexit.register(server.close)
    return server


SERVER = prepare()
STORE, COPY = f"{SERVER.dir}/store/store.mdb", f"{SERVER.dir}/backup/copy.mbk"
with open(STORE, "rb") as whole_file:
    WHOLE = whole_file.read()
with open(COPY, "rb") as whole_file:
    WHOLE_COPY = whole_file.read()
WANTED, WANTED_TABLES = dump(STORE), tables(STORE)
assert WANTED and WANTED_TABLES and tables(COPY) == WANTED_TABLES, "lmdb-utils must read the store"


class Folder:
    """A store folder with these bytes as its file."""

    def __init__(self, bytes_):
        self.dir = tempfile.mkdtemp(prefix="metod-repair-")
        self.store = f"{self.dir}/store"
        os.makedirs(self.store, mode=0o700)
        self.file = f"{self.store}/store.mdb"
        with open(f"{self.store}/FORMAT", "w", encoding="ascii") as file:
            file.write("metod 1\n")
        with open(self.file, "wb") as file:
            file.write(bytes_)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.dir, ignore_errors=True)


def flipped(bytes_, bit):
    out = bytearray(bytes_)
    out[bit // 8] ^= 1 << bit % 8
    return bytes(out)


def one_flip(bit, program=f"{BUILD}/metodd"):
    """(what verify says, whether the tables are the same, what a rebuild says, whether it gave the
    same tables)"""
    with Folder(flipped(WHOLE, bit)) as work:
        code, text = metodd("verify", work.store, program=program)
        same = dump(work.file) == WANTED if code == 0 else None
        if code == 0:
            return code, text, same, None, None
        before = open(work.file, "rb").read()
        again, words = metodd("rebuild", work.store)
        if again:
            kept = open(work.file, "rb").read() == before
            return code, text, same, again, kept and words
        checked = metodd("verify", work.store)[0]
        return code, text, same, again, checked == 0 and tables(work.file) == WANTED_TABLES


def test_store():
    """bits of a store turned over: reported, or byte-equal; a rebuild that succeeds gives the same tables"""
    counts = dict.fromkeys(("flips", "reported", "equal", "silent", "rebuilt", "journal_damaged",
                            "unreadable", "wrong"), 0)
    notes, rng = [], random.Random(SEED)
    bits = [rng.randrange(len(WHOLE) * 8) for _ in range(FLIPS)]
    for bit, (code, text, same, again, rebuilt) in zip(bits, lab.in_parallel(
            [lambda b=b: one_flip(b) for b in bits])):
        counts["flips"] += 1
        counts["reported"] += code == 8
        counts["equal"] += code == 0 and same
        if code == 0 and not same:
            counts["silent"] += 1
            notes.append(f"bit {bit}: verify is content: {text}")
        if code not in (0, 8):
            counts["wrong"] += 1
            notes.append(f"bit {bit}: verify ends with {code}: {text}")
        if code == 0:
            continue
        if again == 0:
            counts["rebuilt"] += 1
            if not rebuilt:
                counts["wrong"] += 1
                notes.append(f"bit {bit}: the rebuilt tables differ")
        elif rebuilt and "can be saved" in rebuilt:
            counts["journal_damaged"] += 1
        elif rebuilt and again == 8:
            counts["unreadable"] += 1
        else:
            counts["wrong"] += 1
            notes.append(f"bit {bit}: rebuild: {again} {rebuilt}")
    lab.report("bits of a store, rebuild", **counts)
    assert not notes, "\n".join(notes[:10])
    assert counts["rebuilt"] and counts["journal_damaged"] and counts["equal"], counts


def test_cut():
    """a damaged journal: --keep with the number that is named gives a whole store of those events"""
    rng, cut = random.Random(SEED + 1), 0
    for _ in range(200):
        if cut == lab.scale(4, 60):
            return
        with Folder(flipped(WHOLE, rng.randrange(len(WHOLE) * 8))) as work:
            code, text = metodd("rebuild", work.store)
            if code == 0 or "--keep" not in text:
                continue
            keep = text.split("--keep ")[1].split()[0]
            tap.equal(metodd("rebuild", "--keep", str(int(keep) + 1), work.store)[0], 7)
            code, text = metodd("rebuild", "--keep", keep, work.store)
            tap.equal(code, 0, text)
            code, text = metodd("verify", work.store)
            tap.equal(code, 0, text)
            tap.equal(len([n for n in os.listdir(work.store) if ".aside-" in n]), 1)
            cut += 1
    raise AssertionError(f"only {cut} journals were cut")


def one_copy(bit, described):
    with Folder(b"") as work:
        os.unlink(work.file)
        copy = f"{work.dir}/copy.mbk"
        with open(copy, "wb") as file:
            file.write(flipped(WHOLE_COPY, bit))
        if described:
            shutil.copy(f"{COPY}.json", f"{copy}.json")
        checked, text = metodd("verify", copy)
        restored, words = metodd("restore", copy, work.store)
        left = [n for n in os.listdir(work.store) if n not in ("FORMAT", "lock", "store.mdb")]
        same = tables(work.file) == WANTED_TABLES if restored == 0 else None
        return checked, restored, same, left, text + words, os.path.exists(work.file)


def test_copy():
    """bits of a copy turned over: refused, or restored to the same tables; with a manifest refused"""
    counts = dict.fromkeys(("flips", "refused", "restored", "wrong"), 0)
    notes, rng = [], random.Random(SEED + 2)
    bits = [rng.randrange(len(WHOLE_COPY) * 8) for _ in range(COPY_FLIPS)]
    jobs = [lambda b=b, i=i: one_copy(b, i % 4 == 0) for i, b in enumerate(bits)]
    for number, (checked, restored, same, left, text, there) in enumerate(lab.in_parallel(jobs)):
        counts["flips"] += 1
        counts["refused"] += restored == 8
        counts["restored"] += restored == 0
        good = (checked == restored and restored in (0, 8) and not left and
                there == (restored == 0) and same in (None, True))
        if number % 4 == 0:
            good = good and restored == 8
        if not good:
            counts["wrong"] += 1
            notes.append(f"bit {bits[number]}: {checked} {restored} {same} {left}: {text}")
    lab.report("bits of a copy", **counts)
    assert not notes, "\n".join(notes[:10])
    assert counts["refused"] and counts["restored"], counts


HUGE = ("huge map", "last page")


def crafted():
    """(name, bytes) of files that are no copy of ours."""
    rng = random.Random(SEED + 3)
    yield "empty", b""
    yield "one byte", b"x"
    yield "half a page", WHOLE_COPY[:2048]
    for share in (1, 2, 3, 10, 50, 90, 99):
        yield f"cut to {share} %", WHOLE_COPY[:len(WHOLE_COPY) * share // 100]
    yield "one byte short", WHOLE_COPY[:-1]
    for size in (100, 4096, 8192, 200000):
        yield f"{size} random bytes", rng.randbytes(size)
    yield "zeros", bytes(100000)
    # The meta pages: magic, version, address, map size, root of tables, last page, transaction.
    for name, at, value in (("huge map", 32, 1 << 62), ("map of no bytes", 32, 0),
                            ("last page", 16 + 8 + 8 + 8 + 96, 1 << 40),
                            ("root of the tables", 16 + 8 + 8 + 8 + 48 + 40, 1 << 33),
                            ("root beyond the file", 16 + 8 + 8 + 8 + 48 + 40, 5000),
                            ("page size", 16 + 8 + 8 + 8, 1 << 20)):
        out = bytearray(WHOLE_COPY)
        for page in (0, 4096):
            out[page + at:page + at + 8] = value.to_bytes(8, "little")
        yield name, bytes(out)
    for number in range(lab.scale(30, 1000)):  # whole pages of noise, in any place
        out = bytearray(WHOLE_COPY)
        for _ in range(rng.randrange(1, 4)):
            page = rng.randrange(len(out) // 4096) * 4096
            out[page:page + 4096] = rng.randbytes(4096)
        yield f"noise {number}", bytes(out)
    for number in range(lab.scale(20, 1000)):  # one page in the place of another: a circle
        out = bytearray(WHOLE_COPY)
        a, b = (2 + rng.randrange(len(out) // 4096 - 2) for _ in range(2))
        out[a * 4096:a * 4096 + 4096] = out[b * 4096:b * 4096 + 4096]
        yield f"page {b} for {a} ({number})", bytes(out)
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["mdb_load", "-n", f"{folder}/other"], check=True,
                       input=b"VERSION=3\nformat=print\ntype=btree\nHEADER=END\n key\n value\nDATA=END\n")
        with open(f"{folder}/other", "rb") as file:
            yield "another LMDB file", file.read()


def test_crafted():
    """crafted files are refused by verify, restore, rebuild and dry run, and crash nobody"""
    counts, notes = dict.fromkeys(("files", "refused", "equal"), 0), []

    def one(name, bytes_):
        ends, same = {}, True
        with Folder(bytes_) as work:
            ends["verify"] = metodd("verify", work.file)
            ends["audit"] = metodd("audit", work.file)
            ends["rebuild"] = metodd("rebuild", work.store)
            if ends["rebuild"][0] == 0:
                same &= tables(work.file) == WANTED_TABLES
        with Folder(WHOLE) as work:
            copy = f"{work.dir}/crafted"
            with open(copy, "wb") as file:
                file.write(bytes_)
            ends["dry run"] = metodd("restore", "--dry-run", copy, work.store)
            same &= open(work.file, "rb").read() == WHOLE
            ends["restore"] = metodd("restore", copy, work.store)
            if ends["restore"][0] == 0:
                same &= tables(work.file) == WANTED_TABLES
            else:
                same &= open(work.file, "rb").read() == WHOLE
        return name, ends, same

    for name, ends, same in lab.in_parallel(
            [lambda n=n, b=b: one(n, b) for n, b in crafted()]):
        counts["files"] += 1
        counts["refused"] += ends["restore"][0] != 0
        counts["equal"] += ends["restore"][0] == 0
        codes = {command: status for command, (status, _) in ends.items()}
        allowed = (0, 8, 1) if name in HUGE else (0, 8)  # 1: the system cannot map that much
        if not same or codes["verify"] != codes["restore"] or \
                any(status not in allowed for status in codes.values()):
            notes.append(f"{name}: {codes} same {same}: {ends['restore'][1][:300]}")
    lab.report("crafted files", **counts)
    assert not notes, "\n".join(notes[:10])
    assert counts["refused"] > counts["files"] / 2, counts


def test_served():
    """checks and copies of a damaged store end no daemon: damage is reported, the next call answered"""
    rng, counts = random.Random(SEED + 4), dict.fromkeys(("stores", "served", "reported", "whole"), 0)
    for _ in range(lab.scale(25, 500)):
        page = (2 + rng.randrange(len(WHOLE) // 4096 - 2)) * 4096
        with Folder(WHOLE[:page] + rng.randbytes(4096) + WHOLE[page + 4096:]) as work:
            shutil.copytree(f"{SERVER.dir}/keys", f"{work.dir}/keys")
            os.makedirs(f"{work.dir}/backup")
            server = lab.Server(work.dir)
            counts["stores"] += 1
            try:
                server.start()
                rpc = server.rpc()
                rpc.call("store.stat")
            except (lab.Ended, lab.RpcError, ConnectionError):
                server.close()
                continue
            counts["served"] += 1
            report = rpc.call("store.verify")
            assert report["ok"] or report["found"], report
            rpc.call("audit.verify")
            rpc.send("backup.create", file="copy.mbk")
            _, error, _ = rpc.recv()
            assert error is None or error["code"] == "damaged", error
            rpc.call("store.stat")
            tap.equal(sorted(n for n in os.listdir(f"{work.dir}/backup") if n[0] == "."), [])
            counts["reported" if not report["ok"] else "whole"] += 1
            assert server.stop() == 0, server.tail()
            server.close()
    lab.report("checks of a damaged store that is served", **counts)
    assert counts["reported"] > counts["stores"] / 3, counts


def test_erased_is_back():
    """an erasure after the copy is named by the dry run and by the restore: it has to be repeated"""
    with Folder(WHOLE) as work:
        shutil.copytree(f"{SERVER.dir}/keys", f"{work.dir}/keys")
        server = lab.Server(work.dir)
        server.start()
        server.rpc().call("teacher.forget", code="P-030", confirm="P-030")
        assert server.stop() == 0
        for words in (("--dry-run",), ()):
            code, text = metodd("restore", *words, COPY, work.store)
            assert code == 0 and "Erasures among them: 1." in text, text
        server.close()


def test_clock():
    """doctor: a clock behind the last event is wrong, one beside it is good"""
    for shift, ending in (("-400d", 8), ("+0d", 0)):
        env = {**ENV, "FAKETIME": shift,
               "LD_PRELOAD": "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1"}
        done = subprocess.run([f"{BUILD}/metodd", "doctor", *SERVER.settings], env=env,
                              capture_output=True, text=True, check=False)
        tap.equal(done.returncode, ending, done.stdout + done.stderr)
        tap.equal("clock is behind" in done.stdout, ending == 8, done.stdout)


def test_control():
    """control: a program whose verify does not look must be found silent"""
    rng, silent = random.Random(SEED), 0
    for bit in [rng.randrange(len(WHOLE) * 8) for _ in range(20)]:
        code, _, same, _, _ = one_flip(bit, BLIND)
        silent += code == 0 and not same
    lab.report("control: blind verify", flips=20, silent=silent)
    assert silent > 3, silent


tap.run(globals())
