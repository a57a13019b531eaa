# SPDX-License-Identifier: Apache-2.0
"""A script of tests run once more with a mutant of the daemon: it must be red."""
import json
import os
import re
import subprocess
import sys

from harness import BUILD, ROOT

CONTROL = os.environ.get("METOD_CONTROL")  # this is that run


def red_tests(mutant, script):
    """Names of the tests that fail with this mutant; one that fails otherwise is no control."""
    folder = f"{BUILD}/mutant/{mutant}"
    if not os.path.lexists(f"{folder}/metodctl"):
        os.symlink(f"{BUILD}/metodctl", f"{folder}/metodctl")
    done = subprocess.run([sys.executable, os.path.abspath(script)], cwd=ROOT, timeout=900, text=True,
                          env={**os.environ, "METOD_BUILD": os.path.relpath(folder, ROOT),
                               "METOD_CONTROL": "1"}, capture_output=True, check=False)
    red = re.findall(r"^not ok .*", done.stdout, re.M)
    print(f"# counts mutant {mutant}", json.dumps({"tests red": len(red)}))
    assert red and "AssertionError" in done.stdout, done.stdout[-3000:] + done.stderr[-1000:]
    return red
