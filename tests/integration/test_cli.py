# SPDX-License-Identifier: Apache-2.0
"""The contract of the command line on the known world: machine forms compared whole, streams, exit
statuses, widths, languages, and what it says when it is not understood."""
import csv
import io
import json
import re
import shutil
import subprocess
import unicodedata

import grm
import tap
from harness import BUILD, ENV, ROOT, Daemon
from world import ASSOCIATIONS, COMPETENCIES, ORGS, World, people, write_csv

DAEMON = Daemon(web=False).start()
WORLD = World(DAEMON)
TOKENS = WORLD.tokens
VOLATILE = {"uptime_s", "version", "schema_hash", "at", "method", "receipt", "published_at"}
CODES = sorted(WORLD.codes)


def answers_of(number):
    """Two of three people are weak in FOR, everybody is strong in SUB, the rest is in the middle."""
    return lambda item: 3 if item.startswith("SUB") else \
        (0 if number % 3 else 3) if item.startswith("FOR") else 1 + (number + len(item)) % 2


for number, teacher in enumerate(CODES):
    WORLD.fill([teacher], answers_of(number))
WORLD.as_("methodist-t").call("wave.publish", code="W-1")


def lasting(value):
    if isinstance(value, dict):
        return {k: lasting(v) for k, v in value.items() if k not in VOLATILE}
    return [lasting(v) for v in value] if isinstance(value, list) else value


def asked(*words, token=None):
    """JSON of a command without what changes from run to run."""
    return lasting(DAEMON.json(*words, token=TOKENS[token] if token else None))


def run(*words, env=None, stdin=None, binary=f"{BUILD}/metodctl"):
    done = subprocess.run([binary, "--socket", DAEMON.socket, *words], env={**ENV, **(env or {})},
                          input=stdin, capture_output=True, text=True, timeout=120)
    return done.returncode, done.stdout, done.stderr


def on_terminal(columns, *words):
    """Lines as a terminal of this width shows them."""
    command = " ".join([f"{BUILD}/metodctl", "--socket", DAEMON.socket, *words])
    done = subprocess.run(["script", "-qec", f"stty cols {columns}; {command}", "/dev/null"],
                          env={**ENV, "TERM": "xterm", "NO_COLOR": "1"}, stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=120)
    return done.stdout.replace("\r", "").split("\n")


def cells(text):
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else not unicodedata.combining(c)
               for c in text)


def org_view(code, name, kind, parent):
    return {"code": code, "name": name, "kind": kind, "parent": parent, "low_result": False,
            "staff": sum(p["org"] == code for p in people())}


def teacher_view(row, names=False):
    return {"code": row["code"], "name": row["name"] if names else "", "org": row["org"],
            "position": row["position"], "subjects": [row["subjects"]] if row["subjects"] else [],
            "stage": row["stage"], "young": row["birth_year"] == 2000,
            "mentor": row["code"] in ("P-002", "P-026", "P-036")}


WAVE = {"code": "W-1", "title": "Общая самодиагностика педагога", "form": "KDP-G", "paramset": "0",
        "state": "open", "target": 60, "invited": 60, "started": 0, "submitted": 60, "declined": 0,
        "competencies": COMPETENCIES}


def without_days(wave):
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", wave["from"]) and wave["from"] < wave["to"], wave
    return {k: v for k, v in wave.items() if k not in ("from", "to")}


