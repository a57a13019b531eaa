# SPDX-License-Identifier: Apache-2.0
"""Guessing codes and passwords, from one source and from many: nobody gets in, and whoever has the
right one gets in at once, also from behind the same address."""
import random
import threading
import time

import hostile
import lab
import tap

BASE = lab.Base(sheets=1)
SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
COUNT = lab.scale(10000, 100000)
PASSWORD = "очень длинный пароль"


def serving():
    server = BASE.copy(web=True)
    server.settings.append("trusted_proxy=127.0.0.1")
    server.start()
    end = time.monotonic() + lab.ANSWER_S
    while True:
        try:
            hostile.exchange(server.port, hostile.get(b"/healthz"), end=True)
            return server
        except OSError:
            assert time.monotonic() < end, server.tail()
            time.sleep(0.05)


def enter(code, address, last=True):
    return hostile.get(b"/i/" + code.encode(), hostile.HOST + b"X-Forwarded-For: " +
                       address.encode() + (b"\r\nConnection: close\r\n" if last else b"\r\n"))


def statuses(port, requests):
    raw, _ = hostile.exchange(port, b"".join(requests), timeout=60)
    return [status for status, _, _ in hostile.answers(raw)]


def guess_codes(server, seed, count, address, seen):
    """`count` wrong codes, a hundred on each connection."""
    rng = random.Random(seed)
    for _ in range(count // 100):
        requests = [enter("".join(rng.choices(SIGNS, k=13)), address(rng), n == 99)
                    for n in range(100)]
        for status in statuses(server.port, requests):
            seen[status] = seen.get(status, 0) + 1


def test_codes():
    """10,000 wrong codes from one address and as many from 10,000: none opens, and an invited teacher
    enters meanwhile in a moment, from the same address and from another"""
    server = serving()
    try:
        code, school = BASE.world.codes["P-030"], "198.51.100.7"
        for name, address in (("one address", lambda rng: school),
                              ("many addresses", lambda rng: ".".join(
                                  str(rng.randrange(1, 255)) for _ in range(4)))):
            seen, times = {}, {school: [], "203.0.113.9": []}
            guessing = threading.Thread(target=guess_codes, args=(server, 7, COUNT, address, seen))
            guessing.start()
            time.sleep(0.3)
            while True:
                for source, list_ in times.items():
                    begun = time.monotonic()
                    tap.equal(statuses(server.port, [enter(code, source)]), [303], source)
                    list_.append(time.monotonic() - begun)
                if not guessing.is_alive():
                    break
                time.sleep(0.1)
            guessing.join()
            slowest = {source: round(max(list_), 3) for source, list_ in times.items()}
            lab.report(f"wrong codes from {name}", tried=sum(seen.values()),
                       **{f"answers_{status}": n for status, n in seen.items()},
                       right_codes=sum(map(len, times.values())), slowest_s=max(slowest.values()))
            assert set(seen) <= {422, 429} and sum(seen.values()) == COUNT, seen
            assert max(slowest.values()) < 3, slowest
            if name == "one address":
                assert seen[422] <= 20, seen
        server.stop_clean()
    finally:
        server.close()


def test_passwords():
    """10,000 wrong passwords of one Unix user for one account and for ten thousand: none opens, and
    the owner logs in within seconds, as the same Unix user too"""
    server = serving()
    try:
        admin = server.rpc()
        admin.call("user.add", login="owner", role="analyst", password=PASSWORD)
        for name, login in (("one account", lambda n: "owner"), ("many accounts", "nobody-{}".format)):
            wrong, counts = [server.rpc() for _ in range(4)], [{} for _ in range(4)]
            begun = time.monotonic()
            sender = [threading.Thread(target=lambda r=rpc, i=i: [
                r.send("login", login=login(n), password=f"очень длинная ошибка {n}")
                for n in range(i, COUNT, 4)]) for i, rpc in enumerate(wrong)]
            # Each counts for itself: a dictionary of several threads loses some.
            reader = [threading.Thread(target=read_errors, args=(rpc, COUNT // 4, own))
                      for rpc, own in zip(wrong, counts)]
            for thread in sender + reader:
                thread.start()
            owner, tries = server.rpc(), 0
            while True:  # as a person does: once more after a second
                tries += 1
                try:
                    assert owner.call("login", login="owner", password=PASSWORD)["session"]
                    break
                except lab.RpcError as refused:
                    tap.equal(refused.code, "throttled")
                    assert time.monotonic() < begun + 60, "the owner is locked out"
                    time.sleep(1.05)
            waited = time.monotonic() - begun
            for thread in sender + reader:
                thread.join()
            codes = {code: sum(own.get(code, 0) for own in counts)
                     for code in {code for own in counts for code in own}}
            lab.report(f"wrong passwords for {name}", tried=sum(codes.values()),
                       **{f"answers_{code}": n for code, n in codes.items()},
                       owner_waited_s=round(waited, 2), owner_tries=tries)
            assert set(codes) <= {"login", "throttled"} and sum(codes.values()) == COUNT, codes
            assert waited < 40, waited
        server.stop_clean()
    finally:
        server.close()


def read_errors(rpc, count, codes):
    for _ in range(count):
        _, error, result = rpc.recv()
        assert result is None, result
        codes[error["code"]] = codes.get(error["code"], 0) + 1


tap.run(globals())
