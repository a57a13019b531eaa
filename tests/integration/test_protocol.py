# SPDX-License-Identifier: Apache-2.0
"""docs/protocol.md against the daemon: every command is in it and is called here, replies hold what it
says and nothing else, required params are required, bounds are bounds, and the bytes of its examples
are spoken on a socket."""
import json
import re
import socket

import msgpack
import tap
from harness import ROOT, Daemon, RpcError
from world import TODAY, Disclosure, World

DAEMON = Daemon(web=False).start()
WORLD = World(DAEMON)
OPEN = Disclosure(WORLD)
with open(f"{ROOT}/docs/protocol.md", encoding="utf-8") as file:
    TEXT = file.read()
FIELD = re.compile(r"^\| `(\w+)` \| ([\w ]+?)(?:, [\w -]+)?(?: \[(\w+)\]\(#\w+\))? \| (.*?) \| (.*?) \| .* \|$")
WHO = {"admin": "admin", "methodist": "methodist-t", "head": "head-math", "deputy": "deputy-1",
       "coordinator": "coordinator", "analyst": "analyst", "mentor": OPEN.mentor}


def number(text):
    power = re.fullmatch(r"(-?)2\^(\d+)-1", text)
    return float(text) if not power else float(2 ** int(power[2]) - 1) * (-1 if power[1] else 1)


class Field:
    def __init__(self, name, kind, record, bounds, flags):
        self.name, self.kind, self.record = name, kind, record
        self.required, self.null = "required" in flags, "may be nil" in flags
        found = re.match(r"(-?[\d.e+^-]+?)–(\S+?)(?: (?:bytes|elements))?$", bounds)
        self.low, self.high = (number(found[1]), number(found[2])) if found else (None, None)


def tables():
    """({command: {"param" | "reply" | "for": ...}}, {record: {field: Field}})"""
    commands, records, at, section, into = {}, {}, None, "", None
    for line in TEXT.splitlines():
        if line.startswith("## "):
            section = line[3:]
        elif line.startswith("### "):
            at = line[4:]
            if section == "Commands":
                commands[at] = {"param": {}, "reply": {}, "for": ""}
            else:
                records[at] = {}
        elif line.startswith("- for: ") and section == "Commands":
            commands[at]["for"] = line[7:]
        elif line.startswith("| param | type"):
            into = commands[at]["param"]
        elif line.startswith("| reply | type"):
            into = commands[at]["reply"]
        elif line.startswith("| field | type") and section.startswith("Records"):
            into = records[at]
        elif line.startswith("| `") and section in ("Commands", "Records inside requests and replies"):
            parts = FIELD.match(line)
            assert parts, line
            into[parts[1]] = Field(*parts.groups())
    return commands, records


COMMANDS, RECORDS = tables()
KINDS = {"integer": int, "number": (int, float), "true or false": bool, "text": str, "bytes": bytes,
         "list of integers": list, "list of numbers": list, "list of texts": list, "map": dict,
         "list of maps": list}


def conforms(value, fields, path):
    """The map holds what the document says, and nothing else."""
    for name, field in fields.items():
        assert not field.required or name in value, f"{path}.{name} is required and absent"
    for name, got in value.items():
        here = f"{path}.{name}"
        assert name in fields, f"{here} is not documented"
        field = fields[name]
        if got is None:
            assert field.null or field.kind == "map", f"{here} is nil"
            continue
        assert isinstance(got, KINDS[field.kind]), f"{here}: {got!r} is no {field.kind}"
        size = len(got.encode()) if isinstance(got, str) else len(got) \
            if isinstance(got, (list, bytes)) else got if isinstance(got, (int, float)) else None
        if field.high is not None and size is not None and field.kind != "true or false":
            assert field.low <= size <= field.high, f"{here}: {size} is not {field.low}–{field.high}"
        for i, element in enumerate([got] if field.kind == "map" else
                                    got if field.kind == "list of maps" else []):
            conforms(element, RECORDS[field.record], f"{here}[{i}]")


CALLED = {}


def call(who, name, **params):
    """A call that succeeds, by this login or connection; params and reply are documented."""
    rpc = WORLD.as_(who) if isinstance(who, str) else who
    for param in params:
        assert param.startswith("_") or param in COMMANDS[name]["param"], (name, param)
    reply = rpc.call(name, **params)
    conforms(reply, COMMANDS[name]["reply"], name)
    CALLED.setdefault(name, params)
    return reply


def test_documented():
    """every command of the list stands in the document, with its roles, and no other one does"""
    with open(f"{ROOT}/include/metod/commands.h", encoding="utf-8") as file:
        declared = re.findall(r'\bC\(\s*\d+, "([a-z.]+)"', file.read())
    tap.equal(list(COMMANDS), declared)
    assert all(c["for"] and (c["reply"]) for c in COMMANDS.values())
    for fields in [*RECORDS.values(), *(c[k] for c in COMMANDS.values() for k in ("param", "reply"))]:
        assert all(f.record is None or f.record in RECORDS for f in fields.values())


