#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The whole chain on a territory of real size, in a fresh folder: form, answers over HTTP, durable
receipts, profiles, routes, mentor pairs, address recommendations. Each step as its real role."""
import argparse
import asyncio
import csv
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [HERE, f"{ROOT}/tests/lib"]

parser = argparse.ArgumentParser()
parser.add_argument("--build", default="build")
parser.add_argument("--dir", default="demo")
parser.add_argument("--serve", action="store_true", help="leave it running")
parser.add_argument("--teachers", type=int, default=3200, help="how many fill the form")
parser.add_argument("--seed", type=int, default=20261122)
parser.add_argument("--port", type=int, default=8080)
args = parser.parse_args()
os.environ["METOD_BUILD"] = args.build

import yaml  # noqa: E402

from harness import ENV, Daemon, Rpc, RpcError  # noqa: E402
from teachers import Simulation, Teacher  # noqa: E402
from territory import Territory  # noqa: E402

WAVE = "осень-2026"
# Each position is asked in its own words: wave, form, positions.
WAVES = [(WAVE, "KDP-G", "teacher,educator,additional,administrator"),
         ("осень-2026-психологи", "KDP-P", "psychologist"),
         ("осень-2026-логопеды", "KDP-L", "speech")]
FORMS = ("general.yaml", "psychologist.yaml", "speech.yaml")
seconds, summary = {}, {}


class step:
    """Prints a heading and remembers how long the step took."""

    def __init__(self, name, title):
        self.name, self.title = name, title

    def __enter__(self):
        print(f"\n== {self.title}", flush=True)
        self.begun = time.monotonic()

    def __exit__(self, *failure):
        seconds[self.name] = round(time.monotonic() - self.begun, 2)
        if failure[0] is None:
            print(f"   {seconds[self.name]:.1f} с", flush=True)


class Role:
    """Somebody with a token at the command line; what he types is shown."""

    def __init__(self, daemon, name, token):
        self.daemon, self.name, self.token = daemon, name, token

    def run(self, *words, show=True, lines=None, check=0):
        if show:
            print(f"   {self.name}$ metodctl {' '.join(words)}", flush=True)
        status, out, err = self.daemon.cli(*words, token=self.token)
        if status != check:
            raise SystemExit(f"metodctl {' '.join(words)} → {status}\n{out}{err}")
        if show:
            shown = out.rstrip("\n").split("\n")
            for line in shown[:lines] if lines else shown:
                print("     " + line)
            if lines and len(shown) > lines:
                print(f"     … ещё строк: {len(shown) - lines}")
        return out

    def json(self, *words):
        return json.loads(self.run("-o", "json", *words, show=False))


def admin_user(rpc, login, role, scope=None, person=None):
    request = {"login": login, "role": role}
    if scope:
        request["in"] = scope
    if person:
        request["person"] = person
    rpc.call("user.add", **request)
    return rpc.call("token.issue", login=login, days=30)["token"]


def statements():
    """Text of every statement, as a page shows it → competency."""
    told = {}
    for name in FORMS:
        with open(f"{ROOT}/surveys/{name}", encoding="utf-8") as file:
            form = yaml.safe_load(file)
        told.update({" ".join(item[w["key"]]["ru"].split()): item["competency"]
                     for item in form["items"] for w in form["wordings"]})
    return told


def not_in_work():
    """position → competency → how likely it did not come up in four weeks: rare where the site says
    that the work needs the competency, common where it is not part of the work."""
    with open(f"{ROOT}/surveys/site.yaml", encoding="utf-8") as file:
        site = yaml.safe_load(file)
    return {row["position"]: {c: share for level, share in
                              (("independent", 0.012), ("example", 0.03), ("none", 0.4))
                              for c in row.get(level, [])} for row in site["required"]}


def stop_if_running(folder):
    """The store's lock tells whether a daemon still serves this folder."""
    try:
        Rpc(f"{folder}/ctl.sock").close()
    except OSError:
        return
    raise SystemExit(f"{folder}: a demo is still running here; stop it first (Ctrl-C)")


