# SPDX-License-Identifier: Apache-2.0
"""Prometheus' text format 0.0.4, read strictly: what a reader may forgive is an error here."""
import math
import re

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
SAMPLE = re.compile(rf"({NAME})(?:\{{(.*)\}})? (-?\d+(?:\.\d+)?|\+Inf|NaN)")
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)')


def labels_of(text):
    pairs, at = {}, 0
    while at < len(text or ""):
        match = LABEL.match(text, at)
        assert match and match[1] not in pairs, f"labels: {text!r}"
        pairs[match[1]], at = match[2], match.end()
    assert not text or not text.endswith(","), text
    return pairs


def family_of(name, families):
    for suffix in ("", "_bucket", "_sum", "_count"):
        base = name[:-len(suffix)] if suffix and name.endswith(suffix) else name
        if base in families and (suffix == "") != (families[base]["type"] == "histogram"):
            return base
    raise AssertionError(f"{name} belongs to no family")


def check_histogram(name, samples):
    buckets = [(float(s[1]["le"].replace("+Inf", "inf")), s[2]) for s in samples
               if s[0] == f"{name}_bucket"]
    assert buckets == sorted(buckets) and len({b for b, _ in buckets}) == len(buckets), name
    assert buckets[-1][0] == math.inf, name
    counts = [n for _, n in buckets]
    assert counts == sorted(counts), f"{name}: buckets are not cumulative: {counts}"
    (count,) = [s[2] for s in samples if s[0] == f"{name}_count"]
    (total,) = [s[2] for s in samples if s[0] == f"{name}_sum"]
    assert count == counts[-1] and total >= 0, name


def parse(text):
    """{family: {type, help, samples: [(name, labels, value)]}}"""
    assert text.endswith("\n") and "\r" not in text and "\n\n" not in text
    families, current = {}, None
    for line in text[:-1].split("\n"):
        if line.startswith("# HELP "):
            _, _, name, help_ = line.split(" ", 3)
            assert name not in families and re.fullmatch(NAME, name) and help_, line
            families[name], current = {"help": help_, "type": None, "samples": []}, name
        elif line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            assert name == current and families[name]["type"] is None and \
                not families[name]["samples"] and kind in ("counter", "gauge", "histogram"), line
            families[name]["type"] = kind
        else:
            match = SAMPLE.fullmatch(line)
            assert match, f"no sample: {line!r}"
            row = (match[1], labels_of(match[2]), float(match[3].replace("+Inf", "inf")))
            assert family_of(match[1], families) == current, f"outside of its family: {line}"
            assert (row[0], row[1]) not in [(s[0], s[1]) for s in families[current]["samples"]], line
            families[current]["samples"].append(row)
    for name, family in families.items():
        assert family["type"] and family["samples"], f"{name} is empty"
        if family["type"] == "counter":
            assert name.endswith("_total") and all(s[2] >= 0 for s in family["samples"]), name
        if family["type"] == "histogram":
            check_histogram(name, family["samples"])
    return families
