# SPDX-License-Identifier: Apache-2.0
"""Twenty random teachers answer; every number and state of their profiles is computed again from
the stored answers by tests/lib/grm.py, which knows only the formulas of the method."""
import random

import yaml

import grm
import tap
from harness import ROOT, Daemon
from world import TODAY, World

DAEMON = Daemon(web=False).start()
WORLD = World(DAEMON, wave=False)
RNG = random.Random(20261121)
with open(f"{ROOT}/surveys/general.yaml", encoding="utf-8") as file:
    ITEMS = {item["id"]: item["competency"] for item in yaml.safe_load(file)["items"]}
COMPETENCIES = list(dict.fromkeys(ITEMS.values()))
TEACHERS = sorted(RNG.sample([row["code"] for row in WORLD.people], 20))

# A set of parameters of its own for every item. VAGUE tells little, NOWHERE reaches no cut.
VAGUE, NOWHERE = "TUT", "PRJ"


def own_parameters():
    rng = random.Random(7)
    sets = {}
    for item, competency in ITEMS.items():
        a = round(rng.uniform(0.8, 2.4), 3)
        middle, width = rng.uniform(-0.6, 1.2), rng.uniform(1.2, 2.4)
        c = tuple(round(middle + shift * width, 3) for shift in (1, 0, -1))
        if competency == VAGUE:
            a, c = 0.4, (1.0, 0.0, -1.0)
        if competency == NOWHERE:
            a, c = 0.3, (9.0, 8.0, 7.0)
        sets[item] = (a, c)
    return sets


PARAMS = {"0": {item: grm.DESIGN for item in ITEMS}, "own": own_parameters()}


def load_own_set():
    path = f"{DAEMON.dir}/own.yaml"
    with open(path, "w", encoding="utf-8") as out:
        yaml.safe_dump({
            "kind": "paramset", "id": "own", "label": "preliminary", "framework": "kdp-ped-1",
            "version": "0.1", "title": {"ru": "Свои параметры", "en": "Own parameters"},
            "default": {"a": grm.DESIGN[0], "c": list(grm.DESIGN[1])},
            "items": [{"item": item, "a": a, "c": list(c)}
                      for item, (a, c) in PARAMS["own"].items()]},
            out, allow_unicode=True, sort_keys=False)
    DAEMON.cli("form", "load", path, check=0)


def draw_answers():
    """An answer for every item: by a latent trait, with skips of all kinds; whole competencies are
    skipped at times, so that every reason for saying nothing occurs."""
    answers = {}
    for competency in COMPETENCIES:
        theta, habit = RNG.gauss(0, 1.2), RNG.random()
        for item in (i for i, c in ITEMS.items() if c == competency):
            skip = RNG.choice([grm.NP, grm.CANNOT, grm.NONE])
            answers[item] = grm.NP if habit < 0.06 and RNG.random() < 0.8 else \
                skip if RNG.random() < (0.6 if habit < 0.15 else 0.04) else grm.draw(RNG, theta)
    return answers


def fill(wave, paramset):
    """{teacher: (answers sent, session of the result)}"""
    methodist = WORLD.as_("methodist-t")
    methodist.call("wave.create", code=wave, form="KDP-G", paramset=paramset, to=TODAY + 9,
                   competencies=COMPETENCIES, **{"from": TODAY - 1, "in": "TERR"})
    methodist.call("invite.create", wave=wave)
    codes = {r["teacher"]: r["code"] for r in methodist.call("invite.print", wave=wave)["rows"]}
    rpc, sheets = DAEMON.rpc(), {}
    for teacher in TEACHERS:
        answers = draw_answers()
        session = rpc.call("session.enter", code=codes[teacher])["session"]
        rpc.call("attempt.start", _session=session, consent_process=True, consent_aggregate=True)
        for page in range(1, rpc.call("attempt.show", _session=session)["pages"] + 1):
            rows = rpc.call("page.show", _session=session, page=page)["rows"]
            rpc.call("page.save", _session=session, page=page, partial=True,
                     answers=[answers[row["item"]] for row in rows])
        sheets[teacher] = (answers, rpc.call("attempt.submit", _session=session,
                                             with_gaps=True)["session"])
    methodist.call("wave.publish", code=wave)
    return sheets


load_own_set()
SHEETS = {"0": fill("W-DESIGN", "0"), "own": fill("W-OWN", "own")}
WAVES = {"0": "W-DESIGN", "own": "W-OWN"}


def stored(paramset):
    """(teacher, {item: answer}, me.profile, me.data) of everybody, as the product gives them back."""
    for teacher, (_, session) in SHEETS[paramset].items():
        rpc = DAEMON.rpc(session=session)
        data = rpc.call("me.data")
        sheet, = data["submissions"]
        yield teacher, dict(zip(sheet["items"], sheet["answers"])), rpc.call("me.profile"), data
        rpc.close()


def expected(paramset, answers, competency):
    items = [i for i, c in ITEMS.items() if c == competency]
    return grm.cell([PARAMS[paramset][i] for i in items], [answers[i] for i in items])


def near(got, wanted, what):
    """Stored thousandths against the unrounded number."""
    if got is None or abs(got / 1000 - wanted) > 0.001:
        raise AssertionError(f"{what}: {got} is not {wanted}")


