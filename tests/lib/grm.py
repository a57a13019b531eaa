# SPDX-License-Identifier: Apache-2.0
"""Graded response model on 121 nodes and Wilson's interval, written from the formulas alone:
what the product says is compared with this, so nothing here may ask the product."""
import math

DESIGN = (1.42, (2.556, 0.710, -1.136))
CUTS = {"severe": 0.5, "need": 1.5, "resource": 2.5}
TARGET, SURE, CLEAR, PSD_MAX = 2.0, 0.80, 0.20, 0.70
NODES, STEP = [(q - 60) / 10 for q in range(121)], 0.1
NP, CANNOT, NONE = -2, -3, -1


def star(item, k, theta):
    """Probability of at least k."""
    a, c = item
    if k == 0:
        return 1.0
    return 1 / (1 + math.exp(-(a * theta + c[k - 1]))) if k <= len(c) else 0.0


def prob(item, x, theta):
    return max(star(item, x, theta) - star(item, x + 1, theta), 1e-12)


def score(items, theta):
    """T: mean expected answer, 0..3."""
    return sum(star(item, k, theta) for item in items for k in (1, 2, 3)) / len(items)


def draw(rng, theta, item=DESIGN):
    """One answer of somebody with this trait."""
    u = rng.random()
    return sum(u < star(item, k, theta) for k in (1, 2, 3))


def posterior(items, answers):
    weights = [math.exp(-t * t / 2) for t in NODES]
    for item, x in zip(items, answers):
        if x >= 0:
            weights = [w * prob(item, x, t) for w, t in zip(weights, NODES)]
    total = sum(weights)
    return [w / total for w in weights]


def below(post, cut):
    return sum(w * min(max((cut - (t - STEP / 2)) / STEP, 0), 1) for w, t in zip(post, NODES))


def quantile(post, p):
    lo, hi = -6.05, 6.05
    for _ in range(60):
        middle = (lo + hi) / 2
        lo, hi = (middle, hi) if below(post, middle) < p else (lo, middle)
    return lo


def theta_of(items, tau):
    """Where T reaches tau; None when it does not on -6..6."""
    lo, hi = -6.0, 6.0
    if not score(items, lo) <= tau <= score(items, hi):
        return None
    for _ in range(60):
        middle = (lo + hi) / 2
        lo, hi = (middle, hi) if score(items, middle) < tau else (lo, middle)
    return lo


def cell(items, answers):
    """One competency of one sheet; `reasons` are all that would forbid a statement."""
    shown, np = len(answers), answers.count(NP)
    given = [x for x in answers if x >= 0]
    cuts = {name: theta_of(items, tau) for name, tau in CUTS.items()}
    out = {"shown": shown, "np": np, "answered": len(given), "reasons": set(), "state": "no_data"}
    if given:
        out["mean"] = sum(given) / len(given)
    if None in cuts.values():
        out["reasons"].add("no_params")
    else:
        post = posterior(items, answers)
        out["eap"] = sum(w * t for w, t in zip(post, NODES))
        out["psd"] = math.sqrt(sum(w * t * t for w, t in zip(post, NODES)) - out["eap"] ** 2)
        out["p_need"] = below(post, cuts["need"])
        out["t"] = score(items, out["eap"])
        out["t_lo"], out["t_hi"] = (score(items, quantile(post, p)) for p in (CLEAR, SURE))
        out["need"] = sum(w * max(0, TARGET - score(items, t)) for w, t in zip(post, NODES))
        out["level"] = sum(out["t"] >= cut for cut in CUTS.values())
        if out["psd"] > PSD_MAX:
            out["reasons"].add("uncertain")
    if len(given) < max(3, math.ceil(0.6 * (shown - np))):
        out["reasons"].add("few_answers")
    if 2 * np > shown:
        out["state"] = "not_in_work"
    elif not out["reasons"]:
        out["state"] = "need" if out["p_need"] >= SURE else \
            "ok" if out["p_need"] <= CLEAR else "unclear"
    return out


def wilson(part, n, z=1.959964):
    p = part / n
    reach = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return ((p + z * z / (2 * n) - reach) / (1 + z * z / n),
            (p + z * z / (2 * n) + reach) / (1 + z * z / n))


def state_of(answers):
    """State by the shipped design parameters."""
    return cell([DESIGN] * len(answers), answers)["state"]
