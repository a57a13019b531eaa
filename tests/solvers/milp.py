# SPDX-License-Identifier: Apache-2.0
"""The route of one teacher as a mixed-integer program in LP format, told from the files and
docs/optimisation.md alone. Amounts as in the files and in hundredths of a per mille."""

TRAVEL, DISLIKE, WISHED = 3000, 1500, 300


class Program:
    """Rows, bounds and binaries as they come."""

    def __init__(self):
        self.objective, self.rows, self.bounds, self.binary = [], [], [], []

    def row(self, terms, sense, right):
        """Sum of (factor, name) beside a number; an empty sum is left out."""
        total = {}
        for factor, name in terms:  # a name once: what asks for itself would stand twice
            total[name] = total.get(name, 0) + factor
        if terms:
            self.rows.append(f"{text([(f, n) for n, f in total.items()])} {sense} {right}")

    def lp(self):
        return "\n".join(["Maximize", " o: " + (text(self.objective) or "0 nothing"), "Subject To",
                          *(f" r{i}: {row}" for i, row in enumerate(self.rows)),
                          " last: nothing >= 0", "Bounds", *self.bounds,
                          "Binary", "nothing", *self.binary, "End", ""])


def text(terms):
    return "\n  ".join(f"{'+' if f >= 0 else '-'} {abs(f)} {name}" for f, name in terms)


def program(files, teacher, slope=40):
    """`slope`: what a gain above .7 of the need is worth."""
    _, hours, weekly, first, last, liked, home = teacher
    weeks, p = range(first, last + 1), Program()
    names = {a[0]: f"a{i}" for i, a in enumerate(files["activities"])}
    before = {a: sorted({b for c, b in files["prerequisites"] if c == a}) for a in names}
    ways, alone, load = {}, {}, {w: [] for w in weeks}

    # One way each: a session within the calendar, or by oneself.
    for a, _, minutes, formats in files["activities"]:
        dislike = DISLIKE if liked and formats and not set(liked.split()) & set(formats.split()) else 0
        sessions = [s for s in files["sessions"] if s[1] == a]
        ways[a] = []
        for k, (_, _, start, end, load_of, town) in enumerate(sessions):
            if start < first or end > last:
                continue
            y = f"y_{names[a]}_{k}"
            ways[a].append((y, start, end))
            p.binary.append(y)
            p.objective.append((-dislike - (TRAVEL if town and town != home else 0), y))
            for w in range(start, end + 1):
                load[w].append((load_of, y))
        if not sessions:
            y = f"y_{names[a]}"
            ways[a].append((y, None, None))
            alone[a] = {w: f"x_{names[a]}_{w}" for w in weeks}
            p.binary.append(y)
            p.objective.append((-dislike, y))
            p.row([(1, x) for x in alone[a].values()] + [(-minutes, y)], "=", 0)
            for w, x in alone[a].items():
                load[w].append((1, x))
        p.row([(1, y) for y, _, _ in ways[a]], "<=", 1)
    minutes_of = {a[0]: a[2] for a in files["activities"]}
    p.row([(minutes_of[a], y) for a in names for y, _, _ in ways[a]], "<=", hours)
    for w in weeks:
        p.row(load[w], "<=", weekly)

    # done: whatever comes before is over when the week begins.
    for b in sorted({b for list_ in before.values() for b in list_}):
        for w in weeks:
            z = f"z_{names[b]}_{w}"
            p.binary.append(z)
            if b in alone:
                p.row([(1, z), (-1, ways[b][0][0])], "<=", 0)
                p.row([(1, alone[b][v]) for v in weeks if v >= w] + [(minutes_of[b], z)], "<=",
                      minutes_of[b])
            else:
                p.row([(1, z)] + [(-1, y) for y, _, end in ways[b] if end < w], "<=", 0)
    for a in names:
        for b in before[a]:
            for y, start, _ in ways[a]:
                if start is not None:
                    p.row([(1, y), (-1, f"z_{names[b]}_{start}")], "<=", 0)
            for w, x in alone.get(a, {}).items():
                p.row([(1, x), (-minutes_of[a], f"z_{names[b]}_{w}")], "<=", 0)
            if a in alone:
                p.row([(1, ways[a][0][0])] + [(-1, y) for y, _, _ in ways[b]], "<=", 0)

    # Worth: concave, so the steep part fills first.
    for k, (_, c, need, wish) in enumerate(n for n in files["needs"] if n[0] == teacher[0]):
        weight, depth = 1 + wish, need or (WISHED if wish else 0)
        steep, flat = f"f_{k}", f"g_{k}"
        p.objective += [(100 * weight, steep), (slope * weight, flat)]
        p.bounds += [f" 0 <= {steep} <= {depth * 7 / 10}", f" 0 <= {flat} <= {depth * 6 / 10}"]
        gains = [(-gain, y) for a, cc, gain in files["gains"] if cc == c for y, _, _ in ways[a]]
        p.row([(1, steep), (1, flat), *gains], "<=", 0)
    return p.lp()
