#!/usr/bin/env python3
"""nf's commands that ask the API: each well and wrong, against nginx with the
module; what a person sees, what a program reads, and the exit status."""

import json
import os
import re
import signal
import subprocess
import sys
import time

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
sys.path.insert(0, os.path.join(TOP, "tests", "lib"))

from nginx import Nginx, free_ports, wait_for  # noqa: E402
from pace import limit  # noqa: E402
from tap import diag, done, is_, like, ok, skip, unlike  # noqa: E402
from terminal import Terminal  # noqa: E402

NF = os.environ.get("NF_TEST_NF", os.path.join(TOP, "build", "nf"))
MAC, COLONS, SN = "525400000001", "52:54:00:00:00:01", "SRV-0001"
PROFILE = {
    "title": "Ours, with größe and 大", "method": "image", "os_type": "debian",
    "os_version": "12", "first_boot": "none",
    "image": {"file": "images/x.tar", "format": "tar"},
    "hardware_scripts": [{"name": "hello", "script": "echo hi\n"}],
}
reports = [] # of sanitizers


def environ(t, **more):
    env = {**t.environ(), **more}
    if "NF_TEST_NF" in os.environ:
        env["ASAN_OPTIONS"] = "detect_leaks=1"
    return env


def nf(t, *words, stdin="", env=None):
    ran = subprocess.run([NF, *words], env=env or environ(t), input=stdin,
                         capture_output=True, text=True, timeout=limit(60))
    if re.search(r"Sanitizer|runtime error", ran.stderr):
        reports.append(ran.stderr)
    return ran


def well(t, *words, stdin=""):
    ran = nf(t, *words, stdin=stdin)
    if not ok(ran.returncode == 0 and ran.stderr == "",
              f"nf {' '.join(words)}"):
        diag(f"status {ran.returncode}", ran.stdout, ran.stderr)
    return ran.stdout


def wrong(t, status, pattern, *words, stdin=""):
    ran = nf(t, *words, stdin=stdin)
    ok(ran.returncode == status, f"nf {' '.join(words)}: {status}, not "
       f"{ran.returncode}")
    like(ran.stderr, pattern, "  and says why")
    return ran


def parsed(t, *words):
    text = well(t, *words)
    try:
        return json.loads(text)
    except ValueError:
        ok(False, f"  prints JSON, not {text[:200]!r}")
        return None


class Machine:
    """The agent's side: what a machine in RAM says, from its own address."""

    def __init__(self, t, mac=COLONS, sn=SN):
        self.t, self.mac, self.sn, self.token = t, mac, sn, None

    def post(self, path, **body):
        r = self.t.install("POST", path, {"sn": self.sn, "mac": self.mac,
                                          **body})
        return r

    def report(self, **more):
        return self.post("/api/v1/report", hardware={
            "serial_number": self.sn, "mac_address": self.mac,
            "company": "QEMU", "product": "Standard PC", "firmware": "uefi",
            "cpu": {"model": "x", "cores": 4}, "memory": {"total_gb": 8},
            "disks": [{"device": "/dev/vda", "size_gb": 10,
                       "type": "Virtual"}],
            "nics": [{"name": "eno1", "mac": self.mac, "link": True}],
            **more})

    def is_at(self, ip):
        self.t.api("PATCH", f"/api/v1/nodes/{self.mac}", {"ip": ip})

    def learn(self):
        r = self.t.install("GET", f"/api/v1/task/{self.sn}?mac={self.mac}")
        self.token = (r.json or {}).get("token")
        return self.token

    def progress(self, task, step, percent, message=""):
        return self.post("/api/v1/progress", token=self.token, task_id=task,
                         step=step, percent=percent, message=message).status

    def work(self, until=None):
        """Operation after operation, until there is none."""
        for _ in range(30):
            operation = self.post("/api/v1/device/getNextOperation",
                                  token=self.token).json["operation"]
            if operation in ("wait", "complete", "reboot", until):
                return operation
            self.post("/api/v1/device/operationComplete", token=self.token,
                      operation=operation, success=True, message="")
        return None


