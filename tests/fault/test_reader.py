# SPDX-License-Identifier: Apache-2.0
"""Another process reads the store: stuck in a read transaction, killed in one, or open while the
map grows; and a daemon that is stopped for a while. The daemon goes on, the file stops growing when
the reader is gone, nothing acknowledged is missing. The minute of the daemon is made short by a
clock that runs faster."""
import os
import re
import signal
import subprocess
import tempfile
import threading
import time

import lab
import tap

FASTER = 20  # times
BASE = lab.Base(sheets=12)
TOOL = f"{lab.BUILD}/tests/store_tool"
SAVES = lab.scale(400, 4000)
ERASED = "P-060"
SENT = 60  # submissions around a stop


def faster_clock():
    return {"LD_PRELOAD": lab.faketime(), "FAKETIME": f"+0 x{FASTER}"}


def size(server):
    return os.path.getsize(f"{server.dir}/store/store.mdb")


def save(server, count, start=0):
    """So many saved pages, each with its receipt."""
    rpc = server.rpc()
    for n in range(start, start + count):
        op = lab.Op(f"reader {n}", BASE.sheets[n % len(BASE.sheets)], 1)
        op.send(rpc)
        _, error, _ = rpc.recv()
        assert error is None, error
    rpc.close()


def reader(job, server):
    """A process that has begun to read."""
    process = subprocess.Popen([TOOL, job, f"{server.dir}/store/store.mdb"], stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, text=True)
    assert re.match("holding|following", process.stdout.readline()), process.wait()
    return process


def readers(server):
    """Processes that have a slot in the table of readers."""
    done = subprocess.run(["mdb_stat", "-n", "-r", f"{server.dir}/store/store.mdb"],
                          capture_output=True, text=True, check=False)  # its status says nothing
    assert done.stdout.startswith("Reader Table Status"), done
    return {int(line.split()[0]) for line in done.stdout.splitlines()
            if re.match(r"\s*\d+\s+[0-9a-f]+\s+(\d+|-)", line)}


def wait_for(what, seconds, condition):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"never: {what}"
        time.sleep(0.001)


def test_stuck_and_killed():
    """a stuck reader makes the file grow, a killed one is cleared by the tick, and then it stops"""
    server = BASE.copy()
    try:
        server.start(env=faster_clock())
        save(server, SAVES)
        calm, begun = size(server), size(server)
        stuck = reader("hold", server)
        save(server, SAVES, SAVES)
        grown = size(server)
        assert stuck.pid in readers(server), "the reader has no slot"
        stuck.kill()
        stuck.wait()
        wait_for("the slot of the killed reader is cleared", 2 * 60 / FASTER + 20,
                 lambda: "event=reader_check cleared=1" in server.tail(1000))
        assert stuck.pid not in readers(server), readers(server)
        save(server, SAVES, 2 * SAVES)
        after = size(server)
        tap.equal(server.stop(), 0, server.tail())
        code, text = server.verify()
        tap.equal(code, 0, text)
        lab.report("stuck and killed reader", saved=3 * SAVES, bytes_before=calm,
                   bytes_beside=grown, bytes_after=after)
        assert grown > begun + 100 * 1024, "the reader was not stuck"
        assert after <= grown + 256 * 1024, (grown, after)
    finally:
        server.close()


def test_erased_after_a_crash():
    """killed between the erasure and the tick: the next daemon takes the bytes out of the file"""
    server = BASE.copy()
    name = next(p["name"] for p in BASE.world.people if p["code"] == ERASED).encode()

    def there():
        with open(f"{server.dir}/store/store.mdb", "rb") as file:
            return name in file.read()
    try:
        server.start()
        rpc = server.rpc()
        rpc.call("teacher.forget", code=ERASED, confirm=ERASED)
        rpc.close()
        server.kill()
        assert there(), "nothing was there to be erased"
        server.start(env=faster_clock())
        wait_for("the erased name leaves the file", 2 * 60 / FASTER + 20, lambda: not there())
        ledger = lab.Ledger(BASE, lab.script(BASE))
        assert ledger.play(server) and ledger.receipts() == 20, "it does not go on"
        tap.equal(server.stop(), 0, server.tail())
        code, text = server.verify()
        tap.equal(code, 0, text)
    finally:
        server.close()


def test_stopped():
    """a daemon stopped for three seconds: its store can be checked meanwhile, then all is answered"""
    totals = {"rounds": 0, "receipts": 0, "answered_after": 0}
    for n in range(lab.scale(1, 10)):
        server, ledger = BASE.copy(), lab.Ledger(BASE, lab.script(BASE, SENT))
        try:
            server.start()
            player = threading.Thread(target=ledger.play, args=(server,))
            player.start()
            wait_for("the first receipts", lab.ANSWER_S, lambda: ledger.receipts() > n)
            server.process.send_signal(signal.SIGSTOP)
            before = ledger.receipts()
            assert before < SENT, "it was over before it was stopped"
            code, text = server.verify()
            tap.equal(code, 0, text)
            time.sleep(3)
            assert player.is_alive() and ledger.receipts() <= before + 1, "it was not stopped"
            server.process.send_signal(signal.SIGCONT)
            player.join(lab.ANSWER_S)
            tap.equal(ledger.receipts(), SENT, server.tail())
            server.kill()
            server.start()
            ledger.check(server)
            tap.equal(ledger.bad(), 0, ledger.notes[:5])
            totals["rounds"] += 1
            totals["receipts"] += SENT
            totals["answered_after"] += SENT - before
        finally:
            server.close()
    lab.report("stopped for 3 s", **totals)


def test_growing():
    """the map grows from 1 MiB beside a reader: every write is stored, both go on"""
    mib = lab.scale(48, 1024)
    folder = tempfile.mkdtemp(prefix="metod-fault-")
    try:
        writer = subprocess.Popen([TOOL, "grow", f"{folder}/store", str(mib)],
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert writer.stdout.readline().startswith("wrote"), writer.communicate()
        file = f"{folder}/store/store.mdb"
        follower = subprocess.Popen([TOOL, "follow", file], stdin=subprocess.PIPE,
                                    stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert follower.stdout.readline() == "following\n", follower.communicate()
        said, wrong = writer.communicate(timeout=1800)
        read, wrong_too = follower.communicate("", timeout=60)
        tap.equal((writer.returncode, follower.returncode), (0, 0), wrong + wrong_too)
        used, size_of_map, last = map(int, re.findall(r"\d+", said.splitlines()[-1]))
        reads, resized = map(int, re.findall(r"\d+", read))
        writes = [int(line.split()[1]) for line in said.splitlines() if line.startswith("wrote")]
        tap.equal(writes[-1], last, "the last acknowledged event is the last one")
        done = subprocess.run([f"{lab.BUILD}/metodd", "verify", f"{folder}/store"], env=lab.ENV,
                              capture_output=True, text=True, check=False)
        tap.equal(done.returncode, 0, done.stdout + done.stderr)
        lab.report("map grows beside a reader", writes=len(writes) + 1, mib=used >> 20,
                   map_mib=size_of_map >> 20, doublings=(size_of_map >> 20).bit_length() - 1,
                   reads=reads, reader_resized=resized)
        assert size_of_map >= mib << 20 and reads > 10 and resized >= 3, (size_of_map, reads, resized)
    finally:
        subprocess.run(["rm", "-rf", folder], check=True)


tap.run(globals())
