# SPDX-License-Identifier: Apache-2.0
"""Under a service manager: inherited sockets, the two ways into the store, signs of life, reload,
the configuration told to a person. The manager is played by systemd-socket-activate and a
notification socket of our own."""
import json
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request

import tap
from harness import BUILD, ENV, Daemon, Rpc, free_port
from manager import Manager

# As in METOD_CODE_FAILURES: wrong codes of one source before it must wait.
CODE_FAILURES = 20
DAEMON = Daemon(web=True)  # its folder and settings; the processes are started below
DIR, PORT = DAEMON.dir, DAEMON.port
CONFIG = f"{DIR}/metodd.conf"
RUNNING = []


def activate(manager, listen, names, *command):
    """A program that systemd-socket-activate runs at the first connection."""
    environment = {**{k: ENV[k] for k in ("LC_ALL", "ASAN_OPTIONS", "PATH")},
                   "UBSAN_OPTIONS": "print_stacktrace=1",
                   "NOTIFY_SOCKET": manager.path, "WATCHDOG_USEC": "1000000"}
    words = ["systemd-socket-activate", *[f"--listen={a}" for a in listen],
             f"--fdname={':'.join(names)}", *[f"--setenv={k}={v}" for k, v in environment.items()],
             *command]
    process = subprocess.Popen(words, stdout=DAEMON.log, stderr=DAEMON.log, env=ENV)
    RUNNING.append(process)
    return process


def until_connects(path):
    end = time.monotonic() + 20
    while not os.path.exists(path):
        assert time.monotonic() < end, DAEMON.tail()
        time.sleep(0.02)


def settings(**changed):
    words = dict(word.split("=", 1) for word in DAEMON.settings)
    with open(CONFIG, "w", encoding="utf-8") as file:
        file.writelines(f"{k} = {v}\n" for k, v in {**words, **changed}.items())


def page(path="/"):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{PORT}{path}", timeout=20) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


LINK = f"{DIR}/link.sock"
STORE_SAYS, WEB_SAYS = (Manager(f"{DIR}/{name}.notify", DAEMON.tail) for name in ("store", "web"))
settings()
STORE = activate(STORE_SAYS, [DAEMON.socket, LINK], ["ctl", "web"],
                 f"{BUILD}/metodd", "--no-web", "--config", CONFIG)


def test_store_activation():
    """the store starts at the first connection to an inherited socket and answers on it"""
    until_connects(DAEMON.socket)
    assert b"metodd" not in open(f"/proc/{STORE.pid}/comm", "rb").read()
    rpc = DAEMON.rpc()
    tap.equal(rpc.call("whoami")["login"], "root")
    STORE_SAYS.wait("READY=1")
    assert STORE_SAYS.wait("STATUS=").endswith(" events, serving")
    assert b"metodd" in open(f"/proc/{STORE.pid}/comm", "rb").read()
    assert os.path.exists(DAEMON.socket), "the manager's socket is not ours to remove"


def test_two_ways():
    """whoever comes by the link is a guest even with an administrator's uid; by the socket of the
    commands the uid counts and no word about an address is believed"""
    link, commands = Rpc(LINK), DAEMON.rpc()
    tap.equal(link.fails("user.list").code, "login")
    assert commands.call("user.list")["rows"]
    for _ in range(CODE_FAILURES):
        tap.equal(link.fails("session.enter", code="2222-2222-2222-2", source="10.0.0.1").code,
                  "not_found")
    tap.equal(link.fails("session.enter", code="2222-2222-2222-2", source="10.0.0.1").code,
              "throttled")
    tap.equal(link.fails("session.enter", code="2222-2222-2222-2", source="10.0.0.2").code,
              "not_found")
    for i in range(CODE_FAILURES):
        tap.equal(commands.fails("session.enter", code="2222-2222-2222-2",
                                 source=f"10.1.0.{i}").code, "not_found")
    tap.equal(commands.fails("session.enter", code="2222-2222-2222-2", source="10.2.0.1").code,
              "throttled")


def test_web_activation():
    """the pages start at the first request, reach the store by the link and say READY"""
    web = activate(WEB_SAYS, [f"127.0.0.1:{PORT}"], ["http"],
                   f"{BUILD}/metodd", "web", "--config", CONFIG, f"socket={LINK}")
    end = time.monotonic() + 20
    while True:
        try:
            status, text = page()
        except urllib.error.URLError:
            status, text = 0, ""
        if status == 200:
            break
        assert time.monotonic() < end and web.poll() is None, (status, text, DAEMON.tail())
        time.sleep(0.05)
    assert "Вход по коду" in text, text
    while page("/readyz")[0] != 200:
        assert time.monotonic() < end, DAEMON.tail()
        time.sleep(0.05)
    WEB_SAYS.wait("READY=1")


def test_watchdog():
    """both processes give a sign of life at half of the time that the manager allows"""
    begun = time.monotonic()
    for manager in (STORE_SAYS, WEB_SAYS):
        manager.forget()
        manager.wait("WATCHDOG=1", within=5, count=3)
    assert time.monotonic() - begun < 5


def test_stopped_process():
    """a process that does not run gives no sign of life"""
    STORE.send_signal(signal.SIGSTOP)
    try:
        WEB_SAYS.wait("WATCHDOG=1")
        time.sleep(0.1)
        assert STORE_SAYS.silent(2)
    finally:
        STORE.send_signal(signal.SIGCONT)
    STORE_SAYS.wait("WATCHDOG=1", within=5)


