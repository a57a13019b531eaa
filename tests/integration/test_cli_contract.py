# SPDX-License-Identifier: Apache-2.0
"""The contract of the command line, rule by rule, on terminals and in pipes: statuses, streams, prompts,
interruptions, settings, widths, languages."""
import csv
import fcntl
import io
import json
import os
import re
import signal
import struct
import subprocess
import termios
import time

import tap
from harness import BUILD, ENV, ROOT, Daemon
from terminal import Terminal, cells, shown
from world import Disclosure, World, write_csv

DAEMON = Daemon(web=False).start()
WORLD = World(DAEMON)
STORY = Disclosure(WORLD)
HOME = f"{DAEMON.dir}/home"
os.makedirs(f"{HOME}/.config/metod")
CLEAN = {"HOME": HOME, "XDG_CONFIG_HOME": ""}
for login, token in [*WORLD.tokens.items(), ("result", WORLD.sheets["P-005"][1])]:
    with open(f"{DAEMON.dir}/{login}.token", "w", encoding="ascii") as file:
        file.write(token)
# Everything that only shows something: who (None: the administrator), words.
LOOKS = [(None, w.split()) for w in (
    "status", "whoami", "org list", "org show S-1", "teacher list --names", "teacher show P-002 --names",
    "association list", "association show A-2", "form list", "wave list", "wave show W-1",
    "activity list", "activity show A-FOR-4", "user list", "token list", "audit log", "store stat")]
LOOKS += [("methodist-t", w.split()) for w in (
    "deficit top W-1", "deficit map W-1", "recommend list", "recommend show R-0001",
    "recommend sent R-0001", "mentor list", "profile show P-037", "route show P-007")]
LOOKS += [("coordinator", ["mentor", "pairs", "W-1"]), ("analyst", ["answers", "export", "W-1"]),
          ("mentor-1", ["mentee", "list"]), *(("result", w.split()) for w in (
              "me profile", "me route", "me messages", "me pairs", "me data", "grant list"))]
OFFLINE = [(None, w.split()) for w in (
    "help", "help wave create", "help recommend", "schema wave create", f"form check {ROOT}/surveys",
    "config show --file /dev/null", "completion bash")]


def words_of(login, words, daemon=DAEMON):
    token = ["--token-file", f"{daemon.dir}/{login}.token"] if login else []
    return [f"{BUILD}/metodctl", "--socket", daemon.socket, *token, *words]


def run(login, *words, env=None, **kw):
    done = subprocess.run(words_of(login, words), env={**ENV, **CLEAN, **(env or {})}, text=True,
                          capture_output=True, timeout=120, **{"stdin": subprocess.DEVNULL, **kw})
    return done.returncode, done.stdout, done.stderr


def on(columns, login, *words, env=None):
    return shown(words_of(login, words), columns, env={**CLEAN, "NO_COLOR": "1", **(env or {})})


def test_statuses():
    """0 to 9 as the manual says, each by a real cause"""
    broken = f"{DAEMON.dir}/broken.copy"
    with open(broken, "wb") as file:
        file.write(b"no store at all" * 1000)
    bad = write_csv(f"{DAEMON.dir}/bad.csv", ["code", "name", "kind", "parent"],
                    [("X-1", "Икс", "school", "M-1")])
    for status, login, words, kw in (
            (0, None, ("status",), {}), (1, None, ("org", "list"), {"stdout": "/dev/full"}),
            (2, None, ("org", "list", "--bogus"), {}), (3, None, ("org", "show", "NOPE"), {}),
            (4, None, ("deficit", "top", "W-1"), {}), (5, None, ("user", "add", "admin"), {}),
            (6, None, ("--socket", "/nonexistent", "status"), {}),
            (7, None, ("org", "import", bad), {}),
            (8, None, ("backup", "restore", broken, "--data", f"{DAEMON.dir}/new", "--dry-run"), {})):
        full = open(kw["stdout"], "w", encoding="ascii") if kw else subprocess.PIPE
        done = subprocess.run(words_of(login, words), env={**ENV, **CLEAN}, stdin=subprocess.DEVNULL,
                              stdout=full, stderr=subprocess.PIPE, text=True, timeout=120)
        tap.equal(done.returncode, status, (words, done.stderr))
        assert (status == 0) == (done.stderr == "") or status == 7, (words, done.stderr)
    terminal = Terminal(words_of(None, ("teacher", "forget", "P-020")), env=CLEAN)
    terminal.until("P-020")
    terminal.type("P-021\n")
    tap.equal(terminal.end(), 9, terminal.text())
    tap.equal(run(None, "teacher", "show", "P-020")[0], 0)


