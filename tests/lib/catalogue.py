# SPDX-License-Identifier: Apache-2.0
"""Random files for `metodctl route solve`."""
import csv
import os

COLUMNS = {
    "teachers": ["id", "minutes", "weekly", "week_from", "week_to", "formats", "municipality"],
    "needs": ["teacher", "competency", "need", "wish"],
    "activities": ["id", "kind", "minutes", "formats"],
    "gains": ["activity", "competency", "gain"],
    "sessions": ["id", "activity", "week_from", "week_to", "weekly", "municipality"],
    "prerequisites": ["activity", "before"],
}
FORMATS = ("", "online", "inperson", "mixed", "online mixed", "inperson online")
TOWNS = ("", "Север", "Юг")


def _teacher(rng, number, weeks):
    start = rng.randint(0, 2)
    return (f"у{number}", 60 * rng.randint(4, 60), 30 * rng.randint(2, 12), start,
            start + rng.randint(3, weeks), rng.choice(FORMATS), rng.choice(TOWNS))


def _sessions(rng, activity, minutes, weeks):
    for number in range(rng.choice((0, 1, 2, 3))):
        length, start = rng.randint(1, 5), rng.randint(0, weeks)
        yield (f"{activity}/{number}", activity, start, start + length - 1,
               max(10, minutes // length), rng.choice(TOWNS))


def case(rng, teachers=2, activities=10, competencies=5, weeks=10):
    """Files as {name: rows}; prerequisites may be chains, out of reach, even a circle."""
    files = {name: [] for name in COLUMNS}
    for t in range(teachers):
        files["teachers"].append(_teacher(rng, t, weeks))
        for c in rng.sample(range(competencies), rng.randint(1, min(4, competencies))):
            files["needs"].append((f"у{t}", f"K{c}", rng.randint(0, 9) * 70, int(rng.random() < .2)))
    for a in range(activities):
        name, minutes = f"а{a}", 60 * rng.randint(1, 12)
        files["activities"].append((name, rng.choice(("course", "webinar", "visit")), minutes,
                                    rng.choice(FORMATS)))
        for c in rng.sample(range(competencies), rng.randint(0, min(3, competencies))):
            files["gains"].append((name, f"K{c}", rng.randint(20, 400)))
        files["sessions"] += _sessions(rng, name, minutes, weeks)
        if rng.random() < .25:
            files["prerequisites"].append((name, f"а{rng.randrange(activities)}"))
    return files


def write(path, files):
    os.makedirs(path, exist_ok=True)
    for name, rows in files.items():
        with open(f"{path}/{name}.csv", "w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([COLUMNS[name], *rows])
    return path
