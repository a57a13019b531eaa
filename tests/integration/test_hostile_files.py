# SPDX-License-Identifier: Apache-2.0
"""Files that people's programs make, and files made to do harm, through the real command line: the
exit status of wrong input, a message with file, line and column, and nothing written."""
import csv
import io
import os
import re
import resource
import subprocess

import tap
from harness import BUILD, ENV, ROOT, Daemon
from world import World

DAEMON = Daemon(web=False).start()
WORLD = World(DAEMON, wave=False)
HEAD = "code,name,org,position\n"
BAD = 7  # exit status of wrong input
MIB = 1 << 20
with open(f"{ROOT}/surveys/general.yaml", encoding="utf-8") as file:
    FORM = file.read()


def row(n, name="Иванова Анна"):
    return f"X-{n},{name},S-1,teacher\n"


def limits():
    resource.setrlimit(resource.RLIMIT_CPU, (60, 60))


def run(*words):
    """(status, all it said, kilobytes at most)"""
    command = [f"{BUILD}/metodctl", "--socket", DAEMON.socket, *words]
    process = subprocess.Popen(command, env=ENV, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, preexec_fn=limits)
    said = process.stdout.read().decode("utf-8", "replace")
    _, status, usage = os.wait4(process.pid, 0)
    process.stdout.close()
    return os.waitstatus_to_exitcode(status), said, usage.ru_maxrss


def write(name, content):
    path = f"{DAEMON.dir}/{name}"
    with open(path, "wb") as target:
        target.write(content if isinstance(content, bytes) else content.encode())
    return path


def journal():
    return WORLD.admin.call("store.stat")["journal"]


def refuses(name, path, said, status, place):
    """Status, place, no trace of a crash."""
    tap.equal(status, BAD, f"{name}: {said[:500]}")
    assert "Sanitizer" not in said and "runtime error" not in said, said
    if place:
        assert re.search(f"{re.escape(os.path.basename(path))}{place}", said), f"{name}: {said[:500]}"


TABLES = [  # name, bytes, where (a pattern behind the file's name), a word of how to mend it
    ("UTF-16 of a spreadsheet", (HEAD + row(1)).encode("utf-16"), ":1:1:", "CSV UTF-8"),
    ("UTF-16, the other order", b"\xfe\xff" + (HEAD + row(1)).encode("utf-16-be"), ":1:1:", "CSV UTF-8"),
    ("UTF-16 without a mark", (HEAD + row(1)).encode("utf-16-le"), ":1:2:", "CSV UTF-8"),
    ("Windows-1251", (HEAD + row(1)).encode("cp1251"), ":2:5:", "CSV UTF-8"),
    ("bytes that are no text", HEAD.encode() + b"X-1,\xff\xfe,S-1,teacher\n", ":2:5:", "CSV UTF-8"),
    ("an overlong letter", HEAD.encode() + b"X-1,\xc0\xaf,S-1,teacher\n", ":2:5:", "CSV UTF-8"),
    ("half a surrogate", HEAD.encode() + b"X-1,\xed\xa0\x80,S-1,teacher\n", ":2:5:", "CSV UTF-8"),
    ("NUL", HEAD + "X-1,a\0b,S-1,teacher\n", ":2:6:", "UTF-8"),
    ("a bell", HEAD + "X-1,a\ab,S-1,teacher\n", ":2:6:", "удалите"),
    ("a mark in the middle", HEAD + "X-1,a\ufeffb,S-1,teacher\n", ":2:6:", "удалите"),
    ("line ends of an old Mac", (HEAD + row(1)).replace("\n", "\r"), ":1:23:", "Windows"),
    ("nothing", "", ":", "пуст"),
    ("a picture", bytes(range(256)) * 100, ":1:1:", ""),
    ("a million columns of a head", "a," * 1000000 + "\n", ":1:129:", "64"),
    ("two columns of one name", "code,code,name,org\nX-1,X-1,a,S-1\n", ":1:6:", "code"),
    ("an unknown column", "code,nmae,org,position\nX-1,a,S-1,teacher\n", ":1:6:", "name"),
    ("200,001 rows", HEAD + "".join(row(n) for n in range(200001)), ":200002:1:", "разделите"),
]
ROWS = [  # name, text, line of the bad row, a word
    ("a lone quote", HEAD + 'X-1,"Иванова,S-1,teacher\n' + row(2), 2, "кавычк"),
    ("a quote in a value", HEAD + 'X-1,Ива"нова,S-1,teacher\n' + row(2), 2, "кавычк"),
    ("text behind a quote", HEAD + row(2) + 'X-1,"Ива"нова,S-1,teacher\n', 3, "кавычк"),
    ("a value of 1 MB", HEAD + "X-1," + "a" * 1000000 + ",S-1,teacher\n" + row(2), 2, "8192"),
    ("a million values", HEAD + row(2) + "a," * 1000000 + "\n", 3, "64"),
    ("too few values", HEAD + "X-1,a\n" + row(2), 2, "org"),
    ("too many values", HEAD + "X-1,a,S-1,teacher,e,f\n" + row(2), 2, "столбц"),
    ("a quote that never ends", HEAD + row(2) + 'X-1,"' + "a\n" * 20000, 3, "кавычк"),
]