def test_interrupted_at_a_prompt():
    """Ctrl-C where a password is asked for: ends by the signal (130 in a shell), and the terminal shows
    again what is typed"""
    command = " ".join(words_of(None, ("login", "root")))
    terminal = Terminal(["bash", "-c", f"trap : INT; {command}; echo code=$?; stty -a"], env=CLEAN)
    terminal.until(": ")
    terminal.type("geheim\x03")
    terminal.until("code=")
    terminal.end()
    text = terminal.text()
    assert "code=130" in text and re.search(r"[^-]echo\b", text.split("code=")[1]), text
    assert "geheim" not in text, text


def test_interrupted_while_writing():
    """an interruption while a file is being written leaves neither a part of it nor the old one changed"""
    folder = f"{DAEMON.dir}/cut"
    os.mkdir(folder)
    with open(f"{folder}/o.csv", "w", encoding="ascii") as file:
        file.write("old")
    slow = subprocess.Popen(["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=fsync", "-e",
                             "inject=fsync:delay_enter=20000000",
                             *words_of(None, ("org", "list", "--save", f"{folder}/o.csv"))],
                            env={**ENV, **CLEAN, "ASAN_OPTIONS": "detect_leaks=0"},
                            stderr=subprocess.PIPE)
    end = time.monotonic() + 30
    while len(os.listdir(folder)) < 2:
        assert time.monotonic() < end, "no file was begun"
        time.sleep(0.02)
    with open(f"/proc/{slow.pid}/task/{slow.pid}/children", encoding="ascii") as file:
        child = int(file.read().split()[0])
    os.kill(child, signal.SIGINT)
    slow.communicate(timeout=60)
    tap.equal(os.listdir(folder), ["o.csv"])
    with open(f"{folder}/o.csv", encoding="ascii") as file:
        tap.equal(file.read(), "old")


def test_streams():
    """data on stdout, words on stderr; help is data and 0, a mistake says all on stderr and 2; -q is quiet
    but for errors"""
    for login, words in LOOKS + OFFLINE[:5]:
        status, out, err = run(login, *words)
        tap.equal(status, 0, (words, err))
        if words[:2] == ["form", "check"]:  # nothing found: no data, the count is said
            assert not out and "0" in err, (out, err)
        else:
            assert out and not err, (words, err)
    for words in (("help",), ("--help",), ("wave", "--help"), ("wave", "create", "-h"),
                  ("help", "wave", "create")):
        status, out, err = run(None, *words)
        tap.equal((status, err), (0, ""), words)
        assert "metodctl" in out, words
    for words in ((), ("wave",), ("wave", "nonsense"), ("wave", "create"), ("org", "list", "-x")):
        status, out, err = run(None, *words)
        tap.equal((status, out), (2, ""), words)
        assert err, words
    path = f"{DAEMON.dir}/quiet.csv"
    tap.equal(run(None, "-q", "org", "list", "--save", path), (0, "", ""))
    assert run(None, "-q", "org", "show", "NOPE")[2].startswith("metodctl: "), "errors are said"


def test_closed_pipes():
    """a reader that goes away at once, or after a line, leaves no word and no odd status"""
    for form in ("table", "json", "csv", "msgpack", "xlsx"):
        for reader in ("true", "head -c 3"):
            line = " ".join(words_of(None, ("activity", "list", "-o", form)))
            done = subprocess.run(["bash", "-c", f"{line} | {reader} >/dev/null; echo ${{PIPESTATUS[0]}}"],
                                  env={**ENV, **CLEAN}, capture_output=True, text=True)
            tap.equal((done.stdout, done.stderr), ("0\n", ""), (form, reader))


