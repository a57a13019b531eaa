# SPDX-License-Identifier: Apache-2.0
"""Reads a workbook with the standard library alone, so that what we write is looked at by something
that shares no code with it."""
import re
import zipfile
from xml.etree import ElementTree

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
LINK = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


class Sheet:
    """rows: lists of values (text, float, None). kinds: the same with "s", "n" or "". formats: number
    formats of the cells, "" where there is none."""

    def __init__(self, root, strings, formats):
        self.root, self.rows, self.kinds, self.formats = root, [], [], []
        for row in root.iter(MAIN + "row"):
            while len(self.rows) < int(row.get("r")):
                self.rows.append([])
                self.kinds.append([])
                self.formats.append([])
            for cell in row.iter(MAIN + "c"):
                self._cell(cell, strings, formats)

    def _cell(self, cell, strings, formats):
        place = re.fullmatch(r"([A-Z]+)(\d+)", cell.get("r"))
        column, row = 0, int(place[2]) - 1
        for letter in place[1]:
            column = column * 26 + ord(letter) - 64
        value = cell.find(MAIN + "v")
        kind = cell.get("t", "n" if value is not None else "")
        for grid, filler in ((self.rows, None), (self.kinds, ""), (self.formats, "")):
            grid[row] += [filler] * (column - len(grid[row]))
        if value is not None:
            self.rows[row][column - 1] = strings[int(value.text)] if kind == "s" else float(value.text)
        self.kinds[row][column - 1] = kind
        self.formats[row][column - 1] = formats[int(cell.get("s", 0))]

    def has(self, tag):
        return any(True for _ in self.root.iter(MAIN + tag))

    def frozen(self):
        """Rows that stay in sight."""
        return int(next((p.get("ySplit", 0) for p in self.root.iter(MAIN + "pane")), 0))

    def filtered(self):
        return next((f.get("ref") for f in self.root.iter(MAIN + "autoFilter")), "")

    def records(self):
        """Rows under the titles as dictionaries."""
        return [dict(zip(self.rows[0], row + [None] * (len(self.rows[0]) - len(row))))
                for row in self.rows[1:]]


def read(path):
    """{sheet name: Sheet} in order."""
    with zipfile.ZipFile(path) as file:
        assert file.testzip() is None
        part = lambda name: ElementTree.fromstring(file.read(name))
        strings = ["".join(t.text or "" for t in item.iter(MAIN + "t"))
                   for item in part("xl/sharedStrings.xml")]
        styles = part("xl/styles.xml")
        own = {f.get("numFmtId"): f.get("formatCode") for f in styles.iter(MAIN + "numFmt")}
        formats = [own.get(x.get("numFmtId"), x.get("numFmtId"))
                   for x in styles.find(MAIN + "cellXfs")]
        targets = {r.get("Id"): r.get("Target") for r in part("xl/_rels/workbook.xml.rels")}
        return {s.get("name"): Sheet(part("xl/" + targets[s.get(LINK)]), strings, formats)
                for s in part("xl/workbook.xml").iter(MAIN + "sheet")}