# --- every command, well and wrong

def check_help(t):
    listed = well(t, "help")
    names = re.findall(
        r"(?m)^  nf ((?:commands|config|credentials|devices|images|port|store|files|"
        r"labels|profiles) \w+|workers (?:accept|add|forget|remove)|\w+)", listed)
    ok(len(names) > 40, "nf help lists the commands")
    bad = []
    for name in names:
        ran = nf(t, *name.split(), "--help")
        if name == "help":
            continue
        if ran.returncode != 0 or not ran.stdout.startswith(f"usage: nf {name}"):
            bad.append(name)
    is_(bad, [], "each has --help")
    mute = []
    for name in names:
        ran = nf(t, *name.split(), *["--zork"] * 9)
        if name not in ("help", "files rm") and (ran.returncode != 2
                               or f"usage: nf {name}" not in ran.stderr):
            mute.append((name, ran.returncode, ran.stderr))
    is_(mute, [], "each says on stderr how it is called, with status 2")
    wrong(t, 2, "unknown option --zork.*usage: nf nodes", "nodes",
          "--zork")
    wrong(t, 2, "option --status requires a value", "nodes", "--status")
    wrong(t, 2, "option --api requires a URL", "--api")
    wrong(t, 2, "option --timeout requires a number", "nodes", "--timeout")
    wrong(t, 2, "must be a number of seconds", "--timeout", "x", "nodes")
    is_(nf(t, "zork").stderr, "nf: unknown command: zork; see nf help\n",
        "no command, and none like it")
    for typed, meant in (("nodez", "nodes"), ("ondes", "nodes"),
                         ("approv", "approve"), ("tsaks", "tasks")):
        is_(nf(t, typed).stderr,
            f"nf: unknown command: {typed}; did you mean {meant}?\n", typed)
    wrong(t, 2, "nf profiles put.*unknown command: profiles shov; did you "
          "mean profiles show", "profiles", "shov")
    wrong(t, 2, "^  nf store init", "store")
    for words in (("nodes", "-h"), ("-h", "nodes"), ("task", "x", "-h")):
        like(well(t, *words), "^usage: nf (nodes|task) ", f"-h: {words}")
    is_([x for x in listed.splitlines() if len(x) > 79], [], "no line is long")
    is_([x for x in listed.splitlines() if x.startswith("  nf ")
         and not re.search(r"^.{32}  \S", x)], [], "help stands in columns")
    is_(well(t, "profiles"), well(t, "profiles", "list"),
        "the name of a group alone lists")
    for words in (("profiles", "--help"), ("help", "profiles")):
        like(well(t, *words), r"(?s)^  nf profiles list .*profiles delete",
             f"nf {' '.join(words)} has its commands")


def check_nodes(t):
    is_(well(t, "nodes"), "none\n", "no nodes yet")
    is_(parsed(t, "nodes", "--json"), [], "as JSON too")
    t.api("POST", "/api/v1/nodes", {"mac": MAC, "hostname": "web1"})
    like(well(t, "nodes"), rf"^MAC +STATUS .*\n{COLONS} +discovered +no +web1",
         "a node is listed")
    is_([n["mac"] for n in parsed(t, "nodes", "--json", "--status=discovered")],
        [MAC], "by its status")
    is_(parsed(t, "nodes", "--online", "--json"), [], "it is not online")
    wrong(t, 1, "must be discovered, installing, installed or failed", "nodes",
          "--status", "zork")
    like(well(t, "node", COLONS), rf"mac +{COLONS}\nstatus +discovered\n",
         "one node, by any spelling of its MAC")
    is_(parsed(t, "node", MAC, "--json")["hostname"], "web1", "as JSON")
    wrong(t, 1, "node not found", "node", "525400ffffff")
    wrong(t, 1, r"'\.\./tasks' is not a valid name", "node", "../tasks")
    wrong(t, 1, "'' is not a valid name", "node", "")
    wrong(t, 1, "is not a valid name", "node", "x" * 3000)
    wrong(t, 2, "usage", "node")
    wrong(t, 1, "has not reported|no hardware", "hardware", MAC)


