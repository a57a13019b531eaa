# SPDX-License-Identifier: Apache-2.0
"""MessagePack-RPC from outside: two foreign codecs, order, back-pressure, refusals, hostile bytes."""
import json
import os
import random
import shutil
import socket
import struct
import subprocess
import threading
import time

import msgpack

import tap
from harness import ENV, ROOT, Daemon, Rpc
from world import World

MIB = 1 << 20
# Freed memory is not kept by the sanitizer, so that resident size means the same in both builds.
DAEMON = Daemon(web=False).start(
    env={"ASAN_OPTIONS": ENV["ASAN_OPTIONS"] + ":quarantine_size_mb=1"})
WORLD = World(DAEMON, wave=False)
BEGUN = time.monotonic()
SLOW = DAEMON.rpc()  # a frame that begins here and never ends
SLOW.sock.sendall(msgpack.packb([0, 7, "status", [{"x": "y" * 100}]])[:-50])
MUTE = DAEMON.rpc(hello=False)  # never says hello


def resident():
    with open(f"/proc/{DAEMON.process.pid}/status", encoding="ascii") as file:
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith("VmRSS"))


def alive():
    assert DAEMON.process.poll() is None, DAEMON.tail()
    rpc = DAEMON.rpc()
    assert rpc.call("status")["version"]
    rpc.close()


def closed(rpc, within=10):
    """Everything that still comes, when the daemon closes the connection in time."""
    rpc.sock.settimeout(within)
    rest = b""
    try:
        while True:
            data = rpc.sock.recv(1 << 16)
            if not data:
                return rest
            rest += data
    except ConnectionResetError:
        return rest


def test_hello_first():
    """any other first method gets the error «hello required» and the end of the connection"""
    for first in (["status", [{}]], ["hallo", [{"proto": 1}]], ["hello", [{"proto": 99, "min": 2}]],
                  ["hello", [{"proto": 0}]]):
        rpc = DAEMON.rpc(hello=False)
        rpc.sock.sendall(msgpack.packb([0, 3, *first]))
        kind, number, error, result = msgpack.unpackb(closed(rpc), raw=False)
        tap.equal((kind, number, error["code"], result), (1, 3, "hello", None), first)
    greeting = DAEMON.rpc().greeting
    tap.equal((greeting["proto"], greeting["max_msg"]), (1, 4 * MIB))
    tap.equal(greeting["schema"], DAEMON.json("schema")["hash"])


