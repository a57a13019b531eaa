# SPDX-License-Identifier: Apache-2.0
"""Power cuts of the whole daemon. First images rebuilt from a traced log: at every flush the durable
base and a random part of what was not flushed, at every receipt nothing but what was flushed; each
is verified and compared with the ledger. Then real cuts of an ext4 on a loop device. The daemon
without flushes must be found out by both."""
import fcntl
import os
import random
import shutil
import struct
import subprocess
import sys
import tempfile
import threading

import msgpack

import images
import lab
import tap
from lab import BUILD

SHARES = (0.1, 0.5, 0.9)
INSIDE = "METOD_FAULT_NAMESPACE"
IMAGES = 40 if INSIDE in os.environ else lab.scale(200, 20000)
CUTS, SEED = lab.scale(10, 500), 20261127
COUNTERS = ("lost", "phantom", "duplicate", "altered")
MUTEX = threading.Lock()
EXT4_SHUTDOWN, NO_LOG_FLUSH = 0x8004587D, 2
SHM = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
BASE = lab.Base(sheets=lab.scale(20, 60))
TOOL = f"{BUILD}/tests/store_tool"


def read_store(folder):
    """{key: (number, digest of the event, kept reply)} of a store that is whole, or what is wrong."""
    done = subprocess.run([TOOL, "check", folder], env=lab.ENV, capture_output=True, text=True,
                          timeout=60, check=False)
    if done.returncode != 0:
        return None, f"{done.returncode}: {done.stdout[-300:]}{done.stderr[-300:]}"
    rows = [line.split() for line in done.stdout.splitlines()]
    return {row[1]: (int(row[2]), row[3], row[4]) for row in rows if row[0] == "key"}, ""


def receipt_in(kept):
    return msgpack.unpackb(bytes.fromhex(kept), strict_map_key=False)["receipt"]


KNOWN, WRONG = read_store(f"{BASE.daemon.dir}/store")
assert KNOWN is not None, WRONG


def compare(rows, acknowledged, sent, ledger, what):
    """A store against the ledger of one moment: receipts that had gone out, keys that were sent."""
    for op in acknowledged:
        row = rows.get(op.key)
        if not row:
            ledger.note("lost", f"{what}: {op.key}")
        elif receipt_in(row[2]) != op.receipt or row[0] != op.receipt["seq"]:
            ledger.note("altered", f"{what}: {op.key}: {row} {op.receipt}")
        elif op.page and row[1] != op.receipt["digest"]:
            ledger.note("altered", f"{what}: {op.key}: the event has another digest: {row}")
    for key in rows.keys() - KNOWN.keys() - {op.key for op in sent}:
        ledger.note("phantom", f"{what}: {key}")
    numbers = [row[0] for key, row in rows.items() if key not in KNOWN]
    if len(set(numbers)) != len(numbers):
        ledger.note("duplicate", f"{what}: {sorted(numbers)}")


def traced(program, count):
    """(disk before the run, log, ledger, folder to be removed) of a run that ended well."""
    server, ledger = BASE.copy(program), lab.Ledger(BASE, lab.script(BASE, count))
    log = f"{server.dir}/trace"
    disk = images.Disk(f"{server.dir}/store")
    server.start(prefix=images.tracer(log))
    assert ledger.play(server) and ledger.receipts() == count, ledger.notes
    assert server.stop() == 0, server.tail()
    return disk, log, ledger, server


def check_image(image, acknowledged, sent, what, ledger, totals):
    folder = tempfile.mkdtemp(prefix="metod-image-", dir=SHM)
    try:
        images.lay_out(image, folder)
        rows, wrong = read_store(folder)
        with MUTEX:
            totals["images"] += 1
            if rows is None:
                totals["unopenable"] += 1
                ledger.note("lost", f"{what}: {wrong}")
            else:
                compare(rows, acknowledged, sent, ledger, what)
                totals["kept"] += len(rows.keys() - KNOWN.keys()) > len(acknowledged)
    finally:
        shutil.rmtree(folder)