def check_profiles(t):
    t.write("own.json", json.dumps(PROFILE))
    t.write("files/images/x.tar.sha256", "0" * 64 + "  x.tar\n")
    well(t, "profiles", "put", "own", t.path("own.json"))
    listed = well(t, "profiles", "list")
    like(listed, r"(?m)^own +image +debian +12",
         "a profile of our own is listed")
    like(listed, "größe and 大", "with its title")
    ok("own" in [p["name"] for p in parsed(t, "profiles", "list", "--json")],
       "as JSON")
    is_(parsed(t, "profiles", "show", "own")["method"], "image", "and shown")
    wrong(t, 1, "no such profile", "profiles", "show", "zork")
    wrong(t, 1, "method", "profiles", "put", "bad", "-",
          stdin='{"method":"zork"}')
    wrong(t, 1, "-, line 1:", "profiles", "put", "bad", "-", stdin="{")
    wrong(t, 1, "cannot open /nowhere", "profiles", "put", "bad", "/nowhere")
    well(t, "profiles", "put", "gone", "-", stdin=json.dumps(PROFILE))
    well(t, "profiles", "delete", "gone")
    wrong(t, 1, "no such profile", "profiles", "delete", "gone")


def check_create(t):
    like(well(t, "create", "--sn", SN, "--profile", "own", "--hostname",
              "web1"), r"^task-[0-9a-f]{8} pending\n$", "a task")
    wrong(t, 1, "already waits for this machine", "create", "--sn", SN)
    wrong(t, 1, "profile: ", "create", "--sn", "X-1", "--profile", "zork")
    wrong(t, 2, "usage: nf create", "create")
    wrong(t, 2, "usage: nf create", "create", "--sn", "a", "--file", "b")
    made = parsed(t, "create", "--mac", "52:54:00:00:00:09", "--os", "debian",
                  "--os-version", "12", "--json")
    is_(made["mac"], "52:54:00:00:00:09", "by MAC, as JSON")
    table = ("\ufeffsn,hostname,tags,network.ip,network.netmask,notes\r\n"
             "C-1,c1,rack-7|new,10.0.0.7,255.255.255.0,\"a, \"\"b\"\"\"\r\n"
             "\r\n"
             "C-2,,,,,\r\n")
    t.write("rack.csv", table)
    ran = wrong(t, 0, "^nf: 2 created$", "create", "--file",
                t.path("rack.csv"), "--profile", "own")
    ids = re.findall("task-[0-9a-f]+", ran.stdout)
    first = parsed(t, "task", "--json", ids[0])
    is_([first.get(m) for m in ("sn", "hostname", "tags", "network", "notes",
                                "profile")],
        ["C-1", "c1", ["rack-7", "new"],
         {"ip": "10.0.0.7", "netmask": "255.255.255.0"}, 'a, "b"', "own"],
        "a table says what each task has")
    is_(len(ids), 2, "a line each")
    ran = wrong(t, 1, r"rack\.csv, line 2: sn: .*line 4: sn: ", "create",
                "--file", t.path("rack.csv"))
    is_(ran.stdout, "", "  nothing else")
    wrong(t, 1, "standard input, line 3: mac: must be a MAC", "create",
          "--file", "-", stdin="mac;sn\n\n'zz;\n")
    for text, why in (("sn\n\"x", "quote is not closed"),
                      ("sn\n\"x\"y", "follows a closed quote"),
                      ("sn,sn\n1,2", "given twice"),
                      ("SN\n1", "must name members"),
                      ("sn\n1,2\n", "more cells"),
                      ("a.b.c.d.e\n1\n", "too deep"),
                      ("sn\nx\0y\n", "NUL"),
                      ("{", "line 1"), ("", "must name members"),
                      ('{"sn":1,"sn":2}', "duplicate")):
        wrong(t, 1, why, "create", "--file", "-", stdin=text)
    many = json.dumps([{"sn": f"M-{i}"} for i in range(700)] + [{"sn": "M-3"}])
    ran = wrong(t, 1, r"number 701: sn: .*\nnf: 700 created, 1 failed",
                "create", "--file", "-", "--profile",
                "own", stdin=many)
    is_(ran.stdout.count("pending"), 700, "more than the server takes at once")
    listed = parsed(t, "tasks", "--json")
    is_(len(listed), 704, "all of them are listed, page by page")
    is_(len({x["task_id"] for x in listed}), 704, "each once")
    is_(well(t, "tasks").count("\n"), 705, "in a table too")


