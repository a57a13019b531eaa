# SPDX-License-Identifier: Apache-2.0
"""Registers from files, erasing a person, and the store's door: second daemon, newer format."""
import glob
import hashlib
import os
import subprocess

import tap
from harness import BUILD, ENV, Daemon
from world import World, answer, write_csv

DAEMON = Daemon(web=False).start()
WORLD = World(DAEMON)
CLI, DIR = DAEMON.cli, DAEMON.dir
ROSTER = ["code", "name", "org", "position", "subjects", "birth_year"]


def teachers(code=""):
    rows = DAEMON.json("teacher", "list", "--names")["rows"]
    return {r["code"]: r for r in rows} if not code else next((r for r in rows if r["code"] == code), None)


def journal():
    return DAEMON.json("store", "stat")["journal"]


def counts(reply):
    return tuple(reply[name] for name in ("read", "added", "changed", "same", "errors"))


def roster(name, rows, **kw):
    return write_csv(f"{DIR}/{name}.csv", ROSTER, rows, **kw)


def good(code, **changes):
    """A row that is stored already, as the file would hold it."""
    row = {**next(r for r in WORLD.people if r["code"] == code), **changes}
    return [row[column] for column in ROSTER]


def test_bom_semicolon_and_russian_titles():
    """a table saved by a spreadsheet (BOM, semicolons, Russian headings and words) is the same table"""
    columns = ["Код", "ФИО", "Организация", "Должность", "Предметы", "Год рождения"]
    path = write_csv(f"{DIR}/sheet.csv", columns, [
        ("N-001", "Ёжикова; Анна «Новая»", "S-1", "учитель", "math;rus", "1990"),
        ("N-002", "Вторая Анна", "K-1", "воспитатель", "", "")], delimiter=";", encoding="utf-8-sig")
    reply = DAEMON.json("teacher", "import", path)
    tap.equal((counts(reply), reply["written"]), ((2, 2, 0, 0, 0), True))
    tap.equal(teachers("N-001")["name"], "Ёжикова; Анна «Новая»")
    tap.equal(teachers("N-001")["subjects"], ["math", "rus"])
    tap.equal([teachers(c)["position"] for c in ("N-001", "N-002")], ["teacher", "educator"])
    same = write_csv(f"{DIR}/plain.csv", ROSTER, [
        ("N-001", "Ёжикова; Анна «Новая»", "S-1", "teacher", "math;rus", "1990"),
        ("N-002", "Вторая Анна", "K-1", "educator", "", "")])
    before = journal()
    tap.equal(counts(DAEMON.json("teacher", "import", same)), (2, 0, 0, 2, 0))
    tap.equal(journal(), before, "the same table writes nothing")


def test_absent_columns():
    """a roster without a column leaves what is stored; an empty cell of a present column clears it"""
    narrow = write_csv(f"{DIR}/narrow.csv", ["code", "name", "org", "position"],
                       [("N-001", "Ёжикова Анна", "S-1", "teacher")])
    tap.equal(counts(DAEMON.json("teacher", "import", narrow)), (1, 0, 1, 0, 0))
    tap.equal((teachers("N-001")["name"], teachers("N-001")["subjects"]),
              ("Ёжикова Анна", ["math", "rus"]))
    DAEMON.json("teacher", "import", roster("cleared", [("N-001", "Ёжикова Анна", "S-1", "teacher",
                                                         "", "1990")]))
    tap.equal(teachers("N-001")["subjects"], [])
    DAEMON.json("teacher", "import", f"{DIR}/plain.csv")


def mixed():
    """One row of each mark, two of them wrong in different ways."""
    kept = teachers("N-002")
    return roster("mixed", [
        ("N-003", "Третья Анна", "S-1", "teacher", "", ""), ("N-001", "Иная Анна", "S-1", "teacher", "math;rus", "1990"),
        ("N-002", kept["name"], "K-1", "educator", "", ""), ("N-004", "Чужая Анна", "S-77", "teacher", "", ""),
        ("N-005", "", "S-1", "teacher", "", "19x0")])


