# SPDX-License-Identifier: Apache-2.0
"""Faults of a real metodd: a store that is copied for every run, system calls that fail or kill
through strace, a fixed script of keyed submissions, and the ledger outside of the daemon that says
afterwards what was lost, invented or doubled. Knows nothing of single faults."""
import atexit
import concurrent.futures
import glob
import hashlib
import json
import os
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "lib"))

import harness
import tap
from harness import BUILD, ENV, ROOT, Daemon, Rpc, RpcError
from world import World

RELEASE = os.environ.get("METOD_FAULT") == "release"
AT_ONCE = max(2, os.cpu_count() or 2)
ANSWER_S = 10  # no answer and no end within this time is a hang
EXIT_DISK = 74


def scale(commit, release):
    return release if RELEASE else commit


def report(name, **counts):
    """One line of the table in docs/reliability.md."""
    print("# counts", name, json.dumps(counts, ensure_ascii=False), flush=True)


class Server(Daemon):
    """A daemon whose program, wrapper and limits can be chosen; ends without trace."""

    def __init__(self, folder, program=None, web=False):
        super().__init__(folder, init=False, web=web)
        self.program = program or f"{BUILD}/metodd"

    def start(self, env=None, prefix=(), wait=ANSWER_S, limit=None):
        def limits():
            if limit:
                limit()
        command = [*prefix, self.program, *([] if self.web else ["--no-web"]), *self.settings]
        self.process = subprocess.Popen(command, env={**ENV, **(env or {})}, stdout=self.log,
                                        stderr=self.log, preexec_fn=limits)
        self.wait_ready(wait)
        return self

    def wait_ready(self, wait):
        end = harness.time.monotonic() + wait
        while harness.time.monotonic() < end:
            if self.process.poll() is not None:
                raise Ended(self.process.returncode)
            try:
                self.rpc().close()
                return
            except OSError:
                harness.time.sleep(0.005)
        raise AssertionError("hang: metodd does not answer:\n" + self.tail())

    def rpc(self, **kw):
        rpc = Rpc(self.socket, hello=False, **kw)
        rpc.sock.settimeout(ANSWER_S)
        rpc.greeting = rpc.call("hello", proto=1, client="fault")
        return rpc

    def verify(self):
        """(exit status, output) of the whole check of the store on disk."""
        done = subprocess.run([f"{BUILD}/metodd", "verify", f"{self.dir}/store"], env=ENV,
                              capture_output=True, text=True, timeout=60, check=False)
        return done.returncode, done.stdout + done.stderr

    def close(self):
        atexit.unregister(self.remove)
        self.remove()
        shutil.rmtree(self.dir, ignore_errors=True)


class Web:
    """A web process of its own beside a daemon that serves."""

    def __init__(self, server, env=None, limit=None):
        self.port = harness.free_port()
        self.process = subprocess.Popen(
            [f"{BUILD}/metodd", "web", *[s for s in server.settings if "http_listen" not in s],
             f"http_listen=127.0.0.1:{self.port}"],
            env={**ENV, **(env or {})}, stdout=server.log, stderr=server.log, preexec_fn=limit)

    def ready(self):
        """False: it ended."""
        end = harness.time.monotonic() + ANSWER_S
        while self.process.poll() is None:
            assert harness.time.monotonic() < end, "hang: the web process does not listen"
            try:
                socket.create_connection(("127.0.0.1", self.port), ANSWER_S).close()
                return True
            except OSError:
                harness.time.sleep(0.002)
        return False

    def end(self):
        if self.process.poll() is None:
            self.process.kill()
        return self.process.wait()


