# SPDX-License-Identifier: Apache-2.0
"""Statistics of files, without a daemon: the keys of the JSON are a contract, files that cannot be
used are refused with their place, and where nothing can be computed a null and a sentence stand,
never a number. Agreement with R is shown by tests/reference."""
import json
import os
import random
import subprocess
import tempfile

import tap
from harness import BUILD, ENV

FOLDER = tempfile.mkdtemp(prefix="metod-stats-")


def write(name, text):
    path = os.path.join(FOLDER, name)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path


def run(*words, lang="ru"):
    done = subprocess.run([f"{BUILD}/metodctl", "stats", *words, "--lang", lang], env=ENV,
                          capture_output=True, text=True, timeout=120, check=False)
    return done.returncode, done.stdout, done.stderr


def answers(persons, items, seed, low=0, high=3):
    """Rows of one trait; a gap here and there."""
    rng, rows = random.Random(seed), []
    for number in range(persons):
        trait = rng.gauss(0, 1)
        cells = [min(high, max(low, round((low + high) / 2 + trait + rng.gauss(0, .8))))
                 for _ in range(items)]
        rows.append([f"p{number}", *("NA" if rng.random() < .03 else str(x) for x in cells)])
    head = ["id", *(f"q{n + 1}" for n in range(items))]
    return "\n".join(",".join(row) for row in [head, *rows]) + "\n"


GOOD = write("good.csv", answers(150, 4, 1))
RANGE = ("--min", "0", "--max", "3")


def test_scale_keys():
    """stats scale: the keys are exactly those of the contract, and no number is missing"""
    status, out, _ = run("scale", GOOD, *RANGE, "-o", "json")
    scale = json.loads(out)
    tap.equal(status, 0)
    tap.equal(list(scale), ["n", "k", "alpha", "alpha_ci", "omega", "sem", "mean", "sd", "items"])
    tap.equal(list(scale["items"][0]),
              ["name", "n", "mean", "sd", "item_rest", "alpha_if_dropped", "counts"])
    tap.equal([i["name"] for i in scale["items"]], ["q1", "q2", "q3", "q4"])
    assert None not in scale.values() and scale["alpha_ci"][0] < scale["alpha"] < scale["omega"] + .1
    assert all(sum(i["counts"]) == scale["n"] and len(i["counts"]) == 4 for i in scale["items"])


def test_turned_over():
    """--reverse turns an item over, --items chooses and orders the columns"""
    text = open(GOOD, encoding="utf-8").read().splitlines()
    turned = [text[0]] + [",".join([c[0], str(3 - int(c[1])) if c[1] != "NA" else "NA", *c[2:]])
                          for c in (line.split(",") for line in text[1:])]
    path = write("turned.csv", "\n".join(turned))
    plain = json.loads(run("scale", GOOD, *RANGE, "-o", "json")[1])
    again = json.loads(run("scale", path, *RANGE, "--reverse", "q1", "-o", "json")[1])
    tap.equal(again, plain)
    some = json.loads(run("scale", GOOD, *RANGE, "--items", "q3,q1", "-o", "json")[1])
    tap.equal([i["name"] for i in some["items"]], ["q3", "q1"])


def test_calibrate_and_score():
    """stats calibrate prints what stats score reads; both have the keys of the contract"""
    status, out, _ = run("calibrate", GOOD, *RANGE, "--prior", "none", "-o", "json")
    params = json.loads(out)
    tap.equal(status, 0)
    tap.equal(list(params),
              ["n", "loglik", "iterations", "converged", "max_gradient_per_n", "items"])
    assert params["converged"] and params["max_gradient_per_n"] < 1e-6
    assert all(list(i) == ["name", "a", "b"] and i["b"] == sorted(i["b"]) for i in params["items"])
    path = write("params.json", out)
    status, out, _ = run("score", GOOD, "--params", path, "--cut", "0", "-o", "json")
    rows = json.loads(out)
    tap.equal((status, len(rows), list(rows[0])), (0, 150, ["id", "eap", "psd", "p_below"]))
    assert all(0 <= r["p_below"] <= 1 and 0 < r["psd"] < 1 for r in rows)
    lines = run("score", GOOD, "--params", path, "-o", "jsonl")[1].splitlines()
    tap.equal(len(lines), 150)
    tap.equal(json.loads(lines[0])["p_below"], None)


