# SPDX-License-Identifier: Apache-2.0
"""Stores for the benches: made by the daemon's own commands as far as the campaign, then filled by
bench_fill through the real store library."""
import datetime
import glob
import hashlib
import os
import shutil
import subprocess
import time

from harness import BUILD, ENV, ROOT, Daemon

TODAY = (datetime.date.today() - datetime.date(1970, 1, 1)).days
SURVEYS = [f"{ROOT}/surveys/{name}" for name in ("framework.yaml", "paramset-0.yaml", "general.yaml")]


def competencies(count):
    """The first ones of the shipped form."""
    with open(f"{ROOT}/surveys/general.yaml", encoding="utf-8") as file:
        found = [line.split(":")[1].strip() for line in file if line.startswith("    competency:")]
    return list(dict.fromkeys(found))[:count]


def make(folder, kind, sheets, count=24):
    """A store at rest with a wave of `count` competencies: bench_fill's `kind` says what is in it.
    Returns the seconds it took."""
    begun = time.monotonic()
    daemon = Daemon(folder, web=False).start()
    with open(f"{folder}/org.csv", "w", encoding="utf-8") as file:
        file.write("code,name,kind,parent\nTERR,Территория,region,\n")
    daemon.cli("form", "load", *SURVEYS, check=0)
    daemon.cli("org", "import", f"{folder}/org.csv", check=0)
    rpc = daemon.rpc()
    rpc.call("user.add", login="methodist", role="methodist")
    rpc.session = rpc.call("token.issue", login="methodist")["token"]
    rpc.call("wave.create", code="W", form="KDP-G", to=TODAY + 60, competencies=competencies(count),
             **{"from": TODAY - 2, "in": "TERR"})
    rpc.close()
    if daemon.stop() != 0:
        raise RuntimeError(daemon.tail())
    subprocess.run([f"{BUILD}/bench/bench_fill", f"{folder}/store", f"{folder}/keys", "W", kind,
                    str(sheets), f"{folder}/sessions"], check=True, env=ENV)
    return time.monotonic() - begun


def cached(sheets):
    """(folder, seconds it took to make) of a store with so many sent sheets of a short wave. Kept
    between runs; its session lives for a month, so it is made anew each week, and whenever the
    format may have changed."""
    mark = hashlib.sha256()
    for name in ("tests/bench/fill.c", "include/metod/records.h", "include/metod/tables.h",
                 "daemon/store/journal.c", "daemon/store/value.c"):
        with open(f"{ROOT}/{name}", "rb") as file:
            mark.update(file.read())
    home = f"{BUILD}/bench-store"
    folder = f"{home}/{sheets}-{TODAY // 7}-{mark.hexdigest()[:12]}"
    if not os.path.exists(f"{folder}/took"):
        for old in glob.glob(f"{home}/{sheets}-*"):
            shutil.rmtree(old)
        os.makedirs(folder)
        took = make(folder, "sent", sheets, count=6)
        with open(f"{folder}/took", "w", encoding="ascii") as file:
            file.write(f"{took:.1f}")
    with open(f"{folder}/took", encoding="ascii") as file:
        return folder, float(file.read())