def test_json_of_registers():
    """-o json of registers, cards and waves is exactly the known world"""
    whole = {"schema": "metod.v1", "demo": True}
    tap.equal(asked("org", "list"), {**whole, "total": 9,
                                     "rows": [org_view(*o) for o in sorted(ORGS)]})
    tap.equal(asked("org", "show", "S-2"), {**whole, **org_view(*ORGS[4])})
    rows = people()
    tap.equal(asked("teacher", "list", token="methodist-t"),
              {**whole, "total": 60, "rows": [teacher_view(r) for r in rows]})
    tap.equal(asked("teacher", "list", "--in", "M-2", "--young", "--names", token="methodist-2"),
              {**whole, "total": 7, "rows": [teacher_view(r, True) for r in rows[32:]
                                             if r["birth_year"] == 2000]})
    tap.equal(asked("teacher", "show", "P-002", "--names", token="deputy-1"),
              {**whole, **teacher_view(rows[1], True)})
    members = {"A-MATH": sum(r["subjects"] == "math" for r in rows), "A-2": 4}
    tap.equal(asked("association", "list"), {**whole, "rows": [
        {"code": c, "name": n, "level": level, "head": head, "members": members[c]}
        for c, n, level, _, _, head in sorted(ASSOCIATIONS)]})
    tap.equal(without_days(asked("wave", "show", "W-1")), {**whole, **WAVE})
    listed = asked("wave", "list", token="methodist-2")
    tap.equal([without_days(w) for w in listed["rows"]], [WAVE])
    status = asked("status")
    tap.equal({k: v for k, v in status.items() if k != "next"},
              {**whole, "title": "Проверочная территория", "demo": True, "zone": "Europe/Samara",
               "orgs": 9, "teachers": 60, "waves_open": 1, "disk_full": False,
               "disk_low": False})
    tap.equal(asked("whoami", token="deputy-1"),
              {**whole, "login": "deputy-1", "roles": ["deputy (S-1)"], "person": "", "demo": True})


def test_json_of_numbers():
    """deficit top, whole: shares and intervals computed again from the answers that were given"""
    names = {"SUB": "Содержание предмета", "FOR": "Формирующее оценивание и обратная связь"}
    got = asked("deficit", "top", "W-1", token="methodist-t")
    part, n = sum(number % 3 != 0 for number in range(60)), 60
    lo, hi = grm.wilson(part, n)
    tap.equal({k: v for k, v in got.items() if k not in ("rows", "ordered")},
              {"schema": "metod.v1", "wave": "W-1", "scope": "Проверочная территория", "n": 60,
               "target": 60, "demo": True})
    first = got["rows"][0]
    tap.equal({k: v for k, v in first.items() if k != "unclear"},
              {"competency": "FOR", "name": names["FOR"], "shown": "exact", "n": n, "part": part,
               "share": round(part / n, 3), "lo": round(lo, 3), "hi": round(hi, 3), "cls": "most"})
    tap.equal([r for r in got["rows"] if r["competency"] == "SUB"],
              [{"competency": "SUB", "name": names["SUB"], "shown": "class", "n": n, "part": None,
                "share": None, "lo": None, "hi": None, "cls": "few", "unclear": None}])


def test_machine_forms():
    """csv, tsv and jsonl hold the rows of json; --fields chooses and orders; --excel opens in Russia"""
    rows = asked("org", "list")["rows"]
    plain = [{k: {True: "true", False: "false"}.get(v, str(v)) if isinstance(v, bool) else str(v)
              for k, v in {**r, "demo": True}.items()} for r in rows]
    for form, delimiter in (("csv", ","), ("tsv", "\t")):
        out = DAEMON.cli("-o", form, "org", "list", check=0)[1]
        tap.equal(list(csv.DictReader(io.StringIO(out), delimiter=delimiter)), plain, form)
    lines = DAEMON.cli("-o", "jsonl", "org", "list", check=0)[1].splitlines()
    tap.equal([json.loads(x) for x in lines], [{"schema": "metod.v1", "demo": True, **r} for r in rows])
    out = DAEMON.cli("-o", "csv", "--fields", "kind,code", "org", "list", check=0)[1]
    tap.equal(out.splitlines()[:2], ["kind,code", "supplementary,D-1"])
    done = subprocess.run([f"{BUILD}/metodctl", "--socket", DAEMON.socket, "-o", "csv", "--excel", "org",
                           "list"], env=ENV, capture_output=True)
    assert done.stdout.startswith(b"\xef\xbb\xbfcode;name;") and done.stdout.count(b"\r\n") == 10
    write_csv(f"{DAEMON.dir}/odd.csv", ["code", "name", "kind", "parent"],
              [("Z-1", '=HYPERLINK("x"); "и", так', "secondary", "M-2")])
    DAEMON.cli("org", "import", f"{DAEMON.dir}/odd.csv", check=0)
    out = DAEMON.cli("-o", "csv", "org", "list", check=0)[1]
    name = [r["name"] for r in csv.DictReader(io.StringIO(out)) if r["code"] == "Z-1"][0]
    assert name != '=HYPERLINK("x"); "и", так' and name[1:] == '=HYPERLINK("x"); "и", так', name
    tap.equal(asked("org", "show", "Z-1")["name"], '=HYPERLINK("x"); "и", так')