def test_prompts():
    """questions only where somebody can answer: not without a terminal, not with --no-input; the answer to
    a silent one is not shown"""
    for words, option in ((("teacher", "forget", "P-020"), "--confirm"), (("login", "root"), "--password-f")):
        status, out, err = run(None, *words)
        tap.equal((status, out), (2, ""))
        assert option in err, err
        status, text = on(80, None, *words, "--no-input")
        tap.equal(status, 2, text)
        assert option in text, text
        stdout_only = Terminal(["bash", "-c", " ".join(words_of(None, words)) + " </dev/null"], env=CLEAN)
        tap.equal(stdout_only.end(), 2)
    terminal = Terminal(words_of(None, ("login", "root")), env=CLEAN)
    terminal.until(": ")
    terminal.type("геометрия\n")
    tap.equal(terminal.end(), 4, terminal.text())
    assert "геометрия" not in terminal.text(), terminal.text()
    assert "неверный логин или пароль" in terminal.text() and "сеанс" not in terminal.text()
    terminal = Terminal(words_of(None, ("org", "import", "-")), env=CLEAN)
    tap.equal(terminal.end(), 2, terminal.text())


def test_secrets():
    """a secret is no argument, and nothing prints one that was not made for it"""
    status, out, err = run(None, "login", "root", "--password", "geheim")
    tap.equal((status, out), (2, ""))
    assert "--password-file" in err and "geheim" not in err, err
    assert run(None, "user", "add", "x", "--password=geheim")[0] == 2
    for login, words in LOOKS:
        for form in ("table", "json", "csv"):
            out = run(login, *words, "-o", form)[1]
            for token in (*WORLD.tokens.values(), *(s[1] for s in WORLD.sheets.values())):
                assert token[:24] not in out, words
            if words[0] != "invite":
                assert not any(code in out for code in WORLD.codes.values()), words


def test_suggestions():
    """the nearest command, option, column, output, colour, setting"""
    for words, meant in ((("wave", "lst"), "wave list"), (("org", "list", "--limt", "3"), "--limit"),
                         (("org", "list", "--fields", "nmae"), "name"),
                         (("org", "list", "-o", "jsn"), "json"), (("--color", "alwys", "status"), "always"),
                         (("completion", "bsh"), "bash")):
        status, out, err = run(None, *words)
        tap.equal((status, out), (2, ""), (words, err))
        assert meant in err, (words, err)


def test_keys():
    """--key: the same write again is the same receipt; another write under it is 5"""
    words = ("-o", "json", "--key", "feedbeef01", "user", "add")
    first, again = (json.loads(run(None, *words, "кира")[1])["receipt"] for _ in range(2))
    tap.equal(first, again)
    tap.equal(run(None, *words, "олег")[0], 5)


def test_fields():
    """--fields chooses and orders columns in every form"""
    wanted = ["kind", "code"]
    words = ("org", "list", "--fields", ",".join(wanted))
    tap.equal(list(json.loads(run(None, *words, "-o", "json")[1])["rows"][0]), wanted)
    tap.equal(list(json.loads(run(None, *words, "-o", "jsonl")[1].splitlines()[0])),
              ["schema", "demo", *wanted])
    for form, sign in (("csv", ","), ("tsv", "\t")):
        tap.equal(next(csv.reader(io.StringIO(run(None, *words, "-o", form)[1]), delimiter=sign)), wanted)
    head = next(x for x in run(None, *words)[1].splitlines() if "КОД" in x)
    tap.equal(head.split(), ["ВИД", "КОД"])


def test_widths():
    """40, 60 and 80 columns, Russian and English: no line is wider unless one word is, none ends in a
    space; piped text neither"""
    for login, words in LOOKS + OFFLINE[:5]:
        if words[1:2] == ["data"]:  # JSON on purpose
            continue
        for lang in ("ru", "en"):
            for columns in (40, 60, 80):
                status, text = on(columns, login, "--lang", lang, *words)
                tap.equal(status, 0, (words, text[-500:]))
                for line in text.split("\n"):
                    assert cells(line) <= columns or " " not in line.strip(), (columns, words, line)
                    assert line == line.rstrip(), (columns, words, line)
            for line in run(login, "--lang", lang, *words)[1].split("\n"):
                assert line == line.rstrip(), (words, line)


