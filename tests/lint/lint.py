#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What a compiler does not see: layers, purity of the core, headers that stand alone, content,
texts, manual pages, and words that do not belong here. Prints every finding; exit 1 on any."""
import argparse
import glob
import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
os.chdir(ROOT)

# Third-party headers and the only folders that may include them.
OWNERS = {"msgpack.h": ["lib/wire"], "jansson.h": ["lib/wire"], "yaml.h": ["lib/conf"],
          "lmdb.h": ["daemon/store"], "event2/": ["daemon/net", "daemon/web"],
          "sodium.h": ["daemon/app", "daemon/store", "cli"], "systemd/": ["daemon/net"],
          "xlsxwriter.h": ["lib/doc"]}
# Public headers a folder may use (design.md section 2; deviations in docs/architecture.md).
BASE = {"base", "errors", "desc", "limits", "version", "log", "address", "metrics"}
RECORDS = BASE | {"records", "messages", "tables", "commands", "i18n", "words"}
CORE = {"score", "smallgroup", "match", "route", "recommend", "classical", "calibrate", "fusion", "quality", "assign", "itemfit", "dpo_order"}
MAY = {"lib/base": BASE, "lib/core": (BASE | CORE) - {"log"}, "lib/wire": RECORDS | {"wire"},
       "lib/conf": RECORDS | {"conf", "kinds", "options"}, "lib/doc": RECORDS | {"doc"},
       "po": RECORDS, "daemon/store": RECORDS | {"wire", "store"},
       "daemon/app": RECORDS | CORE | {"wire", "store", "app"},
       "daemon/net": RECORDS | {"wire", "app", "store", "conf", "options"},
       "daemon/web": RECORDS | {"wire", "doc"},
       "cli": RECORDS | CORE | {"wire", "conf", "options", "doc"}}
# Undefined symbols the pure core may have: memory of the arena, text and number functions.
PURE = re.compile(r"^(metod_|mem(cpy|set|cmp|move|chr)$|__mem(cpy|set|move)_chk$|str(len|cmp|ncmp)$|"
                  r"qsort(_r)?$|lgamma_r$|bsearch$|exp$|log$|sqrt$|fabs$|floor$|ceil$|llround$|lround$|erf$|erfc$|"
                  r"pow$|nextafter$|__divti3$|__floattidf$|__popcountdi2$|log1p$|expm1$|fmin$|fmax$|__stack_chk_fail$|_GLOBAL_OFFSET_TABLE_$|"
                  r"__(a|ub)san_|__stack_chk_guard$|__assert_fail$|abs$|isfinite$|isnan$|round$)")
findings = []


def find(path, line, text):
    findings.append(f"{path}:{line}: {text}")


def lines(path):
    with open(path, encoding="utf-8") as file:
        return list(enumerate(file, 1))


def tracked(*patterns):
    done = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "--", *patterns],
                          capture_output=True, text=True, check=True)
    return [p for p in done.stdout.split("\n") if p and os.path.exists(p)]


def check_layers():
    for folder, allowed in MAY.items():
        for path in sorted(glob.glob(f"{folder}/*.[ch]")):
            for number, line in lines(path):
                match = re.match(r'\s*#\s*include\s+[<"]([^>"]+)[>"]', line)
                if not match:
                    continue
                name = match[1]
                for header, owners in OWNERS.items():
                    if name.startswith(header) and folder not in owners:
                        find(path, number, f"only {' and '.join(owners)} may include <{name}>")
                if name.startswith("metod/") and name[6:-2] not in allowed:
                    find(path, number, f"{folder} may not use {name}")
                elif "/" in name and '"' in line and not name.startswith("metod/"):
                    find(path, number, f"{folder} may not use the private header {name}")
                if "../" in name:
                    find(path, number, "no paths upwards in an include")


def check_pure(build):
    archive = f"{build}/libcore.a"
    done = subprocess.run(["nm", "-u", archive], capture_output=True, text=True, check=True)
    for symbol in sorted(set(re.findall(r"^\s+U (\S+)", done.stdout, re.M))):
        if not PURE.match(symbol) or symbol.startswith("metod_log"):
            find(archive, 0, f"the core is pure: it may not call {symbol}")


def check_links(build):
    """The daemon opens no spreadsheets: what is not linked cannot have a hole there."""
    done = subprocess.run(["readelf", "-d", f"{build}/metodd", f"{build}/metodctl"],
                          capture_output=True, text=True, check=True)
    programs = re.split(r"^File: ", done.stdout, flags=re.M)[1:]
    for program, wanted in zip(programs, (False, True)):
        if ("libxlsxwriter" in program) != wanted:
            find(program.split("\n")[0], 0, "links libxlsxwriter: only metodctl should")


def check_headers():
    for path in sorted(glob.glob("include/metod/*.h")):
        done = subprocess.run(["gcc", "-std=c11", "-D_GNU_SOURCE", "-fsyntax-only", "-Wall",
                               "-Werror", "-Iinclude", "-x", "c", path],
                              capture_output=True, text=True)
        if done.returncode and "pragma once in main file" not in done.stderr:
            find(path, 1, "does not stand alone: " + done.stderr.splitlines()[0])


def check_sources():
    banned = re.compile(r"\b(TODO|FIXME|XXX|HACK|not implemented)\b|\bplaceholder\b(?!=)")
    unsafe = re.compile(r"\b(strcpy|strcat|sprintf|gets|atoi|atol|strtok|alloca)\s*\(")
    for path in tracked("*.c", "*.h", "*.py", "*.sh", "Makefile", "*.html"):
        text = lines(path)
        if text and not any("SPDX-License-Identifier: Apache-2.0" in line for _, line in text[:4]):
            find(path, 1, "the licence line is missing")
        for number, line in text:
            if banned.search(line) and not path.startswith("tests/lint/"):
                find(path, number, "unfinished work: " + line.strip())
            if path.endswith((".c", ".h")) and unsafe.search(line):
                find(path, number, "unsafe function: " + line.strip())


def check_content(build):
    done = subprocess.run([f"{build}/metodctl", "form", "check", "surveys/"], capture_output=True,
                          text=True, env={**os.environ, "LC_ALL": "C.UTF-8"})
    # Warnings too: what is shipped has its English.
    if done.returncode or re.search(r"^surveys/", done.stdout, re.M):
        findings.extend((done.stdout + done.stderr).strip().splitlines())


def check_texts():
    """Every text of the programs has a Russian translation, given once."""
    done = subprocess.run(["/usr/bin/python3", "po/po2c.py", "/dev/null", "--strict",
                           *sorted(glob.glob("po/*.po"))], capture_output=True, text=True)
    if done.returncode:
        findings.extend(done.stderr.strip().splitlines())
    known = set()
    for path in ["po/ru.po"]:
        text = re.sub(r'"\n"', "", open(path, encoding="utf-8").read())
        known |= set(re.findall(r'^msgid "(.*)"$', text, re.M))
    call = re.compile(r'(?:metod_trn?|\bTR)\(\s*(?:[\w\->.()*&]+,\s*)?((?:"(?:[^"\\]|\\.)*"\s*)+)', re.S)
    for path in tracked("daemon/*.c", "lib/*.c", "cli/*.c"):
        text = open(path, encoding="utf-8").read()
        for match in call.finditer(text):
            msgid = "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', match[1]))
            if re.search(r"[A-Za-z]{2}", msgid) and not msgid.startswith("token:") and \
                    msgid not in known:
                find(path, text[:match.start()].count("\n") + 1, f"no Russian text for {msgid!r}")
    # Failures and findings are worded by functions of their own; a bare command needs no words.
    words = re.compile(r'(?:metod_cli_tr|conf_tr|metod_fail|metod_hint|metod_cli_usage|'
                       r'conf_error|conf_warning|conf_at|conf_hint)'
                       r'\((?:[^";{}]|"(?:[^"\\]|\\.)*"\s*,)*?'
                       r'((?:"(?:[^"\\]|\\.)*"\s*)+)[,)]', re.S)
    for path in tracked("daemon/app/*.c", "lib/conf/*.c", "lib/core/*.c", "cli/*.c"):
        text = open(path, encoding="utf-8").read()
        for match in words.finditer(text):
            msgid = "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', match[1]))
            if " " in msgid and re.search(r"[A-Za-z]{3}", msgid) and \
                    not re.match(r"metodctl |--", msgid) and msgid not in known:
                find(path, text[:match.start()].count("\n") + 1, f"no Russian text for {msgid!r}")
    title = re.compile(r'F\(R,.*"((?:[^"\\]|\\.)*)"\)')
    for path in ("include/metod/messages.h", "include/metod/records.h", "cli/stats.h",
                 "cli/stats_show.c"):
        for number, line in lines(path):
            match = title.search(line)
            if match and match[1] not in known:
                find(path, number, f"no Russian title for {match[1]!r}")


def check_log_formats():
    """What metod_log is given becomes lines of one grammar; see include/metod/log.h."""
    call = re.compile(r'metod_log\(\s*[^"]*"(\w+)",\s*((?:"(?:[^"\\]|\\.)*"\s*)+)', re.S)
    shape = re.compile(r"event=(\w+|%s)( [a-z_]+=(\w+|%(\.\*)?s|%z?u|%l{0,2}[dux]))*")
    for path in tracked("daemon/*.c", "lib/*.c"):
        text = open(path, encoding="utf-8").read()
        for match in call.finditer(text):
            format = "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', match[2]))
            if not shape.fullmatch(format):
                find(path, text[:match.start()].count("\n") + 1, f"no event=... key=...: {format!r}")


def check_manuals():
    for path in sorted(glob.glob("docs/*.[1-8]")):
        done = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", path], capture_output=True,
                              text=True)
        findings.extend(line for line in done.stdout.splitlines() if line.strip())
    manual = open("docs/metodd.8", encoding="utf-8").read()
    for number, line in lines("include/metod/options.h"):
        option = re.match(r"\s*O\(F, R, \w+, (\w+),", line)
        if option and f"\n.It Cm {option[1]}\n" not in manual:
            find("include/metod/options.h", number, f"docs/metodd.8 does not name {option[1]}")
    check_options()


def check_options():
    """Every option stands in metodd.conf(5), in the order of the list, with its default and bounds."""
    row = re.compile(r'^\tO\(F, R, (\w+), (\w+), \d+, ([^,]+), "([^"]*)", (\d+), (\d+), .*, (METOD_ON_\w+),',
                     re.M)
    rows = row.findall(open("include/metod/options.h").read())
    page = open("docs/metodd.conf.5", encoding="utf-8").read()
    told = dict(re.findall(r"^\.It Cm (\w+)\n(.*?)(?=^\.It|^\.El)", page, re.M | re.S))
    if not rows or [r[1] for r in rows] != list(told):
        find("docs/metodd.conf.5", 1, f"options in the order of options.h: {[r[1] for r in rows]}")
    for kind, name, flags, default, low, high, applies in rows:
        text = told.get(name, "")
        if (f"Default {default}." if default else "Default: empty") not in text:
            find("docs/metodd.conf.5", 1, f"{name}: the default is {default or 'empty'}")
        scale = 1000 if "MILLI" in flags else 1
        if kind == "U64" and f"{int(low) // scale} to {int(high) // scale}" not in text:
            find("docs/metodd.conf.5", 1, f"{name}: from {low} to {high}")
        if applies == "METOD_ON_RELOAD" and f".Cm {name}\nis applied" not in page:
            find("docs/metodd.conf.5", 1, f"{name} is applied by SIGHUP")


def check_statuses():
    """metodctl(1) names every exit status that an error has."""
    exits = {int(n) for n in re.findall(r'^\tE\(\w+, +\d+, "\w+", +(\d+),',
                                        open("include/metod/errors.h", encoding="utf-8").read(), re.M)}
    manual = open("docs/metodctl.1", encoding="utf-8").read()
    told = {int(n) for n in re.findall(r"^\.It (\d+)$", manual, re.M)}
    if not exits or not exits <= told:
        find("docs/metodctl.1", 1, f"exit statuses {sorted(exits)}, not {sorted(told)}")


def check_protocol(build):
    """docs/protocol.md is what the lists make of it today."""
    done = subprocess.run([f"{build}/metodctl", "schema", "--format", "md"], capture_output=True,
                          text=True)
    with open("docs/protocol.md", encoding="utf-8") as file:
        if done.returncode or done.stdout != file.read():
            find("docs/protocol.md", 1, f"is not current: {build}/metodctl schema --format md "
                 ">docs/protocol.md")


def report_sizes():
    rows = sorted(((len(lines(p)), p) for p in tracked("*.c", "*.h")), reverse=True)[:5]
    print("longest files:", ", ".join(f"{p} {n}" for n, p in rows))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", default="build")
    build = parser.parse_args().build
    check_layers()
    check_pure(build)
    check_links(build)
    check_headers()
    check_sources()
    check_content(build)
    check_texts()
    check_log_formats()
    check_manuals()
    check_statuses()
    check_protocol(build)
    report_sizes()
    for finding in findings:
        print(finding)
    print(f"lint: {len(findings)} findings")
    sys.exit(1 if findings else 0)


main()
