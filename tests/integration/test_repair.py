# SPDX-License-Identifier: Apache-2.0
"""Backup, restore, rebuild, audit and doctor as an administrator uses them: the words, the exit
statuses, what is left on the disk."""
import json
import os
import re
import shutil
import subprocess

import tap
from harness import BUILD, ENV, ROOT, Daemon
from terminal import Terminal

DAEMON = Daemon(web=False).start()
STORE, BACKUP = f"{DAEMON.dir}/store", f"{DAEMON.dir}/backup"


def grow(name):
    DAEMON.cli("user", "add", name, "--uid", str(abs(hash(name)) % 10**6 + 1000), "--role", "analyst",
               check=0)


def en(*args, check=None):
    """stdout and stderr in English"""
    status, out, err = DAEMON.cli("--lang", "en", *args)
    if check is not None and status != check:
        raise AssertionError(f"{args}: {status}\n{out}\n{err}")
    return out + err


def asides():
    return sorted(n for n in os.listdir(STORE) if n.startswith("store.mdb.aside-"))


def test_backup_verify():
    """backup create writes a manifest; backup verify compares it, and works without one"""
    grow("anna")
    DAEMON.cli("backup", "create", "a.mbk", check=0)
    with open(f"{BACKUP}/a.mbk.json", encoding="utf-8") as file:
        manifest = json.load(file)
    rows = {row["table"]: row["rows"] for row in manifest["rows"]}
    tap.equal((manifest["format"], manifest["events"], manifest["last_seq"], rows["USER"]), (1, 3, 3, 2))
    tap.equal(len(manifest["head"]), 64)
    assert "the copy is whole" in en("backup", "verify", f"{BACKUP}/a.mbk", check=0)
    os.rename(f"{BACKUP}/a.mbk.json", f"{BACKUP}/kept")
    assert "no manifest" in en("backup", "verify", f"{BACKUP}/a.mbk", check=0)
    manifest["blake2b"] = "0" * 64
    with open(f"{BACKUP}/a.mbk.json", "w", encoding="utf-8") as file:
        json.dump(manifest, file)
    assert "not the file that its manifest describes" in en("backup", "verify", f"{BACKUP}/a.mbk",
                                                            check=8)
    os.replace(f"{BACKUP}/kept", f"{BACKUP}/a.mbk.json")
    for bad in (".hidden", "x.tmp", "../x"):
        en("backup", "create", bad, check=7)


def test_dry_run():
    """restore --dry-run says what would be lost, beside the running daemon, and changes nothing"""
    words = ("backup", "restore", f"{BACKUP}/a.mbk", "--data", STORE, "--dry-run")
    assert "nothing would be lost" in en(*words, check=0)
    grow("boris")
    grow("vera")
    said = en(*words, check=0)
    assert re.search(r"Lost would be 2 events .* since \d{4}-.*; submitted questionnaires among them: 0",
                     said), said
    assert "Keys are not part" in said and "Nothing was changed." in said, said
    tap.equal((asides(), os.listdir(BACKUP).count("a.mbk")), ([], 1))
    assert "There is no store in" in en("backup", "restore", f"{BACKUP}/a.mbk", "--data",
                                        f"{DAEMON.dir}/none", "--dry-run", check=0)
    assert not os.path.exists(f"{DAEMON.dir}/none")


def test_restore():
    """restore: refused under the daemon; then the copy is served, the store before it is kept, generation new"""
    before = DAEMON.json("store", "stat")
    words = ("backup", "restore", f"{BACKUP}/a.mbk", "--data", STORE, "--confirm", "a.mbk")
    en(*words, check=5)
    tap.equal(DAEMON.stop(), 0)
    said = en(*words, check=0)
    assert "is kept as" in said and "another generation" in said, said
    tap.equal(len(asides()), 1)
    DAEMON.start()
    after = DAEMON.json("store", "stat")
    tap.equal((after["journal"], before["journal"]), (3, 5))
    assert after["generation"] != before["generation"]
    kept = f"{DAEMON.dir}/kept.mdb"
    shutil.copy(f"{STORE}/{asides()[0]}", kept)
    assert "events 5" in en("store", "verify", "--data", kept, check=0)


def test_asked():
    """on a terminal: what would be lost is said before the name is asked for; another word changes nothing"""
    tap.equal(DAEMON.stop(), 0)
    before = sorted(os.listdir(STORE))
    terminal = Terminal([f"{BUILD}/metodctl", "--lang", "en", "backup", "restore", f"{BACKUP}/a.mbk",
                         "--data", STORE], env={**ENV, "METOD_SOCKET": DAEMON.socket})
    terminal.until("Type a.mbk")
    assert "nothing would be lost" in terminal.text(), terminal.text()
    terminal.type("no\r")
    tap.equal(terminal.end(), 9)
    tap.equal(sorted(os.listdir(STORE)), before)
    DAEMON.start()