def every_image(disk, log, ledger, rounds, rng):
    """(image, receipts that had gone out, keys that were sent, name) for every moment of a log."""
    by_key = {op.key.encode(): n for n, op in enumerate(ledger.ops)}
    done = 0
    for number, (kind, said) in enumerate(images.moments(log, disk)):
        shares = (0,) if kind == "stored" else SHARES * rounds
        if kind == "answer":
            told = [n for key, n in by_key.items() if key in said]
            if b"receipt" not in said or not told:
                continue
            done, shares = max(told) + 1, (0,)
        for share in shares:
            yield (disk.image(share, rng), ledger.ops[:done], ledger.ops[:done + 1],
                   f"moment {number} {kind} {share}")


def rebuild(program, wanted, seed, name):
    """Images of one traced run; the counts."""
    totals, rng = {"receipts": 0, "images": 0, "unopenable": 0, "kept": 0}, random.Random(seed)
    count = lab.scale(24, 200)
    disk, log, ledger, server = traced(program, count)
    # Two flushes of each submission, three shares: so many rounds make as many as are wanted.
    rounds = max(1, -(-wanted // (count * 2 * len(SHARES))))
    totals["receipts"] = count
    with lab.concurrent.futures.ThreadPoolExecutor(lab.AT_ONCE) as pool:
        jobs = []
        for one in every_image(disk, log, ledger, rounds, rng):
            jobs.append(pool.submit(check_image, *one, ledger, totals))
            if len(jobs) > 4 * lab.AT_ONCE:  # not all images in memory at once
                jobs.pop(0).result()
        for job in jobs:
            job.result()
    server.close()
    for counter in COUNTERS:
        totals[counter] = getattr(ledger, counter)
    lab.report(name, namespace=INSIDE in os.environ, **totals)
    return totals, ledger


def test_images():
    """images of the whole daemon: each opens, holds what was acknowledged and nothing else"""
    totals, ledger = rebuild(None, IMAGES, SEED, "power cut, images of the whole daemon")
    assert totals["images"] >= IMAGES and totals["kept"] > 0, totals
    tap.equal(ledger.bad(), 0, ledger.notes[:10])


def test_images_control():
    """control: the daemon without flushes is found out by the images"""
    totals, _ = rebuild(f"{BUILD}/mutant/no_flush/metodd", 30, SEED, "control: mutant no_flush, images")
    assert totals["lost"] > 0, totals


# ---- care of the store ----

def filled():
    """A daemon at rest with some submissions, and what its store holds."""
    server = BASE.copy()
    server.start()
    ledger = lab.Ledger(BASE, lab.script(BASE, 12))
    assert ledger.play(server) and ledger.receipts() == 12
    rpc = server.rpc()
    rpc.call("teacher.forget", code="P-060", confirm="P-060")
    rpc.call("backup.create", file="before.mbk")
    rpc.close()
    assert server.stop() == 0, server.tail()
    return server, read_store(f"{server.dir}/store")[0]


def whole_copy(path):
    return subprocess.run([f"{BUILD}/metodd", "verify", path], env=lab.ENV, capture_output=True,
                          check=False).returncode == 0


def judge(disk, log, good, done, name):
    """good(folder, whether it was said to be done) for images of every moment; done(kind, said)."""
    rng, jobs, over = random.Random(SEED), [], False

    def one(image, over, what):
        folder = tempfile.mkdtemp(prefix="metod-image-", dir=SHM)
        try:
            images.lay_out(image, folder)
            good(folder, over, what)
        finally:
            shutil.rmtree(folder)

    for number, (kind, said) in enumerate(images.moments(log, disk)):
        over = over or done(kind, said)
        for share in (0,) + SHARES * lab.scale(2, 60):
            jobs.append(lambda i=disk.image(share, rng), o=over, w=f"{name} {number} {kind} {share}":
                        one(i, o, w))
    assert over, f"{name} was never done"
    lab.in_parallel(jobs)
    lab.report(f"power cut, images of a {name}", namespace=INSIDE in os.environ, images=len(jobs))


def test_images_of_compaction():
    """images of a compaction: always the whole old store or the whole new one"""
    server, wanted = filled()
    disk, log = images.Disk(f"{server.dir}/store"), f"{server.dir}/trace"
    subprocess.run([*images.tracer(log), TOOL, "compact", f"{server.dir}/store"], check=True)

    def good(folder, _, what):
        tap.equal(read_store(folder)[0], wanted, what)

    judge(disk, log, good, lambda kind, said: kind == "flush", "compaction")
    server.close()


def test_images_of_restore():
    """images of a restore into an empty folder: no store, or the whole one"""
    server, wanted = filled()
    new, log = f"{server.dir}/new", f"{server.dir}/trace"
    os.mkdir(new, 0o700)
    disk = images.Disk(new)
    subprocess.run([*images.tracer(log), f"{BUILD}/metodd", "restore",
                    f"{server.dir}/backup/before.mbk", new], env=lab.ENV, check=True,
                   stdout=subprocess.PIPE)

    def good(folder, said, what):
        there = os.path.exists(f"{folder}/store.mdb")
        assert there or not said, f"{what}: said to be restored, and is not there"
        assert not there or read_store(folder)[0] == wanted, f"{what}: half a store"

    def done(kind, said):
        return kind == "answer" and b"before.mbk" in said

    judge(disk, log, good, done, "restore")
    with open(log, encoding="ascii", errors="replace") as file:
        lines = [line for line in file if "sync(" not in line]
    with open(log, "w", encoding="ascii", errors="replace") as file:
        file.writelines(lines)
    shutil.rmtree(new)
    os.mkdir(new)
    try:
        judge(images.Disk(new), log, good, done, "restore without flushes")
    except AssertionError:
        pass
    else:
        raise AssertionError("control: the same log without its flushes is not found out")
    server.close()


def test_images_of_backup():
    """images of a backup of a running daemon: its name means a whole copy, once said it is there"""
    server, wanted = filled()
    log = f"{server.dir}/trace"
    disk = images.Disk(server.dir, ("lock", "log", "trace", ".sock"))
    server.start(prefix=images.tracer(log))
    rpc = server.rpc()
    rpc.call("backup.create", file="b.mbk")
    rpc.close()
    assert server.stop() == 0, server.tail()

    def good(folder, said, what):
        tap.equal(read_store(f"{folder}/store")[0], wanted, what)
        there = os.path.exists(f"{folder}/backup/b.mbk")
        assert there or not said, f"{what}: said to be there, and is not"
        assert not there or whole_copy(f"{folder}/backup/b.mbk"), f"{what}: half a backup"

    judge(disk, log, good, lambda kind, said: kind == "answer" and b"b.mbk" in said, "backup")
    server.close()


# ---- real cuts ----

def loop_mount(file, folder):
    return subprocess.run(["mount", "-t", "ext4", "-o", "loop", file, folder],
                          capture_output=True, text=True, check=False)


def make_disk(folder):
    """An empty ext4 in a file, mounted as the folder of the store; what went wrong."""
    os.mkdir(f"{folder}/store", 0o700)
    with open(f"{folder}/disk", "wb") as file:
        file.truncate(24 << 20)
    done = subprocess.run(["mkfs.ext4", "-q", "-F", "-E", "lazy_itable_init=0", f"{folder}/disk"],
                          capture_output=True, text=True, check=False)
    if done.returncode == 0:
        done = loop_mount(f"{folder}/disk", f"{folder}/store")
    return done.stderr if done.returncode else ""


def unmount(folder):
    for _ in range(200):  # the daemon's last descriptor may live a moment longer
        if subprocess.run(["umount", f"{folder}/store"], capture_output=True,
                          check=False).returncode == 0:
            return True
        lab.harness.time.sleep(0.02)
    return False


def cut_power(folder):
    handle = os.open(f"{folder}/store", os.O_RDONLY)
    try:
        fcntl.ioctl(handle, EXT4_SHUTDOWN, struct.pack("I", NO_LOG_FLUSH))
    finally:
        os.close(handle)


def one_cut(program, totals, rng, stop_at=None):
    """stop_at: the number of receipts after which the power goes; else at random."""
    folder = tempfile.mkdtemp(prefix="metod-fault-")
    wrong = make_disk(folder)
    assert not wrong, wrong
    server = BASE.copy(program, folder=folder)
    ledger = lab.Ledger(BASE, lab.script(BASE, 100))
    try:
        subprocess.run(["sync", "-f", f"{folder}/store"], check=True)
        server.start()
        player = threading.Thread(target=ledger.play, args=(server,), daemon=True)
        player.start()
        if stop_at:
            while ledger.receipts() < stop_at and player.is_alive():
                lab.harness.time.sleep(0.001)
        else:
            lab.harness.time.sleep(rng.uniform(0.01, 0.25))
        cut_power(folder)
        lab.harness.time.sleep(0.02)
        server.kill()
        player.join(lab.ANSWER_S)
        assert not player.is_alive(), "hang: no end after the cut"
        totals["receipts"] += ledger.receipts()
        assert unmount(folder), "the disk is still in use"
        mounted = loop_mount(f"{folder}/disk", f"{folder}/store")
        assert mounted.returncode == 0, mounted.stderr
        server.program = f"{BUILD}/metodd"
        code, text = server.verify()
        if code != 0:
            ledger.note("lost" if ledger.receipts() else "altered", text)
        else:
            server.start()
            ledger.check(server)
        totals["cuts"] += 1
        totals["kept"] += ledger.kept
        for counter in COUNTERS:
            totals[counter] += getattr(ledger, counter)
        return ledger.notes
    finally:
        server.kill()
        unmount(folder)
        server.close()


def cuts(program, count, name, stop_at=None):
    totals, rng, notes = dict.fromkeys(("cuts", "receipts", "kept") + COUNTERS, 0), \
        random.Random(SEED), []
    for _ in range(count):
        notes += one_cut(program, totals, rng, stop_at)
    lab.report(name, **totals)
    return totals, notes


def may_cut():
    folder = tempfile.mkdtemp(prefix="metod-fault-")
    try:
        return not make_disk(folder)
    finally:
        unmount(folder)
        shutil.rmtree(folder)


def test_cuts():
    """power cuts of an ext4: nothing lost, phantom, duplicate, altered (as many images again where
    a loop device may not be mounted)"""
    if INSIDE in os.environ or not may_cut():
        _, ledger = rebuild(None, IMAGES, SEED + 1, "power cut, images where no loop device may be mounted")
        tap.equal(ledger.bad(), 0, ledger.notes[:10])
        return
    totals, notes = cuts(None, CUTS, "power cut of an ext4")
    tap.equal(notes, [], totals)
    assert totals["receipts"] > CUTS, totals
    totals, _ = cuts(f"{BUILD}/mutant/no_flush/metodd", 2, "control: mutant no_flush, ext4", 20)
    assert totals["lost"] > 0, f"control: without flushes nothing is lost: {totals}"


def test_in_a_namespace():
    """the same without the right to mount, in a user namespace"""
    done = subprocess.run(["unshare", "-Ur", sys.executable, os.path.abspath(__file__)],
                          env={**os.environ, INSIDE: "1", "METOD_FAULT": "commit"},
                          capture_output=True, text=True, timeout=600, check=False)
    print("\n".join(line for line in done.stdout.splitlines() if line.startswith("# counts")))
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-2000:]


if INSIDE in os.environ:
    del test_in_a_namespace
tap.run(globals())
