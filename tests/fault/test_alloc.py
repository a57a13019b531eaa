# SPDX-License-Identifier: Apache-2.0
"""The n-th allocation fails, once or from then on, in the store process and in the web process. Each
run ends in the right answer, a refusal that says so, or an orderly end and a restart; never in
another signal than abort's, a false answer, a false receipt or a hang."""
import http.client
import itertools
import mmap
import os
import re
import signal
import struct
import subprocess
import tempfile

import lab
import tap
from harness import BUILD, ENV, RpcError

STEP = lab.scale(7, 1)
ABORTED = -signal.SIGABRT
REFUSED = ("busy", "full")
PASSWORD = "очень длинный пароль"


class Plan:
    """The file that the preloaded library and we share: at, onward, count, failed."""

    def __init__(self, folder, process):
        self.file = open(f"{folder}/plan.{process}", "w+b")
        self.file.write(bytes(32))
        self.file.flush()
        self.map = mmap.mmap(self.file.fileno(), 32)
        self.env = {"LD_PRELOAD": f"{BUILD}/tests/alloc.so", "METOD_ALLOC_PLAN": f"{folder}/plan"}

    def arm(self, at, onward=False):
        self.map[:] = struct.pack("4q", at, onward, 0, 0)

    def disarm(self):
        """(allocations, failed ones) since arm()"""
        _, _, count, failed = struct.unpack("4q", self.map[:])
        self.arm(0)
        return count, failed


def prepare():
    """A territory with some results, published, and an account with a password."""
    base = lab.Base(sheets=4)
    base.daemon.start()
    world = base.world
    world.fill([code for code in sorted(world.codes)
                if code not in {sheet.teacher for sheet in base.sheets}][:14])
    world.as_("methodist-t").call("wave.publish", code="W-1")
    world.admin = base.daemon.rpc()
    world.admin.call("user.add", login="brief", role="methodist", password=PASSWORD, **{"in": "TERR"})
    base.last = world.admin.call("store.stat")["journal"]
    base.result = world.sheets[sorted(world.sheets)[0]][1]
    assert base.daemon.stop() == 0
    return base


BASE = prepare()


def call(method, session="", **params):
    """A script of one call, on a connection of its own."""
    def act(server):
        rpc = server.rpc()
        try:
            return rpc.call(method, _session=session, **params)
        finally:
            rpc.close()
    return act


def without(value, names):
    if isinstance(value, dict):
        return {k: without(v, names) for k, v in value.items() if k not in names}
    if isinstance(value, list):
        return [without(v, names) for v in value]
    return value


VOLATILE = ("session", "expires", "until", "uptime_s", "receipt", "note", "count", "shown_at", "seen", "views",
            "exported_at", "at")
BACKUPS = iter(range(10 ** 6))


def backup(server):
    """A backup that is said to be there is whole; one that is refused is not there."""
    name = f"b{next(BACKUPS)}.mbk"
    path = f"{server.dir}/backup/{name}"
    try:
        result = call("backup.create", file=name)(server)
    except RpcError:
        assert not os.path.exists(path), f"{name}: refused, but it is there"
        raise
    done = subprocess.run([f"{BUILD}/metodd", "verify", path], env=ENV, capture_output=True,
                          check=False)
    assert done.returncode == 0, f"{name}: {done.stdout}{done.stderr}"
    return result


SCRIPTS = {
    "RPC call": call("status"),
    "login": call("login", login="brief", password=PASSWORD),
    "profile": call("me.profile", BASE.result),
    "aggregate": call("deficit.top", BASE.world.tokens["methodist-t"], wave="W-1", **{"in": "TERR"}),
    "export": call("answers.export", BASE.world.tokens["analyst"], wave="W-1"),
    "backup": backup,
}


class Counts(dict):
    def __init__(self):
        super().__init__(runs=0, failed=0, right=0, refused=0, aborted=0, exited=0)

    def ended(self, status, server):
        assert status in (ABORTED, lab.EXIT_DISK), f"it ended with {status}\n{server.tail()}"
        self["aborted" if status == ABORTED else "exited"] += 1


