# SPDX-License-Identifier: Apache-2.0
"""500 hostile strings in every text field that a person or a file can fill: no page and no document
gets a new element or attribute, no table a control character, no CSV a formula, all JSON is valid.
FIELDS names every long text of the descriptors; a new one without a line here is a failure."""
import csv
import html.parser
import io
import itertools
import json
import os
import re

import yaml

import tap
from control import CONTROL, red_tests
from harness import Daemon, RpcError
from visitor import Visitor, Way, form_with
from world import SURVEYS, TODAY, World, answer, write_csv


# ---- the strings ----

SCRIPT = ["<script>alert(1)</script>", "<SCRIPT SRC=//x.test/a.js></SCRIPT>", "<img src=x onerror=alert(1)>",
          "<svg onload=alert(1)>", "<svg/onload=alert`1`>", "<iframe srcdoc='<b>'></iframe>",
          "<a href=javascript:alert(1)>x</a>", "<form action=//x.test><input name=t>", "<base href=//x.test/>",
          "<meta http-equiv=refresh content=0>", "<style>*{display:none}</style>", "<!--", "-->", "<![CDATA[x]]>",
          "</title><b>", "</textarea><b>", "</style></script><b>", "</form></main></body></html><b>",
          "<b", "<", ">", "</", "<b>x</b>", "&lt;b&gt;", "&#60;b&#62;", "&amp;amp;", "&", "&#x3c;b>", "<%= 1 %>"]
ATTRIBUTE = ['" onmouseover="alert(1)', "' onmouseover='alert(1)", '"><b>', "'><b>", "` onload=`x", '" autofocus onfocus=x y="',
             '"/><b/x="', "x' y='", 'style="x:expression(1)"', "javascript:alert(1)", "data:text/html,<b>x</b>",
             "//x.test/%2e%2e", "?a=1&b=2#c", "%3Cb%3E", "%00", "%0d%0aSet-Cookie: x=1", "http://x.test\\@y.test"]
TEMPLATE = ["{{token}}", "{{&head}}", "{{/?}}", "{{?problem}}x{{/?}}", "{{! x }}", "{% x %}", "${7*7}", "#{7*7}", "{{", "}}",
            "{0}", "%s%s%s%n", "%1$s", "%.*s", "%x%x%x", "$(id)", "`id`", "\\u003cb\\u003e", "\\x3cb\\x3e", "\\"]
STYLE = ["*{color:red}", "}body{display:none", "url(//x.test)", "expression(alert(1))", "@import '//x.test'"]
DATA = ["' OR 1=1 --", "'; DROP TABLE x; --", '"; x', "=1+1", "=cmd|' /C calc'!A0", "+1+1", "-1+1", "@SUM(1)", "\u00a0=1+1",
        "=HYPERLINK(\"//x.test\")", "a,b;c\td", '"a""b"', "a|b", "# x", "## x", "* x", "1. x", "[x](//x.test)", "![x](//x.test)",
        "**x**", "_x_", "~~x~~", "> x", "---", "```x```", "key: value", "- x", "!!python/object:x", "&a *a", "{a: b}", "null", "~"]
LETTERS = ["\u202eabc", "\u2066abc\u2069", "\u202d", "\u200b", "a\u200bb", "\ufeff", "\u00ad", "e\u0301" * 20, "a" + "\u0300" * 60, "\u0e01\u0e33" * 9,
           "\U0001f468\u200d\U0001f469\u200d\U0001f467", "\u2028x", "\u2029x", "\uffff", "\U0010ffff", "\u0085x", "\u009b31m", "\ud7ff",
           "İıſK", "ﷺ" * 5, "\u1f600", "ꙮ", "a" * 120, "<b>" * 30, "Щ" * 100]
TERMINAL = ["\x1b[31mred", "\x1b]0;title\x07", "\x1b[2J", "\x1b[6n", "\x07", "\x08\x08\x08", "\x7f", "\r", "x\ry", "\n", "x\ny", "\t",
            "\x00", "\x0b", "\x0c", "\x1a", "\x9b2J", "\x1bP0;x\x1b\\"]
KINDS = SCRIPT + ATTRIBUTE + TEMPLATE + STYLE + DATA + LETTERS + TERMINAL
FRAMES = ["{}", "x{}", "{}x", "{}{}"]
STRINGS = list(dict.fromkeys(frame.replace("{}", kind) for frame in FRAMES for kind in KINDS))


def chunks(size):
    """The strings joined by twos and more, as many bytes as a field takes."""
    part = ""
    for one in STRINGS:
        if part and len((part + " " + one).encode()) > size:
            yield part
            part = ""
        part = (part + " " + one).lstrip(" ") if part else one
    yield part


def printable(text):
    """Without what a reader of files refuses: the refusal is one good answer, this is the rest."""
    return "".join(c for c in text if c >= " " and not "\x7f" <= c <= "\x9f" and c not in "\uffff\u2028\u2029")