def test_pipeline():
    """fifty calls of all kinds sent at once are each answered once, matched by id"""
    rpc = DAEMON.rpc()
    wanted = {}
    for i in range(50):
        kind = i % 5
        if kind == 0:
            wanted[rpc.send("whoami")] = lambda r: r["login"] == "root"
        elif kind == 1:
            org = ["S-1", "S-2", "K-1", "S-3", "K-2"][i // 5 % 5]
            wanted[rpc.send("org.show", code=org)] = lambda r, org=org: r["code"] == org
        elif kind == 2:
            code = f"P-{i + 1:03d}"
            wanted[rpc.send("teacher.show", code=code, names=True)] = \
                lambda r, code=code: r["code"] == code and code[2:] in r["name"]
        elif kind == 3:
            login = f"piped-{i}"
            wanted[rpc.send("user.add", login=login)] = lambda r, login=login: r["code"] == login
        else:
            wanted[rpc.send("store.verify" if i == 4 else "status")] = lambda r: r
    for _ in range(50):
        number, error, result = rpc.recv()
        assert error is None, error
        assert wanted.pop(number)(result), (number, result)
    assert not wanted, wanted


def test_unread_answers():
    """5,000 calls of a client that reads nothing: memory stays bounded, others are answered at once,
    and no answer is missing when he reads at last"""
    lazy, other = DAEMON.rpc(), DAEMON.rpc()
    calls = b"".join(msgpack.packb([0, n, "activity.list", [{}]]) for n in range(5000))
    size = len(msgpack.packb(other.call("activity.list")))
    assert size * 5000 > 60 * MIB, size
    before = resident()
    sender = threading.Thread(target=lazy.sock.sendall, args=(calls,), daemon=True)
    sender.start()
    worst, most, end = 0, 0, time.monotonic() + 2
    while time.monotonic() < end:
        begun = time.monotonic()
        other.call("org.show", code="S-1")
        worst = max(worst, time.monotonic() - begun)
        most = max(most, resident() - before)
        time.sleep(0.01)
    assert most < 40 * MIB, f"{most / MIB:.0f} MiB for unread answers"
    assert worst < 0.5, f"another client waited {worst:.2f} s"
    seen = sorted(lazy.recv()[0] for _ in range(5000))
    sender.join()
    tap.equal(seen, list(range(5000)))


def test_costly_calls_take_turns():
    """calls that cost much and answer little leave the others their turn"""
    greedy, other = DAEMON.rpc(), DAEMON.rpc()
    other.call("teacher.import", last=True, rows=[dict(
        line=n + 2, code=f"L-{n}", name="Лишняя", org="S-1", position="teacher") for n in range(1000)])
    greedy.sock.sendall(b"".join(msgpack.packb([0, n, "audit.log", [{"teacher": "P-060"}]])
                                 for n in range(400)))
    worst, end = 0, time.monotonic() + 1
    while time.monotonic() < end:
        begun = time.monotonic()
        other.call("whoami")
        worst = max(worst, time.monotonic() - begun)
    assert worst < 0.5, f"another client waited {worst:.2f} s"
    greedy.close()


def test_refusals():
    """unknown commands and fields, missing, out of range and wrong values are named, with the
    nearest name"""
    rpc = DAEMON.rpc()
    for method, params, code, field in (
            ("teacher.lst", {}, "unknown", "method"),
            ("x" * 64, {}, "unknown", "method"),
            ("teacher.list", {"positon": "teacher"}, "unknown", "positon"),
            ("org.show", {}, "missing", "code"),
            ("user.role", {"login": "root"}, "missing", "role"),
            ("org.show", {"code": "x" * 65}, "range", "code"),
            ("org.list", {"limit": 100001}, "range", "limit"),
            ("org.list", {"limit": -1}, "range", "limit"),
            ("org.show", {"code": 5}, "format", "code"),
            ("org.show", {"code": ["S-1"]}, "format", "code"),
            ("teacher.list", {"young": 1}, "format", "young"),
            ("user.add", {"login": "a\x07b"}, "format", "login"),
            ("token.issue", {"login": "root", "days": 1.5}, "format", "days")):
        error = rpc.fails(method, **params)
        tap.equal((error.code, error.field), (code, field), f"{method} {params}")
        assert error.message and any("а" <= c <= "я" for c in error.message), error.body
    assert "position" in rpc.fails("teacher.list", positon="x").hint
    assert "position" in Rpc(DAEMON.socket, lang="en").fails("teacher.list", positon="x").hint
    twice = b"\x94\x00\x07\xa8org.show\x91\x82\xa4code\xa3S-1\xa4code\xa3S-2"
    rpc.sock.sendall(twice)
    tap.equal(rpc.recv()[1]["field"], "code", "a field given twice")
    tap.equal(rpc.call("org.show", code="S-1")["code"], "S-1", "the connection goes on")


def raw_call(rpc, method, **params):
    """A call with exactly these params; (error, result)."""
    rpc.next_id += 1
    rpc.sock.sendall(msgpack.packb([0, rpc.next_id, method, [params]]))
    return rpc.recv()[1:]


def test_keys():
    """a change needs a key; the same key and body give the same receipt, from any connection; another
    body is refused and changes nothing"""
    rpc = DAEMON.rpc()
    error, _ = raw_call(rpc, "user.add", login="keyed")
    tap.equal((error["code"], error["field"]), ("missing", "_key"))
    first = rpc.call("user.add", login="keyed", _key="one-key")
    for again in (rpc, DAEMON.rpc(), DAEMON.rpc(session=WORLD.tokens["admin"])):
        if again.session:  # another actor has his own keys
            tap.equal(again.fails("user.add", login="keyed", _key="one-key").code, "conflict")
        else:
            tap.equal(again.call("user.add", login="keyed", _key="one-key"), first)
    events = rpc.call("audit.log")["last"]
    for other in ({"login": "keyed2"}, {"login": "keyed", "role": "analyst"}):
        tap.equal(rpc.fails("user.add", _key="one-key", **other).code, "key_reused")
    tap.equal(rpc.fails("user.disable", code="keyed", _key="one-key").code, "key_reused")
    tap.equal(rpc.call("audit.log")["last"], events, "nothing was written")
    assert set(first["receipt"]) == {"seq", "generation", "digest", "key"}, first
    tap.equal(first["receipt"]["key"], "one-key")
    tap.equal(rpc.fails("user.add", login="long", _key="k" * 65).field, "_key")
    token = rpc.call("token.issue", login="keyed", _key="token-key")
    tap.equal(rpc.call("token.issue", login="keyed", _key="token-key"), token, "with its secret")


def hostile():
    """(name, bytes): each must end the connection."""
    text = msgpack.packb([0, 1, "status", [{}]])
    for type_ in (0xdd, 0xdf, 0xdb, 0xc6, 0xc9):  # array, map, str, bin, ext
        for length in (0x05000000, 0x7fffffff, 0xffffffff):
            yield f"{length:#x} of type {type_:#x} in 5 bytes", struct.pack(">BI", type_, length)
    yield "map of 83 million in 6 bytes", b"\xdf\x05\x00\x00\x00\xc0"
    yield "1 MB of nils", b"\x94\x00\x01\xa6status\x91\x81\xa1x\xdd\x00\x0f\x42\x40" + b"\xc0" * 1000000
    yield "a bomb as id", b"\x94\x00\xdf\x05\x00\x00\x00"
    yield "a bomb as method", b"\x94\x00\x01\xdb\xff\xff\xff\xff"
    yield "bombs one in another", b"\xdd\x7f\xff\xff\xff" * 30
    yield "array as long as can be said", b"\x94\x00\x01\xa6status\x91\x81\xa1x\xdd\xff\xff\xff\xff"
    yield "string of 4 GiB", b"\x94\x00\x01\xa6status\x91\x81\xa1x\xdb\xff\xff\xff\xff"
    yield "binary of 4 GiB", b"\x94\x00\x01\xa6status\x91\x81\xa1x\xc6\xff\xff\xff\xff"
    yield "13 levels", b"\x94\x00\x01\xa6status\x91" + b"\x91" * 20 + b"\xc0"
    yield "100,000 levels", b"\x91" * 100000
    yield "half a million nils", b"\xdd\x00\x07\xa1\x20" + b"\xc0" * 500000
    yield "ext type", b"\x94\x00\x01\xa6status\x91\x81\xa1x\xd4\x01\x00"
    yield "timestamp", msgpack.packb([0, 1, "status", [{"x": msgpack.Timestamp(1, 2)}]])
    yield "never used type", b"\xc1"
    yield "5 MiB", msgpack.packb([0, 1, "status", [{"x": "y" * (5 * MIB)}]])
    yield "not a message", msgpack.packb({"id": 1})
    yield "answer instead of a call", msgpack.packb([1, 1, None, {}])
    yield "unknown kind", msgpack.packb([3, 1, "status", [{}]])
    yield "three parts", msgpack.packb([0, 1, "status"])
    yield "id of 64 bits", msgpack.packb([0, 1 << 40, "status", [{}]])
    yield "negative id", msgpack.packb([0, -1, "status", [{}]])
    yield "id that is a number with a point", msgpack.packb([0, 1.0, "status", [{}]])
    yield "id that is text", msgpack.packb([0, "1", "status", [{}]])
    yield "no id", msgpack.packb([0, None, "status", [{}]])
    yield "five parts", msgpack.packb([0, 1, "status", [{}], None])
    yield "an answer with an error", msgpack.packb([1, 1, {"code": "full", "message": "x"}, None])
    yield "only a number", b"\x00"
    yield "garbage behind a whole call", text + b"\xc1\xff\xfe"
    yield "HTTP", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


def test_hostile_bytes():
    """bombs, depth, ext, 5 MiB, garbage: the connection ends, the daemon lives and stays small"""
    before = resident()
    for name, data in hostile():
        rpc = DAEMON.rpc()
        try:
            rpc.sock.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            pass  # refused while it was being sent
        try:
            closed(rpc)
        except TimeoutError:
            raise AssertionError(f"{name}: the connection stays open") from None
        alive()
    grown = resident() - before
    assert grown < 30 * MIB, f"{grown / MIB:.0f} MiB after hostile messages"
    largest = DAEMON.rpc()  # just below the limit is an ordinary message
    error = largest.fails("status", x="y" * (4 * MIB - 100))
    tap.equal((error.code, error.field), ("unknown", "x"))


def test_odd_calls():
    """a call that can be read and makes no sense gets an error that names the field; the connection
    goes on, and nothing is written"""
    rpc = DAEMON.rpc()
    events = rpc.call("audit.log")["last"]
    nan = struct.pack(">Bd", 0xcb, float("nan"))

    def call(method, params):
        return b"\x94\x00\x07" + msgpack.packb(method) + params

    for name, data, code, field in (
            ("a number for text", call("org.show", b"\x91\x81\xa4code\x05"), "format", "code"),
            ("NaN for a number", call("org.list", b"\x91\x81\xa5limit" + nan), "format", "limit"),
            ("infinity for a number", call("org.list", b"\x91\x81\xa5limit" +
                                           struct.pack(">Bd", 0xcb, float("inf"))), "range", "limit"),
            ("2^63 for a number", call("org.list", b"\x91\x81\xa5limit\xcf\x80" + b"\0" * 7),
             "range", "limit"),
            ("text that is not UTF-8", call("org.show", b"\x91\x81\xa4code\xa2\xff\xfe"), "format", "code"),
            ("half a letter", call("org.show", b"\x91\x81\xa4code\xa1\xd0"), "format", "code"),
            ("NUL in text", call("org.show", b"\x91\x81\xa4code\xa3a\0b"), "format", "code"),
            ("bytes for text", call("org.show", b"\x91\x81\xa4code\xc4\x01a"), "format", "code"),
            ("a list for a record", call("org.show", b"\x91\x91\xa4code"), "format", None),
            ("no record", call("org.show", b"\x90"), "format", None),
            ("two records", call("org.show", b"\x92\x80\x80"), "format", None),
            ("nothing at all", call("org.show", b"\xc0"), "format", None),
            ("a number as key", call("org.show", b"\x91\x81\x01\xa1a"), "format", None),
            ("a key that is not UTF-8", call("org.show", b"\x91\x81\xa1\xff\xa1a"), None, None),
            ("a key given twice", call("org.show", b"\x91\x82\xa4code\xa3S-1\xa4code\xa3S-2"), "format",
             "code"),
            ("two sessions", call("whoami", b"\x91\x82\xa8_session\xa1a\xa8_session\xa1b"), "format",
             "_session"),
            ("a session that is a map", call("whoami", b"\x91\x81\xa8_session\x80"), "format", "_session"),
            ("a long session", call("whoami", b"\x91\x81\xa8_session\xda\x02\x00" + b"a" * 512),
             "format", "_session"),
            ("a method of 4 KB", call("a" * 4096, b"\x91\x80"), None, None),
            ("a method that is not UTF-8", b"\x94\x00\x07\xa2\xff\xfe\x91\x80", None, None),
            ("a method that is a number", b"\x94\x00\x07\x05\x91\x80", "format", None),
            ("no method", b"\x94\x00\x07\xa0\x91\x80", None, None)):
        rpc.sock.sendall(data)
        number, error, result = rpc.recv()
        tap.equal((number, result), (7, None), name)
        assert error["code"] and error["message"], (name, error)
        if code:
            tap.equal(error["code"], code, name)
        if field:
            tap.equal(error.get("field"), field, name)
        msgpack.packb(error)  # what it repeats is clean text
    rpc.sock.sendall(msgpack.packb([2, "user.add", [{"login": "noticed", "_key": "notice-key-1"}]]) * 3)
    tap.equal(rpc.call("audit.log")["last"], events, "a notice runs nothing and is not answered")


def test_random_bytes():
    """a thousand mutilated calls: an answer in good form or the end of the connection"""
    rng = random.Random(7)
    good = msgpack.packb([0, 9, "org.show", [{"code": "S-1"}]])
    refused = 0
    for _ in range(1000):
        bad = bytearray(good)
        for _ in range(rng.randint(1, 3)):
            bad[rng.randrange(len(bad))] = rng.randrange(256)
        rpc = DAEMON.rpc()
        rpc.sock.sendall(bytes(bad))
        rpc.sock.shutdown(socket.SHUT_WR)  # ends what is still open
        for kind, _, error, _ in unpack_all(closed(rpc)):
            tap.equal(kind, 1)
            refused += error is not None and bool(error["code"])
        rpc.close()
    assert refused > 100, refused
    alive()


def unpack_all(data):
    """Answers; a mutilated name may come back as bytes that are no text."""
    unpacker = msgpack.Unpacker(raw=False, unicode_errors="replace", strict_map_key=False)
    unpacker.feed(data)
    return list(unpacker)


def test_split_everywhere():
    """one call cut at every byte, and sent byte by byte, is the same call"""
    rpc = DAEMON.rpc()
    data = msgpack.packb([0, 1000, "org.show", [{"code": "S-2", "_lang": "en"}]])
    for at in range(1, len(data)):
        rpc.sock.sendall(data[:at])
        time.sleep(0.001)
        rpc.sock.sendall(data[at:])
        number, error, result = rpc.recv()
        assert number == 1000 and error is None and result["code"] == "S-2", (at, error, result)
    for byte in data + data:
        rpc.sock.sendall(bytes([byte]))
        time.sleep(0.0005)
    tap.equal([rpc.recv()[2]["code"] for _ in range(2)], ["S-2", "S-2"])


def test_npm_client():
    """the npm package @msgpack/msgpack talks to the daemon: hello, status, an error, a keyed write"""
    folder = f"{ROOT}/tests/integration/js"
    if not os.path.isdir(f"{folder}/node_modules/@msgpack/msgpack"):
        shutil.rmtree(f"{folder}/node_modules", ignore_errors=True)
        done = subprocess.run(["npm", "install", "--no-audit", "--no-fund"], cwd=folder,
                              capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stderr
    done = subprocess.run(["node", "client.mjs", DAEMON.socket], cwd=folder, capture_output=True,
                          text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    rpc = DAEMON.rpc()
    tap.equal(seen["hello"], rpc.greeting)
    status = rpc.call("status")
    tap.equal({**seen["status"], "uptime_s": 0}, {**status, "uptime_s": 0})
    tap.equal(seen["error"], rpc.fails("org.show", code="нет такой").body)
    tap.equal(seen["again"], seen["write"], "the same key")
    tap.equal(seen["write"]["code"], "из-node")
    assert seen["write"]["receipt"]["seq"] > 0, seen
    assert any(u["login"] == "из-node" for u in rpc.call("user.list")["rows"])


def test_deadlines():
    """a connection without hello ends after 5 s, a frame that never ends after 30 s"""
    closed(MUTE, within=10)
    SLOW.sock.settimeout(max(1, BEGUN + 36 - time.monotonic()))
    tap.equal(SLOW.sock.recv(10), b"")
    assert time.monotonic() - BEGUN > 25, "too early for a slow client"
    alive()
    tap.equal(DAEMON.stop(), 0, DAEMON.tail())


tap.run(globals())