def test_tables():
    """a table that cannot be used: where, what and how to mend it; nothing written, little memory"""
    before, names = journal(), set(os.listdir(DAEMON.dir))
    for n, (name, content, place, word) in enumerate(TABLES):
        path = write(f"table-{n}.csv", content)
        for words in (("--skip-bad",), (), ("--dry-run",))[:3 if len(content) < MIB else 1]:
            status, said, kilobytes = run("teacher", "import", path, *words)
            refuses(name, path, said, status, place)
            assert word in said, f"{name}: {said[:500]}"
            assert kilobytes < 700 * 1024, f"{name}: {kilobytes} KB"
        os.unlink(path)
    tap.equal((journal(), set(os.listdir(DAEMON.dir))), (before, names), "nothing is left behind")


def test_bad_rows():
    """bad rows: the others are shown and not written, the file beside has line and reason"""
    before = journal()
    for n, (name, content, line, word) in enumerate(ROWS):
        path = write(f"rows-{n}.csv", content)
        status, said, _ = run("teacher", "import", path)
        refuses(name, path, said, status, None)
        assert "Ничего не записано" in said, said
        with open(path.replace(".csv", ".errors.csv"), encoding="utf-8-sig", newline="") as beside:
            found = list(csv.DictReader(beside))
        assert found[0]["line"] == str(line) and word in found[0]["text"], (name, found[:2])
    tap.equal(journal(), before)


def test_good_oddities():
    """a mark of UTF-8, mixed line ends, empty lines and no last line end are understood"""
    for n, content in enumerate(("\ufeff" + HEAD + row(1), HEAD.replace("\n", "\r\n") + row(2) + row(3),
                                 HEAD + "\n\n" + row(4), (HEAD + row(5))[:-1])):
        status, said, _ = run("teacher", "import", write(f"good-{n}.csv", content))
        tap.equal(status, 0, said)
    names = {r["code"] for r in DAEMON.json("teacher", "list", "--limit", "1000")["rows"]}
    assert {f"X-{n}" for n in range(1, 6)} <= names, sorted(names)


FORMULAS = ["=HYPERLINK(\"http://evil.example\",\"x\")", "+1+cmd", "-2+3", "@SUM(A1)", "\t=1", " =1"]