# ---- the fields ----

FIELDS = {  # every text of more than 64 letters; how it is filled here
    "login.password": "never shown", "user.add.password": "never shown", "token.issue.note": "staff",
    "backup.create.file": "a name of a file", "audit.verify.head": "a digest",
    "mentor.import.rows.strengths": "a list of codes", "activity.import.rows.gains": "a list of codes",
    **{f"{name}.import.rows.name": "register" for name in ("org", "teacher", "association")},
    "mentor.import.rows.evidence": "register", "mentor.import.rows.confirmed_by": "register",
    **{f"activity.import.rows.{name}": "register" for name in ("title", "title_en", "provider", "tag")},
    "wave.create.title": "wave", "me.wants.line": "teacher", "mentor.accept.reason": "teacher",
    "mentor.decline.reason": "teacher", "recommend.send.text": "letter"}
CONTENT = re.compile(r"form\.load\.(framework|forms|paramsets|rules|selection|second|site|card|practices|observation)\b.*\.(ru|en)$")


def texts_of(fields, prefix):
    for field in fields:
        if field["kind"] == "str" and field.get("max", 0) > 64:
            yield prefix + field["name"]
        elif field["kind"] in ("rec", "recs"):
            yield from texts_of(field["fields"], f"{prefix}{field['name']}.")


DAEMON = Daemon().start()
WORLD = World(DAEMON)
WAY, METHODIST, ADMIN = Way(WORLD), WORLD.as_("methodist-t"), WORLD.as_("admin")


def test_fields():
    """every long text of the descriptors is named here, and enough strings are there"""
    found = {text for command in DAEMON.json("schema")["commands"]
             for text in texts_of(command["params"], command["name"] + ".")}
    content = {text for text in found if CONTENT.match(text)}
    assert len(content) > 20
    tap.equal(found - content, set(FIELDS), "fields without a line here, or lines without a field")
    assert len(STRINGS) >= 500, len(STRINGS)


# ---- readers ----

class Skeleton(html.parser.HTMLParser):
    """Elements and attribute names, comments and the text."""

    def __init__(self, source):
        super().__init__(convert_charrefs=True)
        self.tags, self.words = [], []
        self.feed(source)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, tuple(sorted(name for name, _ in attrs))))
        for name, value in attrs:
            if name in ("href", "action", "src"):
                assert not re.match(r"\s*(javascript|data|vbscript|//|https?:)", value or "", re.I), value
            self.words.append(value or "")

    def handle_comment(self, data):
        self.tags.append(("comment", ()))

    def handle_decl(self, decl):
        self.tags.append(("decl", ()))

    def handle_pi(self, data):
        self.tags.append(("pi", ()))

    def unknown_decl(self, data):
        self.tags.append(("cdata", ()))

    def handle_data(self, data):
        self.words.append(data)


def squeezed(text):
    return "".join(text.split())


def same_shape(source, plain, text, where):
    """No element or attribute that the plain page has not; the text is there as text."""
    got, wanted = Skeleton(source), Skeleton(plain)
    extra = set(got.tags) - set(wanted.tags)
    assert not extra, f"{where}: {sorted(extra)[:5]} with {text[:200]!r}"
    if not where.startswith("/me/data"):  # where rows come with every look
        tap.equal(len(got.tags), len(wanted.tags), f"{where}: elements with {text[:200]!r}")
    return squeezed(printable(text))[:40] in squeezed("".join(got.words))