def bad_csv():
    return write_csv(f"{DAEMON.dir}/bad.csv", ["code", "name", "kind", "parent"],
                     [("X-1", "Икс", "school", "M-1"), ("X-2", "Икс два", "secondary", "NOPE"),
                      ("X-3", "Икс три", "secondary", "M-1")])


def test_exit_statuses():
    """0 done, 2 usage, 3 absent, 4 refused, 5 exists, 6 no daemon, 7 bad rows; words on stderr only"""
    cases = [(2, ("org", "list", "--bogus"), None), (2, ("org",), None), (2, (), None),
             (2, ("-o", "xml", "org", "list"), None), (2, ("org", "show"), None),
             (3, ("org", "show", "Z-9"), None), (3, ("wave", "show", "нет"), None),
             (4, ("deficit", "top", "W-1"), None), (4, ("wave", "publish", "W-1"), "methodist-t"),
             (3, ("teacher", "show", "P-050"), "deputy-1"), (5, ("user", "add", "admin"), None),
             (7, ("user", "add", "x", "--role", "царь"), None)]
    for status, words, token in cases:
        got, out, err = DAEMON.cli(*words, token=TOKENS[token] if token else None)
        tap.equal((got, out), (status, ""), f"{words}\n{out}\n{err}")
        assert err.startswith("metodctl") or words == ("org",), (words, err)
        assert not re.search(r"\.c:\d|0x|assert", err), err
    got, out, err = run("--socket", "/nonexistent/ctl.sock", "status")
    tap.equal((got, out, "--socket" in err), (6, "", True), err)
    for words in (("status",), ("org", "list"), ("form", "list"), ("help",)):
        got, out, err = DAEMON.cli(*words)
        tap.equal((got, err, bool(out)), (0, "", True), words)


