#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The packages of `make deb` in a clean Debian, from installation to purge, with real units under a
real systemd; docs/operations.md is run as it is written. Ends with `N passed, N failed`."""
import glob
import http.client
import os
import re
import socket
import ssl
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "lib"))
import tap
from exposition import parse
from harness import ROOT, Rpc
from root import Installed, Root, run
from visitor import CONSENTS, Visitor, Way, title
from world import World

GUIDE = open(f"{ROOT}/docs/operations.md", encoding="utf-8").read()
SERVICES = ["metodd.service", "metodd-web.service"]
METRICS = "http://127.0.0.1:9633/metrics"
SOCKETS = ["metodd.socket", "metodd-link.socket", "metodd-web.socket"]
HOST = "metod.example.ru"
ROOM = Root()
ROOM_DAEMON = Installed(ROOM)
STATE = {}  # what one step leaves for the next ones


def blocks(section, kind):
    """The fenced blocks of this kind in a section of the guide."""
    text = GUIDE.split(f"\n## {section}\n")[1].split("\n## ")[0]
    found = re.findall(rf"^```{kind}\n(.*?)^```$", text, re.M | re.S)
    assert found, f"docs/operations.md: no ```{kind} in {section}"
    return found


def follow(section, number=0, before="", **replaced):
    """Runs a block of the guide; `replaced` gives values for the words that stand for one."""
    text = before + blocks(section, "sh")[number]
    for word, value in replaced.items():
        assert word in text, (section, word)
        text = text.replace(word, value)
    return ROOM.run(text).stdout


def until(condition, what, within=60):
    end = time.monotonic() + within
    while not condition():
        assert time.monotonic() < end, f"{what}\n{ROOM_DAEMON.tail()}"
        time.sleep(0.2)


def pid_of(unit):
    return int(ROOM.out(f"systemctl show -P MainPID {unit}"))


def outer(pid):
    """The number that this machine gives to a process of the root."""
    for path in glob.glob("/proc/[0-9]*/status"):
        try:
            text = open(path, encoding="utf-8", errors="replace").read()
        except OSError:
            continue
        numbers = re.search(r"^NSpid:\s*(.*)$", text, re.M)
        if numbers and numbers[1].split()[-1] == str(pid) and len(numbers[1].split()) > 1 and \
                os.readlink(path.replace("status", "ns/pid")) == \
                os.readlink(f"/proc/{ROOM.leader}/ns/pid"):
            return int(path.split("/")[2])
    raise LookupError(pid)


def status(pid):
    text = open(f"/proc/{outer(pid)}/status", encoding="utf-8").read()
    return dict(re.findall(r"^(\w+):\s*(.*)$", text, re.M))


def test_builds_are_equal():
    """two builds in two folders give the same bytes, and three packages"""
    when = run("git", "log", "-1", "--format=%ct", cwd=ROOT).stdout.strip()
    for out in ("deb", "package/again"):
        run(f"{ROOT}/systemd/deb/build.sh", f"{ROOT}/build/{out}", cwd=ROOT,
            env={**os.environ, "SOURCE_DATE_EPOCH": when})
    names = sorted(os.path.basename(p) for p in glob.glob(f"{ROOT}/build/deb/*.deb"))
    tap.equal([n.split("_")[0] for n in names], ["metod-doc", "metodctl", "metodd"])
    for name in names:
        run("cmp", f"{ROOT}/build/deb/{name}", f"{ROOT}/build/package/again/{name}")


def test_install():
    """apt installs the packages and what they need; users, folders, units, settings and manual pages
    are in place; nothing is enabled; libevent has its security fixes"""
    run("cp", *glob.glob(f"{ROOT}/build/deb/*.deb"), f"{ROOM.dir}/root/")
    ROOM.run("mkdir -p build/deb; mv *.deb build/deb; apt-get update -qq")
    said = ROOM.run(blocks("Install", "sh")[1].replace("apt ", "apt-get -y -qq ")).stdout
    assert "there is no store yet" in said, said
    for user in ("metod", "metod-web", "metod-backup"):
        assert ROOM.out(f"getent passwd {user}").endswith("nologin"), user
    assert "metod-backup" in ROOM.out("getent group metod")
    for path, want in (("/etc/metod", "755 root root"), ("/var/lib/metod", "700 metod metod"),
                       ("/var/lib/metod/store", "700 metod metod"),
                       ("/var/lib/metod/keys", "700 metod metod"),
                       ("/var/lib/metod/backup", "700 metod metod"),
                       ("/etc/metod/metodd.conf", "644 root root"),
                       ("/usr/sbin/metodd", "755 root root"), ("/usr/bin/metodctl", "755 root root")):
        tap.equal(ROOM.out(f"stat -c '%a %U %G' {path}"), want, path)
    tap.equal(ROOM.out("dpkg-query -W -f '${Conffiles}' metodd").split()[0], "/etc/metod/metodd.conf")
    for unit in SERVICES + SOCKETS + ["metodd-backup.timer"]:
        tap.equal(ROOM.run(f"systemctl is-enabled {unit}", check=None).stdout.strip(), "disabled", unit)
    ROOM.run("metodd --check-config; metodd --version; metodctl --version; dpkg --verify metodd metodctl")
    ROOM.run("dpkg --compare-versions $(dpkg-query -W -f '${Version}' libevent-2.1-7) ge "
             "2.1.12-stable-8+deb12u1")


def test_boot_and_begin():
    """systemd boots; the section "Install" of the guide, line by line, ends with a serving daemon"""
    STATE["boot"] = ROOM.boot()
    ROOM.join_network()
    said = follow("Install", 2)
    for unit in SERVICES + SOCKETS:
        tap.equal(ROOM.out(f"systemctl is-active {unit}"), "active", unit)
    tap.equal(ROOM.run("systemctl --failed --no-legend", check=None).stdout.count("metod"), 0)
    tap.equal(ROOM.out("stat -c '%a %U %G' /run/metod/ctl.sock"), "660 metod metod")
    tap.equal(ROOM.out("stat -c '%a %U %G' /run/metod/link.sock"), "660 metod metod-web")
    until(lambda: Visitor(8080).exchange("GET", "/readyz").status == 200, "not ready")
    tap.equal(ROOM.out("curl -sS http://127.0.0.1:8080/readyz"), "ok")


def test_sandbox():
    """the processes run as their users without rights: no capabilities, no new privileges, a filter of
    system calls, no network but the inherited socket, no way of the pages into the store"""
    for unit, user in (("metodd.service", "metod"), ("metodd-web.service", "metod-web")):
        pid = pid_of(unit)
        row = status(pid)
        tap.equal((row["NoNewPrivs"], row["Seccomp"], int(row["CapBnd"], 16)), ("1", "2", 0), unit)
        tap.equal(int(row["CapEff"], 16), 0, unit)
        tap.equal(ROOM.out(f"stat -c %U /proc/{pid}"), user)
        links = ROOM.out(f"nsenter -t {pid} -n cat /proc/self/net/dev").splitlines()[2:]
        tap.equal([line.split(":")[0].strip() for line in links], ["lo"], unit)
        assert ROOM.out(f"readlink /proc/{pid}/ns/net") != ROOM.out("readlink /proc/1/ns/net")
        assert ROOM.run(f"nsenter -t {pid} -m touch /usr/x", check=None).returncode != 0
    inside = ROOM.run(f"nsenter -t {pid_of('metodd-web.service')} -m ls /var/lib/metod", check=None)
    assert "store" not in inside.stdout, inside.stdout
    for unit, bar in (("metodd.service", 4), ("metodd-web.service", 4)):
        ROOM.run(f"systemd-analyze security --no-pager --threshold={bar} {unit} >/dev/null")
    said = ROOM.run("systemd-analyze verify --man=no /lib/systemd/system/metodd*", check=None).stderr
    tap.equal([line for line in said.splitlines() if "metodd" in line], [])


def test_teacher():
    """a teacher goes from the code to the result over the installed pages; metodctl of the package
    shows the wave"""
    STATE["world"] = World(ROOM_DAEMON)
    STATE["way"] = Way(STATE["world"])
    visitor, page = STATE["way"].finish("P-003")
    assert page.status == 200 and title(page)
    STATE["visitor"] = visitor
    said = ROOM.out("metodctl wave list")
    assert "W-1" in said, said


def test_guide_users():
    """the section "Users" of the guide"""
    ROOM.run("useradd ivanova")
    follow("Users", TERRITORY="TERR")
    assert "ivanova" in ROOM.out("metodctl user list")


def test_backup():
    """the section "Backup" of the guide: the unit makes a verified copy in the store's own folder"""
    follow("Backup")
    copies = ROOM.out("ls /var/lib/metod/backup").split()
    assert copies, "no copy"
    copy = next(c for c in copies if c.endswith(".mbk"))
    STATE["copy"] = f"/var/lib/metod/backup/{copy}"
    tap.equal(ROOM.out(f"stat -c '%a %U' {STATE['copy']}"), "600 metod")
    ROOM.run(f"metodd verify {STATE['copy']}")
    assert "metodd-backup.timer" in ROOM.out("systemctl list-timers --no-pager")