def check_terminal(text, where):
    bad = re.findall("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text)
    assert not bad, f"{where}: {bad[:5]!r} {text[:300]!r}"


def check_outputs(*args, token=None):
    """Table, JSON, CSV and the raw lines of one command."""
    check_terminal(DAEMON.cli(*args, token=token, check=0)[1], " ".join(args))
    json.loads(DAEMON.cli("-o", "json", *args, token=token, check=0)[1])
    text = DAEMON.cli("-o", "csv", *args, token=token, check=0)[1].lstrip("\ufeff")
    for row in csv.reader(io.StringIO(text, newline="")):
        for cell in row:
            # A number may begin with a minus; nothing else may look like a formula.
            assert not re.match(r"[=+@\t\r]|-(?!\d+(\.\d+)?$|$)", cell), f"{args}: {cell[:100]!r}"


# ---- what a teacher writes, and what is written to him ----

def test_teacher():
    """a teacher's line and a letter, on his pages and in what he takes along"""
    visitor, page = WAY.finish("P-013")
    WORLD.fill([code for code in sorted(WORLD.codes) if code != "P-013"], lambda item: 0)

    def write(line):
        form = form_with(visitor.get("/me"), "/me/wants")
        answer_ = visitor.post(form, [("want", "FOR"), ("line", line)])
        return answer_, visitor.get("/me"), visitor.get("/me/data")
    plain, seen = write("plain line"), 0
    for line in [form for part in chunks(900) for form in (part, printable(part))]:
        for got, wanted in zip(write(line), plain):
            if got.status == 200:
                seen += same_shape(got.html, wanted.html, line, got.url)
        json.loads(visitor.exchange("GET", "/me/data.json").html)
    assert seen > 10, f"the line is shown as it is: {seen}"
    METHODIST.call("wave.publish", code="W-1")
    advice, seen = METHODIST.call("recommend.build", wave="W-1")["code"], 0
    line = next(r["n"] for r in METHODIST.call("recommend.show", code=advice)["rows"]
                if r["audience"] == "teacher")
    reader = Visitor(DAEMON.port)
    reader.cookies = {"m": WORLD.sheets["P-001"][1]}
    METHODIST.call("recommend.send", code=advice, line=line, text="plain text")
    one = reader.get("/me/messages")
    assert "plain text" in one.html, one.text[:500]
    for text in [form for part in chunks(3500) for form in (part, printable(part))]:
        advice = METHODIST.call("recommend.build", wave="W-1")["code"]
        try:
            METHODIST.call("recommend.send", code=advice, line=line, text=text)
        except RpcError as error:
            assert error.code == "format" and text != printable(text), error
            continue
        page = reader.get("/me/messages")
        extra = set(Skeleton(page.html).tags) - set(Skeleton(one.html).tags)
        assert not extra, f"/me/messages: {extra} with {text[:200]!r}"
        seen += squeezed(printable(text))[:40] in squeezed("".join(Skeleton(page.html).words))
    assert seen > 3, seen


# ---- registers ----

def load(noun, columns, rows):
    """The rows that the reader takes are loaded; a refused row is a good answer too."""
    path = write_csv(f"{DAEMON.dir}/h.csv", columns, rows)
    DAEMON.cli(noun, "import", path, "--skip-bad")


def test_registers():
    """names of people, places, associations, the catalogue; campaigns and notes"""
    visitor = Visitor(DAEMON.port)
    visitor.get(f"/i/{WORLD.codes['P-001']}")
    reader = Visitor(DAEMON.port)
    reader.cookies = {"m": WORLD.sheets["P-001"][1]}

    def fill(text):
        load("org", ["code", "name", "kind", "parent"], [("S-1", text, "gymnasium", "M-1")])
        load("teacher", ["code", "name", "org", "position", "subjects", "stage"],
             [("P-001", text, "S-1", "teacher", "math", "main")])
        load("association", ["code", "name", "level", "org"], [("A-MATH", text, "territorial", "TERR")])
        load("mentor", ["code", "strengths", "evidence", "confirmed_by"], [("P-002", "FOR:1", text, text)])
        load("activity", ["code", "title", "title_en", "kind", "hours", "format", "gains", "provider", "tag"],
             [("A-SUB-1", text, text, "course", 8, "online", "FOR:450", text, text)])
        return [reader.get(path) for path in ("/me", "/me/data", "/me/route", "/me/messages")] + \
            [visitor.get("/start")]
    fill("plain")
    METHODIST.call("route.build", wave="W-1")
    plain, seen = fill("plain"), 0
    parts = [printable(part) for part in chunks(280)]
    for number, text in enumerate(parts):
        for got, wanted in zip(fill(text), plain):
            tap.equal(got.status, 200, got.url)
            seen += same_shape(got.html, wanted.html, text, got.url)
        if number % 4 == 0:
            for args in (("org", "list"), ("teacher", "list", "--in", "S-1", "--names"),
                         ("association", "list"), ("activity", "show", "A-SUB-1"), ("mentor", "list"),
                         ("deficit", "map", "W-1")):
                check_outputs(*args, token=WORLD.tokens["methodist-t"])
    assert seen > len(parts), f"names are shown as they are: {seen} of {len(parts)}"
    for number, text in enumerate(chunks(280)):
        code = f"H-{number}"
        for call in (lambda: METHODIST.call("wave.create", code=code, title=text, form="KDP-G", to=TODAY + 9,
                                            competencies=["FOR"], **{"from": TODAY, "in": "S-1"}),
                     lambda: ADMIN.call("token.issue", login="analyst", note=text)):
            try:
                call()
            except RpcError as error:
                assert error.code in ("range", "format"), error
    check_outputs("wave", "list", token=WORLD.tokens["methodist-t"])
    check_outputs("token", "list", token=WORLD.tokens["admin"])


# ---- content ----

def hostile_content(folder):
    """The shipped framework, form and rules with every text replaced."""
    source, paths = itertools.cycle(printable(part) for part in chunks(190)), []

    def replaced(value, key=""):
        if isinstance(value, dict):
            return {k: replaced(v, k) for k, v in value.items()}
        if isinstance(value, list):
            return [replaced(v, key) for v in value]
        return next(source) if key in ("ru", "en") and isinstance(value, str) else value
    for path in SURVEYS:
        with open(path, encoding="utf-8") as file:
            content = replaced(yaml.safe_load(file))
        paths.append(f"{folder}/{os.path.basename(path)}")
        with open(paths[-1], "w", encoding="utf-8") as file:
            yaml.safe_dump(content, file, allow_unicode=True)
    return paths


def test_content():
    """texts of framework, form, catalogue and rules: on every page of the way, in documents"""
    daemon = Daemon().start()
    paths = hostile_content(daemon.dir)
    kept = list(world_surveys())
    world_surveys(paths)
    world = World(daemon)
    world_surveys(kept)
    loaded = daemon.rpc().call("form.list")["rows"]
    assert len(loaded) >= 4, loaded
    rpc, pages = daemon.rpc(), {}
    for teacher in sorted(world.codes)[:40]:
        world.sheets[teacher] = answer(rpc, world.codes[teacher], lambda item: 0)
    methodist = world.as_("methodist-t")
    methodist.call("wave.publish", code="W-1"), methodist.call("route.build", wave="W-1")
    reader, fresh = Visitor(daemon.port), Visitor(daemon.port)
    reader.cookies = {"m": world.sheets["P-001"][1]}
    page = fresh.get(f"/i/{world.codes['P-060']}")
    pages["/start"] = page
    page = fresh.post(page.form("/start"), [("consent_process", "1"), ("shared", "no")], "begin")
    pages["/a/1"] = page
    for path in ("/me", "/me/data", "/me/route"):
        pages[path] = reader.get(path)
    plain = {}
    reader_, fresh_ = Visitor(DAEMON.port), Visitor(DAEMON.port)
    reader_.cookies = {"m": WORLD.sheets["P-002"][1]}
    WORLD.wave("W-P", "TERR", teacher="P-060")
    page = fresh_.get(f"/i/{METHODIST.call('invite.print', wave='W-P', teacher='P-060')['rows'][0]['code']}")
    plain["/start"] = page
    plain["/a/1"] = fresh_.post(page.form("/start"), [("consent_process", "1"), ("shared", "no")], "begin")
    for path in ("/me", "/me/data", "/me/route"):
        plain[path] = reader_.get(path)
    for path, page in pages.items():
        tap.equal(page.status, 200, path)
        extra = set(Skeleton(page.html).tags) - set(Skeleton(plain[path].html).tags)
        allowed = {tag for tag in extra if tag[0] in ("details", "summary", "strong", "p", "li", "ul", "button")}
        assert not extra - allowed, f"{path}: {sorted(extra)[:5]}"
    check_documents(daemon, world, methodist.call("recommend.build", wave="W-1", limit=24)["code"])
    daemon.stop_clean()


def world_surveys(paths=None):
    if paths is not None:
        SURVEYS[:] = paths
    return SURVEYS


def check_documents(daemon, world, code):
    """Elements of a document come from its template alone: the same kinds as of the plain one."""
    token = world.tokens["methodist-t"]
    mine = METHODIST.call("recommend.build", wave="W-1", limit=24)["code"]
    args = {d: ("recommend", "show", c, "-f", "html") for d, c in ((daemon, code), (DAEMON, mine))}
    got, plain = (Skeleton(d.cli(*a, token=t, check=0)[1]) for (d, a), t in
                  zip(args.items(), (token, WORLD.tokens["methodist-t"])))
    assert not set(got.tags) - set(plain.tags), set(got.tags) - set(plain.tags)
    assert any("script" in word for word in got.words) or any("{{" in word for word in got.words)
    for kind in ("text", "md", "json"):
        text = daemon.cli("recommend", "show", code, "-f", kind, token=token, check=0)[1]
        if kind == "json":
            json.loads(text)
            continue
        check_terminal(text, kind)
        if kind == "md":
            assert not re.search(r"(?<!\\)<(script|img|svg|iframe|style|b|a)\b", text, re.I), text[:500]
    sheets = f"{daemon.dir}/sheets.html"
    daemon.cli("invite", "print", "W-1", "--html", sheets, token=token, check=0)
    with open(sheets, encoding="utf-8") as file:
        tags = {tag for tag, _ in Skeleton(file.read()).tags}
    assert not tags & {"script", "img", "svg", "iframe", "form", "base"}, tags


def test_control():
    """control: one slot of a template that does not escape is found out"""
    if CONTROL:
        return
    red_tests("no_escape", __file__)


def test_end():
    """both processes are whole after all of it"""
    print("# counts hostile texts", json.dumps({"strings": len(STRINGS), "fields": len(FIELDS)}))
    DAEMON.stop_clean()


tap.run(globals())