def test_rebuild():
    """store rebuild: the same events and receipts; a damaged journal is cut only with --keep"""
    grow("gleb")
    before = DAEMON.json("store", "stat")
    tap.equal(DAEMON.stop(), 0)
    said = en("store", "rebuild", "--data", STORE, check=0)
    assert "All receipts stay valid." in said, said
    DAEMON.start()
    after = DAEMON.json("store", "stat")
    tap.equal((after["head"], after["generation"], after["rows"]),
              (before["head"], before["generation"], before["rows"]))
    tap.equal(DAEMON.stop(), 0)
    with open(f"{STORE}/store.mdb", "rb") as file:
        whole = file.read()
    at = whole.find(b"gleb")
    while whole.find(b"gleb", at + 1) >= 0:  # in the row, and in the last event
        at = whole.find(b"gleb", at + 1)
    with open(f"{STORE}/store.mdb", "wb") as file:
        file.write(whole.replace(b"gleb", b"glob"))
    assert "hash chain BROKEN" in en("store", "verify", "--data", STORE, check=8)
    said = en("store", "rebuild", "--data", STORE, check=8)
    assert "Events 1 to 3 can be saved" in said and "--keep 3" in said, said
    en("store", "rebuild", "--data", STORE, "--keep", "4", check=7)
    assert "new generation" in en("store", "rebuild", "--data", STORE, "--keep", "3", check=0)
    assert "the store is whole" in en("store", "verify", "--data", STORE, check=0)
    assert "already" in en("store", "upgrade", "--data", STORE, check=0)
    DAEMON.start()
    tap.equal(DAEMON.json("store", "stat")["journal"], 3)


def test_audit():
    """audit verify: with a head of the log, of a manifest, or as words; a cut end is found with it only"""
    DAEMON.cli("backup", "create", "b.mbk", check=0)
    for head in (f"{BACKUP}/b.mbk.json", f"{DAEMON.dir}/log", DAEMON.json("store", "stat")["head"]):
        reply = DAEMON.json("audit", "verify", "--head", head)
        tap.equal((reply["ok"], reply["compared"], reply["holds_to"]), (True, True, 3), head)
    assert "passes unseen" in en("audit", "verify", check=0)
    said = en("audit", "verify", "--head", "4:" + "0" * 64, check=8)
    assert "the journal was cut" in said, said
    said = en("audit", "verify", "--head", "2:" + "0" * 64, check=8)
    assert "not the one that was noted" in said, said
    en("audit", "verify", "--head", "4", check=7)
    en("audit", "verify", "--head", "nonsense", "--data", f"{BACKUP}/b.mbk", check=2)
    en("audit", "verify", "--head", f"{BACKUP}/b.mbk.json", "--data", f"{BACKUP}/b.mbk", check=0)


def findings(*args):
    status, out, err = DAEMON.cli("-o", "json", "--lang", "en", "doctor", *args)
    return status, json.loads(out)["rows"], err


def states(rows):
    return {(row["about"], row["state"]) for row in rows}


def test_doctor_running():
    """doctor beside the daemon: nothing is wrong; the store put aside asks for attention"""
    status, rows, err = findings()
    tap.equal((status, err), (0, ""), rows)
    seen = states(rows)
    assert {("daemon", "good"), ("store", "good"), ("backup", "good"), ("keys", "good"),
            ("clock", "good"), ("store before", "attention")} <= seen, seen
    assert all(row["command"] for row in rows if row["state"] != "good"), rows


def settings_file(*more):
    path = f"{DAEMON.dir}/metodd.conf"
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join([s.replace("=", " = ", 1) for s in DAEMON.settings] + list(more)) + "\n")
    return path


def test_doctor_wrong():
    """doctor without the daemon: each thing that is broken is named with the command that mends it"""
    DAEMON.stop_clean()
    conf = settings_file()
    status, rows, _ = findings("--config", conf)
    tap.equal((status, ("daemon", "attention") in states(rows)), (0, True), rows)
    # What is broken, how it is put right again, and what must be said.
    cases = [
        (lambda: os.chmod(f"{DAEMON.dir}/keys", 0o755), lambda: os.chmod(f"{DAEMON.dir}/keys", 0o700),
         "folder of the keys", f"chmod 700 {DAEMON.dir}/keys"),
        (lambda: os.chmod(STORE, 0o750), lambda: os.chmod(STORE, 0o700), "folder of the store",
         f"chmod 700 {STORE}"),
        (lambda: os.rename(f"{DAEMON.dir}/keys/master.key", f"{DAEMON.dir}/k"),
         lambda: os.rename(f"{DAEMON.dir}/k", f"{DAEMON.dir}/keys/master.key"), "keys", ""),
        (lambda: os.rename(BACKUP, f"{DAEMON.dir}/b"), lambda: os.rename(f"{DAEMON.dir}/b", BACKUP),
         "backup", "metodctl backup create"),
        (lambda: os.truncate(f"{BACKUP}/b.mbk", 4096), lambda: os.unlink(f"{BACKUP}/b.mbk"), "backup",
         "metodctl backup create"),
        (lambda: os.rename(f"{STORE}/FORMAT", f"{DAEMON.dir}/f"),
         lambda: os.rename(f"{DAEMON.dir}/f", f"{STORE}/FORMAT"), "store",
         "metodd init --admin-uid 0, or metodctl backup restore COPY"),
    ]
    for breaks, mends, about, command in cases:
        breaks()
        status, rows, _ = findings("--config", conf)
        mends()
        wrong = [row for row in rows if row["state"] == "wrong" and row["about"] == about]
        assert status == 8 and wrong and wrong[0]["command"] == command, (about, status, rows)
    shutil.copy(f"{STORE}/store.mdb", f"{DAEMON.dir}/good")
    os.truncate(f"{STORE}/store.mdb", 9000)
    status, rows, _ = findings("--config", conf)
    assert status == 8 and ("store", "wrong") in states(rows), rows
    assert f"metodctl store rebuild --data {STORE}" in {row["command"] for row in rows}, rows
    shutil.copy(f"{DAEMON.dir}/good", f"{STORE}/store.mdb")
    os.chmod(f"{STORE}/store.mdb", 0o600)