class MemoryGroup:
    """A limit of memory for one process: a control group where one may be made, else a limit on its
    data. `kind` says which."""

    def __init__(self, bytes_):
        self.bytes, self.kind, self.path = bytes_, "limit of data (RLIMIT_DATA)", None
        for root, name, kind in (("/sys/fs/cgroup/memory", "memory.limit_in_bytes", "cgroup v1"),
                                 ("/sys/fs/cgroup", "memory.max", "cgroup v2")):
            path = f"{root}/metod-{os.getpid()}-{id(self)}"
            try:
                os.mkdir(path)
            except OSError:
                continue
            try:
                with open(f"{path}/{name}", "w", encoding="ascii") as file:
                    file.write(str(bytes_))
            except OSError:
                os.rmdir(path)
                continue
            self.path, self.kind = path, kind
            break

    def enter(self):
        """In the child, before its program."""
        if self.path:
            with open(f"{self.path}/cgroup.procs", "w", encoding="ascii") as file:
                file.write("0")
        else:
            resource.setrlimit(resource.RLIMIT_DATA, (self.bytes, self.bytes))

    def most(self, pid):
        """Bytes of the group at its height; of a process that has none, now."""
        for name in ("memory.max_usage_in_bytes", "memory.peak"):
            if self.path and os.path.exists(f"{self.path}/{name}"):
                with open(f"{self.path}/{name}", encoding="ascii") as file:
                    return int(file.read())
        with open(f"/proc/{pid}/status", encoding="ascii") as file:
            return next(int(line.split()[1]) * 1024 for line in file if line.startswith("VmRSS"))

    def close(self):
        for _ in range(100):
            try:
                if self.path:
                    os.rmdir(self.path)
                return
            except OSError:  # the last process is still leaving
                harness.time.sleep(0.02)


class Ended(Exception):
    """The daemon ended before it served."""

    def __init__(self, status):
        super().__init__(f"exit status {status}")
        self.status = status


class Sheet:
    def __init__(self, rpc, teacher, code):
        self.teacher = teacher
        self.session = rpc.call("session.enter", code=code)["session"]
        pages = rpc.call("attempt.show", _session=self.session)["pages"]
        rpc.call("attempt.start", _session=self.session, consent_process=True)
        self.sizes = [len(rpc.call("page.show", _session=self.session, page=n + 1)["rows"])
                      for n in range(pages)]


class Base:
    """A territory with opened sheets, at rest; copy() gives a daemon of its own."""

    def __init__(self, sheets=30):
        self.daemon = Daemon(web=False).start()
        self.world = World(self.daemon)
        rpc = self.daemon.rpc()
        self.sheets = [Sheet(rpc, teacher, code)
                       for teacher, code in sorted(self.world.codes.items())[:sheets]]
        self.last = rpc.call("store.stat")["journal"]
        assert self.daemon.stop() == 0, self.daemon.tail()

    def copy(self, program=None, web=False, folder=None):
        folder = folder or tempfile.mkdtemp(prefix="metod-fault-")
        for name in ("store", "keys"):
            shutil.copytree(f"{self.daemon.dir}/{name}", f"{folder}/{name}", dirs_exist_ok=True)
        os.makedirs(f"{folder}/backup", mode=0o700, exist_ok=True)
        return Server(folder, program, web)


class Op:
    """A keyed submission. Its answers are derived from its key, so that any change shows."""

    def __init__(self, name, sheet, page=None):
        self.key = hashlib.sha256(name.encode()).hexdigest()[:32]
        self.sheet, self.page = sheet, page
        self.answers = self.content() if page else None
        self.sent, self.receipt, self.refusal = False, None, None

    def content(self):
        size = self.sheet.sizes[self.page - 1]
        return [byte % 4 for byte in hashlib.sha256(self.key.encode()).digest()[:size]]

    def send(self, rpc):
        self.sent = True
        if self.page:
            return rpc.send("page.save", _session=self.sheet.session, _key=self.key,
                            page=self.page, answers=self.answers)
        return rpc.send("attempt.submit", _session=self.sheet.session, _key=self.key)

    def take(self, error, result):
        """The answer goes into the ledger; another receipt than before is a duplicate."""
        if error is not None:
            self.refusal = error
            return False
        twice = self.receipt is not None and self.receipt != result["receipt"]
        self.receipt = self.receipt or result["receipt"]
        return twice


def script(base, count=20):
    """The fixed submissions: every page of a sheet, then the sheet; then the next one."""
    ops = []
    for sheet in base.sheets:
        for page in range(1, len(sheet.sizes) + 1):
            ops.append(Op(f"{sheet.teacher} {page}", sheet, page))
        ops.append(Op(f"{sheet.teacher} submit", sheet))
        if len(ops) >= count:
            break
    return ops[:count]


