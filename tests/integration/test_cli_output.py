# SPDX-License-Identifier: Apache-2.0
"""One answer, many forms: msgpack and workbooks hold what JSON holds, small groups are hidden in all of
them alike, files are there whole or not at all, colours say nothing that words do not."""
import csv
import datetime
import io
import json
import os
import re
import stat
import subprocess

import msgpack
import tap
import xlsx
from harness import BUILD, ENV, Daemon
from terminal import Terminal, shown
from world import Disclosure, World, write_csv

DAEMON = Daemon(web=False).start()
WORLD = World(DAEMON)
STORY = Disclosure(WORLD)
for login, token in WORLD.tokens.items():
    with open(f"{DAEMON.dir}/{login}.token", "w", encoding="ascii") as file:
        file.write(token)
EVIL = '=HYPERLINK("http://x"); "и", так\u202f—\u00a0@'
write_csv(f"{DAEMON.dir}/odd.csv", ["code", "name", "kind", "parent"],
          [("Z-1", EVIL, "secondary", "M-2"), ("Z-2", "+7 911", "secondary", "M-2"),
           ("Z-3", "\tтабуляция", "secondary", "M-2"), ("Z-4", "школа цɵпрӣ 漢字", "secondary", "M-2")])
DAEMON.cli("org", "import", f"{DAEMON.dir}/odd.csv", check=0)
# login (None: the administrator), words
TABLES = [("methodist-t", ("deficit", "top", "W-1")), ("methodist-t", ("deficit", "map", "W-1")),
          ("methodist-1", ("deficit", "top", "W-1", "--in", "M-1")),
          ("methodist-t", ("recommend", "list")), ("methodist-t", ("recommend", "show", "R-0001")),
          ("coordinator", ("mentor", "pairs", "W-1")), ("methodist-t", ("mentor", "list")),
          ("analyst", ("answers", "export", "W-1")), ("methodist-t", ("teacher", "list")),
          ("methodist-t", ("wave", "list")), (None, ("org", "list")), (None, ("audit", "log")),
          (None, ("activity", "list")), (None, ("form", "list")), (None, ("user", "list")),
          (None, ("status",)), (None, ("org", "show", "Z-1"))]


def words_of(login, words):
    token = ["--token-file", f"{DAEMON.dir}/{login}.token"] if login else []
    return [f"{BUILD}/metodctl", "--socket", DAEMON.socket, *token, *words]


def run(login, *words, env=None):
    done = subprocess.run(words_of(login, words), env={**ENV, **(env or {})}, capture_output=True,
                          stdin=subprocess.DEVNULL, timeout=120)
    return done.returncode, done.stdout, done.stderr.decode()


def answer(login, *words):
    """The JSON of a command, as values."""
    status, out, err = run(login, "-o", "json", *words)
    assert status == 0, (words, err)
    return json.loads(out)


def book(login, *words):
    path = f"{DAEMON.dir}/book.xlsx"
    if os.path.exists(path):
        os.unlink(path)
    status, out, err = run(login, *words, "--save", path)
    assert (status, out) == (0, b"") and path in err, (words, out, err)
    return xlsx.read(path)


def plain(value):
    """JSON writes whole numbers beyond 2^53 as strings, msgpack does not; audit and status change."""
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items() if k not in ("uptime_s", "receipt")}
    return [plain(v) for v in value] if isinstance(value, list) else value


def test_msgpack_is_json():
    """-o msgpack is one object, equal to that of JSON, read by a codec that is not ours"""
    for login, words in TABLES:
        if words[0] in ("audit", "mentor"):  # a look is an event, and pairs have no fixed order
            continue
        status, out, err = run(login, "-o", "msgpack", *words)
        tap.equal((status, err), (0, ""), words)
        tap.equal(plain(msgpack.unpackb(out)), plain(answer(login, *words)), words)


