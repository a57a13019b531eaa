# SPDX-License-Identifier: Apache-2.0
"""A clean Debian in a folder, booted with systemd as its first process and a network of its own (lo
only). The base is made once by mmdebstrap from the sources that this machine's apt uses."""
import ctypes
import os
import shutil
import signal
import subprocess
import tempfile
import time

from harness import BUILD, ROOT, Rpc

CACHE = f"{ROOT}/build/package"
BASE = f"{CACHE}/base.tar"
WEEK_S = 7 * 86400
# What a small server has beside the base: systemd as PID 1, a front, and tools that the guide uses.
BASE_PACKAGES = "systemd,systemd-sysv,dbus,nginx-light,openssl,curl"
ENV = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8",
       "DEBIAN_FRONTEND": "noninteractive", "SYSTEMD_PAGER": "", "HOME": "/root"}


def run(*command, check=0, **kw):
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, **kw)
    if check is not None and done.returncode != check:
        raise AssertionError(f"{' '.join(command)} → {done.returncode}, not {check}\n{done.stdout}\n"
                             f"{done.stderr}")
    return done


def sources():
    """The lines of this machine's own Debian mirror."""
    rows = run("apt-get", "indextargets", "--format", "deb $(REPO_URI) $(RELEASE) $(COMPONENT)",
               "Created-By: Packages", "Origin: Debian").stdout.split("\n")
    return "\n".join(sorted({row for row in rows if row})) + "\n"


def make_base():
    if os.path.exists(BASE) and time.time() - os.path.getmtime(BASE) < WEEK_S:
        return
    os.makedirs(CACHE, exist_ok=True)
    with open(f"{CACHE}/sources.list", "w", encoding="ascii") as file:
        file.write(sources())
    suite = next(line.split("=")[1].strip().strip('"') for line in open("/etc/os-release")
                 if line.startswith("VERSION_CODENAME="))
    run("mmdebstrap", "--quiet", "--variant=minbase", f"--include={BASE_PACKAGES}", suite,
        f"{CACHE}/new.tar", f"{CACHE}/sources.list")
    os.rename(f"{CACHE}/new.tar", BASE)


class Root:
    """Not booted until boot(); then `run` goes into it with nsenter."""

    def __init__(self):
        make_base()
        self.dir = tempfile.mkdtemp(prefix="root-", dir=CACHE)
        self.nspawn = self.leader = None
        run("tar", "-C", self.dir, "-xf", BASE)

    def run(self, command, check=0, **kw):
        """A line of sh, as root."""
        where = ["nsenter", "-t", str(self.leader), "-m", "-u", "-i", "-n", "-p", "-C", "--"] \
            if self.leader else ["systemd-nspawn", "-q", "-D", self.dir, "--register=no",
                                 "--keep-unit", "--pipe"]
        return run(*where, "/usr/bin/env", "-i", *[f"{k}={v}" for k, v in ENV.items()],
                   "sh", "-euc", f"cd /root; {command}", check=check, **kw)

    def out(self, command):
        return self.run(command).stdout.strip()

    def path(self, inside):
        """A path of the root as this process sees it."""
        return (f"/proc/{self.leader}/root" if self.leader else self.dir) + inside

    def boot(self):
        log = open(f"{CACHE}/boot.log", "wb")
        self.nspawn = subprocess.Popen(
            ["systemd-nspawn", "-q", "-D", self.dir, "--register=no", "--keep-unit",
             "--private-network", f"--machine=metod-{os.getpid()}", "--console=pipe", "--boot"],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        end = time.monotonic() + 90
        while time.monotonic() < end and self.nspawn.poll() is None:
            pid = self.nspawn.pid
            with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
                children = file.read().split()
            if children:
                self.leader = int(children[0])
                state = self.run("systemctl is-system-running", check=None).stdout.strip()
                if state in ("running", "degraded"):
                    return state
                self.leader = None
            time.sleep(0.2)
        raise AssertionError("systemd does not boot here:\n" +
                             open(f"{CACHE}/boot.log", errors="replace").read()[-3000:])

    def join_network(self):
        """This process, and what it starts, has the network of the root from now on."""
        with open(f"/proc/{self.leader}/ns/net", encoding="ascii") as net:
            if ctypes.CDLL(None, use_errno=True).setns(net.fileno(), 0x40000000):
                raise OSError(ctypes.get_errno(), "setns")

    def end(self):
        if self.nspawn and self.nspawn.poll() is None:
            os.kill(self.leader or self.nspawn.pid, signal.SIGRTMIN + 4)  # power off
            try:
                self.nspawn.wait(30)
            except subprocess.TimeoutExpired:
                self.nspawn.kill()
                self.nspawn.wait()
        if not os.environ.get("METOD_KEEP"):
            shutil.rmtree(self.dir, ignore_errors=True)


class Installed:
    """The packages in a booted root, with the face of harness.Daemon that World and Way need."""

    def __init__(self, root, port=8080):
        self.root, self.port, self.dir = root, port, tempfile.mkdtemp(dir=root.dir)

    @property
    def socket(self):
        return self.root.path("/run/metod/ctl.sock")

    def rpc(self, **kw):
        return Rpc(self.socket, **kw)

    def cli(self, *args, check=None, **_):
        """The program of this build: files of this machine are given to it."""
        done = subprocess.run([f"{BUILD}/metodctl", "--socket", self.socket, *args],
                              capture_output=True, text=True, timeout=300)
        if check is not None and done.returncode != check:
            raise AssertionError(f"{args} → {done.returncode}\n{done.stdout}\n{done.stderr}")
        return done.returncode, done.stdout, done.stderr

    def tail(self):
        return self.root.run("journalctl -n 40 --no-pager", check=None).stdout