class Ledger:
    """What was sent and what was answered in one run, and the comparison with the store."""

    def __init__(self, base, ops):
        self.base, self.ops = base, ops
        self.lost = self.phantom = self.duplicate = self.altered = self.kept = 0
        self.notes = []

    def note(self, counter, what):
        setattr(self, counter, getattr(self, counter) + 1)
        self.notes.append(f"{counter}: {what}")

    def play(self, server):
        """Sends one after another until the end, or until the daemon is gone (False)."""
        try:
            rpc = server.rpc()
            for op in self.ops:
                op.send(rpc)
                _, error, result = rpc.recv()
                if op.take(error, result):
                    self.note("duplicate", op.key)
            rpc.close()
        except TimeoutError as late:
            raise AssertionError("hang: no answer to a submission\n" + server.tail()) from late
        except OSError:
            return False
        return True

    def receipts(self):
        return sum(op.receipt is not None for op in self.ops)

    def check(self, server):
        """server runs again after the fault. First what is there, then every key once more."""
        rpc = server.rpc()
        last = rpc.call("store.stat")["journal"]
        acknowledged = [op.receipt["seq"] for op in self.ops if op.receipt]
        if acknowledged != sorted(set(acknowledged)):
            self.note("altered", f"receipts do not rise: {acknowledged}")
        for op in self.ops:
            self.look(rpc, op, last)
        stored = self.events(rpc)
        open_before = {op.key for op in self.ops if not op.receipt}
        refusals = []
        for op in self.ops:
            op.send(rpc)
            _, error, result = rpc.recv()
            if op.take(error, result):
                self.note("duplicate", f"{op.key}: another receipt")
            if error is not None:
                refusals.append((op.sheet.teacher, op.page, error))
            elif op.key in open_before and op.receipt["seq"] <= last:
                self.kept += 1
        if refusals:
            self.note("lost", f"re-sent and refused: {refusals[0]}")
        saves = [op for op in self.ops if op.page and op.receipt]
        expected = sorted(op.receipt["seq"] for op in saves)
        if len(set(expected)) != len(expected):
            self.note("duplicate", f"one number twice: {expected}")
        now = self.events(rpc)
        for seq in set(now) - set(expected):
            self.note("duplicate" if len(now) > len(saves) else "phantom", f"event {seq}")
        for seq in set(stored) - set(expected):
            self.note("phantom", f"event {seq} before anything was sent again")
        rpc.close()

    def look(self, rpc, op, last):
        """What the daemon shows of one submission before anything is sent again."""
        if not op.page:
            state = rpc.call("attempt.show", _session=op.sheet.session)["state"]
            if op.receipt and state != "submitted":
                self.note("lost", f"{op.sheet.teacher}: {state}")
            if state == "submitted" and not op.sent:
                self.note("phantom", f"{op.sheet.teacher}: submitted")
            return
        if op.receipt and op.receipt["seq"] > last:
            self.note("lost", f"{op.receipt['seq']} after the end at {last}")
            return
        try:
            page = rpc.call("page.show", _session=op.sheet.session, page=op.page)
        except RpcError:  # a sheet that was sent shows no pages; its event is counted
            return
        if page.get("version", 0) == 0:
            if op.receipt:
                self.note("lost", f"{op.sheet.teacher} page {op.page}")
        elif not op.sent:
            self.note("phantom", f"{op.sheet.teacher} page {op.page}")
        elif page["version"] != 1:
            self.note("duplicate", f"{op.sheet.teacher} page {op.page}: {page['version']}")
        elif [row["answer"] for row in page["rows"]] != op.answers:
            self.note("altered", f"{op.sheet.teacher} page {op.page}")

    def events(self, rpc):
        found, last = [], self.base.last
        while True:
            rows = rpc.call("audit.log", **{"from": last + 1, "limit": 10000})["rows"]
            if not rows:
                return found
            found += [row["seq"] for row in rows if row["event"] == "page_saved"]
            last = rows[-1]["seq"]

    def bad(self):
        return self.lost + self.phantom + self.duplicate + self.altered


