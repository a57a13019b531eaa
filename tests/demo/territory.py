# SPDX-License-Identifier: Apache-2.0
"""Draws an invented territory from surveys/demo/territory.yaml: registers as CSV files and the
latent traits behind the simulated answers. Same seed, same territory. Knows no daemon."""
import csv
import random

import yaml

SCHOOL_KINDS = ("gymnasium", "secondary", "basic")
EDUCATOR_SUBJECTS = [("preschool", 84), ("preschool_music", 8), ("preschool_pe", 8)]
TODAY_YEAR = 2026


class Territory:
    """orgs, people, associations, mentors: lists of dicts, as the CSV files hold them."""

    def __init__(self, description, competencies, seed, teachers=3777, administrators=None,
                 mentors=None, scale=1.0):
        with open(description, encoding="utf-8") as file:
            self.data = yaml.safe_load(file)
        self.rng = random.Random(seed)
        self.competencies = competencies
        conditions = self.data["conditions"]
        self.young_share = conditions["young_share"]
        self.scale = scale
        self.orgs, self.people, self.traits = [], [], {}
        self._draw_orgs()
        self._draw_people(teachers, administrators if administrators is not None
                          else conditions["administrators"])
        self._draw_associations()
        self._draw_mentors(mentors if mentors is not None else conditions["mentors"])

    # ---- organisations ----

    def _draw_orgs(self):
        rng, data = self.rng, self.data
        self.orgs.append(dict(code="TERR", name=data["title"], kind="region", parent=""))
        towns = data["municipalities"]
        for town in towns:
            self.orgs.append(dict(code=town["code"], name=town["name"], kind="municipality",
                                  parent="TERR"))
        places, nicks, number = list(data["places"]), list(data["nicks"]), 0
        rng.shuffle(places)
        rng.shuffle(nicks)
        self.staffed = []
        for kind in data["org_kinds"]:
            for n in range(1, max(1, round(kind["count"] * self.scale)) + 1):
                number += 1
                town = rng.choices(towns, [t["share"] for t in towns])[0]
                name = kind["name"].format(n=n, place=places[(n - 1) % len(places)],
                                           nick=nicks[(n - 1) % len(nicks)])
                org = dict(code=f"ORG-{number:03d}", name=name, kind=kind["kind"],
                           parent=town["code"], low_result="", staff=kind["staff"])
                self.orgs.append(org)
                self.staffed.append(org)
        for org in rng.sample([o for o in self.staffed if o["kind"] in ("basic", "secondary")],
                              min(6, len(self.staffed) // 8)):
            org["low_result"] = "1"
        self.by_code = {org["code"]: org for org in self.orgs}

    # ---- people ----

    def _name(self):
        rng, data = self.rng, self.data
        sex = "f" if rng.random() < 0.86 else "m"
        return " ".join(rng.choice(data[f"{part}_{sex}"]) for part in
                        ("surnames", "first", "patronymic"))

    def _person(self, org, position):
        rng = self.rng
        if rng.random() < self.young_share:
            birth, hired_year = rng.randint(1991, 2003), rng.randint(2024, 2026)
        else:
            birth = rng.randint(1958, 1992)
            hired_year = rng.randint(max(birth + 21, 1980), 2022)
        subjects, stage = [], ""
        if position == "educator":
            subjects = [rng.choices([s for s, _ in EDUCATOR_SUBJECTS],
                                    [w for _, w in EDUCATOR_SUBJECTS])[0]]
            stage = "preschool"
        elif position == "teacher":
            subject = rng.choices(self.data["subjects"],
                                  [s["weight"] for s in self.data["subjects"]])[0]
            subjects, stage = [subject["code"]], subject["stage"]
        elif position in ("psychologist", "speech"):
            subjects = [{"psychologist": "psychology", "speech": "speech"}[position]]
        elif position == "additional":
            subjects = ["additional"]
        self.people.append(dict(
            code=f"T-{len(self.people) + 1:04d}", name=self._name(), org=org["code"],
            position=position, subjects=";".join(subjects), stage=stage,
            category=rng.choices(["", "first", "highest"], [45, 30, 25])[0],
            hired=f"{hired_year}-{rng.choice(['08', '09'])}-{rng.randint(1, 28):02d}",
            birth_year=birth,
            formats=rng.choices(["", "online;mixed", "inperson;mixed"], [60, 25, 15])[0]))

    def _draw_people(self, teachers, administrators):
        rng = self.rng
        weights = [org["staff"] * rng.uniform(0.75, 1.25) for org in self.staffed]
        counts = [max(4, int(teachers * w / sum(weights))) for w in weights]
        while sum(counts) != teachers:
            counts[rng.randrange(len(counts))] += 1 if sum(counts) < teachers else -1
        for org, count in zip(self.staffed, counts):
            for _ in range(count):
                self._person(org, self._position(org))
        for i in range(administrators):
            self._person(self.staffed[i % len(self.staffed)], "administrator")
        for person in self.people:
            self.traits[person["code"]] = self._traits(person)

    def _position(self, org):
        rng = self.rng
        if org["kind"] == "kindergarten":
            return rng.choices(["educator", "speech", "psychologist"], [90, 6, 4])[0]
        if org["kind"] == "supplementary":
            return "additional"
        return rng.choices(["teacher", "psychologist", "speech"], [95, 3, 2])[0]

    def _traits(self, person):
        """Latent trait per competency: a common part, an own part, and the story of the place."""
        rng = self.rng
        town = self.by_code[person["org"]]["parent"]
        young = int(person["hired"][:4]) >= 2024
        common = rng.gauss(0, 1)
        shifts = {}
        for row in self.data["needs"]:
            if row.get("position", person["position"]) == person["position"] and \
                    row.get("municipality", town) == town:
                shifts[row["competency"]] = shifts.get(row["competency"], 0) + row["shift"]
        return {c: 0.55 * common + 0.83 * rng.gauss(0, 1) + 0.15 + shifts.get(c, 0)
                - (0.5 if young else 0) for c in self.competencies}

    # ---- associations and mentors ----

    def _draw_associations(self):
        rng = self.rng
        self.associations = []
        for row in self.data["associations"]:
            members = [p["code"] for p in self.people if row["subject"] in p["subjects"].split(";")]
            self.associations.append(dict(
                code=row["code"], name=row["name"], level="territorial", subject=row["subject"],
                org="TERR", head=rng.choice(members) if members else ""))

    def _draw_mentors(self, wanted):
        """Admission records: an experienced colleague, two to four strengths where he is strong."""
        rng = self.rng
        seasoned = [p for p in self.people if int(p["hired"][:4]) <= 2016 and
                    p["position"] != "administrator"]
        rng.shuffle(seasoned)
        self.mentors = []
        for person in seasoned[:min(wanted, len(seasoned))]:
            traits = self.traits[person["code"]]
            best = sorted(traits, key=traits.get, reverse=True)[:rng.randint(2, 4)]
            for c in best:
                traits[c] = max(traits[c], 1.2)
            self.mentors.append(dict(
                code=person["code"], capacity=rng.choices([1, 2, 3], [45, 35, 20])[0],
                status="active", formats=rng.choice(["", "online;mixed", "inperson;mixed"]),
                admitted="2026-09-01", admitted_to="2027-08-31",
                strengths=";".join(f"{c}:{rng.choice([0.7, 0.8, 0.9, 1])}" for c in best),
                evidence="протокол методического совета № 3 от 28.08.2026 (учебные данные)",
                confirmed_by="методический совет"))

    # ---- files ----

    def write(self, folder):
        columns = {
            "orgs.csv": (self.orgs, ["code", "name", "kind", "parent", "low_result"]),
            "teachers.csv": (self.people, ["code", "name", "org", "position", "subjects", "stage",
                                           "category", "hired", "birth_year", "formats"]),
            "associations.csv": (self.associations, ["code", "name", "level", "subject", "org",
                                                     "head"]),
            "mentors.csv": (self.mentors, ["code", "capacity", "status", "formats", "admitted",
                                           "admitted_to", "strengths", "evidence",
                                           "confirmed_by"])}
        for name, (rows, names) in columns.items():
            with open(f"{folder}/{name}", "w", encoding="utf-8", newline="") as file:
                writer = csv.DictWriter(file, names, extrasaction="ignore")
                writer.writeheader()
                writer.writerows(rows)

    def is_young(self, person):
        return int(person["hired"][:4]) >= 2024 and TODAY_YEAR - person["birth_year"] <= 35
