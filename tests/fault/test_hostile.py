# SPDX-License-Identifier: Apache-2.0
"""A hundred thousand mutated requests against the real web process, and two that are broken on
purpose: the same requests must find out."""
import hostile
import lab
import tap

BASE = lab.Base(sheets=2)
CODE = BASE.world.codes[BASE.sheets[0].teacher]


def serving(program=None):
    """(server, target) of a copy of the store; the target is ready when the web process is."""
    server = BASE.copy(program, web=True)
    server.start()
    end = lab.harness.time.monotonic() + lab.ANSWER_S
    while True:
        try:
            return server, hostile.Target(server, CODE)
        except (OSError, AttributeError, LookupError):
            assert lab.harness.time.monotonic() < end, server.tail()
            lab.harness.time.sleep(0.05)


def web_processes(server):
    with open(f"/proc/{server.process.pid}/task/{server.process.pid}/children",
              encoding="ascii") as file:
        return file.read().split()


def test_mutated_requests():
    """no crash, no second request, no 200 for what changes something, no change"""
    server, target = serving()
    try:
        journal, web = target.journal(), web_processes(server)
        counts = hostile.storm(target, lab.scale(100000, 1000000), seed=2026)
        lab.report("mutated HTTP requests", **counts, crashes=0, second_requests=0,
                   journal_grown=target.journal() - journal)
        tap.equal((target.journal(), web_processes(server)), (journal, web))
        assert target.serves()
        server.stop_clean()
    finally:
        server.close()


def statuses(raw):
    try:
        return [status for status, _, _ in hostile.answers(raw)]
    except AssertionError:
        return ["no answer"]


def failures(target):
    """Names of the requests of the table that were not refused as they must be; whether one that
    stood behind was run."""
    smuggled, journal = target.save("hostile-control-request"), target.journal()
    wrong = []
    for name, request, status in hostile.refused(smuggled):
        raw, closed = hostile.exchange(target.port, request, timeout=0.3)
        if not closed or statuses(raw) != [status]:
            wrong.append(name)
    return wrong, target.journal() > journal


def test_control_two_lengths():
    """control: a gate that takes the first of two lengths runs the request behind it"""
    server, target = serving(f"{lab.BUILD}/mutant/two_lengths/metodd")
    try:
        wrong, run = failures(target)
        lab.report("control: first of two lengths", refused_wrongly=len(wrong), second_request_run=run)
        assert run and set(wrong) == {"two lengths", "the same length twice"}, (run, wrong)
        try:
            hostile.storm(target, 20000, seed=3)
        except AssertionError:
            return
        raise AssertionError("the mutated requests do not find it")
    finally:
        server.close()


def test_control_no_guard():
    """control: without the guard the HTTP library takes what it must not see"""
    server, target = serving(f"{lab.BUILD}/mutant/no_guard/metodd")
    try:
        wrong, run = failures(target)
        lab.report("control: no guard", refused_wrongly=len(wrong), second_request_run=run)
        assert {"LF ends a header", "a folded header", "NUL in a value"} <= set(wrong), wrong
        print("#", wrong)
    finally:
        server.close()


tap.run(globals())