def examples():
    """(message as JSON, bytes) in the order of the document"""
    return [(json.loads(m[1]), bytes.fromhex(m[2])) for m in
            re.finditer(r"```json\n(.*?)\n```\n\n```hex\n(.*?)\n```", TEXT, re.S)]


def test_examples():
    """the bytes of the examples are the JSON beside them, for a codec that is not ours"""
    found = examples()
    tap.equal(len(found), 5)
    for message, data in found:
        tap.equal(msgpack.unpackb(data), message)


def test_examples_are_spoken():
    """the bytes of the examples, sent as they are, are understood; the answers have the shape shown"""
    with socket.socket(socket.AF_UNIX) as sock:
        sock.settimeout(30)
        sock.connect(DAEMON.socket)
        unpacker = msgpack.Unpacker()
        answers = []
        for message, data in examples():
            if message[0] != 0:
                continue
            sock.sendall(data)
            while not (got := list(unpacker)):
                unpacker.feed(sock.recv(65536))
            answers += got
    (_, one, none, hello), (_, two, error, nothing) = answers
    tap.equal((one, two, none, nothing, error["code"]), (1, 2, None, None, "login"))
    shown = next(m for m, _ in examples() if m[:2] == [1, 1])[3]
    assert set(shown) <= set(hello) and hello["proto"] == shown["proto"], hello


def sendable(line):
    try:
        return WORLD.as_("methodist-t").call("recommend.send", code="R-0001", line=line,
                                             position="teacher", dry_run=True)
    except RpcError:
        return None


def test_every_command():
    """every command succeeds once by somebody who may, and its reply is as the document says"""
    admin, root = WORLD.admin, "admin"
    session = lambda code: admin.call("session.enter", code=WORLD.codes[code])["session"]
    call(admin, "status")
    call(admin, "whoami")
    call(admin, "user.add", login="kim", role="analyst", password="дом-река-луна-7")
    login = call(DAEMON.rpc(), "login", login="kim", password="дом-река-луна-7")
    call(DAEMON.rpc(session=login["session"]), "logout")
    call(admin, "user.role", login="kim", role="methodist", **{"in": "M-1"})
    token = call(admin, "token.issue", login="kim", days=3, note="проба")
    call(admin, "token.list")
    call(admin, "token.revoke", id=token["id"])
    call(admin, "user.list")
    call(admin, "user.disable", code="kim")
    call(root, "org.import", last=True, rows=[dict(line=2, code="N-1", name="Новая школа",
                                                  kind="secondary", parent="M-1")])
    call(root, "teacher.import", last=True, rows=[
        dict(line=2, code="N-100", name="Новая Анна", org="N-1", position="teacher", subjects=["math"],
             hired=12000, birth_year=1980)])
    call(root, "association.import", last=True, rows=[
        dict(line=2, code="N-A", name="ШМО", level="school", subject="math", org="N-1", head="N-100")])
    call(root, "mentor.import", last=True, rows=[
        dict(line=2, code="N-100", capacity=2, status="active", admitted=TODAY - 9,
             admitted_to=TODAY + 99, strengths="FOR:0.8", evidence="протокол", confirmed_by="совет")])
    call(root, "activity.import", last=True, rows=[
        dict(line=2, code="N-ACT", title="Проба", kind="course", hours=6, format="online",
             gains="FOR:200", positions=["teacher"])])
    call(root, "org.list")
    call(root, "org.show", code="N-1")
    call(root, "teacher.list", names=True)
    call(root, "teacher.show", code="N-100", names=True)
    call(root, "teacher.export", code="N-100")
    call(root, "association.list")
    call(root, "association.show", code="N-A")
    call(root, "activity.list")
    call(root, "activity.show", code="A-SUB-1")
    call(root, "form.load", paramsets=[dict(
        id="P-9", label="preliminary", framework="kdp-ped-1", version="1", title={"ru": "Проба"},
        standard={"a": 1500000, "c": [2000000, 0, -2000000]})])
    call(root, "form.list")
    boss = "methodist-t"
    call(boss, "wave.create", code="W-9", form="KDP-G", to=TODAY + 9, competencies=["FOR", "SUB"],
         **{"from": TODAY, "in": "S-2"})
    call(boss, "invite.create", wave="W-9")
    call(boss, "invite.print", wave="W-9")
    call(boss, "invite.revoke", wave="W-1", teacher="P-010")
    call(boss, "wave.list")
    call(boss, "wave.show", code="W-1")
    call(boss, "wave.close", code="W-9")
    fresh = call(admin, "session.enter", code=WORLD.codes["P-011"])["session"]
    page = lambda: dict(page=1, answers=[1] * len(
        admin.call("page.show", _session=fresh, page=1)["rows"]))
    call(admin, "attempt.show", _session=fresh)
    call(admin, "attempt.start", _session=fresh, consent_process=True)
    call(admin, "page.show", _session=fresh, page=1)
    call(admin, "page.save", _session=fresh, **page())
    call(admin, "attempt.check", _session=fresh)
    result = call(admin, "attempt.submit", _session=fresh, with_gaps=True)["session"]
    call(admin, "attempt.decline", _session=session("P-012"))
    call(admin, "pin.set", _session=result, pin="4711")
    mine = WORLD.result("P-005")
    for name, params in (("me.profile", {}), ("me.wants", dict(competencies=["FOR"], line="хочу")),
                         ("me.route", {}), ("me.step", dict(n=1, state="wanted")), ("me.messages", {}),
                         ("me.data", {}), ("grant.list", {})):
        call(mine, name, **params)
    call(mine, "grant.give", act="apply_course",
         themes=[mine.call("me.route")["rows"][0]["code"]])
    message = next((WORLD.result(p), m["id"]) for p in sorted(WORLD.sheets)
                   for m in WORLD.result(p).call("me.messages")["rows"])
    call(message[0], "me.mark", id=message[1], state="opened")
    call(boss, "profile.show", teacher="P-005")
    call(boss, "route.show", teacher="P-007")
    call(boss, "route.build", wave="W-1")
    call(mine, "grant.revoke", id=OPEN.grants["P-005"])
    call(boss, "deficit.top", wave="W-1")
    call(boss, "deficit.map", wave="W-1")
    call("coordinator", "mentor.suggest", wave="W-1")
    call("coordinator", "mentor.pairs", code="W-1")
    call("coordinator", "mentor.list")
    asked = WORLD.result(OPEN.ASKED[0])
    call(asked, "me.pairs")
    call(OPEN.mentor, "mentee.list")
    number, mentee, _ = OPEN.pairs["accepted"]
    call(OPEN.mentor, "mentee.show", code=mentee)
    number, mentee, _ = OPEN.pairs["proposed"]
    call(OPEN.mentor, "mentor.accept", pair=number)
    call(WORLD.result(mentee), "mentor.decline", pair=number, reason="не сейчас")
    call(boss, "recommend.build", wave="W-1", limit=3)
    call(boss, "recommend.list")
    call(boss, "recommend.show", code="R-0001")
    # Only of some lines is the group, and what is left of it, large enough.
    lines = [row["n"] for row in call(boss, "recommend.show", code="R-0001")["rows"]]
    open_line = next(n for n in lines if sendable(n))
    call(boss, "recommend.send", code="R-0001", line=open_line, position="teacher", dry_run=True)
    call(boss, "recommend.sent", code="R-0001")
    call("analyst", "answers.export", wave="W-1")
    call(root, "audit.log", limit=500)
    call(root, "audit.verify")
    call(root, "store.stat")
    call(root, "store.metrics")
    call(root, "store.verify")
    call(root, "backup.create")
    call(WORLD.result("P-037"), "me.withdraw")
    call(root, "teacher.forget", code="N-100", confirm="N-100")
    call(boss, "wave.close", code="W-1")
    call(boss, "wave.publish", code="W-1")
    tap.equal(sorted(set(COMMANDS) - set(CALLED)), [])