def check_tasks(t):
    wrong(t, 1, "must be pending, approved", "tasks", "--status", "zork")
    is_(well(t, "tasks", "--status", "failed"), "none\n", "none failed")
    task = parsed(t, "task", SN, "--json")["task_id"]
    like(well(t, "task", task), rf"task +{task}\nstatus +pending\n.*\n\nSTEP +"
         r"STATUS.*\napproval +running", "a task and its steps")
    is_(parsed(t, "task", SN, "--json")["task_id"], task, "by serial number")
    is_(parsed(t, "task", "52:54:00:00:00:09", "--json")["mac"],
        "52:54:00:00:00:09", "by MAC")
    wrong(t, 1, "Task not found", "task", "task-0000ffff")
    last = parsed(t, "task", "M-699", "--json")["task_id"]
    is_(well(t, "reject", "--reason", "not ours", last), f"{last} rejected\n",
        "rejected")
    like(well(t, "task", last), "reason +not ours", "with the reason")
    wrong(t, 1, ".", "reject", last)
    wrong(t, 2, "usage: nf reject", "reject")
    ran = wrong(t, 1, "Task not found", "cancel", "task-0000ffff", "M-698")
    like(ran.stdout, "cancelled", "  and the other one is cancelled")
    gone = ran.stdout.split()[0]
    like(well(t, "retry", gone), f"^{gone} (pending|approved)", "and retried")
    wrong(t, 1, ".", "retry", gone)
    well(t, "forget", last)
    wrong(t, 1, "Task not found", "forget", last)
    wrong(t, 1, ".", "forget", "M-697")
    wrong(t, 2, "usage: nf forget", "forget", "--json")
    return task


def check_approve_all(t):
    wrong(t, 2, "usage: nf approve", "approve")
    wrong(t, 2, "usage: nf approve", "approve", "--all", "x")
    wrong(t, 2, "usage: nf approve", "approve", "--all", "--notes", "x")
    n = len(parsed(t, "tasks", "--status", "pending", "--json"))
    ok(n > 500, f"{n} wait")
    ran = nf(t, "approve", "--all")
    is_((ran.returncode, ran.stderr), (0, f"nf: {n} approved\n"),
        "all are approved, and counted")
    is_(ran.stdout.count(" approved\n"), n,
        "a line each, also more than the server takes at once")
    is_(well(t, "approve", "--all"), "none\n", "and then there are none")
    is_(parsed(t, "approve", "--all", "--json"), [], "as JSON")


# --- one task from its beginning to its end

def why(t, name):
    return well(t, "why", name).splitlines()[0]


def check_render(t, machine, kinds):
    """The same bytes as the server's, but for the token."""
    token = machine.learn() or ""
    for kind, path in kinds.items():
        served = t.install("GET", path.replace("TOKEN", token))
        is_(served.status, 200, f"{kind} is served")
        want = served.text.replace(token, "*" * 32) if token else served.text
        is_(well(t, "render", MAC, kind), want, f"nf render prints that {kind}")
        is_(well(t, "render", "--with-token", MAC, kind), served.text,
            "with the token, if asked for")