def test_dry_run():
    """--dry-run shows + ~ = ! with lines and columns, writes nothing, ends with 7 when rows are bad"""
    path, before = mixed(), journal()
    status, out, _ = CLI("teacher", "import", path, "--dry-run")
    tap.equal(status, 7)
    for mark, number in (("+", 1), ("~", 1), ("=", 1), ("!", 2)):
        line = next(line for line in out.splitlines() if line.strip().startswith(mark))
        tap.equal(int(next(word for word in line.split() if word.isdigit())), number, line)
    assert "Ёжикова" in out and "Иная Анна" in out and "Ничего не записано" in out, out
    status, out, _ = CLI("-o", "json", "teacher", "import", path, "--dry-run")
    assert '"written":false' in out and '"changed":1' in out, out
    moved = roster("moved", [("N-001", "Ёжикова Анна", "S-1", "psychologist", "math;rus", "1990")])
    out = " ".join(CLI("teacher", "import", moved, "--dry-run")[1].split())
    assert "учитель → педагог-психолог" in out and "teacher →" not in out, out
    tap.equal(journal(), before)
    tap.equal(CLI("teacher", "import", roster("right", [good("P-001")]), "--dry-run")[0], 0)


def test_all_or_nothing():
    """one bad row keeps the whole file out; exit status 7 and a file with the bad rows only"""
    path, before = mixed(), journal()
    status, _, _ = CLI("teacher", "import", path)
    tap.equal((status, journal()), (7, before))
    assert teachers("N-003") is None
    with open(f"{DIR}/mixed.errors.csv", encoding="utf-8") as file:
        lines = file.read().splitlines()
    tap.equal({line.split(",")[0] for line in lines[1:]}, {"5", "6"}, lines)
    assert any("S-77" in line for line in lines) and any("19x0" in line for line in lines), lines
    tap.equal(os.stat(f"{DIR}/mixed.errors.csv").st_mode & 0o777, 0o600, "names may be quoted in it")


def test_skip_bad():
    """--skip-bad writes the good rows, names the others in the file that --errors says, ends with 0"""
    status, out, _ = CLI("teacher", "import", mixed(), "--skip-bad", "--errors", f"{DIR}/bad.csv")
    tap.equal(status, 0, out)
    assert teachers("N-003") and teachers("N-004") is None and teachers("N-005") is None
    tap.equal(teachers("N-001")["name"], "Иная Анна")
    with open(f"{DIR}/bad.csv", encoding="utf-8") as file:
        tap.equal({line.split(",")[0] for line in file.read().splitlines()[1:]}, {"5", "6"})


def test_malformed_files():
    """unknown and missing columns, wrong bytes, twice the same code: named, nothing written"""
    before = journal()
    for name, data, what in (
            ("column", "code,name,org,positon\nN-9,А,S-1,teacher\n", "position"),
            ("missing", "code,name\nN-9,А\n", "org"),
            ("bytes", b"code,name,org,position\nN-9,\xff\xfe,S-1,teacher\n", ""),
            ("twice", "code,name,org,position\nN-9,А,S-1,teacher\nN-9,Б,S-1,teacher\n", "N-9"),
            ("cells", "code,name,org,position\nN-9,А,S-1\n", ""),
            ("quote", 'code,name,org,position\nN-9,"А,S-1,teacher\n', "")):
        with open(f"{DIR}/{name}.csv", "wb") as file:
            file.write(data if isinstance(data, bytes) else data.encode())
        status, out, err = CLI("teacher", "import", f"{DIR}/{name}.csv")
        tap.equal(status, 7, f"{name}: {out}{err}")
        assert what in out + err and (out + err).strip(), f"{name}: {out}{err}"
    tap.equal(journal(), before)
    tap.equal(CLI("teacher", "import", f"{DIR}/none.csv")[0] in (3, 7), True, "no such file")


def test_large_file():
    """more rows than one call takes: staged, written at once or not at all"""
    rows = [(f"L-{n:05d}", f"Большая {n:05d}", "S-1", "teacher", "math", 1980) for n in range(3500)]
    before = journal()
    bad = roster("large-bad", rows + [("L-99999", "Последняя", "S-77", "teacher", "", "")])
    tap.equal((CLI("teacher", "import", bad)[0], journal()), (7, before), "the last row is bad")
    tap.equal(counts(DAEMON.json("teacher", "import", roster("large", rows), "--dry-run")),
              (3500, 3500, 0, 0, 0))
    tap.equal(journal(), before)
    reply = DAEMON.json("teacher", "import", roster("large", rows))
    tap.equal((counts(reply), reply["written"], journal()), ((3500, 3500, 0, 0, 0), True, before + 3500))
    tap.equal(counts(DAEMON.json("teacher", "import", roster("large", rows))), (3500, 0, 0, 3500, 0))
    tap.equal(DAEMON.json("store", "verify")["ok"], True)


def found(marks, paths):
    """Which of the marks stand in which files, as plain bytes."""
    hits = []
    for path in paths:
        with open(path, "rb") as file:
            data = file.read()
        hits += [(mark, os.path.basename(path)) for mark in marks if mark.encode() in data]
    return hits