def main():
    folder = os.path.abspath(args.dir)
    if os.path.exists(folder):
        stop_if_running(folder)
        shutil.rmtree(folder)
    os.makedirs(folder)
    begun = time.monotonic()
    print("Учебные данные: территория вымышлена, ответы разыграны по модели с латентными чертами "
          f"(зерно {args.seed}).")

    with step("territory", "Территория: организации, педагоги, объединения, наставники"):
        with open(f"{ROOT}/surveys/framework.yaml", encoding="utf-8") as file:
            competencies = [c["id"] for c in yaml.safe_load(file)["competencies"]]
        territory = Territory(f"{ROOT}/surveys/demo/territory.yaml", competencies, args.seed)
        os.makedirs(f"{folder}/registers")
        territory.write(f"{folder}/registers")

    with step("start", "Пустое хранилище, демон и веб-процесс"):
        daemon = Daemon(folder=folder, demo=True, init=False)
        daemon.port = args.port if args.serve else daemon.port
        daemon.settings = [f"data_dir={folder}/store", f"keys_dir={folder}/keys",
                           f"backup_dir={folder}/backup", f"socket={folder}/ctl.sock",
                           f"http_listen=127.0.0.1:{daemon.port}",
                           f"public_url=http://127.0.0.1:{daemon.port}"]
        subprocess.run([f"{ROOT}/{args.build}/metodd", "init", f"--admin-uid={os.getuid()}",
                        "--admin-login=admin", f"--title={territory.data['title']}",
                        f"--zone={territory.data['zone']}", "--demo", *daemon.settings],
                       check=True, env=ENV)
        daemon.start()

    admin = Role(daemon, "администратор", None)
    rpc = Rpc(daemon.socket)
    with step("import", "Администратор загружает реестры, каталог и анкету"):
        for noun in ("org", "teacher", "association", "mentor"):
            admin.run(noun, "import", f"{folder}/registers/{noun}s.csv", lines=5)
        admin.run("activity", "import", f"{ROOT}/surveys/activities.csv", lines=5)
        admin.run("form", "load", f"{ROOT}/surveys", lines=8)
        methodists = territory.data["conditions"]["methodists"]
        tokens = {}
        for n in range(1, methodists + 1):
            town = None if n == 1 else territory.data["municipalities"][n % 3]["code"]
            tokens[f"methodist-{n:02d}"] = admin_user(rpc, f"methodist-{n:02d}", "methodist",
                                                      town)
        tokens["coordinator"] = admin_user(rpc, "coordinator", "coordinator")
        tokens["analyst"] = admin_user(rpc, "analyst", "analyst")
        tokens["head"] = admin_user(rpc, "head-math", "head", "TUMO-05",
                                    next(a["head"] for a in territory.associations
                                         if a["code"] == "TUMO-05"))
        tokens["deputy"] = admin_user(rpc, "deputy-002", "deputy", "ORG-002")
    methodist = Role(daemon, "методист", tokens["methodist-01"])
    coordinator = Role(daemon, "координатор", tokens["coordinator"])

    with step("invite", "Методист открывает волну и готовит приглашения"):
        codes = {}
        for wave, form, positions in WAVES:
            methodist.run("wave", "create", wave, "--form", form, "--from", "2026-11-01", "--to",
                          "2027-05-31", "--in", "TERR", lines=4)
            methodist.run("invite", "create", wave, "--positions", positions, lines=3)
            out = methodist.run("invite", "print", wave, "--positions", positions, "-o", "csv",
                                show=False)
            codes.update({row["teacher"]: row["code"] for row in csv.DictReader(io.StringIO(out))})

    simulation = Simulation(daemon.port, statements(), not_in_work(), args.seed)
    with step("answers", f"{args.teachers} педагогов заполняют анкету, по 64 сразу"):
        people = list(territory.people)
        territory.rng.shuffle(people)
        crowd = [Teacher(n, codes[p["code"]], p, territory.traits[p["code"]],
                         territory.is_young(p), args.seed)
                 for n, p in enumerate(people[:args.teachers], 1)]
        asyncio.get_event_loop().run_until_complete(simulation.run(crowd, 64))
        print(f"   отправлено {simulation.submitted}, запросов {simulation.count['requests']}, "
              f"ошибок {simulation.count['errors']}; просили наставника {simulation.mentor_asked}, "
              f"подали заявку на курс {simulation.applied}")
        show_not_in_work(simulation)
        for fault in simulation.faults[:5]:
            print("   !", fault)

    with step("publish", "Методист закрывает волну и публикует сводные данные"):
        for wave, _, _ in WAVES:
            methodist.run("wave", "close", wave, lines=2)
            methodist.run("wave", "publish", wave, lines=3)
        methodist.run("wave", "show", WAVE, lines=14)
    with step("routes", "Маршруты для всех профилей"):
        built = methodist.json("route", "build", WAVE)
        print(f"   маршрутов {built['built']}, без потребности {built['no_need']}, "
              f"ничего не подошло {built['empty']}")
    with step("match", "Координатор подбирает наставников"):
        match = coordinator.json("mentor", "suggest", WAVE)
        print(f"   просили наставника {match['mentees']}, пар {match['matched']}; молодых "
              f"специалистов {match['young_matched']} из {match['young_total']}; "
              f"сертификат: цель {match['objective']} = граница {match['dual']}")

    with step("roles", "Каждый видит своё"):
        show_roles(daemon, rpc, simulation, territory, methodist, coordinator, match, tokens)
    with step("documents", "Адресные рекомендации"):
        delivered = documents(folder, methodist, territory, simulation)
    with step("verify", "Журнал проигрывается заново и сравнивается со всеми таблицами"):
        admin.run("store", "verify")

    waves = [methodist.json("wave", "show", wave) for wave, _, _ in WAVES]
    status = rpc.call("store.stat")
    rows = {row["table"]: row["rows"] for row in status["rows"]}
    summary.update(orgs=len(territory.staffed), teachers=sum(p["position"] != "administrator" for p in territory.people),
                   
                   mentors=rows["MENTOR"], methodists=methodists, activities=rows["ACTIVITY"],
                   invited=sum(w["invited"] for w in waves),
                   submitted=sum(w["submitted"] for w in waves), profiles=rows["PROFILE"],
                   no_need=built["no_need"], routes=built["built"], pairs=match["matched"],
                   young_total=match["young_total"], young_matched=match["young_matched"],
                   recommendations=rows["RECOMMENDATION"], messages_delivered=delivered,
                   http_requests=simulation.count["requests"],
                   http_errors=simulation.count["errors"] + len(simulation.faults))
    seconds["all"] = round(time.monotonic() - begun, 1)
    summary["seconds"] = seconds
    with open(f"{folder}/summary.json", "w", encoding="utf-8") as file:
        json.dump(summary, file, ensure_ascii=False, indent=1)
    print("\n" + json.dumps({k: v for k, v in summary.items() if k != "seconds"}))
    print("секунды: " + ", ".join(f"{k} {v}" for k, v in seconds.items()))
    rpc.close()
    if args.serve:
        serve(daemon, codes, crowd, territory, tokens)
    elif daemon.stop() != 0:
        raise SystemExit("the daemon did not stop cleanly:\n" + daemon.tail())
    good = summary["submitted"] == summary["profiles"] and summary["http_errors"] == 0 and \
        summary["submitted"] == simulation.submitted
    raise SystemExit(0 if good else 1)