def test_change_keys():
    """stats change matches rows by id whatever their order, and counts only those of both files"""
    rows = open(GOOD, encoding="utf-8").read().splitlines()
    mixed = rows[1:101]
    random.Random(3).shuffle(mixed)
    later = write("later.csv", "\n".join([rows[0], *mixed, "other,1,1,1,1"]))
    change = json.loads(run("change", GOOD, later, *RANGE, "-o", "json")[1])
    tap.equal(list(change), ["n", "alpha", "mean", "sd", "r12", "se_diff_jt", "se_diff", "down", "up",
                             "mean_change", "ci", "t", "d_av"])
    whole = [r for r in rows[1:101] if "NA" not in r]
    tap.equal((change["n"], change["mean_change"], change["up"], change["down"]),
              (len(whole), 0, 0, 0))
    assert abs(change["r12"] - 1) < 1e-12 and change["t"] is None


REFUSED = (
    ("an answer out of bounds", "id,a,b\n1,0,4\n2,1,1\n", ":2:5:"),
    ("a word for an answer", "id,a,b\n1,0,да\n", ":2:5:"),
    ("a fraction", "id,a,b\n1,0.5,1\n", ":2:3:"),
    ("an id that stands twice", "id,a,b\nx,0,1\ny,1,1\nx,2,2\n", ":4:1:"),
    ("an empty id", "id,a,b\n,0,1\n", ":2:1:"),
    ("a short row", "id,a,b\n1,0\n", ":2:1:"),
    ("a column twice", "id,a,a\n1,0,1\n", ":1:6:"),
    ("a column without a name", "id,a,\n1,0,1\n", ":1:6:"),
    ("no column of answers", "id\n1\n", ":1:1:"),
    ("an empty file", "", "refused.csv"),
    ("bytes that are no text", "id,a\n1,\udcff\n", ":2:3:"),
)


def test_refused_files():
    """a file that cannot be used: exit 7, the place, nothing on standard output"""
    for what, text, place in REFUSED:
        path = os.path.join(FOLDER, "refused.csv")
        with open(path, "w", encoding="utf-8", errors="surrogateescape") as file:
            file.write(text)
        for verb in ("scale", "calibrate"):
            status, out, err = run(verb, path, *RANGE, "-o", "json")
            tap.equal((status, out), (7, ""), f"{what}: {err}")
            assert place in err, f"{what}: no {place} in {err}"


def test_unknown_column():
    """a column that is not there is named, with the nearest one"""
    status, _, err = run("scale", GOOD, *RANGE, "--items", "q1,Q2", lang="en")
    assert status == 7 and "Q2" in err and "q2" in err, err


def test_where_nothing_can_be_computed():
    """no row, one row, constants, one item, all missing: null and a sentence, exit 0, no nan"""
    for what, text in (("no row", "id,a,b\n"), ("one row", "id,a,b\n1,0,1\n"),
                       ("two rows", "id,a,b\n1,0,1\n2,2,3\n"),
                       ("constants", "id,a,b\n1,2,1\n2,2,1\n3,2,1\n"),
                       ("one item", "id,a\n1,2\n2,1\n3,0\n"),
                       ("all missing", "id,a,b\n1,NA,NA\n2,,\n")):
        path = write("edge.csv", text)
        status, out, err = run("scale", path, *RANGE, "-o", "json")
        scale = json.loads(out)
        tap.equal(status, 0, what)
        assert "nan" not in out.lower() and "inf" not in out.lower(), f"{what}: {out}"
        if what != "two rows":
            assert scale["alpha"] is None and scale["omega"] is None and err, f"{what}: {out} {err}"
        status, out, _ = run("scale", path, *RANGE)
        assert status == 0 and "nan" not in out.lower(), f"{what}: {out}"
        status, out, _ = run("change", path, path, *RANGE, "-o", "json")
        assert status == 0 and "nan" not in out.lower() and "inf" not in out.lower(), f"{what}: {out}"