def test_every_form_has_the_same_rows():
    """json, jsonl, csv, tsv, msgpack and xlsx: as many rows, the same codes in the same order"""
    for login, words in TABLES:
        if words == ("status",) or words[1] in ("log", "pairs", "show", "map", "export"):
            continue
        rows = answer(login, *words)["rows"]
        key = next(iter(rows[0]))
        wanted = [str(r[key]) for r in rows]
        for form, sign in (("csv", ","), ("tsv", "\t")):
            out = run(login, "-o", form, *words)[1].decode()
            tap.equal([r[key] for r in csv.DictReader(io.StringIO(out), delimiter=sign)], wanted, words)
        tap.equal(len(run(login, "-o", "jsonl", *words)[1].splitlines()), len(rows), words)
        first = next(iter(book(login, *words).values()))
        got = [row[0] for row in first.rows[1:]]
        tap.equal(len(got), len(wanted), words)
        if words[0] != "form":  # its first column is a word, which a workbook translates
            tap.equal(got, wanted, words)


def test_workbooks():
    """a workbook: titles stay and filter, no formula anywhere, widths set, the last sheet tells about it"""
    for login, words in TABLES:
        sheets = book(login, *words)
        names = list(sheets)
        assert names[-1] == "О документе", names
        for name, sheet in sheets.items():
            assert not sheet.has("f"), (words, name)
            assert sheet.has("col"), (words, name)
            if name != "О документе":
                tap.equal(sheet.frozen(), 1, words)
                assert sheet.filtered().startswith("A1:"), (words, name)
                assert all(t for t in sheet.rows[0]), sheet.rows[0]
        about = dict(row[:2] for row in sheets["О документе"].rows)
        tap.equal(about["Данные"], "Учебные данные: люди и числа вымышлены")
        assert about["Источник"].startswith("Проверочная территория, metodd "), about
        tap.equal(about["Команда"], "metodctl " + " ".join(words))
        assert re.fullmatch(r"\d\d\.\d\d\.\d{4} \d\d:\d\d \(UTC\+4\)", about["Составлено"]), about
    about = dict(row[:2] for row in book("methodist-t", "deficit", "top", "W-1")["О документе"].rows)
    tap.equal((about["Волна"], about["Ответили"], about["Целевая группа"]), ("W-1", 57.0, 60.0))
    assert "меньше 5 ответов" in about["Как считали"], about


def test_cells_keep_their_kind():
    """numbers are numbers, dates dates, text that looks like a formula is text, long ids lose no digit"""
    sheet = book(None, "org", "list")["Организации"]
    names = {r["Код"]: r["Название"] for r in sheet.records()}
    tap.equal((names["Z-1"], names["Z-2"]), (EVIL, "+7 911"))
    waves = book("methodist-t", "wave", "list")["Волны"]
    row, formats = waves.records()[0], dict(zip(waves.rows[0], waves.formats[1]))
    first = answer("methodist-t", "wave", "list")["rows"][0]
    day = (datetime.date.fromisoformat(first["from"]) - datetime.date(1899, 12, 30)).days
    tap.equal((row["С"], formats["С"], row["Отправлено"]), (float(day), "dd.mm.yyyy", 57.0))
    pairs = answer("coordinator", "mentor", "pairs", "W-1")["rows"]
    got = {str(r["Пара"]).removesuffix(".0") for r in
           book("coordinator", "mentor", "pairs", "W-1")["Пары"].records()}
    tap.equal(got, {str(p["id"]) for p in pairs})


def test_hidden_is_hidden_everywhere():
    """a number that the small-group rule hides is empty in csv, null in json and msgpack, empty in xlsx"""
    hidden = 0
    for login, words in TABLES[:3]:
        rows = answer(login, *words)["rows"]
        table = list(csv.DictReader(io.StringIO(run(login, "-o", "csv", *words)[1].decode())))
        for row, line in zip(rows, table):
            for name in ("n", "part", "share", "lo", "hi", "unclear"):
                if name in row and row[name] is None:
                    hidden += 1
                    tap.equal(line[name], "", (words, row))
        for row in rows:
            assert row["share"] is not None or row.get("part") is None, row
        if words[1] == "map":
            sheet = next(iter(book(login, *words).values()))
            cells = {(r["Код"], c): r[c] for r in sheet.records() for c in sheet.rows[0][2:]}
            for row in rows:
                shown_cell = cells[row["org"], row["competency"]]
                assert (row["share"] is None) == isinstance(shown_cell, str), (row, shown_cell)
        else:
            sheet = next(iter(book(login, *words).values()))
            for row, line in zip(rows, sheet.records()):
                for name, title in (("part", "Нужна опора"), ("share", "Доля"), ("n", "Ответы")):
                    value = line.get(title)
                    tap.equal(value, None if row[name] is None else row[name], (words, name))
        assert hidden > 20, hidden