def serves_again():
    until(lambda: Visitor(8080).exchange("GET", "/readyz").status == 200, "not ready")
    assert "W-1" in ROOM.out("metodctl wave list")
    tap.equal(STATE["visitor"].get("/me").status, 200)


def test_guide_drill():
    """the drill of the guide, on a copy that the unit has made"""
    follow("Backup", 1, COPY=STATE["copy"])


def test_guide_restore():
    """the section "Restore" of the guide: afterwards the daemon runs as its own user on the store that
    root has restored, and the teacher's session still opens the result"""
    follow("Restore", 0, COPY=STATE["copy"])
    follow("Restore", 1, COPY=f"{STATE['copy']} --confirm {os.path.basename(STATE['copy'])}")
    serves_again()
    tap.equal(set(ROOM.out("stat -c %U /var/lib/metod/store/*").split()), {"metod"})


def test_guide_rebuild():
    """the section "Rebuild" of the guide"""
    follow("Rebuild")
    serves_again()
    tap.equal(set(ROOM.out("stat -c %U /var/lib/metod/store/*").split()), {"metod"})


def test_guide_audit():
    """the section "Audit" of the guide, with the head of a new copy and the one in the log"""
    ROOM.run("metodctl backup create after.mbk")  # heads from before a restore no longer match
    follow("Audit", COPY="/var/lib/metod/backup/after.mbk")