def test_few_answers_are_held_by_the_prior():
    """with 8 people the plain likelihood is refused by item and way out; the design prior fits"""
    path = write("eight.csv", answers(8, 4, 5))
    status, out, err = run("calibrate", path, *RANGE, "--prior", "none", "-o", "json", lang="en")
    assert (status, out) == (7, "") and "--prior design" in err and "option" in err, err
    params = json.loads(run("calibrate", path, *RANGE, "-o", "json")[1])
    assert params["converged"] and all(.5 < i["a"] < 4 for i in params["items"]), params


def test_words_depend_on_how_many_answered():
    """people see counts from 5 rows on, means from 10, alpha from 30, omega from 100"""
    seen = []
    for persons in (4, 7, 20, 60, 150):
        text = "\n".join(line for line in answers(persons, 4, 2).replace("NA", "1").splitlines())
        out = run("scale", write("some.csv", text), *RANGE, lang="en")[1]
        seen.append(("q1" in out, "Mean of" in out, "Cronbach's alpha" in out, "McDonald" in out))
    tap.equal(seen, [(False, False, False, False), (True, False, False, False),
                     (True, True, False, False), (True, True, True, False),
                     (True, True, True, True)])


def test_smallest_answer():
    """stats score tells 0..3 from 1..4 by the answers, and asks when they do not show it"""
    params = write("p.json", json.dumps({"items": [
        {"name": n, "a": 1.42, "b": [-1.8, -.5, .8]} for n in ("a", "b", "c")]}))
    score = lambda text, *more: run("score", write("s.csv", text), "--params", params, "-o", "json",
                                    *more)
    zero = json.loads(score("id,a,b,c\n1,0,0,0\n2,2,2,2\n")[1])
    one = json.loads(score("id,a,b,c\n1,1,1,1\n2,3,3,3\n4,4,4,4\n")[1])
    tap.equal([r["eap"] for r in one[:2]], [r["eap"] for r in zero])
    assert abs(zero[0]["eap"] + 1.946077) < 2e-5 and abs(zero[0]["psd"] - .666336) < 2e-5
    status, out, err = score("id,a,b,c\n1,1,2,3\n")
    assert (status, out) == (7, "") and "--min" in err, err
    tap.equal(json.loads(score("id,a,b,c\n1,2,2,2\n", "--min", "0")[1])[0]["eap"], zero[1]["eap"])
    status, _, err = score("id,a,b,c\n1,0,2,4\n")
    assert status == 7 and ":2:7:" in err, err


def test_bad_parameters():
    """parameters that are no parameters are refused with the field"""
    for text in ("{}", "[1]", '{"items":[{"name":"a","a":0,"b":[1]}]}',
                 '{"items":[{"name":"a","a":1,"b":[1,0]}]}', '{"items":[{"name":"a","a":1}]}',
                 '{"items":[{"name":"a","a":1,"b":[0]},{"name":"b","a":1,"b":[0,1]}]}'):
        status, out, err = run("score", GOOD, "--params", write("bad.json", text), "-o", "json")
        assert status == 7 and not out and err, (text, status, err)


def test_usage():
    """without the range it says what is missing and shows an example"""
    status, _, err = run("scale", GOOD, lang="en")
    assert status == 2 and "--min" in err and "--min 0 --max 3" in err, err
    for bad in (("--min", "3", "--max", "3"), ("--min", "0", "--max", "99"), ("--min", "x", "--max", "3")):
        tap.equal(run("scale", GOOD, *bad)[0], 2, bad)


tap.run(globals())