def test_bad_rows():
    """a file with bad rows: 7, nothing written, every error with line and column, also in a file"""
    path = bad_csv()
    got, _, err = DAEMON.cli("org", "import", path)
    tap.equal((got, err), (7, ""))
    tap.equal(DAEMON.cli("org", "show", "X-3")[0], 3)
    with open(path.replace(".csv", ".errors.csv"), encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    tap.equal([(r["line"], r["column"]) for r in rows], [("2", "kind"), ("3", "parent")])
    counted = {"read": 3, "added": 1, "changed": 0, "same": 0, "errors": 2}
    got, out, _ = DAEMON.cli("-o", "json", "org", "import", path, "--dry-run")
    told = json.loads(out)
    tap.equal((got, told["written"], {k: told[k] for k in counted}), (7, False, counted))
    DAEMON.cli("org", "import", path, "--skip-bad", check=0)
    tap.equal(asked("org", "show", "X-3")["name"], "Икс три")
    with open(path, encoding="utf-8") as file:
        again = DAEMON.cli("-o", "json", "org", "import", "-", "--skip-bad", stdin=file.read())
    tap.equal({k: json.loads(again[1])[k] for k in counted}, {**counted, "added": 0, "same": 1})


def test_keys():
    """--key: the same call again gives the same receipt, another one under it is refused with 5"""
    words = ("-o", "json", "--key", "0123456789abcdef", "user", "add")
    first = json.loads(DAEMON.cli(*words, "новый", check=0)[1])
    tap.equal(json.loads(DAEMON.cli(*words, "новый", check=0)[1])["receipt"], first["receipt"])
    assert first["receipt"]["seq"] > 0, first
    tap.equal(DAEMON.cli(*words, "другой")[0], 5)


def test_languages():
    """Russian by C.UTF-8 with LANGUAGE=ru or a missing locale; English when asked; codes stay"""
    for env in ({}, {"LC_ALL": "ru_RU.UTF-8"}, {"LC_ALL": "C", "LANGUAGE": ""},
                {"LC_ALL": "C.UTF-8", "LANGUAGE": "en", "METOD_LANG": "ru"}):
        got, out, err = run("org", "list", env=env)
        lines = out.splitlines()
        head = next(i for i, line in enumerate(lines) if line.startswith("КОД"))
        tap.equal((got, err), (0, ""), env)
        at = lines[head].index("НАЗВАНИЕ")
        for line in lines[head + 1:]:
            assert line[at - 1] == " " and line[:at].strip() in {"", *(o[0] for o in ORGS), "X-3",
                                                                 "Z-1"}, (env, line)
    for words, env in ((("--lang", "en"), {}), ((), {"LANGUAGE": "en"}), ((), {"METOD_LANG": "en"})):
        out = run(*words, "org", "list", env=env)[1]
        assert "NAME" in out and "secondary" in out and "НАЗВАНИЕ" not in out, out
        assert run(*words, "org", "show", "Z-9", env=env)[2].startswith("metodctl: not found")
    tap.equal(json.loads(run("--lang", "en", "-o", "json", "org", "show", "S-1")[1]),
              json.loads(run("-o", "json", "org", "show", "S-1")[1]))


def test_sixty_columns():
    """no table is wider than a terminal of 60 columns"""
    WORLD.as_("methodist-t").call("recommend.build", wave="W-1")
    token = f"{DAEMON.dir}/narrow.token"
    with open(token, "w", encoding="ascii") as file:
        file.write(TOKENS["methodist-t"])
    for words in ("org list", "teacher list --names", "association list", "mentor list", "wave list",
                  "form list", "activity list", "recommend list", "deficit top W-1", "deficit map W-1"):
        lines = on_terminal(60, "--token-file", token, words)
        assert len(lines) > 3, (words, lines)
        tap.equal([line for line in lines if cells(line) > 60], [], words)
    assert any(cells(line) > 60 for line in on_terminal(100, "teacher list --names"))


def test_closed_pipe():
    """a reader that goes early leaves no noise"""
    done = subprocess.run(["bash", "-c", f"{BUILD}/metodctl schema -o json | head -c 10; "
                           "echo; echo ${PIPESTATUS[@]}"], env=ENV, capture_output=True, text=True)
    tap.equal((done.stdout.split("\n")[0], done.stderr), ('{"schema":', ""))
    assert done.stdout.split("\n")[1].split()[0] in ("0", "1"), done.stdout


def test_never_asks_without_terminal():
    """without a terminal nothing is asked: 2 and the option to use; the wrong name erases nothing"""
    got, out, err = run("teacher", "forget", "P-060", stdin="")
    tap.equal((got, out), (2, ""))
    assert "--confirm P-060" in err, err
    tap.equal(run("teacher", "forget", "P-060", "--confirm", "P-059")[0], 2)
    tap.equal(asked("teacher", "show", "P-060")["code"], "P-060")
    got, _, err = run("login", "root", stdin="")
    tap.equal((got, "--password-f" in err), (2, True), err)
    tap.equal(run("teacher", "forget", "P-060", "--confirm", "P-060")[0], 0)
    tap.equal(run("teacher", "show", "P-060")[0], 3)


def test_suggestions():
    """the nearest command: a slip of the finger, Cyrillic look-alikes, the Russian keyboard layout"""
    for words, meant in ((("wave", "clsoe", "W-1"), "wave close"), (("teacher", "shwo"), "teacher show"),
                         (("wаvе", "list"), "wave list"), (("цфму", "ырщц"), "wave show"),
                         (("еуфсрук", "дшые"), "teacher list"), (("mentor", "sugest"), "mentor suggest"),
                         (("ыефегы",), "status")):
        got, out, err = run(*words)
        tap.equal((got, out), (2, ""), words)
        assert f"metodctl {meant}" in err, (words, err)
    assert "org import" in run("org")[2], "a noun alone: what can follow"
    assert "--dry-run" in run("org", "import", "x.csv", "--dryrun")[2]


def test_schema():
    """schema needs no daemon and lists every command with params, roles, errors"""
    got, out, err = run("--socket", "/nonexistent", "schema", "-o", "json")
    tap.equal((got, err), (0, ""))
    told = json.loads(out)
    with open(f"{ROOT}/include/metod/commands.h", encoding="utf-8") as file:
        declared = re.findall(r'\bC\(\s*\d+, "([a-z.]+)"', file.read())
    commands = {c["name"]: c for c in told["commands"] if c.get("number")}
    tap.equal(sorted(commands), sorted(declared))
    assert len(declared) > 75, len(declared)
    for name, command in commands.items():
        tap.equal(command["cli"].replace(" ", "."), name)
        assert command["roles"] and command["summary"], command
        assert {"not_found", "denied", "login"} <= {e["code"] for e in command["errors"]}, name
        for param in command["params"]:
            assert {"name", "kind", "required"} <= set(param), (name, param)
    params = {p["name"]: p for p in commands["wave.create"]["params"]}
    assert params["code"]["required"] and not params["title"]["required"], params
    tap.equal(commands["answers.export"]["roles"], ["analyst"])
    assert {"form check", "backup restore", "schema"} <= {c["cli"] for c in told["offline"]}, told
    rpc = DAEMON.rpc()
    for session in (rpc.call("session.enter", code=WORLD.codes["P-001"])["session"], ""):
        for name, given in (("page.show", {"page": 1}), ("attempt.check", {}), ("me.data", {}),
                            ("mentee.show", {"code": "P-1"}), ("org.show", {"code": "Z-9"})):
            error = rpc.fails(name, _session=session, **given)
            assert error.code in {e["code"] for e in commands[name]["errors"]}, (name, error)


def broken(name, old, new):
    """A copy of surveys/ with one change; (folder, line and column of the change)."""
    folder = f"{DAEMON.dir}/surveys"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(f"{ROOT}/surveys", folder)
    with open(f"{folder}/{name}", encoding="utf-8") as file:
        text = file.read()
    at = text.index(old)
    with open(f"{folder}/{name}", "w", encoding="utf-8") as file:
        file.write(text.replace(old, new, 1))
    return folder, text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)


