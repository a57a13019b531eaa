# SPDX-License-Identifier: Apache-2.0
"""Wrong requests against the real web process: each is refused with a page of ours and closed, and
what stands behind it is never run."""
import re

import hostile
import tap
from harness import Daemon
from world import World

MUTATED = 4000  # in each build; tests/fault/test_hostile.py sends 100,000
DAEMON = Daemon().start()
WORLD = World(DAEMON)
CODE = WORLD.codes["P-001"]


def begun():
    rpc = DAEMON.rpc()
    session = rpc.call("session.enter", code=CODE)["session"]
    rpc.call("attempt.start", _session=session, consent_process=True)
    return hostile.Target(DAEMON, CODE)


TARGET = begun()
SMUGGLED = TARGET.save("hostile-smuggled-request")


def test_the_trace():
    """the request that is smuggled would change the store: alone it does"""
    before = TARGET.journal()
    got, _ = hostile.exchange(TARGET.port, TARGET.save("hostile-alone-request"), timeout=1)
    tap.equal([status for status, _, _ in hostile.answers(got)], [303])
    assert TARGET.journal() > before


def test_refused():
    """over a hundred requests whose end, lines, Host, address, method, size or type is wrong: one
    page of ours each, closed, and the request behind it leaves no trace"""
    before, cases = TARGET.journal(), hostile.refused(SMUGGLED)
    assert len(cases) >= 100 and len({name for name, _, _ in cases}) == len(cases)
    for name, request, status in cases:
        raw, closed = hostile.exchange(TARGET.port, request)
        got = hostile.answers(raw)
        tap.equal(([s for s, _, _ in got], closed), ([status], True), name)
        head = got[0][1].lower()
        for wanted in (b"content-security-policy: default-src 'none'", b"cache-control: no-store",
                       b"x-content-type-options: nosniff", b"connection: close"):
            assert wanted in head, (name, wanted, head)
        assert b"set-cookie" not in head, (name, head)
        tap.equal(TARGET.journal(), before, name)
    assert TARGET.serves()
    print(f"# {len(cases)} refused requests")


def test_answered():
    """what is odd but clear is answered, and the connection stays"""
    before = TARGET.journal()
    for name, request, statuses in hostile.answered(SMUGGLED):
        raw, closed = hostile.exchange(TARGET.port, request, timeout=0.25)
        tap.equal(([s for s, _, _ in hostile.answers(raw)], closed), (statuses, False), name)
        assert b"evil.example" not in raw.split(b"\r\n\r\n")[0], name
    tap.equal(TARGET.journal(), before)


def test_pages_of_refusals():
    """the page of a refusal speaks the reader's language and repeats nothing he sent"""
    for language, word in ((b"", "Запрос не понят"), (b"Accept-Language: ru\r\n", "Запрос не понят"),
                           (b"Accept-Language: en-GB,ru;q=0.5\r\n", "not understood")):
        raw, _ = hostile.exchange(TARGET.port, b"GET //SECRETWORD HTTP/1.1\r\n" + hostile.HOST +
                                  language + b"\r\n")
        [(_, _, body)] = hostile.answers(raw)
        assert word in body.decode() and b"SECRETWORD" not in body, body.decode()
        assert len(body) < 3000, len(body)


def test_head_has_no_body():
    """an answer to HEAD tells the size of the page and sends none of it"""
    for request, status in ((hostile.get(b"/help", method=b"HEAD"), 200),
                            (hostile.get(b"/nope", method=b"HEAD"), 404),
                            (hostile.get(b"//", method=b"HEAD"), 400)):
        raw, _ = hostile.exchange(TARGET.port, request, timeout=0.25)
        head, gap, body = raw.partition(b"\r\n\r\n")
        tap.equal((head[9:12], gap, body), (b"%d" % status, b"\r\n\r\n", b""), request)
        assert int(re.search(rb"Content-Length: (\d+)", head)[1]) > 500, head


def test_bytes_one_by_one():
    """a request that comes byte by byte is the same request; so is a wrong one"""
    for request, statuses in ((hostile.post(b"", b"code=1"), [403]), (hostile.get() * 2, [200] * 2),
                              (hostile.get(headers=hostile.HOST + b"A: b\r\n c\r\n"), [400])):
        sock = hostile.socket.create_connection(("127.0.0.1", TARGET.port))
        sock.setsockopt(hostile.socket.IPPROTO_TCP, hostile.socket.TCP_NODELAY, 1)
        try:
            for i in range(len(request)):
                sock.sendall(request[i:i + 1])
        except ConnectionError:
            pass  # refused before its last byte
        sock.shutdown(hostile.socket.SHUT_WR)
        raw = b"".join(iter(lambda s=sock: s.recv(65536), b""))
        tap.equal([s for s, _, _ in hostile.answers(raw)], statuses, request)


def test_mutated():
    """thousands of mutated requests: no crash, no second request, no change, no page of the library"""
    before = TARGET.journal()
    counts = hostile.storm(TARGET, MUTATED, seed=1)
    print("#", counts)
    assert counts["smuggled"] > MUTATED / 3 and counts["refused"] > MUTATED / 3, counts
    tap.equal(TARGET.journal(), before)
    assert TARGET.serves()


def test_end():
    """both processes stop in order, and no sanitizer had a word"""
    assert "event=web_ended status=139" not in DAEMON.tail(100000)
    DAEMON.stop_clean()


tap.run(globals())