def test_doctor_settings():
    """doctor: an unknown option, an address that does not fit its proxy, a change that waits for a restart"""
    status, rows, _ = findings("--config", settings_file("public_url = https://metod.example.ru"))
    assert ("address of the pages", "attention") in states(rows), rows
    status, rows, _ = findings("--config", settings_file("mapgib = 7"))
    assert status == 8 and "map_gib" in json.dumps(rows), rows
    conf = settings_file()
    DAEMON.settings, words = [], DAEMON.settings
    DAEMON.process = subprocess.Popen([f"{BUILD}/metodd", "--no-web", "--config", conf], env=ENV,
                                      stdout=DAEMON.log, stderr=DAEMON.log)
    for _ in range(600):
        if os.path.exists(DAEMON.socket):
            break
        subprocess.run(["sleep", "0.05"], check=True)
    status, rows, _ = findings("--config", conf)
    tap.equal("restart" in json.dumps(rows), False, rows)
    DAEMON.settings = words
    settings_file("commit_ms = 7", "mentor_capacity = 5")
    status, rows, _ = findings("--config", conf)
    said = [row for row in rows if "commit_ms, mentor_capacity" in row["says"]]
    assert said and said[0]["command"] == "systemctl restart metodd metodd-web", rows
    tap.equal(status, 0)


def test_doctor_width():
    """doctor: no line is wider than 80 columns, in both languages, but for names of files"""
    DAEMON.stop_clean()
    for lang in ("ru", "en"):
        _, out, _ = DAEMON.cli("--lang", lang, "doctor", "--config", settings_file())
        wide = [line for line in out.split("\n") if len(line) > 80 and DAEMON.dir not in line]
        tap.equal(wide, [])
        assert DAEMON.dir in out and out.count("\n") > 8, out


def follow(section, copy, first=0):
    """Runs the blocks of a section of docs/operations.md as they stand there; only the units are not
    here. What they printed."""
    with open(f"{ROOT}/docs/operations.md", encoding="utf-8") as file:
        text = file.read()
    text = text.split(f"\n## {section}\n")[1].split("\n## ")[0]
    blocks = re.findall(r"^```sh\n(.*?)^```", text, re.M | re.S)[first:]
    assert blocks, section
    said = ""
    for line in "".join(blocks).splitlines():
        if line.startswith("systemctl stop"):
            DAEMON.stop_clean()
        elif line.startswith("systemctl start"):
            DAEMON.start()
        else:
            line = line.replace("COPY", copy).replace("/var/lib/metod/store", STORE)
            line = line.replace("/tmp/drill", f"{DAEMON.dir}/drill")
            line = re.sub(r"journalctl .* > head.txt", f"grep journal_head {DAEMON.dir}/log >head.txt", line)
            if "backup restore" in line or "store rebuild" in line or "store upgrade" in line:
                line += f" --data {STORE}"
            if line.startswith("metodctl backup restore") and "--dry-run" not in line:
                line += f" --confirm {os.path.basename(copy)}"
            env = {**ENV, "PATH": f"{BUILD}:{os.environ['PATH']}", "METOD_SOCKET": DAEMON.socket,
                   "METOD_LANG": "en"}
            done = subprocess.run(["sh", "-c", line], cwd=DAEMON.dir, env=env, capture_output=True,
                                  text=True, check=False)
            tap.equal(done.returncode, 0, f"{line}\n{done.stdout}\n{done.stderr}")
            said += done.stdout
    return said


def test_guide():
    """docs/operations.md: drill, restore, rebuild, audit and upgrade, run as they stand there"""
    DAEMON.stop_clean()
    DAEMON.start()
    DAEMON.cli("backup", "create", "guide.mbk", check=0)
    copy = f"{BACKUP}/guide.mbk"
    assert "the copy is whole" in follow("Backup", copy, 1)
    assert not os.path.exists(f"{DAEMON.dir}/drill")
    grow("dina")
    said = follow("Restore", copy)
    assert "Lost would be 1 events" in said and "Nothing is wrong" not in said, said  # one is put aside
    assert "All receipts stay valid" in follow("Rebuild", copy)
    grow("egor")
    DAEMON.cli("backup", "create", "guide2.mbk", check=0)
    follow("Audit", f"{BACKUP}/guide2.mbk")
    assert "already" in follow("Upgrade", copy)


tap.run(globals())