def check_life(t, task):
    machine = Machine(t)
    boot = f"/boot/{MAC}/boot.ipxe"
    like(why(t, SN), "approve", "why, by a serial number nobody has seen")
    check_render(t, machine, {"boot": boot})
    is_(well(t, "render", "525400eeeeee"),
        t.install("HEAD", "/boot/525400eeeeee/boot.ipxe") and t.install(
            "GET", "/boot/525400eeeeee/boot.ipxe").text,
        "a MAC that nobody knows is served something too")
    wrong(t, 1, "there is no node zork", "render", "zork")
    wrong(t, 2, "render boot, preseed", "render", MAC, "zork")
    machine.report()
    like(well(t, "hardware", SN), r"company +QEMU\n.*\n\nDISK +SIZE.*\n/dev/vda +"
         r"10 GB +Virtual *\n\nCARD", "what was found in it")
    is_(parsed(t, "hardware", MAC, "--json")["hardware"]["firmware"], "uefi",
        "as JSON")
    like(why(t, MAC), f"nf approve {task}", "why: it waits for its approval")
    is_(well(t, "approve", "--notes", "go", task), f"{task} approved\n",
        "approved")
    wrong(t, 1, ".", "approve", task)
    machine.is_at("127.0.0.1")
    like(why(t, SN), "ask for its|boot", "why: it has to boot")
    check_render(t, machine, {"boot": boot,
                              "image": f"/image/{MAC}/image.json?token=TOKEN"})
    machine.progress(task, "hardware_collect", 10)
    is_(machine.work("os_install"), "os_install", "it comes to the image")
    like(why(t, task), "install", "why: it installs")
    is_("installed on" in well(t, "hardware", SN), False,
        "no disk has been taken yet")
    is_(machine.progress(task, "disk", 50, "/dev/vda (10 GB): the smallest "
                         "of 2 disks that fit"), 200, "one is taken")
    like(well(t, "hardware", SN), r"\n\ninstalled on /dev/vda \(10 GB\): the "
         r"smallest of 2 disks that fit\n", "which disk was taken, and why")
    is_(parsed(t, "why", task, "--json")["task"]["task_id"], task, "as JSON")
    wrong(t, 1, "no such node or task: zork", "why", "zork")
    wrong(t, 1, "Task not found", "why", "task-0000ffff")
    watched(t, machine, task)
    like(why(t, MAC), "nstalled|done|completed", "why: it is installed")
    check_render(t, machine, {"boot": boot})