def test_log():
    """the journal has the lines of both processes with their priorities and the number of a page"""
    page = Visitor(8080).exchange("GET", "/i/2222-2222-2222-2")
    number = page.headers["x-request-id"]
    show = f"journalctl --no-pager -o cat -u metodd -u metodd-web -g request={number}"
    until(lambda: {"event=call", "event=request"} <= set(ROOM.out(show).split()), "lines are missing")
    assert not ROOM.out(show).startswith("<")
    assert "event=started" in ROOM.out("journalctl --no-pager -o cat -p notice -u metodd")
    assert "status=200" not in ROOM.out("journalctl --no-pager -o cat -p notice -u metodd-web")
    assert STATE["world"].codes["P-003"] not in ROOM.out("journalctl --no-pager -o cat")


def test_monitoring():
    """the section "Monitoring" of the guide: counters of both processes on their own socket"""
    assert ROOM.run(f"curl -sS {METRICS}", check=None).returncode != 0, "on by default"
    said = follow("Monitoring")
    until(lambda: "metod_web_store_up 1" in ROOM.out(f"curl -sS {METRICS}"), "no counters")
    families = parse(ROOM.run(f"curl -sS {METRICS}").stdout)
    assert {"metod_web_build_info", "metod_store_commits_total"} <= set(families), set(families)
    tap.equal(Visitor(8080).exchange("GET", "/metrics").status, 404)
    assert said


