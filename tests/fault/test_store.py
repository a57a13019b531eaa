# SPDX-License-Identifier: Apache-2.0
"""The store alone in a process of its own: kill -9 at random and power cuts, and the control
without flushes that must lose."""
import json
import os
import subprocess

import lab
import tap

PRELOAD = ("--preload", f"{lab.BUILD}/tests/powerloss.so")


def crash(name, *options):
    program = f"{lab.BUILD}/tests/store_crash"
    assert os.access(program, os.X_OK), f"{program} is not built"
    done = subprocess.run([program, "--seed", "11", *options], env=lab.ENV, capture_output=True,
                          text=True, timeout=3600, check=False)
    assert done.returncode in (0, 1), f"{done.returncode}: {done.stdout}{done.stderr}"
    result = json.loads(done.stdout.splitlines()[-1])
    lab.report(name, **{k: v for k, v in result.items() if k not in ("test", "mode")})
    return done.returncode, result


def test_random_kill():
    """kill -9 at random moments: nothing lost, phantom, duplicate or altered"""
    status, result = crash("kill -9 at random, the store alone", "--cycles", str(lab.scale(50, 1000)))
    tap.equal(status, 0, result)


def test_power_cut():
    """a power cut leaves only what was flushed: the same"""
    status, result = crash("power cut, the store alone", "--cycles", str(lab.scale(50, 500)), *PRELOAD)
    tap.equal(status, 0, result)


def test_control():
    """control: without flushes a power cut is seen to lose"""
    status, result = crash("control: the store alone without flushes", "--cycles", "5", *PRELOAD, "--nosync-control")
    tap.equal(status, 1, result)
    assert result["lost"] > 0, result


tap.run(globals())