def test_machine_forms_know_no_language():
    """keys, codes, numbers and dates of machine forms are the same in Russian, English and LC_ALL=C"""
    def skeleton(value):
        if isinstance(value, dict):
            return {k: skeleton(v) for k, v in value.items()
                    if k not in ("uptime_s", "next", "at", "looks")}
        if isinstance(value, list):
            return [skeleton(v) for v in value]
        # Texts for people follow the language; everything else does not.
        return value if not isinstance(value, str) or re.fullmatch(r"[\w.:;<>=() +-]{0,64}", value, re.A) \
            else "text"
    for login, words in LOOKS:
        if words[0] in ("audit", "store", "mentor", "mentee", "me", "grant", "activity"):
            continue
        got = [skeleton(json.loads(run(login, *words, "-o", "json", env=env)[1])) for env in
               ({"METOD_LANG": "ru"}, {"METOD_LANG": "ru", "LC_ALL": "C"})]
        tap.equal(got[0], got[1], words)
        heads = [run(login, *words, "-o", "csv", "--lang", lang)[1].split("\n")[0] for lang in ("ru", "en")]
        tap.equal(heads[0], heads[1], words)
    tap.equal(run(None, "schema", "-o", "json", "--lang", "ru"),
              run(None, "schema", "-o", "json", "--lang", "en"))
    rows = [json.loads(run(None, "org", "list", "-o", "json", "--lang", lang)[1]) for lang in ("ru", "en")]
    tap.equal(rows[0], rows[1])


def test_settings():
    """the user's file, below the environment, below the options; a mistake names file, line and the nearest"""
    path = f"{HOME}/.config/metod/metodctl.conf"

    def conf(*lines):
        with open(path, "w", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")
    try:
        conf("# моё", "", "output = jsonl", "  lang=en", "quiet = yes")
        assert run(None, "org", "list")[1].startswith('{"schema"'), "the file"
        assert run(None, "org", "list", env={"METOD_OUTPUT": "csv"})[1].startswith("code,"), "environment"
        assert run(None, "org", "list", "-o", "tsv", env={"METOD_OUTPUT": "csv"})[1].startswith("code\t")
        assert "not found" in run(None, "org", "show", "NOPE")[2], "lang of the file"
        assert "не найдено" in run(None, "org", "show", "NOPE", env={"METOD_LANG": "ru"})[2]
        assert "not found" in run(None, "--lang", "en", "org", "show", "NOPE", env={"METOD_LANG": "ru"})[2]
        save = f"{DAEMON.dir}/settings.xlsx"
        tap.equal(run(None, "org", "list", "--save", save), (0, "", ""), "the ending still tells, quiet")
        with open(save, "rb") as file:
            tap.equal(file.read(2), b"PK")
        conf(f"socket = {DAEMON.socket}", f"token-file = {DAEMON.dir}/deputy-1.token")
        done = subprocess.run([f"{BUILD}/metodctl", "-o", "json", "whoami"], env={**ENV, **CLEAN},
                              capture_output=True, text=True)
        tap.equal(json.loads(done.stdout)["login"], "deputy-1", done.stderr)
        for line, told in (("outptu = json", "output"), ("output json", "="), ("output = xml", "xml"),
                           ("quiet = maybe", "maybe"), ("key = 1", "key")):
            conf("", line)
            status, out, err = run(None, "org", "list")
            tap.equal((status, out), (2, ""), line)
            assert f"{path}:2" in err and told in err, err
        status, _, err = run(None, "org", "list", env={"METOD_COLOR": "pink", "HOME": "/nonexistent"})
        tap.equal(status, 2)
        assert "METOD_COLOR" in err, err
    finally:
        os.unlink(path)


def test_progress():
    """a long import: a moving number on a terminal, a line each ten per cent in a pipe, nothing with -q"""
    path = write_csv(f"{DAEMON.dir}/many.csv", ["code", "name", "org", "position"],
                     [(f"Q-{n:05d}", "Массова Анна", "S-1", "teacher") for n in range(4500)])
    words = ("teacher", "import", path, "--dry-run")
    status, out, err = run(None, *words)
    tap.equal(status, 0, err)
    lines = err.splitlines()
    assert len(lines) >= 3 and all(re.fullmatch(r"\d+ %", x) for x in lines), err
    tap.equal(run(None, "-q", *words)[2], "")
    status, text = on(80, None, *words)
    assert status == 0 and re.search(r"\r *\d+ %", text.replace("\r\n", "\n")), text


def test_resized():
    """the width is that of the terminal when the answer is written"""
    terminal = Terminal(["bash", "-c", "echo ready; read; " + " ".join(words_of(None, ("org", "list")))],
                        200, env=CLEAN)
    terminal.until("ready")
    fcntl.ioctl(terminal.fd, termios.TIOCSWINSZ, struct.pack("HHHH", 0, 40, 0, 0))
    terminal.type("\n")
    tap.equal(terminal.end(), 0)
    assert max(cells(x) for x in terminal.text().split("\n")) <= 40, terminal.text()
    DAEMON.stop_clean()


tap.run(globals())