def watched(t, machine, task):
    """In a pipe, as JSON, and on a terminal; nginx restarts meanwhile."""
    pipe = subprocess.Popen([NF, "watch", task], env=environ(t), text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    lines = subprocess.Popen([NF, "watch", "--json", SN], env=environ(t),
                             stdout=subprocess.PIPE, text=True)
    screen = Terminal([NF, "watch", task], environ(t), columns=76)
    narrow = Terminal([NF, "watch", task], environ(t), columns=40)
    everything = Terminal([NF, "watch"], environ(t), rows=6)
    ok(screen.until(r"installing"), "a terminal shows where it is")
    ok(everything.until(r"and \d+ more"), "all tasks do not fit a small one")
    is_(machine.progress(task, "download", 60, "größe 大大大 of it" * 9), 200,
        "the machine reports")
    ok(screen.until("60 %"), "and it shows at once")
    ok(everything.until("60 %"), "among all tasks as well")
    t.stop()
    time.sleep(2.5)
    t.start()
    machine.progress(task, "extract", 65, "\x1b[31mred\x9b2J")
    machine.progress(task, "extract", 70, "after the restart")
    ok(screen.until("70 %"), "a restart of nginx ends nothing")
    everything.type("\x03")
    is_(everything.rest(), -signal.SIGINT, "Ctrl-C ends the watch of all")
    unlike(everything.text, r"\x1b\[\?25l|\x1b\[\?1049h",
           "with the cursor and the screen as they were")
    ok(machine.work(), "the machine does the rest")
    is_(screen.rest(), 0, "the watch ends well")
    shown = [line for line in screen.screen(76) if line.strip()]
    like(shown[-1], rf"^{task}  {COLONS} \[#{{6}}\] 100 %  completed",
         "with a full bar")
    is_(len([x for x in shown if task in x]) <= 2, True,
        "drawn in its place, and once more below what stderr said")
    is_(narrow.rest(), 0, "on a narrow one too")
    ok(all(len(x) <= 40 for x in narrow.screen(40)), "within its edges")
    out, err = pipe.communicate(timeout=limit(20))
    is_(pipe.returncode, 0, "in a pipe too")
    like(out, rf"^{task} {COLONS} \d+ % installing .*60 % installing \S+ since "
         rf"[\d:]+(?:, until [-\d: ]+)? - download: größe.*\n{task} {COLONS} 100 % completed [^\n]*\n$",
         "lines of what is new")
    unlike(out, r"\x1b", "and no control sequence")
    like(err, "the server does not answer", "and the restart is told")
    is_(len(out.splitlines()), len(set(out.splitlines())), "nothing twice")
    objects = [json.loads(x) for x in lines.communicate(timeout=limit(20))[0]
               .splitlines()]
    is_((objects[-1]["status"], objects[-1]["percent"]), ("completed", 100),
        "and as JSON")
    begun = time.monotonic()
    is_(nf(t, "watch", task).returncode, 0, "one that is over ends at once")
    ok(time.monotonic() - begun < limit(3), "without waiting")
    wrong(t, 1, "Task not found", "watch", "task-0000ffff")


def check_rendered(t, mac):
    """An installer's boot script and answers, and what a stuck node gets."""
    t.api("PATCH", f"/api/v1/nodes/{MAC}", {"ip": "10.9.9.9"})
    t.api("PATCH", f"/api/v1/nodes/{mac}", {"ip": "127.0.0.1"})
    boot = t.install("GET", f"/boot/{mac}/boot.ipxe").text
    token = re.search(r"token=([a-z2-7]{32})", boot)[1]
    is_(well(t, "render", "--with-token", mac), boot, "an installer's script")
    unlike(well(t, "render", mac), token, "hides its token")
    answers = t.install("GET", f"/preseed/{mac}/preseed.cfg?token={token}")
    is_(answers.status, 200, "its answers are served")
    is_(well(t, "render", "--with-token", mac, "preseed"), answers.text,
        "nf render prints the same")
    ok(wait_for(lambda: "token=" not in t.install(
        "GET", f"/boot/{mac}/boot.ipxe").text), "after five scripts it is stuck")
    is_(well(t, "render", mac),
        t.install("GET", f"/boot/{mac}/boot.ipxe").text,
        "and nf render prints why")
    like(why(t, mac), "failed|install script", "as does nf why")


def check_actions(t):
    other = "525400000002"
    t.api("POST", "/api/v1/nodes", {"mac": other})
    like(well(t, "install", "--profile", "debian-12", other),
         r"^52:54:00:00:00:02 task-[0-9a-f]+\n$", "installed without an approval")
    check_rendered(t, other)
    wrong(t, 1, "node not found", "install", "525400ffffff")
    wrong(t, 1, ".", "reinstall", "525400ffffff")
    wrong(t, 2, "usage: nf reinstall", "reinstall")
    task = well(t, "reinstall", other).split()[1]
    well(t, "cancel", "--reason", "wrong one", task)
    ran = nf(t, "watch", task)
    is_(ran.returncode, 1, "watch: a cancelled task has not completed")
    like(ran.stdout, "cancelled .*wrong one", "and says why")
    well(t, "reinstall", other)
    well(t, "bind", other, "10.1.2.3", "--hostname", "db1")
    like(well(t, "bindings"), "52:54:00:00:00:02 +10.1.2.3 +db1", "bound")
    is_(parsed(t, "bindings", "--json")[-1]["ip"], "10.1.2.3", "as JSON")
    wrong(t, 1, "ip", "bind", other, "10.1.2.300")
    wrong(t, 2, "usage: nf bind", "bind", other)
    well(t, "unbind", other)
    wrong(t, 1, ".", "unbind", "525400ffffff")
    wrong(t, 2, "usage: nf unbind", "unbind", "--x")
    is_(well(t, "pxe"), "none\n", "no PXELINUX files")
    is_(parsed(t, "pxe", "--json"), [], "as JSON")
    wrong(t, 1, "no PXE configuration", "pxe", MAC)
    Machine(t, "52:54:00:00:00:77", "NEW-77").report()
    like(well(t, "unmatched"), "52:54:00:00:00:77 +NEW-77 +no_task",
         "a machine that nobody asked for")
    is_(parsed(t, "unmatched", "--json")[0]["sn"], "NEW-77", "as JSON")


# --- terminals, shells, and a server that is not there

def check_width(t):
    """A table on a terminal is as wide as that."""
    for columns in (40, 60, 100):
        term = Terminal([NF, "profiles", "list"], environ(t), columns=columns)
        is_(term.rest(), 0, f"a table on {columns} columns")
        lines = term.text.replace("\r\n", "\n").splitlines()
        ok(max(len(x) for x in lines) <= columns, "fits")
        like(term.text, "debian-12-handover", "and cuts no name")
    wide = Terminal([NF, "profiles", "list"], environ(t), columns=200)
    wide.rest()
    unlike(wide.text, "~", "a wide one is not cut")
    like(wide.text, "größe and 大", "and has all characters")


def bash(t, *words):
    """What bash offers behind these words."""
    script = ('source <("$NF" completion bash); complete -p nf >&2;'
              'COMP_WORDS=(nf "$@"); COMP_CWORD=$#; _nf "$NF" "${!#}" "";'
              'printf "%s\\n" "${COMPREPLY[@]}"')
    ran = subprocess.run(["bash", "-c", script, "bash", *words],
                         env=environ(t, NF=NF), capture_output=True, text=True)
    return ran.stdout.split(), ran.stderr


def check_shell(t, shell, script):
    """Another shell takes its script, and offers what fits."""
    text = well(t, "completion", shell)
    t.write("completion", text)
    os.makedirs(t.path("bin"), exist_ok=True)
    if not os.path.lexists(t.path("bin/nf")):
        os.symlink(NF, t.path("bin/nf"))
    path = f"{t.path('bin')}:{os.environ['PATH']}"
    try:
        ran = subprocess.run([shell, "-c", script, t.path("completion")],
                             env=environ(t, NF=NF, PATH=path), text=True,
                             capture_output=True)
    except FileNotFoundError:
        skip(f"{shell} is not installed")
        return
    is_((ran.stdout, ran.stderr), ("put\n", ""), f"{shell} offers what fits")


def check_completion(t):
    found, said = bash(t, "")
    is_(said, "complete -F _nf nf\n", "bash takes the script")
    names = {x.split()[0] for x in re.findall(
        r"(?m)^  nf (\S+)", nf(t, "help").stdout)}
    is_(sorted(set(found) - {"--api", "--timeout", "--help", "--version", "help"}),
        sorted(names - {"help"}), "it offers every command")
    is_(bash(t, "profiles", "")[0], ["list", "show", "put", "delete"],
        "second words")
    is_(bash(t, "nodes", "--st")[0], ["--status"], "options")
    is_(bash(t, "tasks", "--status", "app")[0], ["approved"], "their values")
    is_(bash(t, "install", "--profile", "ow")[0], ["own"], "profiles")
    ok(MAC in bash(t, "node", MAC[:4])[0], "by the beginning of a MAC")
    ok(all(x.startswith("task-") for x in bash(t, "watch", "task-")[0]), "tasks")
    is_(bash(t, "render", MAC, "k")[0], ["kickstart"], "kinds")
    is_(bash(t, "dump", "--prefix", "task")[0], ["tasks/", "task-profiles/"],
        "what a dump's keys begin with")
    is_(bash(t, "profiles", "put", "own", "")[0], [], "files are bash's own")
    is_(bash(t, "zork", "")[0], [], "nothing behind nonsense")
    port = free_ports(1)[0]
    for words in (["--api", f"http://127.0.0.1:{port}", "node", ""],
                  ["--api", "http://192.0.2.1", "task", ""]):
        begun = time.monotonic()
        is_(bash(t, *words), ([], "complete -F _nf nf\n"),
            "a server that is away offers nothing and says nothing")
        ok(time.monotonic() - begun < limit(3), "soon")
    check_shell(t, "zsh", 'compdef() { }; compadd() { print -l -- ${(P)2} };'
                'source $0; words=($NF profiles pu); CURRENT=3; _nf')
    check_shell(t, "fish", 'source $argv[1]; complete -C "nf profiles pu"')
    wrong(t, 2, "usage: nf completion", "completion", "csh")


def check_full(t):
    """An output that takes nothing."""
    for words in (["nodes"], ["tasks", "--json"], ["node", MAC], ["why", MAC],
                  ["profiles", "list"], ["watch", SN], ["render", MAC],
                  ["completion", "bash"]):
        with open("/dev/full", "wb") as full:
            ran = subprocess.run([NF, *words], env=environ(t), stdout=full,
                                 stderr=subprocess.PIPE, text=True)
        is_((ran.returncode, ran.stderr), (1, "nf: cannot write the output: No "
            "space left on device\n"), f"nf {' '.join(words)} to a full disk")


def check_away(t):
    """Everything that asks the API ends with 3 when nobody answers."""
    url = f"http://127.0.0.1:{free_ports(1)[0]}"
    for words in (["nodes"], ["nodes", "--json"], ["node", MAC], ["tasks"],
                  ["task", "x"], ["create", "--sn", "x"], ["approve", "x"],
                  ["approve", "--all"], ["cancel", "x"], ["forget", "x"],
                  ["watch"], ["watch", "x"], ["why", "x"], ["why", "task-1"],
                  ["profiles", "list"], ["profiles", "delete", "x"],
                  ["label", MAC, "a=b"], ["labels", "export"],
                  ["bindings"], ["bind", MAC, "10.0.0.1"], ["pxe"],
                  ["unmatched"], ["install", MAC], ["hardware", MAC]):
        ran = nf(t, *words, env=environ(t, NF_API=url))
        ok((ran.returncode, ran.stdout) == (3, "")
           and f"cannot reach {url}" in ran.stderr,
           f"nf {' '.join(words)} without a server: 3")
    ran = nf(t, "--api", url + "/", "nodes")
    is_(ran.returncode, 3, "--api says where it is")
    ran = nf(t, "--api", f"http://127.0.0.1:{t.port}/", "nodes",
             env=environ(t, NF_API=url))
    is_(ran.returncode, 0, "and counts before NF_API")
    for words in (("nodes", "--api", url), ("nodes", f"--api={url}", "--json"),
                  ("devices", "--timeout", "5", "list", "--api", url)):
        ran = nf(t, *words)
        is_(ran.returncode, 3, f"options of nf stand anywhere: {words[0]}")
    ran = nf(t, "--api", "file:///etc/passwd", "nodes")
    is_((ran.returncode, ran.stdout), (3, ""), "only HTTP is spoken")


with Nginx() as t:
    check_help(t)
    check_nodes(t)
    check_profiles(t)
    check_create(t)
    task = check_tasks(t)
    check_life(t, task)
    check_actions(t)
    check_approve_all(t)
    check_width(t)
    check_completion(t)
    check_full(t)
    check_away(t)
is_(reports, [], "no report of a sanitizer from nf")
done()