def once(server, plan, act, wanted, at, onward, counts):
    """One run against a daemon that serves; (allocations, whether one failed)."""
    plan.arm(at, onward)
    try:
        got = without(act(server), VOLATILE)
        assert got == wanted, f"a false answer\n  got    {got}\n  wanted {wanted}"
        counts["right"] += 1
    except RpcError as error:
        assert error.code in REFUSED, f"allocation {at}: {error.body}"
        counts["refused"] += 1
    except TimeoutError as late:
        raise AssertionError(f"hang: allocation {at}\n{server.tail()}") from late
    except OSError:
        counts.ended(server.process.wait(lab.ANSWER_S), server)
    return plan.disarm()


def sweep(name, act, onward):
    """Every STEP-th allocation of this script, until a run passes with nothing injected."""
    server, counts = BASE.copy(), Counts()
    try:
        plan = Plan(server.dir, "store")
        server.start(env=plan.env)
        wanted, at, failed = without(act(server), VOLATILE), 1, 1
        while failed:
            _, failed = once(server, plan, act, wanted, at, onward, counts)
            counts["runs"] += 1
            counts["failed"] += failed > 0
            at += STEP
            if server.process.poll() is not None:
                server.start(env=plan.env)
        counts["last"] = at - STEP
        # Nobody may have broken what is kept in memory either.
        assert without(act(server), VOLATILE) == wanted, "another answer after all that"
        tap.equal(server.stop(), 0, server.tail())
        code, text = server.verify()
        tap.equal(code, 0, text)
    except AssertionError as wrong:
        raise AssertionError(f"{name}, onward {onward}, {counts}: {wrong}") from wrong
    finally:
        server.close()
    return counts


def add(totals, counts):
    for key, value in counts.items():
        totals[key] = max(totals.get(key, 0), value) if key == "last" else totals.get(key, 0) + value


def test_calls():
    """a call, login, profile, aggregate, export, backup: right, refused, or ended and started again"""
    jobs = [(name, onward) for name in SCRIPTS for onward in (False, True)]
    done = lab.in_parallel([lambda n=n, o=o: sweep(n, SCRIPTS[n], o) for n, o in jobs])
    for name in SCRIPTS:
        totals = {"step": STEP}
        for (of, _), counts in zip(jobs, done):
            if of == name:
                add(totals, counts)
        lab.report(f"n-th allocation fails: {name}", **totals)
        assert totals["failed"] > 0, f"{name}: nothing failed"


def one_start(at, onward, counts):
    """Whether an allocation failed."""
    server = BASE.copy()
    try:
        plan = Plan(server.dir, "store")
        plan.arm(at, onward)
        counts["runs"] += 1
        try:
            server.start(env=plan.env)
            counts["right"] += 1
        except lab.Ended as ended:
            # Before it serves it may also say what is missing and leave.
            assert ended.status == ABORTED or 0 < ended.status < 80, \
                f"allocation {at}: {ended}\n{server.tail()}"
            counts["aborted" if ended.status == ABORTED else "exited"] += 1
        except OSError:  # it ended when it was asked
            counts.ended(server.process.wait(lab.ANSWER_S), server)
        _, failed = plan.disarm()
        counts["failed"] += failed > 0
        server.kill()
        server.start()
        server.rpc().close()
        return failed > 0
    finally:
        server.close()


def every(one, totals):
    """one(at, onward) in parallel for every STEP-th number until nothing fails."""
    for onward in (False, True):
        at, failed = 1, [True]
        while any(failed):
            numbers = [at + n * STEP for n in range(2 * lab.AT_ONCE)]
            failed = lab.in_parallel([lambda n=n: one(n, onward, totals) for n in numbers])
            at = numbers[-1] + STEP
        totals["last"] = max(totals.get("last", 0), at - STEP)


def test_start():
    """starting: it serves, or ends and says so, and starts again when there is memory"""
    counts = Counts()
    every(one_start, counts)
    lab.report("n-th allocation fails: start", step=STEP, **counts)
    assert counts["aborted"] > 0, counts