def test_oracle():
    """the recomputation itself gives the published table of the design set"""
    for answers, eap, psd, need in (([0, 0, 0], -1.946077, .666336, 1.368021),
                                    ([1, 2, 2], -.183349, .568275, .335861),
                                    ([3, 3, 3], 1.402526, .689454, .007416),
                                    ([2] * 6, .123797, .417974, .154867)):
        cell = grm.cell([grm.DESIGN] * len(answers), answers)
        for name, value in (("eap", eap), ("psd", psd), ("need", need)):
            assert abs(cell[name] - value) < 2e-6, (answers, name, cell[name], value)
    for name, tau, theta in (("need", 1.5, -.5), ("severe", 1.0, -1.24051026)):
        assert abs(grm.theta_of([grm.DESIGN], tau) - theta) < 1e-7, name


def test_answers_come_back():
    """what was sent is what the person sees as stored; the analyst gets the same sheets, no names"""
    for paramset, wave in WAVES.items():
        own = []
        for teacher, answers, _, _ in stored(paramset):
            tap.equal(answers, SHEETS[paramset][teacher][0], teacher)
            own.append(sorted(answers.items()))
        export = WORLD.as_("analyst").call("answers.export", wave=wave)
        tap.equal(export["total"], len(TEACHERS))
        tap.equal(sorted(sorted(zip(r["items"], r["answers"])) for r in export["rows"]), sorted(own))
        for row in export["rows"]:
            tap.equal(sorted(row), ["answers", "id", "items", "wording"])
            tap.equal(row["items"], list(ITEMS), "form order, not the order shown")
            assert not any(t in row["id"] for t in TEACHERS), row["id"]


def check_profiles(paramset):
    seen = {}
    for teacher, answers, profile, _ in stored(paramset):
        tap.equal((profile["paramset"], profile["wave"]), (paramset, WAVES[paramset]))
        tap.equal([row["competency"] for row in profile["rows"]], COMPETENCIES)
        for row in profile["rows"]:
            cell = expected(paramset, answers, row["competency"])
            what = f"{teacher} {row['competency']} {answers}"
            tap.equal(row["state"], cell["state"], what)
            tap.equal([row.get(n, 0) for n in ("answered", "shown", "np")],
                      [cell[n] for n in ("answered", "shown", "np")], what)
            if cell["answered"]:
                near(row["mean"], cell["mean"], f"{what}: mean")
            if cell["state"] == "no_data":
                assert row["reason"] in cell["reasons"], (what, row["reason"], cell["reasons"])
            seen[row.get("reason") or row["state"]] = seen.get(row.get("reason") or row["state"],
                                                               0) + 1
            if cell["state"] in ("no_data", "not_in_work"):
                tap.equal([n for n in ("t", "t_lo", "t_hi", "eap", "psd", "p_need", "need", "level",
                                       "level_word") if row.get(n) is not None], [], what)
                continue
            assert not row.get("reason"), what
            for name in ("eap", "psd", "t", "t_lo", "t_hi", "p_need", "need"):
                near(row.get(name), cell[name], f"{what}: {name}")
            tap.equal(row["level"], cell["level"], what)
            # the strip lies on one side of the cut exactly when the state is decided
            tap.equal(row["t_hi"] <= 1500, row["state"] == "need", what)
            tap.equal(row["t_lo"] >= 1500, row["state"] == "ok", what)
        for name, state in (("strengths", "ok"), ("needs", "need"), ("unclear", "unclear")):
            tap.equal(profile.get(name, 0), sum(r["state"] == state for r in profile["rows"]), name)
    return seen


def test_design_profiles():
    """20 teachers × 24 areas by the design parameters: EAP, error, P, T, interval, need, states"""
    seen = check_profiles("0")
    for state in ("need", "unclear", "ok", "not_in_work", "few_answers"):
        assert seen.get(state, 0) >= 5, seen


def test_own_profiles():
    """the same by a set with other parameters for every item; two more reasons for no statement"""
    seen = check_profiles("own")
    for state in ("need", "unclear", "ok", "not_in_work", "few_answers", "uncertain", "no_params"):
        assert seen.get(state, 0) >= 5, seen


def test_all_the_same_numbers():
    """the stored profile, profile show, the page of all data and the export agree to the last digit"""
    states = {0: "no_data", 1: "not_in_work", 2: "need", 3: "unclear", 4: "ok"}
    for teacher, _, profile, data in stored("0"):
        kept, = data["profiles"]
        shown = {row["competency"]: row for row in profile["rows"]}
        tap.equal(DAEMON.rpc(session=SHEETS["0"][teacher][1]).call("profile.show", teacher=teacher),
                  profile, "own profile by both commands")
        for cell in kept["cells"]:
            row = shown[cell["competency"]]
            tap.equal(states[cell.get("state", 0)], row["state"], teacher)
            for name in ("eap", "psd", "t", "t_lo", "t_hi", "p_need", "need"):
                if row.get(name) is not None:
                    tap.equal(cell[name], row[name], f"{teacher} {cell['competency']} {name}")


def test_replay():
    """the journal played again gives these profiles bit by bit"""
    result = DAEMON.rpc().call("store.verify")
    assert result["ok"] and result["events"] > 500, result
    DAEMON.stop_clean()


tap.run(globals())
