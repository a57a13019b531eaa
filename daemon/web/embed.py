#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# Build step: templates and assets into C arrays.  embed.py OUT.c FILE...
# Indentation goes away, line numbers stay, so that an error names the line of the source.
import hashlib
import os
import sys


def content(path):
    with open(path, encoding="utf-8", newline="") as file:
        text = file.read().replace("\r\n", "\n")
    if not path.endswith((".html", ".css")):
        return text.encode("utf-8")
    return "\n".join(line.strip() for line in text.split("\n")).encode("utf-8")


def literal(data):
    rows = []
    for at in range(0, len(data), 20):
        rows.append("\t" + ", ".join(str(byte) for byte in data[at:at + 20]) + ",")
    return "\n".join(rows)


def main():
    if len(sys.argv) < 3:
        sys.exit("usage: embed.py OUT.c FILE...")
    # Stands alone, so that it compiles in any folder; the struct is that of internal.h.
    out = ["/* Made by daemon/web/embed.py. */", "#include <stddef.h>", "",
           "struct web_file {", "\tconst char *name, *bytes;", "\tsize_t n;",
           "\tconst char *digest;", "};", "extern const struct web_file web_files[];",
           "extern const size_t web_files_n;", ""]
    table = []
    for i, path in enumerate(sorted(sys.argv[2:], key=os.path.basename)):
        data = content(path)
        digest = hashlib.sha256(data).hexdigest()[:16]
        out += ["static const unsigned char file_%d[] = {" % i, literal(data + b"\0"), "};"]
        table.append('\t{"%s", (const char *)file_%d, sizeof(file_%d) - 1, "%s"},'
                     % (os.path.basename(path), i, i, digest))
    out += ["", "const struct web_file web_files[] = {"] + table + ["};"]
    out += ["const size_t web_files_n = sizeof(web_files) / sizeof(web_files[0]);", ""]
    with open(sys.argv[1], "w", encoding="utf-8") as file:
        file.write("\n".join(out))


main()