def test_formulas():
    """a name that a spreadsheet would run is exported as text"""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["code", "name", "org", "position"])
    writer.writerows([f"F-{n}", text, "S-1", "teacher"] for n, text in enumerate(FORMULAS))
    status, said, _ = run("teacher", "import", write("formulas.csv", out.getvalue()))
    tap.equal(status, 0, said)
    status, said, _ = run("-o", "csv", "teacher", "list", "--names", "--limit", "1000")
    rows = [r for line in csv.reader(io.StringIO(said.lstrip("\ufeff"))) for r in [line]]
    cells = [cell for line in rows for cell in line if any(f.strip() in cell for f in FORMULAS)]
    tap.equal(len(cells), len(FORMULAS), cells)
    for line in rows:
        for cell in line:
            assert not cell.lstrip().startswith(("=", "+", "@")), cell
            assert not re.match(r"\s*-\D", cell) and not cell.startswith(("\t", "\r")), cell


def bomb(levels=9):
    first = "a: &a [x,x,x,x,x,x,x,x,x]\n"
    return first + "".join(f"{chr(98 + n)}: &{chr(98 + n)} [{','.join(['*' + chr(97 + n)] * 9)}]\n"
                           for n in range(levels))


DOCUMENTS = [  # name, content, place, word
    ("a bomb of aliases", bomb(), ":1:4:", "якоря"),
    ("an alias of itself", "a: &a [*a]\n", ":1:4:", "якоря"),
    ("an anchor", "kind: &x form\nid: *x\n", ":1:7:", "якоря"),
    ("a tag of another language", "kind: !!python/object:os.system x\n", ":1:7:", "теги"),
    ("a tag in brackets", "!<tag:x> {a: 1}\n", ":1:1:", "теги"),
    ("a tag without a name", "kind: !x!y z\n", ":1:7:", "теги"),
    ("a key given twice", "kind: form\nkind: form\n", ":2:1:", "повторяется"),
    ("a key given twice in one line", "kind: form\nx: {a: 1, a: 2}\n", ":2:11:", "повторяется"),
    ("100 levels", "a: " + "[" * 100 + "]" * 100 + "\n", ":1:15:", "вложенность"),
    ("100,000 levels", "a: " + "[" * 100000 + "\n", ":1:15:", "вложенность"),
    ("100,000 maps", "a: " + "{a: " * 100000 + "\n", ":1:", "вложенность"),
    ("a tab as indent", "kind: form\n\tid: x\n", ":2:1:", "пробелы"),
    ("a tab before a list", "a:\n\t- x\n", ":2:1:", "пробелы"),
    ("a key of 100 KB", "x" * 100000 + ": 1\n", ":1:1:", ""),
    ("a value of 3 MB", "kind: " + "x" * 3000000 + "\n", ":1:7:", ""),
    ("bytes that are no text", b"kind: \xff\xfe\n", ":1:7:", "UTF-8"),
    ("UTF-16", "kind: form\n".encode("utf-16"), ":1:1:", "UTF-8"),
    ("Windows-1251", "title: привет\n".encode("cp1251"), ":1:8:", "UTF-8"),
    ("NUL", "kind: a\0b\n", ":1:8:", "U+0000"),
    ("NUL behind the end", FORM + "\0", r":\d+:1:", "U+0000"),
    ("an escaped control character", 'kind: form\nid: "a\\u0007b"\n', ":2:5:", ""),
    ("an escaped surrogate", 'kind: form\nid: "\\ud800"\n', ":2:", ""),
    ("line ends of an old Mac", "kind: a\rid: b\r", ":1:8:", "Mac"),
    ("two documents", "kind: form\n---\nkind: form\n", ":2:1:", "документ"),
    ("nothing", "", ":", "пуст"),
    ("only a comment", "# x\n", ":", "пуст"),
    ("only text", "just text\n", ":1:1:", "kind"),
    ("a list", "- a\n- b\n", ":1:1:", "kind"),
    ("an open bracket", "a: [1, 2\n", ":2:1:", "скобк"),
    ("an open quote", 'a: "x\n', ":2:1:", "кавычк"),
    ("a list as key", "? [a, b]\n: c\n", ":1:3:", "ключ"),
    ("no key", ": x\n", ":1:1:", "ключ"),
    ("100,000 keys", "".join(f"k{n}: 1\n" for n in range(100000)), ":257:1:", "256"),
    ("600,000 values", "a:\n" + "- x\n" * 600000, ":500000:3:", "500000"),
    ("a version of YAML", "%YAML 9.9\n---\na: 1\n", ":1:1:", "%YAML"),
    ("an unknown directive", "%FOO bar\n---\na: 1\n", ":1:", "%"),
    ("half a form", FORM[:len(FORM) // 2], r":\d+:\d+:", ""),
]


def test_documents():
    """a form that cannot be used: `form check` and `form load` say where and what; nothing written"""
    before = journal()
    for n, (name, content, place, word) in enumerate(DOCUMENTS):
        path = write(f"form-{n}.yaml", content)
        for verb in ("load", "check")[:2 if len(content) < MIB else 1]:
            status, said, kilobytes = run("form", verb, path)
            refuses(f"{name} ({verb})", path, said, status, place)
            assert word in said, f"{name}: {said[:500]}"
            assert kilobytes < 700 * 1024, f"{name}: {kilobytes} KB"
    tap.equal(journal(), before)


SETTINGS = [
    ("an unknown name", "map_gigs = 8\n", ":1", "map_gib"),
    ("a name given twice", "map_gib = 8\nmap_gib = 9\n", ":2", "map_gib"),
    ("no sign of equality", "map_gib 8\n", ":1", ""),
    ("no value", "map_gib =\n", ":1", ""),
    ("text for a number", "map_gib = many\n", ":1", ""),
    ("a number of 100 digits", "map_gib = " + "9" * 100 + "\n", ":1", ""),
    ("a negative number", "map_gib = -1\n", ":1", ""),
    ("an open quote", 'socket = "/run/x\n', ":1", ""),
    ("NUL", "map_gib = 8\0\n", ":1", ""),
    ("bytes that are no text", b"public_url = \xff\n", ":1", "UTF-8"),
    ("UTF-16", "map_gib = 8\n".encode("utf-16"), ":1", "UTF-8"),
    ("a line of 1 MB", "public_url = " + "x" * 1000000 + "\n", ":1", ""),
    ("a million lines", "x = 1\n" * 1000000, ":1", ""),
    ("an address that is none", "http_listen = 999.1.1.1:80\n", ":1", ""),
]


def test_settings():
    """a wrong configuration: the daemon does not start and says line and name"""
    for n, (name, content, place, word) in enumerate(SETTINGS):
        path = write(f"metodd-{n}.conf", content)
        done = subprocess.run([f"{BUILD}/metodd", "--config", path], env=ENV, capture_output=True,
                              timeout=60, check=False)
        said = (done.stdout + done.stderr).decode("utf-8", "replace")
        assert done.returncode not in (0, None) and 0 < done.returncode < 80, (name, done.returncode, said)
        assert f"metodd-{n}.conf{place}" in said and word in said, f"{name}: {said[:500]}"
        assert "Sanitizer" not in said and "runtime error" not in said, said


def test_places_that_are_no_files():
    """a folder, a pipe nobody writes to, an endless device, a file that is not there: an error at once"""
    os.mkfifo(f"{DAEMON.dir}/pipe.csv")
    before = journal()
    for path in (DAEMON.dir, f"{DAEMON.dir}/pipe.csv", "/dev/zero", f"{DAEMON.dir}/none.csv"):
        for words in (("teacher", "import", path), ("form", "check", path), ("form", "load", path)):
            status, said, kilobytes = run(*words)
            assert status in (1, 2, 3, BAD), (words, status, said)
            assert path in said and kilobytes < 700 * 1024, (words, said)
    tap.equal(journal(), before)


def test_end():
    """the daemon lives, and its journal replays"""
    assert WORLD.admin.call("store.verify")["ok"]
    DAEMON.stop_clean()


tap.run(globals())