def show_not_in_work(simulation):
    """How often people said that a statement did not come up in their work, by position: it stays
    rare where the words fit the work."""
    names = {"teacher": "учителя", "educator": "воспитатели", "additional": "дополнительное",
             "psychologist": "психологи", "speech": "логопеды", "administrator": "руководители"}
    print("   «в моей работе этого не было», доля ответов (разыграны по site.yaml):")
    for position, (absent, asked) in sorted(simulation.absent.items()):
        share = 100 * absent / asked
        print(f"     {names[position]:<15} {share:4.1f} %  из {asked:<6} "
              f"«{simulation.example[position]}»")
        if share > 5:
            raise SystemExit(f"the words of the form do not fit the work of {position}: "
                             f"{share:.1f} % of the statements did not come up")


def show_roles(daemon, rpc, simulation, territory, methodist, coordinator, match, tokens):
    methodist.run("deficit", "top", WAVE, lines=18)
    Role(daemon, "руководитель объединения", tokens["head"]).run("deficit", "top", WAVE, lines=8)
    Role(daemon, "зам. директора", tokens["deputy"]).run("deficit", "top", WAVE, lines=8)
    code, browser = next(iter(simulation.kept.items()))
    page = asyncio.get_event_loop().run_until_complete(browser.get("/me"))
    print(f"   страница педагога {code}:")
    for line in page_lines(page)[:18]:
        print("     " + line)
    accept_one(daemon, rpc, simulation, match, tokens)
    coordinator.run("mentor", "pairs", WAVE, lines=14)
    print("   где наставников не хватает (просили · сильных наставников · их свободных мест):")
    for row in match["shortage"]:
        print(f"     {row['competency']}  {row['name']}: {row['wanted']} · {row['mentors']} · "
              f"{row['places']}{'  — мало' if row['is_short'] else ''}")
    if match.get("shortage_text"):
        print("     " + match["shortage_text"])


