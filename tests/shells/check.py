#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Completion in bash, zsh and fish themselves, each on a terminal, with a daemon that knows waves and
without one. `check.py SHELL...` tries only these. The fault that must be seen: a script whose question
to the program is broken completes nothing."""
import os
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, f"{ROOT}/tests/lib")
import tap
from harness import BUILD, Daemon
from terminal import Terminal
from world import World

SHELLS = sys.argv[1:] or ["bash", "zsh", "fish"]
DAEMON = Daemon(web=False).start()
WORLD = World(DAEMON)
FOLDER = tempfile.mkdtemp(prefix="metod-shells-")
WORLD.as_("methodist-t").call("wave.create", code="осень-2026", form="KDP-G", to=30000,
                              competencies=["SUB"], **{"from": 29000, "in": "TERR"})
os.mkdir(f"{FOLDER}/home")
open(f"{FOLDER}/home/pedagogi.csv", "w").close()
PROMPT = "ready>"
START = {"bash": ["bash", "--norc", "--noprofile", "-i"], "zsh": ["zsh", "-f", "-i"],
         "fish": ["fish", "--no-config", "-i"]}
SOURCE = {"bash": f"PS1='{PROMPT}'; source {{}}",
          "zsh": f"PS1='{PROMPT}'; autoload -U compinit; compinit -u; source {{}}",
          "fish": f"function fish_prompt; echo -n '{PROMPT}'; end; source {{}}"}
# typed up to the Tab, what must stand on the screen then
CASES = [("metodctl wave cl\t", "metodctl wave close"),
         ("metodctl teach\t", "metodctl teacher"),
         ("metodctl org list -o msg\t", "-o msgpack"),
         ("metodctl org list --output=jsonl --exc\t", "--excel"),
         ("metodctl user role kim meth\t", "methodist"),
         ("metodctl wave show осен\t", "wave show осень-2026"),
         ("metodctl teacher import peda\t", "import pedagogi.csv"),
         ("metodctl wave create w --comp\t", "--competencies"),
         ("metodctl login kim --password-f\t", "--password-file")]


def script(shell, change=lambda text: text):
    path = f"{FOLDER}/{shell}.script"
    done = subprocess.run([f"{BUILD}/metodctl", "completion", shell], capture_output=True, text=True,
                          check=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(change(done.stdout))
    return path


def start(shell, path, socket):
    terminal = Terminal(START[shell], 120, 40, env={
        "HOME": f"{FOLDER}/home", "PATH": f"{BUILD}:{os.environ['PATH']}", "METOD_SOCKET": socket,
        "ZDOTDIR": f"{FOLDER}/home", "XDG_CONFIG_HOME": f"{FOLDER}/home", "TERM": "xterm",
        "METOD_TOKEN_FILE": f"{FOLDER}/token"})
    terminal.type(f"cd {FOLDER}/home; {SOURCE[shell].format(path)}; echo begun$((40+2))\n"
                  if shell != "fish" else
                  f"cd {FOLDER}/home; {SOURCE[shell].format(path)}; echo begun(math 40+2)\n")
    terminal.until("begun42")
    return terminal


def leave(terminal):
    terminal.type("\x15exit\n")
    terminal.end()


with open(f"{FOLDER}/token", "w", encoding="ascii") as file:
    file.write(WORLD.tokens["methodist-t"])


def test_shells():
    """bash, zsh and fish complete nouns, verbs, options, their words, waves of the daemon, files"""
    for shell in SHELLS:
        terminal = start(shell, script(shell), DAEMON.socket)
        for typed, wanted in CASES:
            terminal.seen = b""
            terminal.type(typed)
            terminal.until(wanted)
            terminal.type("\x15")
        leave(terminal)


def test_without_a_daemon():
    """no daemon: commands and options are completed all the same, nothing is said"""
    for shell in SHELLS:
        terminal = start(shell, script(shell), "/nonexistent/ctl.sock")
        terminal.seen = b""
        terminal.type("metodctl wave show осен\t")
        terminal.type("\x15metodctl wave pub\t")
        terminal.until("wave publish")
        assert "metodctl:" not in terminal.text(), terminal.text()
        leave(terminal)


def test_a_broken_script_is_seen():
    """a script that asks the program wrongly completes nothing: the tests above can fail"""
    for shell in SHELLS:
        terminal = start(shell, script(shell, lambda text: text.replace("__complete", "__broken")),
                         DAEMON.socket)
        terminal.seen = b""
        terminal.type("metodctl wave cl\t")
        try:
            terminal.until("wave close", 3)
        except AssertionError:
            leave(terminal)
            continue
        raise AssertionError(shell)
    DAEMON.stop_clean()
    shutil.rmtree(FOLDER)


tap.run(globals(), summary=True)