def who_may(name):
    """A connection of somebody who may call this."""
    roles = COMMANDS[name]["for"]
    if roles.startswith("everybody"):
        return DAEMON.rpc()
    staff = next((r for r in re.split(r"[,; ]+", roles) if r in WHO), None)
    return WORLD.as_(WHO[staff]) if staff else WORLD.result("P-006")


def test_required():
    """a required param that is absent is `missing`, and the answer names it"""
    seen = 0
    for name, params in CALLED.items():
        plain = {k: v for k, v in params.items() if not k.startswith("_")}
        for param, field in COMMANDS[name]["param"].items():
            if not field.required:
                continue
            seen += 1
            error = who_may(name).fails(name, **{k: v for k, v in plain.items() if k != param})
            tap.equal((error.code, error.field), ("missing", param), (name, error))
    assert seen > 40, seen


def too_much(field):
    if field.kind in ("integer", "number"):
        return int(field.high) + 1 if field.high < 2 ** 53 - 1 else 2 ** 60
    if field.kind == "text":
        return "x" * (int(field.high) + 1)
    return None


def test_bounds():
    """a param beyond its bound is refused with its name, whatever the rest of the call is"""
    seen = 0
    for name, params in CALLED.items():
        plain = {k: v for k, v in params.items() if not k.startswith("_")}
        for param, field in COMMANDS[name]["param"].items():
            value = too_much(field) if field.high else None
            if value is None:
                continue
            seen += 1
            error = who_may(name).fails(name, **{**plain, param: value})
            tap.equal((error.code, error.field), ("range", param), (name, str(value)[:40], error))
    assert seen > 100, seen


def test_unknown():
    """a param that the document does not have is `unknown` and named"""
    for name, params in CALLED.items():
        plain = {k: v for k, v in params.items() if not k.startswith("_")}
        error = who_may(name).fails(name, **plain, nonsense=1)
        tap.equal((error.code, error.field), ("unknown", "nonsense"), (name, error))
    DAEMON.stop_clean()


tap.run(globals())