def test_form_check():
    """form check: the shipped content is clean; a broken copy names file, line and column"""
    got, _, err = run("--socket", "/nonexistent", "form", "check", f"{ROOT}/surveys")
    tap.equal(got, 0, err)
    for name, old, new, word, shift in (
            ("general.yaml", "competency: STD", "competency: STX", "STX", len("competency: ")),
            ("general.yaml", "competency: STD", "competensy: STD", "competency", 0),
            ("general.yaml", "id: SUB-2", "id: SUB-1", "SUB-1", len("id: ")),
            ("rules.yaml", "audience: teacher", "audience: teachers", "teachers", len("audience: ")),
            ("paramset-0.yaml", "2.556, 0.710", "0.710, 2.556", "c", None),
            ("framework.yaml", "kind: framework", "kind: [framework", "", None)):
        folder, line, column = broken(name, old, new)
        got, out, err = run("form", "check", folder)
        told = out + err
        place = re.search(rf"{re.escape(name)}:(\d+):(\d+)", told)
        assert got == 7 and place and word in told, (name, new, got, told)
        if shift is not None:
            tap.equal((int(place[1]), int(place[2])), (line, column + shift), told)
    tap.equal(run("form", "load", folder)[0], 7)
    DAEMON.stop_clean()


tap.run(globals())