def page_lines(page):
    """What a person reads on a page: the text of its main part, a line an element."""
    import html
    import re
    main_part = page.html.split("<main", 1)[-1].split("</main>")[0]
    text = re.sub(r"<(?!/?(?:strong|em|span|a|b)\b)[^>]+>", "\n", main_part)
    text = html.unescape(re.sub(r"<[^>]+>", "", text))
    return [" ".join(line.split()) for line in text.split("\n") if line.strip(" >")]


def accept_one(daemon, rpc, simulation, match, tokens):
    """One pair to the end: the mentee agrees on his page, the mentor with his token."""
    loop = asyncio.get_event_loop()
    for pair in match["rows"]:
        browser = simulation.kept.get(pair["mentee"])
        if not browser or pair["state"] != "proposed":
            continue
        page = loop.run_until_complete(browser.get("/me"))
        form = next((f for f in page.forms() if f.action == "/me/pair"), None)
        if not form:
            continue
        yes = next(b for b in form.buttons if b[1] == "accept")
        loop.run_until_complete(browser.post(form, (), yes))
        tokens["mentor"] = admin_user(rpc, "mentor", "mentor", None, pair["mentor"])
        mentor = Role(daemon, "наставник", tokens["mentor"])
        mentor.run("mentee", "list", lines=8)
        mentor.run("mentor", "accept", str(pair["id"]), lines=3)
        mentor.run("mentee", "show", pair["mentee"], lines=20)
        return
    raise SystemExit("no pair of a teacher whose browser is still open")


def documents(folder, methodist, territory, simulation):
    os.makedirs(f"{folder}/documents")
    first = methodist.json("recommend", "build", WAVE)
    scopes = [t["code"] for t in territory.data["municipalities"]] + ["TUMO-05", "ORG-002"]
    codes = [first["code"]] + [methodist.json("recommend", "build", WAVE, "--in", s)["code"]
                               for s in scopes]
    for code in codes:
        for kind in ("html", "md", "text"):
            out = methodist.run("recommend", "show", code, "-f", kind, show=False)
            with open(f"{folder}/documents/{code}.{kind}", "w", encoding="utf-8") as file:
                file.write(out)
    methodist.run("recommend", "show", first["code"], "-f", "text", lines=24)
    line = next(row for row in first["rows"] if row["audience"] == "teacher")
    words = ["--position", line["position"]] if line.get("position") else []
    sent = methodist.json("recommend", "send", first["code"], "--line", str(line["n"]), *words)
    methodist.run("recommend", "sent", first["code"], lines=8)
    return sent.get("delivered") or 0


def serve(daemon, codes, crowd, territory, tokens):
    answered = {t.person["code"] for t in crowd}
    free = next((p["code"] for p in territory.people if p["code"] not in answered), None)
    for name in ("methodist-01", "mentor", "coordinator", "analyst", "head", "deputy"):
        with open(f"{daemon.dir}/{name}.token", "w", encoding="ascii") as file:
            file.write(tokens[name])
        os.chmod(f"{daemon.dir}/{name}.token", 0o600)
    rpc = Rpc(daemon.socket, session=tokens["methodist-01"])
    rpc.call("wave.create", code="зима-2027", form="KDP-G", **{
        "from": "2026-11-01", "to": "2027-05-31", "in": "TERR"})
    rpc.call("invite.create", wave="зима-2027", teacher=free)
    code = rpc.call("invite.print", wave="зима-2027", teacher=free)["rows"][0]["code"]
    here = os.path.relpath(daemon.dir)
    base = f"{args.build}/metodctl --socket {here}/ctl.sock --token-file {here}"
    print(f"""
Работает: http://127.0.0.1:{daemon.port}/
Код педагога {free}: {code}   (http://127.0.0.1:{daemon.port}/i/{code})

Токены лежат и в файлах папки {here}:
  наставник  {tokens["mentor"]}
  методист   {tokens["methodist-01"]}
  координатор {tokens["coordinator"]}
Попробуйте:
  {base}/mentor.token mentee list
  {base}/methodist-01.token deficit top {WAVE}
  {base}/methodist-01.token recommend list
  {base}/methodist-01.token recommend show R-0001
  {base}/coordinator.token mentor pairs {WAVE}

Остановить: Ctrl-C
""", flush=True)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        daemon.process.wait()
    except KeyboardInterrupt:
        print("останавливаю")
    daemon.stop()


try:
    main()
except RpcError as refused:
    raise SystemExit(f"refused: {refused}") from refused
