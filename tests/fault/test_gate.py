# SPDX-License-Identifier: Apache-2.0
"""Control of the authorisation matrix: a daemon whose gate asks nobody for a role must be found out
by tests/integration/test_authz.py, which is green with the real one in `make check`."""
import os
import re
import subprocess
import sys

import lab
import tap

MUTANT = f"{lab.BUILD}/mutant/no_gate"


def test_no_gate():
    """control: without the check of roles the authorisation matrix is red"""
    client = f"{MUTANT}/metodctl"
    if not os.path.lexists(client):
        os.symlink(f"{lab.BUILD}/metodctl", client)
    done = subprocess.run([sys.executable, "tests/integration/test_authz.py"], cwd=lab.ROOT,
                          env={**os.environ, "METOD_BUILD": os.path.relpath(MUTANT, lab.ROOT)},
                          capture_output=True, text=True, timeout=300, check=False)
    found = re.findall(r"^not ok .*", done.stdout, re.M)
    lab.report("control: mutant no_gate, the authorisation matrix", tests_red=len(found))
    assert done.returncode == 1, done.stdout[-2000:] + done.stderr[-2000:]
    assert any("every caller" in line for line in found), f"another test is red: {found}"


tap.run(globals())
