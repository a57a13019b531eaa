# SPDX-License-Identifier: Apache-2.0
"""Requests that no browser sends: a table made by hand, a seeded mutator, and a strict reader of
HTTP/1.1 that shares no code with the service. `Target` holds a request that would change the store;
it stands behind or inside the wrong ones, so that a second request that is run leaves a trace."""
import multiprocessing
import random
import re
import socket
from urllib.parse import urlencode

from visitor import Visitor, pattern, values

HOST = b"Host: a\r\n"
TYPE = b"Content-Type: application/x-www-form-urlencoded\r\n"
FORM = HOST + TYPE
TOKEN = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
HEAD = re.compile(rb"(%b) ([^\x00-\x20\x7f]+) HTTP/1\.([01])\r\n((?:%b:[\t\x20-\x7e\x80-\xff]*\r\n)*)\r\n"
                  % (TOKEN, TOKEN))


def strict(data):
    """[(method, target, body)] of the requests whose ends are beyond doubt."""
    found, at = [], 0
    while True:
        head = HEAD.match(data, at)
        if not head:
            return found
        headers = [line.split(b":", 1) for line in head[4].split(b"\r\n") if line]
        lengths = [v.strip(b" \t") for n, v in headers if n.lower() == b"content-length"]
        if any(n.lower() == b"transfer-encoding" for n, _ in headers) or len(lengths) > 1:
            return found
        if lengths and not re.fullmatch(rb"[0-9]{1,9}", lengths[0]):
            return found
        at = head.end() + (int(lengths[0]) if lengths else 0)
        if at > len(data):
            return found
        found.append((head[1], head[2], data[head.end():at]))


def answers(raw):
    """[(status, head, body)] of a stream of answers; whatever is no answer fails."""
    found = []
    while raw:
        head, gap, raw = raw.partition(b"\r\n\r\n")
        first = re.match(rb"HTTP/1\.[01] (\d{3}) ", head)
        assert first and gap, ("no answer", head[:200])
        length = re.search(rb"\r\ncontent-length: (\d+)", head.lower())
        size = int(length[1]) if length else 0
        if head.startswith(b"HTTP/1.0") and not length:
            size = len(raw)  # it ends with the connection
            assert b"HTTP/1." not in raw, ("an answer behind the last one", raw[-500:])
        elif raw[:7] == b"HTTP/1." or not raw:
            size = 0  # of HEAD, or of a 1xx
        assert len(raw) >= size, ("a cut answer", head[:200])
        found.append((int(first[1]), head, raw[:size]))
        raw = raw[size:]
    return found


def exchange(port, request, end=False, timeout=5, source=None):
    """(bytes of all answers, did the server close the connection?). With `end` the client closes
    its side first, and a server that is content with the request does not."""
    sock, got, closed = socket.socket(), b"", False
    sock.settimeout(timeout)
    try:
        if source:
            sock.setsockopt(socket.IPPROTO_IP, 24, 1)  # IP_BIND_ADDRESS_NO_PORT
            sock.bind((source, 0))
        sock.connect(("127.0.0.1", port))
        sock.sendall(request)
        if end:
            sock.shutdown(socket.SHUT_WR)
        while not closed:
            data = sock.recv(65536)
            closed, got = not data, got + data
    except socket.timeout:
        pass
    except ConnectionError:
        closed = True
    sock.close()
    return got, closed


class Target:
    """A teacher who has begun, at the first page of her sheet."""

    def __init__(self, server, code):
        self.server, self.port = server, server.port
        self.visitor = Visitor(server.port)
        self.visitor.get(f"/i/{code}")
        self.form = self.visitor.get("/a/1").form("/a/1")
        self.pairs = self.form.filled(values(self.form, pattern), self.form.buttons[0])
        self.cookie = "; ".join(f"{k}={v}" for k, v in self.visitor.cookies.items()).encode()

    def save(self, key):
        """Bytes of a request that saves the page under this key."""
        pairs = [(n, key if n == "k" else v) for n, v in self.pairs]
        body = urlencode(pairs).encode()
        return b"POST /a/1 HTTP/1.1\r\n" + FORM + b"Cookie: " + self.cookie + \
            b"\r\nContent-Length: %d\r\n\r\n" % len(body) + body

    def journal(self):
        rpc = self.server.rpc()
        last = rpc.call("store.stat")["journal"]
        rpc.close()
        return last

    def serves(self):
        got, _ = exchange(self.port, b"GET /readyz HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n")
        return [status for status, _, _ in answers(got)] == [200]


