#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Compiles the Russian catalogue (po/ru.po and po/parts/*.po) to a C table sorted by msgid.

English texts are the msgids themselves, but for those that po/en.po words otherwise. One msgid with two different translations, a missing
translation, or format directives that differ between the languages stop the build."""
import ast
import re
import sys

DIRECTIVE = re.compile(r"%(?:[-+ 0#]*(?:\*|\d+)?(?:\.(?:\*|\d+))?(?:hh|h|ll|l|z|j|t)?[diouxXeEfgGcsp]|%)|\{[a-z_0-9]+\}")


def entries(path):
    """Yields (line, {field: text}) of one .po file."""
    entry, field, start = {}, None, 0
    for number, raw in enumerate(open(path, encoding="utf-8"), 1):
        line = raw.strip()
        if line.startswith("#"):
            continue
        match = re.match(r'(msgid|msgid_plural|msgstr(?:\[\d\])?)\s+(".*")$', line)
        if match:
            if match[1] == "msgid":
                if entry:
                    yield start, entry
                entry, start = {}, number
            field = match[1]
            entry[field] = ast.literal_eval(match[2])
        elif line.startswith('"') and field:
            entry[field] += ast.literal_eval(line)
        elif line:
            sys.exit(f"{path}:{number}: not understood: {line}")
    if entry:
        yield start, entry


def check(path, line, source, target):
    if sorted(DIRECTIVE.findall(source)) != sorted(DIRECTIVE.findall(target)):
        sys.exit(f"{path}:{line}: directives differ: {source!r} / {target!r}")


def c_string(text):
    out = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return '"' + out.replace("??", "?\\?") + '"'


def main():
    target, *paths = [word for word in sys.argv[1:] if word != "--strict"]
    english = {e["msgid"]: e["msgstr"] for p in paths if p.endswith("/en.po")
               for _, e in entries(p) if e.get("msgid")}
    paths = [p for p in paths if not p.endswith("/en.po")]
    table, twice = {}, False
    for path in paths:
        for line, entry in entries(path):
            source = entry.get("msgid", "")
            if not source:
                continue
            forms = [entry.get(f"msgstr[{i}]", "") for i in range(3)]
            if "msgid_plural" not in entry:
                forms = [entry.get("msgstr", "")]
                check(path, line, source, forms[0])
            if not all(forms):
                sys.exit(f"{path}:{line}: no translation of {source!r}")
            if table.setdefault(source, (forms, path, line))[0] != forms:
                _, other, at = table[source]
                print(f"{path}:{line}: {source!r} is translated otherwise in {other}:{at}",
                      file=sys.stderr)
                twice = True
    with open(target, "w", encoding="utf-8") as out:
        out.write("/* Made by po/po2c.py. */\n#include \"catalogue.h\"\n\n")
        out.write("const struct metod_catalogue_row metod_catalogue[] = {\n")
        for source in sorted(table, key=lambda s: s.encode()):
            forms = [c_string(f) for f in table[source][0]]
            other = c_string(english[source]) if source in english else "0"
            out.write(f"\t{{{c_string(source)}, {{{', '.join(forms)}}}, {other}}},\n")
        out.write("\t{0, {0}, 0},\n};\n")
        out.write(f"const unsigned metod_catalogue_n = {len(table)};\n")
    if twice and "--strict" in sys.argv:
        sys.exit(1)


main()