def test_forget():
    """an erased person is gone from every reply and every new copy; the journal still agrees"""
    marks = ["Стираемова", "Забвенова", "хочу-стереться", "причина-стереться"]
    rpc, admin = DAEMON.rpc(), WORLD.as_("admin")
    CLI("teacher", "import", roster("mark", [good("P-003", name="Стираемова Анна")]), check=0)
    CLI("teacher", "import", roster("mark", [good("P-003", name="Забвенова Анна")]), check=0)
    mine = DAEMON.rpc(session=answer(rpc, WORLD.codes["P-003"], lambda item: 0)[1])
    mine.call("me.wants", competencies=["FOR"], line="хочу-стереться")
    mine.call("grant.give", act="find_mentor", themes=["FOR"])
    WORLD.as_("coordinator").call("mentor.suggest", wave="W-1")
    mine.call("mentor.decline", pair=mine.call("me.pairs")["rows"][0]["pair"],
              reason="причина-стереться")
    admin.call("backup.create", file="before.mbk")
    tap.equal({mark for mark, _ in found(marks, [f"{DIR}/backup/before.mbk"])}, set(marks),
              "the search finds what is there")
    CLI("teacher", "forget", "P-003", "--confirm", "P-004", check=2)
    tap.equal(rpc.fails("teacher.forget", code="P-003", confirm="P-004").code, "conflict")
    assert CLI("teacher", "forget", "P-003")[0] == 2, "without a terminal nothing is asked"
    CLI("teacher", "forget", "P-003", "--confirm", "P-003", check=0)
    tap.equal(rpc.fails("teacher.show", code="P-003").code, "not_found")
    tap.equal(mine.fails("me.profile").code, "login", "his session")
    tap.equal(rpc.fails("session.enter", code=WORLD.codes["P-003"]).code, "not_found", "his code")
    tap.equal(WORLD.as_("teacher-a").fails("me.data").code, "login", "his account")
    for seen in (rpc.call("teacher.list", names=True), rpc.call("audit.log", limit=10000),
                 WORLD.as_("coordinator").call("mentor.pairs", code="W-1")):
        assert not any(mark in str(seen) for mark in marks + ["P-003"]), "in a reply"
    admin.call("backup.create", file="after.mbk")
    tap.equal(found(marks, [f"{DIR}/backup/after.mbk"] + glob.glob(f"{DIR}/log*")), [])
    tap.equal(DAEMON.json("store", "verify")["ok"], True)
    checked = subprocess.run([f"{BUILD}/metodd", "verify", f"{DIR}/backup/after.mbk"], env=ENV,
                             capture_output=True, text=True, check=False)
    tap.equal(checked.returncode, 0, checked.stdout + checked.stderr)


def test_second_daemon():
    """a second daemon on the same store ends with 5 and says why; the first goes on"""
    before = journal()
    second = subprocess.run([f"{BUILD}/metodd", "--no-web", *DAEMON.settings], env=ENV,
                            capture_output=True, text=True, timeout=30, check=False)
    tap.equal(second.returncode, 5, second.stderr)
    assert f"{DIR}/store" in second.stderr and "another" in second.stderr, second.stderr
    tap.equal(journal(), before)


def state_of(folder):
    files = sorted(glob.glob(f"{folder}/**", recursive=True))
    return {path: (os.stat(path).st_mtime_ns, hashlib.sha256(open(path, "rb").read()).hexdigest())
            for path in files if os.path.isfile(path)}


def test_newer_format():
    """a store of a newer format is refused with 8 and left as it is; the right one opens again"""
    tap.equal(DAEMON.stop(), 0, DAEMON.tail())
    with open(f"{DIR}/store/FORMAT", encoding="ascii") as file:
        right = file.read()
    with open(f"{DIR}/store/FORMAT", "w", encoding="ascii") as file:
        file.write(right.replace("1", "2"))
    before = state_of(f"{DIR}/store")
    for command in (["--no-web", *DAEMON.settings], ["verify", f"{DIR}/store"]):
        refused = subprocess.run([f"{BUILD}/metodd", *command], env=ENV, capture_output=True,
                                 text=True, timeout=30, check=False)
        tap.equal(refused.returncode, 8, f"{command[0]}: {refused.stdout}{refused.stderr}")
        assert "format 2" in refused.stderr, refused.stderr
    tap.equal(state_of(f"{DIR}/store"), before, "untouched")
    with open(f"{DIR}/store/FORMAT", "w", encoding="ascii") as file:
        file.write(right)
    DAEMON.start()
    assert teachers("N-001")
    tap.equal(DAEMON.stop(), 0, DAEMON.tail())


tap.run(globals())