class Totals:
    """Sums of many runs."""

    def __init__(self):
        self.mutex = threading.Lock()
        self.runs = self.injected = self.unharmed = self.receipts = self.kept = 0
        self.refused = self.ended = self.no_start = 0
        self.lost = self.phantom = self.duplicate = self.altered = 0
        self.notes = []

    def add(self, what, ledger, injected, ended=False, no_start=False):
        with self.mutex:
            self.runs += 1
            self.injected += injected
            self.unharmed += not injected
            self.ended += ended
            self.no_start += no_start
            self.refused += sum(op.refusal is not None for op in ledger.ops)
            for name in ("kept", "lost", "phantom", "duplicate", "altered"):
                setattr(self, name, getattr(self, name) + getattr(ledger, name))
            self.notes += [f"{what}: {note}" for note in ledger.notes]

    def counts(self):
        return {name: value for name, value in vars(self).items() if isinstance(value, int)}

    def good(self):
        bad = self.lost + self.phantom + self.duplicate + self.altered
        assert bad == 0, f"{self.counts()}\n" + "\n".join(self.notes[:20])


def faketime():
    found = sorted(glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1"))
    assert found, "libfaketime is not installed (package faketime)"
    return found[0]


def strace(call, what, path=None):
    """The prefix that does `what` to the calls (on this file only); the daemon stays our child."""
    return ("strace", "-D", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={call}",
            "-e", f"inject={call}:{what}", *(["-P", path] if path else []))


def run_fault(base, totals, what, fault, program=None, exits=(EXIT_DISK,), count=20):
    """One run of the script under a fault: (call, what strace does to it, on the store's file
    only). True: nobody noticed anything."""
    server, ledger = base.copy(program), Ledger(base, script(base, count))
    ended = no_start = False
    try:
        try:
            call, action, on_file = fault
            server.start(prefix=strace(
                call, action, f"{server.dir}/store/store.mdb" if on_file else None))
            ended = not ledger.play(server)
        except (Ended, ConnectionError):
            ended = no_start = True
        status = settle(server, ended)
        if ended and status not in exits and not (no_start and 0 < status < 80):
            raise AssertionError(f"{what}: ended with {status}\n{server.tail()}")
        first = ledger.receipts()
        server.process.kill()  # what is not flushed to the kernel must not matter either
        server.process.wait()
        code, text = server.verify()
        if code != 0:
            ledger.note("altered", text)
        else:
            server.start()
            ledger.check(server)
        noticed = ended or any(op.refusal for op in ledger.ops)
        with totals.mutex:
            totals.receipts += first
        totals.add(what, ledger, noticed, ended, no_start)
        return not noticed
    finally:
        server.close()


def settle(server, ended):
    """Exit status of a daemon that has closed its connections."""
    if not ended:
        return None
    try:
        return server.process.wait(ANSWER_S)
    except subprocess.TimeoutExpired as late:
        raise AssertionError("hang: neither an answer nor an end\n" + server.tail()) from late


def in_parallel(jobs, at_once=AT_ONCE):
    """Results in order; the first failure is raised when all have ended. More at once than there
    are processors where runs mostly wait."""
    with concurrent.futures.ThreadPoolExecutor(at_once) as pool:
        return [future.result() for future in [pool.submit(job) for job in jobs]]


KILLED = -signal.SIGKILL


def kill_at_every(base, call, totals, step=1, count=20, most=10000):
    """SIGKILL at the 1st, (1 + step)th … such call until the script ends unharmed."""
    n = 1
    while n < most:
        numbers = [n + i * step for i in range(2 * AT_ONCE)]
        unharmed = in_parallel([
            lambda i=i: run_fault(base, totals, f"{call} {i}",
                                  (call, f"signal=SIGKILL:when={i}", False), None, (KILLED,), count)
            for i in numbers])
        if all(unharmed):
            return n
        n = numbers[-1] + step
    raise AssertionError(f"the script never ends unharmed: {call} {n}")