def one_submission(at, onward, counts):
    server, ledger = BASE.copy(), lab.Ledger(BASE, lab.script(BASE, 5))
    # The last page and the sheet itself: what decides, computes and stores a profile.
    size = len(BASE.sheets[0].sizes)
    ledger.ops = lab.script(BASE, size + 1)
    try:
        plan = Plan(server.dir, "store")
        server.start(env=plan.env)
        first, ledger.ops = ledger.ops[:size - 1], ledger.ops[size - 1:]
        before = lab.Ledger(BASE, first)
        assert before.play(server) and before.receipts() == len(first)
        plan.arm(at, onward)
        counts["runs"] += 1
        if not ledger.play(server):
            counts.ended(server.process.wait(lab.ANSWER_S), server)
        _, failed = plan.disarm()
        counts["failed"] += failed > 0
        for op in ledger.ops:
            counts["right"] += op.receipt is not None
            counts["refused"] += op.refusal is not None
            # A sheet whose last page was refused is not complete: also a right answer.
            assert not op.refusal or op.refusal["code"] in REFUSED + ("missing", "conflict"), op.refusal
        server.process.kill()
        server.process.wait()
        code, text = server.verify()
        tap.equal(code, 0, text)
        server.start()
        ledger.ops = first + ledger.ops
        ledger.check(server)
        tap.equal(ledger.bad(), 0, f"allocation {at}, onward {onward}: {ledger.notes[:5]}")
        return failed > 0
    finally:
        server.close()


def test_submit():
    """a page and a submission: no false receipt, nothing lost, phantom, duplicate or altered"""
    counts = Counts()
    every(one_submission, counts)
    lab.report("n-th allocation fails: submit", step=STEP, **counts)
    assert counts["aborted"] > 0 and counts["right"] > 0, counts


# ---- the web process ----

TOKEN = re.compile(rb'name="[tk]" value="[^"]*"')


def page(port, path):
    """(status, body without its token)"""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=lab.ANSWER_S)
    try:
        connection.request("GET", path, headers={"Cookie": f"m={BASE.result}; l=ru"})
        answer = connection.getresponse()
        return answer.status, TOKEN.sub(b"", answer.read())
    finally:
        connection.close()


PATHS = ("/me", "/")  # the first one waits until the store has said whose pages these are


def looked(web, wanted, counts):
    """The pages one after another until the web process is gone."""
    for path in PATHS:
        end = lab.harness.time.monotonic() + lab.ANSWER_S
        while True:
            status, body = page(web.port, path)
            assert lab.harness.time.monotonic() < end, "hang: the store is never reached"
            if status != 503:
                break
            counts["refused"] += 1
            if web.process.poll() is not None:
                raise ConnectionError
            lab.harness.time.sleep(0.05)
        assert status == wanted[path][0], f"{path}: {status}"
        for line, right in itertools.zip_longest(body.split(b"\n"), wanted[path][1].split(b"\n")):
            assert line == right, f"a false page {path}: {line} instead of {right}"
        counts["right"] += 1


def one_look(server, wanted, at, onward, counts):
    folder = tempfile.mkdtemp(prefix="metod-fault-")
    plan = Plan(folder, "web")
    plan.arm(at, onward)
    web = lab.Web(server, plan.env)
    try:
        counts["runs"] += 1
        ended = not web.ready()
        try:
            if not ended:
                looked(web, wanted, counts)
        except TimeoutError as late:
            raise AssertionError(f"hang: allocation {at}\n{server.tail()}") from late
        except (OSError, http.client.HTTPException):
            ended = True
        if ended:
            status = web.process.wait(lab.ANSWER_S)
            assert status == ABORTED or 0 < status < 80, f"{at}: ended with {status}\n{server.tail()}"
            counts["aborted" if status == ABORTED else "exited"] += 1
        _, failed = plan.disarm()
        counts["failed"] += failed > 0
        return failed > 0
    finally:
        web.end()
        subprocess.run(["rm", "-rf", folder], check=True)


def test_pages():
    """pages over HTTP, from the start of the web process on: the right page, 503, or its end"""
    server, counts = BASE.copy(), Counts()
    try:
        server.start()
        plan = Plan(server.dir, "web")
        web = lab.Web(server, plan.env)
        assert web.ready()
        while page(web.port, "/")[0] == 503:  # until it has reached the store
            lab.harness.time.sleep(0.05)
        wanted = {path: page(web.port, path) for path in PATHS}
        assert [status for status, _ in wanted.values()] == [200, 200], wanted
        web.end()
        every(lambda at, onward, counts: one_look(server, wanted, at, onward, counts), counts)
        lab.report("n-th allocation fails: pages", step=STEP, **counts)
        assert counts["aborted"] > 0 and counts["right"] > 0, counts
        tap.equal(server.stop(), 0, server.tail())
    finally:
        server.close()


tap.run(globals())