def test_restart_loses_no_connection():
    """while both services are restarted no connection is refused: every page is answered, every
    command is greeted, at worst at the second try when the daemon stopped between connect and hello"""
    stop, trouble, counts, again = threading.Event(), [], [0, 0], []

    def pages():
        while not stop.is_set():
            try:
                connection = http.client.HTTPConnection("127.0.0.1", 8080, timeout=30)
                connection.request("GET", "/healthz", headers={"Connection": "close"})
                assert connection.getresponse().status == 200
                connection.close()
                counts[0] += 1
            except Exception as error:
                trouble.append(f"page: {error!r}")
            time.sleep(0.01)

    def greet():
        try:
            Rpc(ROOM_DAEMON.socket).close()
        except (BrokenPipeError, ConnectionResetError, ConnectionError) as error:
            if isinstance(error, ConnectionRefusedError):
                raise
            again.append(error)
            Rpc(ROOM_DAEMON.socket).close()

    def commands():
        while not stop.is_set():
            try:
                greet()
                counts[1] += 1
            except Exception as error:
                trouble.append(f"command: {error!r}")
            time.sleep(0.01)
    threads = [threading.Thread(target=f) for f in (pages, commands)]
    for thread in threads:
        thread.start()
    before = [pid_of(unit) for unit in SERVICES]
    for _ in range(3):
        ROOM.run("systemctl restart metodd metodd-web")
        time.sleep(0.5)
    stop.set()
    for thread in threads:
        thread.join()
    assert not set(before) & {pid_of(unit) for unit in SERVICES}
    tap.equal(trouble, [], counts)
    assert min(counts) > 20, counts
    assert len(again) <= 3, again
    print(f"# {counts[0]} pages and {counts[1]} greetings during 3 restarts, {len(again)} at the "
          "second try", flush=True)


def test_watchdog():
    """a daemon that stands still is ended by the watchdog within its 20 s and started again"""
    for unit in SERVICES:
        ROOM.run(f"systemctl kill -s STOP --kill-who=main {unit}")
    begun = time.monotonic()
    for unit in SERVICES:
        until(lambda u=unit: ROOM.out(f"systemctl show -P NRestarts {u}") != "0", f"{unit} hangs", 90)
    print(f"# started again {time.monotonic() - begun:.0f} s after they were stopped", flush=True)
    assert "Watchdog timeout" in ROOM.out("journalctl --no-pager -u metodd")
    until(lambda: Visitor(8080).exchange("GET", "/readyz").status == 200, "not ready again")
    tap.equal(STATE["visitor"].get("/me").status, 200)


def test_reload():
    """systemctl reload checks and applies; a wrong file is refused and named, the service goes on"""
    ROOM.run("echo 'log_level = debug' >>/etc/metod/metodd.conf; systemctl reload metodd")
    until(lambda: "event=reloaded log_level=debug" in ROOM.out("journalctl -o cat --no-pager -u metodd"),
          "not reloaded")
    ROOM.run("echo 'log_levl = info' >>/etc/metod/metodd.conf; systemctl reload metodd")
    until(lambda: "event=reload_refused" in ROOM.out("journalctl -o cat --no-pager -u metodd"), "taken")
    done = ROOM.run("metodctl config check", check=None)
    assert done.returncode != 0 and "log_level" in done.stdout + done.stderr, done
    ROOM.run("sed -i /log_lev/d /etc/metod/metodd.conf; systemctl reload metodd; metodctl config check")
    tap.equal(ROOM.out("systemctl is-active metodd"), "active")


def https(path, port=443, method="GET", headers=(), body=None):
    """One request through nginx, certificate checked: (status, headers, text)."""
    trust = ssl.create_default_context(cafile=ROOM.path("/etc/ssl/metod/fullchain.pem"))
    with socket.create_connection(("127.0.0.1", port), 30) as plain:
        with trust.wrap_socket(plain, server_hostname=HOST) as secure:
            lines = [f"{method} {path} HTTP/1.1", f"Host: {HOST}", "Connection: close",
                     *[f"{k}: {v}" for k, v in headers]]
            if body is not None:
                lines += [f"Content-Length: {len(body)}",
                          "Content-Type: application/x-www-form-urlencoded"]
            secure.sendall(("\r\n".join(lines) + "\r\n\r\n" + (body or "")).encode())
            answer = http.client.HTTPResponse(secure, method=method)
            answer.begin()
            return answer.status, answer.headers, answer.read().decode()


