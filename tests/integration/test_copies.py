# SPDX-License-Identifier: Apache-2.0
"""Old copies end, so that an erased person does not live on in them; but nothing is thrown away on
the word of a single new copy, and never a copy with a name of the administrator's own."""
import os
import re
import time

import tap
from harness import Daemon

DAEMON = Daemon(web=False).start()
FOLDER = f"{DAEMON.dir}/backup"


def old(name, days):
    for path in (f"{FOLDER}/{name}", f"{FOLDER}/{name}.json"):
        with open(path, "w", encoding="utf-8") as file:
            file.write("a copy")
        os.utime(path, (time.time() - days * 86400,) * 2)


def copies():
    return {name for name in os.listdir(FOLDER) if not name.endswith(".json")}


def test_after_a_pause_everything_is_kept():
    """the first copy after a long pause, or after a jump of the clock, removes nothing and says so"""
    old("metod-2026-01-01-02-30.mbk", 90)
    old("metod-2026-02-01-02-30.mbk", 60)
    DAEMON.rpc().call("backup.create", file="first.mbk")
    tap.equal(copies(), {"metod-2026-01-01-02-30.mbk", "metod-2026-02-01-02-30.mbk", "first.mbk"})
    assert re.search(r"event=copies_kept request=\d+ gap_days=60", DAEMON.tail()), DAEMON.tail()


def test_old_copies_end():
    """the next copy removes what is older than 30 days, with its manifest, and keeps the rest"""
    old("metod-2026-03-01-02-30.mbk", 29)
    old("mine.mbk", 400)
    DAEMON.rpc().call("backup.create", file="second.mbk")
    tap.equal(copies(), {"metod-2026-03-01-02-30.mbk", "mine.mbk", "first.mbk", "second.mbk"})
    assert not [n for n in os.listdir(FOLDER) if n.startswith("metod-2026-01")]
    assert re.search(r"event=copy_removed request=\d+ age_days=90", DAEMON.tail()), DAEMON.tail()


tap.run(globals())