def test_answers_as_a_sheet():
    """answers export: one column per item, the numbers of the csv"""
    rows = list(csv.reader(io.StringIO(run("analyst", "-o", "csv", "answers", "export",
                                           "W-1")[1].decode())))
    sheet = book("analyst", "answers", "export", "W-1")["Ответы"]
    tap.equal(sheet.rows[0], rows[0])
    got = sorted(["" if v is None else str(int(v)) if isinstance(v, float) else v for v in row]
                 for row in sheet.rows[1:])
    width = len(rows[0])
    tap.equal(sorted(row[1:-1] for row in got), sorted((row + [""] * width)[1:width - 1]
                                                       for row in rows[1:]))


def test_subjects_have_names():
    """school subjects are named where people read and are codes where programs do"""
    rows = answer("methodist-t", "teacher", "list")["rows"]
    assert {"math", "preschool"} <= {s for r in rows for s in r["subjects"]}, rows
    for lang, word in (("ru", "математика"), ("en", "mathematics")):
        text = run("methodist-t", "--lang", lang, "teacher", "list")[1].decode()
        assert word in text and not re.search(r"\bmath\b", text), text
    assert "математика" in {r["Предметы"] for r in
                            book("methodist-t", "teacher", "list")["Педагоги"].records()}
    assert ",math," in run("methodist-t", "-o", "csv", "teacher", "list")[1].decode()


def test_saved_files():
    """--save: the ending tells the form, a file is replaced whole, a failure leaves the old one alone,
    and what holds codes is readable by its owner only"""
    folder = f"{DAEMON.dir}/saved"
    os.mkdir(folder)
    for name, begin in (("o.csv", b"code,name"), ("o.tsv", b"code\tname"), ("o.json", b'{"schema"'),
                        ("o.jsonl", b'{"schema"'), ("o.xlsx", b"PK"), ("o.msgpack", b"\x84"),
                        ("o.txt", "учебные данные".encode())):
        path = f"{folder}/{name}"
        with open(path, "wb") as file:
            file.write(b"old " * 100000)
        status, out, err = run(None, "org", "list", "--save", path)
        tap.equal((status, out), (0, b""), err)
        with open(path, "rb") as file:
            assert file.read(40).startswith(begin), name
        tap.equal(run(None, "-q", "org", "list", "--save", path)[2], "")
    tap.equal(sorted(os.listdir(folder)), sorted(["o.csv", "o.tsv", "o.json", "o.jsonl", "o.xlsx",
                                                  "o.msgpack", "o.txt"]))
    for form in ("json", "xlsx"):
        status, out, err = run(None, "org", "list", "-o", form, "--save", f"{folder}/none/o")
        tap.equal((status, out), (1, b""))
        assert f"{folder}/none/o" in err, err
        status, _, err = run(None, "org", "show", "NOPE", "-o", form, "--save", f"{folder}/o.{form}")
        tap.equal(status, 3, err)
    tap.equal(len(os.listdir(folder)), 7)
    for form, begin in (("csv", b"code,"), ("xlsx", b"PK")):
        status, out, err = run(None, "org", "list", "-o", form, "--save", "-")
        assert (status, err) == (0, "") and out.startswith(begin), (form, out[:40], err)
    assert not os.path.exists("-"), "- is standard output"
    # Looked at before the call: what cannot be answered is not done.
    tap.equal(run(None, "user", "add", "zoe", "--save", f"{folder}/none/zoe.json")[0], 1)
    assert "zoe" not in [u["login"] for u in answer(None, "user", "list")["rows"]]
    assert "Код" in next(iter(xlsx.read(f"{folder}/o.xlsx").values())).rows[0]
    for form in ("csv", "xlsx"):
        path = f"{folder}/codes.{form}"
        tap.equal(run("methodist-t", "invite", "print", "W-1", "--save", path)[0], 0)
        tap.equal(stat.S_IMODE(os.stat(path).st_mode), 0o600)
        assert WORLD.codes["P-001"][:4] in (open(path, encoding="utf-8").read() if form == "csv" else
                                            str(next(iter(xlsx.read(path).values())).rows))