def test_nginx():
    """the section about HTTPS of the guide: nginx takes the configuration as it stands there, a phone
    that trusts the certificate gets the pages, plain HTTP leads to HTTPS, cookies are for HTTPS only"""
    ROOM.run(f"mkdir -p /etc/ssl/metod; openssl req -x509 -newkey rsa:2048 -nodes -days 2 "
             f"-keyout /etc/ssl/private/metod.key -out /etc/ssl/metod/fullchain.pem "
             f"-subj /CN={HOST} -addext subjectAltName=DNS:{HOST} 2>&1; "
             f"echo '127.0.0.1 {HOST}' >>/etc/hosts; rm -f /etc/nginx/sites-enabled/default")
    section = "HTTPS in the local network"
    with open(ROOM.path("/etc/nginx/sites-enabled/metod"), "w", encoding="utf-8") as file:
        file.write(blocks(section, "nginx")[0])
    with open(ROOM.path("/etc/metod/metodd.conf"), "a", encoding="utf-8") as file:
        file.write(blocks(section, "ini")[0])
    follow(section, before="export CURL_CA_BUNDLE=/etc/ssl/metod/fullchain.pem\n")
    until(lambda: Visitor(8080).exchange("GET", "/readyz").status == 200, "not ready")
    code, headers, text = https("/")
    tap.equal(code, 200)
    assert "Вход по коду" in text
    cookies = headers.get_all("Set-Cookie")
    assert cookies and all(c.startswith("__Host-") and "; Secure" in c for c in cookies), cookies
    assert headers["Strict-Transport-Security"]
    plain = http.client.HTTPConnection("127.0.0.1", 80, timeout=20)
    plain.request("GET", "/help", headers={"Host": HOST})
    answer = plain.getresponse()
    tap.equal((answer.status, answer.headers["Location"]), (301, f"https://{HOST}/help"))


def test_nginx_code_is_not_logged():
    """a code in the address or a form reaches the pages and no log of nginx or of ours"""
    secret = STATE["world"].codes["P-009"]
    code, _, text = https(f"/i/{secret}")
    tap.equal(code, 200 if code == 200 else 303)
    for wrong in (f"/i/{secret}%0", f"/i/{secret}/x", f"/I/{secret}", f"/?code={secret}", f"/i//{secret}"):
        https(wrong)
    https("/", method="POST", body=f"code={secret}")
    ROOM.run("systemctl reload nginx")
    logs = ROOM.out("cat /var/log/nginx/*.log; journalctl --no-pager -o cat")
    bare = secret.replace("-", "")
    assert " /i/ " in logs, "the way of the code is not in the log at all"
    assert secret not in logs and bare not in logs, \
        [line for line in logs.splitlines() if secret in line or bare in line]
    assert re.search(r" GET /help 200 .* [0-9]{12}$", logs, re.M) or https("/help")[0] == 200


def test_nginx_source():
    """throttling counts the address that nginx saw, and no header of a client changes it"""
    for i in range(25):
        https("/", method="POST", headers=[("X-Forwarded-For", f"10.0.0.{i}"), ("Origin", f"https://{HOST}")],
              body="code=2222-2222-2222-2")
    sources = STATE["throttled"] = [https(f"/i/3333-3333-3333-{i}", headers=[("X-Forwarded-For", f"10.9.0.{i}")])
                                    for i in range(2, 9)]
    for i in range(25):
        https("/i/2222-2222-2222-2", headers=[("X-Forwarded-For", f"10.1.0.{i}")])
    tap.equal(https("/i/2222-2222-2222-2", headers=[("X-Forwarded-For", "10.2.0.1")])[0], 429)
    assert sources