# ---- made by hand ----

def get(target=b"/", headers=HOST, version=b"HTTP/1.1", method=b"GET"):
    return method + b" " + target + b" " + version + b"\r\n" + headers + b"\r\n"


def post(headers=b"", body=b"a=1", target=b"/", length=True):
    if length:
        headers += b"Content-Length: %d\r\n" % len(body)
    return b"POST " + target + b" HTTP/1.1\r\n" + FORM + headers + b"\r\n" + body


def chunked(body, headers=b""):
    return b"POST / HTTP/1.1\r\n" + FORM + headers + b"Transfer-Encoding: chunked\r\n\r\n" + body


def refused(smuggled):
    """[(name, bytes, status)]: one answer, the connection closed, nothing behind it run."""
    after, cookie = smuggled, b"Cookie: m=%b\r\n"
    inside = b"Content-Length: %d\r\n\r\n" % len(smuggled) + smuggled
    return [
        # the end of the body is in doubt
        ("two lengths", post(b"Content-Length: 3\r\nContent-Length: %d\r\n" % (3 + len(after)),
                             b"a=1" + after, length=False), 400),
        ("the same length twice", post(b"Content-Length: 3\r\nContent-Length: 3\r\n",
                                       length=False) + after, 400),
        ("a length with a sign", post(b"Content-Length: +3\r\n", length=False) + after, 400),
        ("a negative length", post(b"Content-Length: -3\r\n", length=False) + after, 400),
        ("a hexadecimal length", post(b"Content-Length: 0x3\r\n", length=False) + after, 400),
        ("a list of lengths", post(b"Content-Length: 3, 3\r\n", length=False) + after, 400),
        ("an empty length", post(b"Content-Length:\r\n", length=False) + after, 400),
        ("a length with a point", post(b"Content-Length: 3.0\r\n", length=False) + after, 400),
        ("a length of twenty digits",
         post(b"Content-Length: 18446744073709551619\r\n", length=False) + after, 400),
        ("a length of another script",
         post("Content-Length: ３\r\n".encode(), length=False) + after, 400),
        ("length and chunks", post(b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n",
                                   b"0\r\n\r\n", length=False) + after, 400),
        ("chunks and length", post(b"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n",
                                   b"0\r\n\r\n", length=False) + after, 400),
        ("two encodings", chunked(b"0\r\n\r\n", b"Transfer-Encoding: chunked\r\n") + after, 400),
        ("gzip, chunked", post(b"Transfer-Encoding: gzip, chunked\r\n", b"0\r\n\r\n",
                               length=False) + after, 501),
        ("an unknown encoding", post(b"Transfer-Encoding: xchunked\r\n", b"0\r\n\r\n",
                                     length=False) + after, 501),
        ("identity", post(b"Transfer-Encoding: identity\r\n", length=False) + after, 501),
        ("chunks", chunked(b"3\r\na=1\r\n0\r\n\r\n") + after, 411),
        ("a chunk of 0x3 bytes", chunked(b"0x3\r\na=1\r\n0\r\n\r\n") + after, 411),
        ("a chunk with a sign", chunked(b"+3\r\na=1\r\n0\r\n\r\n") + after, 411),
        ("a huge chunk", chunked(b"ffffffffffffffff\r\na=1\r\n0\r\n\r\n") + after, 411),
        ("a chunk with an extension", chunked(b"3;a=\"\r\n\"\r\na=1\r\n0\r\n\r\n") + after, 411),
        ("trailers", chunked(b"3\r\na=1\r\n0\r\nContent-Length: 9\r\n\r\n") + after, 411),
        ("a chunk that ends with LF", chunked(b"3\na=1\n0\n\n") + after, 411),
        ("chunks in small letters", post(b"transfer-encoding: Chunked\r\n", b"0\r\n\r\n",
                                         length=False) + after, 411),
        ("chunks with GET", get(headers=HOST + b"Transfer-Encoding: chunked\r\n") +
         b"0\r\n\r\n" + after, 411),
        ("a body with GET", b"GET / HTTP/1.1\r\n" + HOST + inside, 400),
        ("a body with HEAD", b"HEAD / HTTP/1.1\r\n" + HOST + inside, 400),
        ("a body too large", post(b"Content-Length: 65537\r\n", after, length=False), 413),
        ("a body far too large", post(b"", b"a" * 100000) + after, 413),
        ("an expectation before a body too large",
         post(b"Expect: 100-continue\r\nContent-Length: 100000\r\n", after, length=False), 413),
        ("another expectation", post(b"Expect: 200-ok\r\n") + after, 417),
        ("two expectations", post(b"Expect: 200-ok\r\nExpect: 100-continue\r\n") + after, 400),
        # lines
        ("LF ends the first line", b"GET / HTTP/1.1\n" + HOST + b"\r\n" + after, 400),
        ("LF ends a header", b"GET / HTTP/1.1\r\nHost: a\n\r\n" + after, 400),
        ("LF ends the head", b"GET / HTTP/1.1\r\n" + HOST + b"\n" + after, 400),
        ("only LF", b"GET / HTTP/1.1\nHost: a\n\n" + after, 400),
        ("CR alone", b"GET / HTTP/1.1\r\n" + HOST + b"A: b\rC: d\r\n\r\n" + after, 400),
        ("CR ends the first line", b"GET / HTTP/1.1\rHost: a\r\n\r\n" + after, 400),
        ("CR CR LF", b"GET / HTTP/1.1\r\r\n" + HOST + b"\r\n" + after, 400),
        ("a folded header", get(headers=HOST + b"A: b\r\n c\r\n") + after, 400),
        ("a length that is folded", post(b"Content-Length:\r\n 3\r\n", length=False) + after, 400),
        ("folded behind the first line", b"GET / HTTP/1.1\r\n Host: a\r\n\r\n" + after, 400),
        ("an empty line first", b"\r\n" + get() + after, 400),
        ("a space before the colon", get(headers=HOST + b"Transfer-Encoding : chunked\r\n") + after,
         400),
        ("a space before the length's colon", post(b"Content-Length : 3\r\n", length=False) + after,
         400),
        ("a tab in a name", get(headers=HOST + b"A\tB: c\r\n") + after, 400),
        ("a name in brackets", get(headers=HOST + b"A(b): c\r\n") + after, 400),
        ("no name", get(headers=HOST + b": c\r\n") + after, 400),
        ("no colon", get(headers=HOST + b"Header\r\n") + after, 400),
        ("NUL in a value", get(headers=HOST + b"A: b\0c\r\n") + after, 400),
        ("NUL in a length", post(b"Content-Length: 3\x000\r\n", length=False) + after, 400),
        ("NUL in a name", get(headers=HOST + b"A\0B: c\r\n") + after, 400),
        ("a bell in a value", get(headers=HOST + b"A: \a\r\n") + after, 400),
        ("DEL in a value", get(headers=HOST + b"A: \x7f\r\n") + after, 400),
        # Host
        ("no Host", get(headers=b"") + after, 400),
        ("two Hosts", get(headers=HOST * 2) + after, 400),
        ("two different Hosts", get(headers=HOST + b"Host: b\r\n") + after, 400),
        ("an empty Host", get(headers=b"Host: \r\n") + after, 400),
        ("a Host with a path", get(headers=b"Host: a/b\r\n") + after, 400),
        ("a Host with a user", get(headers=b"Host: a@b\r\n") + after, 400),
        ("a Host with a list", get(headers=b"Host: a, b\r\n") + after, 400),
        ("a long Host", get(headers=b"Host: " + b"a" * 256 + b"\r\n") + after, 400),
        # the first line
        ("an absolute address", get(b"http://a/") + after, 400),
        ("an address without a slash", get(b"me") + after, 400),
        ("an asterisk", get(b"*") + after, 400),
        ("what the guard writes itself", get(b"*200") + after, 400),
        ("two slashes", get(b"//evil.example/") + after, 400),
        ("a backslash", get(b"/\\evil.example/") + after, 400),
        ("a fragment", get(b"/#a") + after, 400),
        ("NUL in the path", get(b"/a%00b") + after, 400),
        ("a line break in the path", get(b"/a%0d%0aSet-Cookie:m=1") + after, 400),
        ("an encoded slash", get(b"/assets%2fmetod.css") + after, 400),
        ("an encoded backslash", get(b"/a%5cb") + after, 400),
        ("half an escape", get(b"/a%4") + after, 400),
        ("no escape", get(b"/%zz") + after, 400),
        ("a path that is not UTF-8", get(b"/%c0%ae%c0%ae/") + after, 400),
        ("bytes above ASCII in the address", get("/я".encode()) + after, 400),
        ("a space in the address", get(b"/a b") + after, 400),
        ("two spaces", get(b" /") + after, 400),
        ("a tab", b"GET\t/\tHTTP/1.1\r\n" + HOST + b"\r\n" + after, 400),
        ("an address of 3,000 bytes", get(b"/" + b"a" * 3000) + after, 414),
        ("an address of 60,000 bytes", get(b"/" + b"a" * 60000) + after, 414),
        ("HTTP/0.9", b"GET /\r\n\r\n" + after, 400),
        ("HTTP/2.0", get(version=b"HTTP/2.0") + after, 505),
        ("HTTP/1.2", get(version=b"HTTP/1.2") + after, 505),
        ("HTTP/4294967295.255", get(version=b"HTTP/4294967295.255") + after, 400),
        ("HTTP/1.1.", get(version=b"HTTP/1.1.") + after, 400),
        ("http/1.1", get(version=b"http/1.1") + after, 400),
        ("the preface of HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + after, 505),
        ("TLS", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + after, 400),
        ("the proxy protocol", b"PROXY TCP4 1.2.3.4 1.2.3.4 1 2\r\n" + get() + after, 400),
        # methods
        ("PUT", get(method=b"PUT") + after, 405),
        ("DELETE", get(method=b"DELETE") + after, 405),
        ("TRACE", get(method=b"TRACE") + after, 405),
        ("CONNECT", get(b"a:80", method=b"CONNECT") + after, 400),
        ("an unknown method", get(method=b"BREW") + after, 501),
        ("a method in small letters", get(method=b"get") + after, 501),
        ("a method of 5,000 bytes", get(method=b"A" * 5000) + after, 501),
        # too much
        ("65 headers", get(headers=HOST + b"A: b\r\n" * 64) + after, 431),
        ("3,000 headers", get(headers=HOST + b"A: b\r\n" * 3000) + after, 431),
        ("a header of 20,000 bytes", get(headers=HOST + b"A: " + b"x" * 20000 + b"\r\n") + after, 431),
        ("a name of 20,000 bytes", get(headers=HOST + b"A" * 20000 + b": x\r\n") + after, 431),
        ("a cookie of 20,000 bytes", get(headers=HOST + cookie % (b"x" * 20000)) + after, 431),
        ("two lines of cookies", get(headers=HOST + cookie % b"1" + b"Cookie: c=2\r\n") + after, 400),
        # forms
        ("JSON", b"POST / HTTP/1.1\r\n" + HOST + b"Content-Type: application/json\r\n" + inside, 415),
        ("a form in parts", b"POST / HTTP/1.1\r\n" + HOST +
         b"Content-Type: multipart/form-data; boundary=b\r\n" + inside, 415),
        ("no type", b"POST / HTTP/1.1\r\n" + HOST + inside, 415),
        ("two types", post(TYPE) + after, 400),
        ("a form of another site", post(b"Origin: http://evil.example\r\n") + after, 403),
        ("a form the browser warns of", post(b"Sec-Fetch-Site: cross-site\r\n") + after, 403),
        ("two origins", post(b"Origin: http://a\r\nOrigin: http://evil.example\r\n") + after, 400),
    ]


def answered(smuggled):
    """[(name, bytes, statuses)]: odd but clear; the connection stays."""
    many = b"&".join(b"a=1" for _ in range(201))
    return [
        ("a page", get(), [200]),
        ("the head of a page", get(method=b"HEAD"), [200]),
        ("three at once", get(b"/help") * 3, [200] * 3),
        ("HTTP/1.0 without Host", b"GET /healthz HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", [200]),
        ("a request in a body", post(b"", smuggled), [400]),
        ("a body of zero bytes", post(b"", b""), [403]),
        ("a length with zeros in front", post(b"Content-Length: 003\r\n", length=False), [403]),
        ("two dots", get(b"/assets/../metod.css"), [404]),
        ("two dots in escapes", get(b"/%2e%2e/%2e%2e/etc/passwd"), [404]),
        ("a cookie of 4,000 bytes", get(b"/me", HOST + b"Cookie: m=" + b"x" * 4000 + b"\r\n"), [401]),
        ("a forged session", get(b"/me", HOST + b"Cookie: m=r." + b"0" * 84 + b"\r\n"), [401]),
        ("two cookies of one name", get(b"/me", HOST + b"Cookie: m=a; m=b\r\n"), [401]),
        ("a tab behind a length", post(b"Content-Length:\t3\t \r\n", length=False), [403]),
        ("a tab before an expectation", post(b"Expect:\t100-continue \r\n"), [403]),
        ("a form that is not UTF-8", post(b"", b"code=%ff"), [400]),
        ("a form with NUL", post(b"", b"code=%00"), [400]),
        ("a form with half an escape", post(b"", b"code=%4"), [400]),
        ("201 fields", post(b"", many), [400]),
        ("fields that come twice", post(b"", b"t=1&t=2&code=a&code=b"), [403]),
        ("a query that is not UTF-8", get(b"/?a=%ff"), [400]),
        ("forged words of a proxy", get(headers=HOST + b"X-Forwarded-For: 1.2.3.4, evil\r\n"
                                        b"X-Forwarded-Proto: https\r\nX-Forwarded-Host: evil\r\n"
                                        b"Forwarded: for=1.2.3.4\r\n"), [200]),
        ("another method in a header", get(b"/logout", HOST + b"X-HTTP-Method-Override: POST\r\n"),
         [405]),
        ("an upgrade", get(headers=HOST + b"Connection: Upgrade\r\nUpgrade: websocket\r\n"), [200]),
        ("a range", get(headers=HOST + b"Range: bytes=0-18446744073709551615\r\n"), [200]),
        ("a redirect to elsewhere", get(b"/lang/en?to=%2f%2fevil.example"), [303]),
    ]


# ---- made by chance ----

WORDS = [b"Content-Length: 3\r\n", b"Content-Length: 0\r\n", b"Content-Length: +5\r\n",
         b"Content-Length: 99999999999\r\n", b"Transfer-Encoding: chunked\r\n", b"Host: b\r\n",
         b"Transfer-Encoding: gzip, chunked\r\n", b"Transfer-Encoding:\tchunked\r\n",
         b"Transfer-Encoding\r\n: chunked\r\n", b"Expect: 100-continue\r\n", b"Connection: close\r\n",
         b"Connection: keep-alive, Content-Length\r\n", b"0\r\n\r\n", b"5\r\na=1&b\r\n", b"\r\n", b"\n",
         b"\r", b"\0", b" ", b"\t", b":", b"\r\n ", b"%00", b"%0d%0a", b"HTTP/1.1", b"HTTP/1.0",
         b"Range: bytes=0-\r\n", b"Cookie: m=r.\r\n", b"Cookie: c=" + b"0" * 32 + b"\r\n", b";", b"&",
         b"=", b"\xff", "я".encode(), b"Upgrade: h2c\r\n", b"X-Forwarded-For: 1.1.1.1\r\n"]


def seeds(smuggled, cookie):
    own = b"Cookie: " + cookie + b"\r\n"
    return [
        get(), get(b"/help", method=b"HEAD"), get(b"/i/AAAA-BBBB-CCCCC"), get(b"/me", HOST + own),
        get(b"/a/1", HOST + own), get(b"/lang/en?to=%2Fhelp"), get(b"/assets/metod.css"),
        get(b"/me/data.json", HOST + own), get(b"/nope/%D1%8F?x=1&y=%2F"), get(version=b"HTTP/1.0"),
        post(own, b"t=0&code=AAAA-BBBB-CCCCC"), post(own, b"t=" + b"1" * 32, target=b"/logout"),
        post(own, b"t=1&consent_process=1&act=begin", target=b"/start"),
        post(own, b"t=1&k=0123456789abcdef", target=b"/submit"),
        post(b"Expect: 100-continue\r\n" + own, b"t=1&act=find_mentor", target=b"/me/grant"),
        post(own, smuggled), post(own + b"Connection: keep-alive\r\n", b"x=" + smuggled),
        chunked(b"%x\r\n" % len(smuggled) + smuggled + b"\r\n0\r\n\r\n", own),
        chunked(b"3\r\na=1\r\n0\r\nA: b\r\n\r\n", own),
    ]


def mutate(rng, data):
    """One change."""
    at = rng.randrange(len(data) + 1)
    kind = rng.randrange(9)
    if kind == 0:
        return data[:at] + bytes([rng.randrange(256)]) + data[at + 1:]
    if kind == 1:
        return data[:at] + rng.choice(WORDS) + data[at:]
    if kind == 2:
        return data[:at] + data[at + rng.randrange(1, 9):]
    if kind == 3:
        return data[:at] + data[at:at + rng.randrange(1, 60)] + data[at:]
    lines = data.split(b"\r\n")
    i, j = rng.randrange(len(lines)), rng.randrange(len(lines))
    if kind == 4:
        lines[i], lines[j] = lines[j], lines[i]
    elif kind == 5:
        lines.insert(i, rng.choice(WORDS).strip(b"\r\n"))
    elif kind == 6:
        lines.insert(i, lines[j])
    elif kind == 7:
        return b"\r\n".join(lines[:i + 1]) + rng.choice([b"\n", b"\r", b"\r\n ", b"\0\r\n"]) + \
            b"\r\n".join(lines[i + 1:])
    else:
        name, colon, value = lines[i].partition(b":")
        lines[i] = rng.choice([name.upper() + colon + value, name + b" " + colon + value,
                               name + colon + b"\t" + value.strip() + b" ", name + colon + value * 2,
                               name + colon + bytes(rng.randrange(1, 256) for _ in range(5))])
    return b"\r\n".join(lines)


def draw(rng, all_seeds, smuggled):
    """(bytes, the strict reading of them); the smuggled request is never one that a strict reader
    would run."""
    while True:
        data = rng.choice(all_seeds)
        for _ in range(rng.choice((1, 1, 1, 2, 3, 6))):
            data = mutate(rng, data)
        if rng.random() < 0.2:
            data = get(b"/healthz") * rng.randrange(1, 4) + data
        if rng.random() < 0.4:
            data += smuggled
        found = strict(data)
        if not any(method == b"POST" and target.startswith(b"/a/") for method, target, _ in found):
            return data, found


def check(data, found, raw, counts):
    got = [one for one in answers(raw) if one[0] >= 200]
    counts["requests"] += len(found) + (len(got) > len(found))
    counts["answers"] += len(got)
    counts["refused"] += sum(status >= 400 for status, _, _ in got)
    assert len(got) <= len(found) + 1, "more answers than requests"
    assert all(status != 500 for status, _, _ in got), "an error of the service"
    for (method, _, _), (status, head, _) in zip(found, got):
        assert method != b"POST" or status >= 400, f"{status} for a form without token"
        assert b"Content-Security-Policy" in head, "a page of the library"
    for status, head, _ in got[len(found):]:
        assert status >= 400, f"{status} for what is no request"
        assert b"Content-Security-Policy" in head and b"nosniff" in head, "a page of the library"


def work(args):
    """Counts of one worker; the first findings as text."""
    port, cookie, smuggled, seed, count, source = args
    rng, all_seeds, bad = random.Random(seed), seeds(smuggled, cookie), []
    counts = dict.fromkeys(("sent", "requests", "answers", "refused", "smuggled"), 0)
    while counts["sent"] < count and len(bad) < 3:
        data, found = draw(rng, all_seeds, smuggled)
        counts["sent"] += 1
        counts["smuggled"] += b"POST /a/1" in data
        try:
            raw, closed = exchange(port, data, end=True, source=source)
            assert closed, "the connection stays open"
            check(data, found, raw, counts)
        except AssertionError as wrong:
            bad.append(f"{wrong}\n  {data!r}")
    return counts, bad


def storm(target, count, seed, workers=2):
    """`count` mutated requests on as many connections; the sums of the counts."""
    smuggled = target.save("hostile-mutated-request")
    jobs = [(target.port, target.cookie, smuggled, seed + i, count // workers, f"127.0.1.{i + 1}")
            for i in range(workers)]
    with multiprocessing.Pool(workers) as pool:
        done = pool.map(work, jobs)
    bad = [text for _, texts in done for text in texts]
    assert not bad, "\n".join(bad)
    return {name: sum(counts[name] for counts, _ in done) for name in done[0][0]}