def test_reload():
    """SIGHUP: a wrong configuration is refused and told with line and nearest name, the daemon
    serves on; a good one is applied, and what needs a restart is named"""
    settings(log_level="debug", comit_ms="3")
    begun = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
    STORE.send_signal(signal.SIGHUP)
    told = int(STORE_SAYS.wait("MONOTONIC_USEC=").split("=")[1])
    assert begun <= told <= time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
    assert "RELOADING=1" in STORE_SAYS.lines
    STORE_SAYS.wait("READY=1")
    log = DAEMON.tail(20)
    line = len(DAEMON.settings) + 2
    assert "event=reload_refused" in log and f"{CONFIG}:{line}:1" in log, log
    assert "commit_ms" in log, log
    tap.equal(DAEMON.rpc().call("whoami")["login"], "root")
    settings(log_level="notice", mentor_capacity="5")
    STORE.send_signal(signal.SIGHUP)
    STORE_SAYS.wait("RELOADING=1")
    STORE_SAYS.wait("READY=1")
    log = DAEMON.tail(20)
    assert "event=reloaded log_level=notice" in log, log
    assert "event=restart_needed option=mentor_capacity" in log, log
    assert "option=log_level" not in log, log
    settings()
    STORE.send_signal(signal.SIGHUP)
    STORE_SAYS.wait("READY=1")


def test_store_away():
    """without its store the web process stays, answers 503, and serves again when the store is
    back; the way there is the same socket"""
    global STORE
    STORE.send_signal(signal.SIGTERM)
    STORE_SAYS.wait("STOPPING=1")
    tap.equal(STORE.wait(30), 0)
    assert os.path.exists(DAEMON.socket) and os.path.exists(LINK)
    end = time.monotonic() + 20
    while page("/readyz")[0] != 503:
        assert time.monotonic() < end
        time.sleep(0.1)
    os.unlink(DAEMON.socket)
    os.unlink(LINK)
    STORE = activate(STORE_SAYS, [DAEMON.socket, LINK], ["ctl", "web"],
                     f"{BUILD}/metodd", "--no-web", "--config", CONFIG)
    end = time.monotonic() + 20
    while page("/readyz")[0] != 200:
        assert time.monotonic() < end, (page(), DAEMON.tail())
        time.sleep(0.1)


def test_not_a_command_socket():
    """an inherited socket of another kind is refused with a reason, not served"""
    with socket.create_server(("127.0.0.1", free_port())) as wrong:
        inner = f'LISTEN_PID=$$ LISTEN_FDS=1 exec "{BUILD}/metodd" --no-web --config "{CONFIG}"'
        RUNNING[0].poll()
        other = Daemon(web=False)
        settings(data_dir=f"{other.dir}/store", keys_dir=f"{other.dir}/keys")
        done = subprocess.run(["sh", "-c", f"exec 3<&{wrong.fileno()}; {inner}"],
                              pass_fds=[wrong.fileno()], env=ENV, capture_output=True, text=True,
                              timeout=60)
        settings()
    assert done.returncode != 0 and "not a listening unix socket" in done.stderr, done


def test_check_config():
    """--check-config names file, line and nearest option, exits 2; a good file exits 0"""
    for text, status, wanted in (("\nhttp_listn = 127.0.0.1:80\n", 2, [":2:1", "http_listen"]),
                                 ("commit_ms = 2\ncommit_ms = 3\n", 2, [":2:1", "line 1"]),
                                 ("log_level = info\n", 0, ["good"])):
        path = f"{DIR}/try.conf"
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        done = subprocess.run([f"{BUILD}/metodd", "--check-config", "--config", path], env=ENV,
                              capture_output=True, text=True, timeout=60)
        said = done.stdout + done.stderr
        tap.equal(done.returncode, status, said)
        for word in wanted:
            assert word in said, (word, said)


def test_config_show():
    """metodctl config show --origin tells for every option its value, where that comes from (default,
    line of the file, variable) and whether a change needs a restart; without the word only values"""
    path = f"{DIR}/show.conf"
    with open(path, "w", encoding="utf-8") as file:
        file.write("# a comment\nlog_level = notice\ncommit_ms = 7\n")
    words = [f"{BUILD}/metodctl", "-o", "json", "config", "show", path]
    env = {**ENV, "METOD_COMMIT_MS": "9"}

    def rows(*more):
        done = subprocess.run([*words, *more], env=env, capture_output=True, text=True, check=True)
        return {row["name"]: row for row in json.loads(done.stdout)["rows"]}
    told = rows("--origin")
    tap.equal(told["log_level"], {"name": "log_level", "value": "notice", "origin": f"{path}:2",
                                  "restart": False})
    tap.equal(told["commit_ms"], {"name": "commit_ms", "value": "9", "origin": "METOD_COMMIT_MS",
                                  "restart": True})
    tap.equal(told["map_gib"]["origin"], "default")
    tap.equal({name: set(row) for name, row in rows().items()}, {name: {"name", "value"} for name in told})


def test_end():
    """both end in order: STOPPING is told, the exit status is 0, no sanitizer speaks"""
    for manager, process in ((WEB_SAYS, RUNNING[1]), (STORE_SAYS, STORE)):
        process.send_signal(signal.SIGTERM)
        manager.wait("STOPPING=1")
        tap.equal(process.wait(30), 0, DAEMON.tail())
    log = DAEMON.tail(100000)
    assert "Sanitizer" not in log and "runtime error:" not in log, log[-6000:]


try:
    tap.run(globals())
finally:
    for running in RUNNING:
        if running.poll() is None:
            running.kill()
            running.wait()