def test_half_a_workbook_is_none():
    """a folder that takes no more leaves no workbook behind, not even a part"""
    script = (f"ulimit -f 2; trap '' XFSZ; cd {DAEMON.dir}; mkdir -p tight; "
              f"{' '.join(words_of(None, ('activity', 'list')))} --save tight/a.xlsx; echo $?; ls tight")
    done = subprocess.run(["bash", "-c", script], env=ENV, capture_output=True, text=True)
    tap.equal(done.stdout, "1\n", done.stderr)
    assert "a.xlsx" in done.stderr, done.stderr


def test_bytes_do_not_go_to_a_terminal():
    """xlsx and msgpack to a terminal are refused with what to type; --save and a pipe are fine"""
    for form in ("xlsx", "msgpack"):
        status, text = shown(words_of(None, ("org", "list", "-o", form)))
        tap.equal(status, 2, text)
        assert form in text and "--save" in text and "\x00" not in text, text
        path = f"{DAEMON.dir}/t.{form}"
        tap.equal(shown(words_of(None, ("org", "list", "--save", path)))[0], 0)
        assert os.path.getsize(path) > 100
        assert len(run(None, "org", "list", "-o", form)[1]) > 100


def test_no_workbook_of_what_is_no_table():
    """help, completion and schema have no workbook and say so"""
    for words, told in ((("help",), "xlsx"), (("completion", "bash"), "xlsx"),
                        (("schema",), "text, json")):
        status, out, err = run(None, *words, "-o", "xlsx")
        tap.equal((status, out), (2, b""), words)
        assert told in err, err


PROFILE = ("--token-file", f"{DAEMON.dir}/result.token", "me", "profile")
ESCAPE = re.compile("\x1b\\[[0-9;]*m")


def test_colour():
    """colours only on a terminal or when asked for; NO_COLOR and TERM=dumb are heard; the text is the
    same without them"""
    with open(f"{DAEMON.dir}/result.token", "w", encoding="ascii") as file:
        file.write(WORLD.sheets["P-005"][1])
    for words in (("org", "list"), PROFILE, ("help",)):
        command = words_of(None, words)
        coloured, off = shown(command)[1], shown(command, env={"NO_COLOR": "1"})[1]
        assert "\x1b[" in coloured, words
        assert "\x1b" not in off, words
        tap.equal(ESCAPE.sub("", coloured), off, words)
        for env in ({"TERM": "dumb"}, {"TERM": ""}):
            tap.equal(shown(command, env=env)[1], off, (words, env))
        tap.equal(shown([*command, "--color", "never"])[1], off, words)
        tap.equal(shown([*command, "--color=always"], env={"NO_COLOR": "1"})[1], coloured, words)
        assert b"\x1b" not in run(None, *words)[1], words
        assert b"\x1b[" in run(None, *words, "--color", "always")[1], words
        for form in ("json", "csv", "tsv", "jsonl", "msgpack"):
            assert b"\x1b[" not in run(None, *words, "-o", form, "--color", "always")[1], (words, form)
    status, _, err = run(None, "org", "list", "--color", "sometimes")
    tap.equal(status, 2, err)


def test_pager():
    """longer than the screen: through METOD_PAGER; shorter, piped or told otherwise: straight out"""
    mark = {"METOD_PAGER": "sed s/^/PAGED/"}
    long, short = ("org", "list"), ("whoami",)
    assert "PAGED" in shown(words_of(None, long), rows=6, env=mark)[1]
    assert "PAGED" in shown(words_of(None, long), rows=6, env={"PAGER": "sed s/^/PAGED/"})[1]
    for words, kw in ((short, dict(rows=24, env=mark)), (long, dict(rows=200, env=mark)),
                      ((*long, "-o", "json"), dict(rows=6, env=mark)),
                      (long, dict(rows=6, env={"METOD_PAGER": "", "PAGER": "sed s/^/PAGED/"}))):
        text = shown(words_of(None, words), **kw)[1]
        assert "PAGED" not in text and text.strip(), (words, text)
    status, text = shown(words_of(None, long), rows=6, env={"METOD_PAGER": "/nonexistent/pager"})
    assert status == 0 and "Гимназия" in text, text
    terminal = Terminal(words_of(None, long), rows=6, env={"METOD_PAGER": "head -c 20"})
    tap.equal(terminal.end(), 0, terminal.text())
    DAEMON.stop_clean()


tap.run(globals())