def test_nginx_shares_no_connection():
    """nginx opens a connection of its own for every request, so that a request hidden in another one
    cannot answer somebody else; heads that two parsers could read differently are refused"""
    before = ROOM.out("cat /proc/net/tcp").count(":1F90 ")
    for _ in range(20):
        https("/help")
    assert ROOM.out("awk '$3 ~ /:1F90$/ && $4 == \"01\"' /proc/net/tcp") == "", before
    trust = ssl.create_default_context(cafile=ROOM.path("/etc/ssl/metod/fullchain.pem"))
    hidden = "GET /nowhere-hidden HTTP/1.1\r\nHost: x\r\n\r\n"
    heads = [f"POST / HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: 4\r\nContent-Length: {4 + len(hidden)}\r\n\r\nabcd{hidden}",
             f"POST / HTTP/1.1\r\nHost: {HOST}\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n{hidden}",
             f"POST / HTTP/1.1\r\nHost: {HOST}\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n{hidden}",
             f"POST / HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: +4\r\n\r\nabcd{hidden}",
             f"POST / HTTP/1.1\r\nHost: {HOST}\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n{hidden}",
             f"POST / HTTP/1.1\r\nHost: {HOST}\r\nTransfer-Encoding: chunked\r\n\r\n0x4\r\nabcd\r\n0\r\n\r\n{hidden}"]
    for head in heads:
        with socket.create_connection(("127.0.0.1", 443), 30) as plain:
            with trust.wrap_socket(plain, server_hostname=HOST) as secure:
                secure.sendall(head.encode())
                secure.settimeout(20)
                answer = b""
                try:
                    while part := secure.recv(65536):
                        answer += part
                except (TimeoutError, ssl.SSLError):
                    pass
        first = answer.split(b"\r\n")[0]
        assert first.split(b" ")[1] in (b"400", b"403", b"501", b"415"), (head, first)
        tap.equal(answer.count(b"HTTP/1.1 "), 1, head)
    logs = ROOM.out("journalctl --no-pager -o cat -u metodd-web")
    assert "route=- status=404" not in "".join(logs.splitlines()[-12:]), "a hidden request was run"


def test_upgrade():
    """installing the package again restarts the services, not the sockets, and keeps settings and
    data; the session of a browser goes on"""
    before = [pid_of(u) for u in SERVICES]
    since = ROOM.out(f"systemctl show -P ActiveEnterTimestampMonotonic {' '.join(SOCKETS)}")
    settings = ROOM.out("cat /etc/metod/metodd.conf")
    ROOM.run("dpkg -i build/deb/*.deb")
    for unit, old in zip(SERVICES, before):
        until(lambda u=unit, o=old: pid_of(u) not in (0, o), f"{unit} was not restarted")
    tap.equal(ROOM.out(f"systemctl show -P ActiveEnterTimestampMonotonic {' '.join(SOCKETS)}"), since)
    tap.equal(ROOM.out("cat /etc/metod/metodd.conf"), settings)
    until(lambda: Visitor(8080).exchange("GET", "/readyz").status == 200, "not ready")
    assert "W-1" in ROOM.out("metodctl wave list")


def test_remove_and_purge():
    """removing stops everything and keeps the data; purging keeps them too and says where they are;
    installed again, the daemon serves them"""
    ROOM.run("dpkg -r metodd metodctl metod-doc")
    for unit in SERVICES + SOCKETS:
        assert ROOM.run(f"systemctl is-active {unit}", check=None).stdout.strip() != "active", unit
    assert not os.path.exists(ROOM.path("/usr/sbin/metodd"))
    tap.equal(ROOM.out("cat /proc/[0-9]*/comm 2>/dev/null | grep -c metodd || true"), "0")
    said = ROOM.run("dpkg -P metodd metodctl metod-doc")
    assert "/var/lib/metod stays" in said.stdout + said.stderr, said
    assert not os.path.exists(ROOM.path("/etc/metod/metodd.conf"))
    assert os.path.exists(ROOM.path("/var/lib/metod/store/store.mdb"))
    tap.equal(ROOM.out("stat -c %U /var/lib/metod/store/store.mdb"), "metod")
    ROOM.run("dpkg -i build/deb/*.deb")
    ROOM.run(f"systemctl enable --now {' '.join(SOCKETS + SERVICES)}; metodctl status")
    assert "W-1" in ROOM.out("metodctl wave list")


def main():
    passed = failed = 0
    try:
        for name, test in list(globals().items()):
            if not name.startswith("test_") or (sys.argv[1:] and name not in sys.argv[1:]):
                continue
            begun, said = time.monotonic(), " ".join(test.__doc__.split())
            try:
                test()
                passed += 1
                print(f"ok {said} ({time.monotonic() - begun:.1f} s)", flush=True)
            except Exception as error:
                failed += 1
                print(f"not ok {said}\n# {type(error).__name__}: {str(error)[-3000:]}", flush=True)
                if "boot" in name or name == "test_install":
                    break  # the others need it
    finally:
        ROOM.end()
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


main()
