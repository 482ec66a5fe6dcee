#!/usr/bin/env python3
"""nf against a server that is not ours: words that would move the cursor,
answers that are no JSON, links that lead elsewhere, streams that break off."""

import http.server
import json
import os
import re
import subprocess
import sys
import threading

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
sys.path.insert(0, os.path.join(TOP, "tests", "lib"))

from pace import limit  # noqa: E402
from tap import done, is_, like, ok, unlike  # noqa: E402
from terminal import Terminal  # noqa: E402

NF = os.environ.get("NF_TEST_NF", os.path.join(TOP, "build", "nf"))
EVIL = ("\x1b[2J\x1b]0;owned\x07\u009b31m\u202egnp.exe\u2066\r\nroot\x00\x7f"
        "\ud800".encode("utf-8", "replace").decode())
NAMES = {"mac": EVIL, "hostname": EVIL, "serial": EVIL, "status": EVIL,
         "sn": EVIL, "task_id": EVIL, "title": EVIL, "name": EVIL,
         "reason": EVIL, "error": EVIL, "task": EVIL, "message": EVIL,
         "config": EVIL, "now": EVIL, "path": EVIL, "ip": EVIL}
reports = []


class Turns:
    """Answers one after the other; the last one again and again."""

    def __init__(self, *turns):
        self.turns = list(turns)

    def next(self):
        return self.turns.pop(0) if len(self.turns) > 1 else self.turns[0]


class Server(http.server.ThreadingHTTPServer):
    """Answers as `answers` says: path -> (status, headers, bytes)."""
    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers, self.asked = {}, []
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Handler(http.server.BaseHTTPRequestHandler):
    def answer(self):
        self.server.asked.append(f"{self.command} {self.path}")
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        answers = self.server.answers
        status, headers, body = (answers.get(self.path)
                                 or answers.get(self.path.partition("?")[0])
                                 or answers["*"])
        if isinstance(body, Turns):
            status, headers, body = body.next()
        if not isinstance(body, bytes):
            body = json.dumps(body).encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        try:
            self.wfile.write(body)
        except OSError:
            pass

    do_GET = do_PUT = do_POST = do_DELETE = answer

    def log_message(self, *_):
        pass


server = Server()


def environ():
    env = {k: v for k, v in os.environ.items() if not k.startswith("NF_")}
    return {**env, "NF_API": server.url, "NF_CONFIG": "/dev/null"}


def answer(path, body, status=200, **headers):
    server.answers[path] = (status, headers, body)


def nf(*words, stdin=""):
    ran = subprocess.run([NF, *words], env=environ(), input=stdin.encode(),
                         capture_output=True, timeout=limit(60))
    out, err = (x.decode("utf-8", "replace") for x in (ran.stdout, ran.stderr))
    if re.search("Sanitizer|runtime error", err):
        reports.append(err)
    return ran.returncode, out, err


HARMFUL = "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]"
COMMANDS = (["nodes"], ["node", "x"], ["hardware", "x"], ["tasks"],
            ["task", "x"], ["why", "x"], ["why", "task-1"], ["profiles", "list"],
            ["unmatched"], ["bindings"], ["pxe"], ["pxe", "x"],
            ["approve", "x"], ["approve", "--all"], ["reject", "x"],
            ["install", "x"], ["create", "--sn", "x"],
            ["create", "--file", "-"], ["profiles", "show", "x"])


def check_words():
    """As a list, as an object and as a refusal, on a pipe and a terminal."""
    steps = [{"step": EVIL, "status": EVIL, "error": EVIL, "started_at": EVIL}]
    one = {**NAMES, "steps": steps, "disks": [NAMES], "nics": [NAMES],
           "task": {**NAMES, "steps": steps}}
    shapes = (([one, {"error": EVIL, "field": EVIL}], 200), (one, 200),
              (one, 409))
    raw, told = [], []
    for body, status in shapes:
        answer("*", body, status)
        for words in COMMANDS:
            _, out, err = nf(*words, stdin="sn\nx\ny\n")
            is_file = words[-1] == "x" and words[0] in ("pxe", "profiles")
            # these are for programs: into a pipe as they are
            if re.search(HARMFUL, err) or (re.search(HARMFUL, out)
                                           and not is_file):
                raw.append((words, out[:200], err[:200]))
            if "owned" in out + err:
                told.append(words)
    is_(raw, [], "what machines say does not move the cursor")
    ok(len(told) > 30, f"and was printed all the same ({len(told)} times)")
    bad = []
    for body, status in shapes:
        answer("*", body, status)
        for words in [*COMMANDS, ["nodes", "--json"], ["node", "x", "--json"]]:
            if "-" in words:
                continue
            term = Terminal([NF, *words], environ(), columns=70)
            term.rest()
            text = term.text.replace("\r\n", "\n")
            if re.search(HARMFUL, text):
                bad.append((words, text[:200]))
    is_(bad, [], "nor does it on a terminal, with --json either")


def check_watch():
    event = {"seq": 7, "task": {**NAMES, "task_id": "task-1", "percent": -400,
                                "status": "installing", "steps": []}}
    over = {"seq": 9, "task": {"task_id": "task-1", "percent": 999999,
                               "status": "completed"}}
    said = {"seq": 8, "progress": {"task_id": "task-1", "task_percent": 7,
                                   "step": EVIL, "message": EVIL * 300}}
    old = {"seq": 3, "task": {**event["task"], "percent": 3}}
    stream = "".join(f"id: 1\ndata: {json.dumps(x)}\n\n"
                     for x in (event, old, event, {"seq": 3}, [], 5, said, over))
    answer("*", [])
    answer("/metrics", b"# x\nnodefoundry_events_total 6\n")
    answer("/api/v1/tasks/task-1", {**event["task"], "task_id": "task-1"})
    answer("/api/v1/events", Turns(
        (200, {}, b"data: {\"seq\":\n: half"), (503, {}, {"error": "later"}),
        (200, {}, stream.encode())))
    code, out, _ = nf("watch", "task-1")
    is_(code, 0, "a stream that breaks off is asked for again")
    unlike(out, HARMFUL, "with nothing that moves the cursor")
    is_(out.count("\n"), 3, "events that were told are not told again")
    answer("/api/v1/events", stream.encode())
    term = Terminal([NF, "watch", "task-1"], environ(), columns=60)
    is_(term.rest(), 0, "the same on a terminal")
    ok(all(len(x) < 60 for x in term.screen(60)), "within its lines")
    answer("/api/v1/events", {"message": "since: no longer kept"}, 404)
    code, _, err = nf("watch", "task-1")
    is_((code, "no longer kept" in err), (1, True), "a refusal ends it")
    answer("/api/v1/events", b"data: " + b"x" * (3 << 20) + b"\n")
    term = Terminal([NF, "watch", "task-1"], environ())
    term.read(3)
    term.type("\x03")
    is_(term.rest(), -2, "an event without an end takes no memory")


def lines(*words):
    code, out, _ = nf(*words)
    return code, out.count("\n")


def check_answers():
    for body, what in ((b"<html>", "no JSON"), (b"", "nothing"),
                       (b"[" * 100000, "nested deeply"), (b"7", "a number"),
                       (b"\xff\xfe", "not UTF-8"), (b"null", "null")):
        answer("*", body)
        codes = {nf(*words, stdin="sn\nx\n")[0] for words in COMMANDS}
        wanted = {0, 3} if what == "nothing" else \
            {0, 1} if body in (b"7", b"null") else {3}
        ok(codes <= wanted, f"an answer that is {what} is borne: {codes}")
    answer("*", b"<h1>502</h1>", 502)
    code, out, err = nf("nodes")
    is_((code, out), (1, ""), "an error that is no JSON")
    like(err, "status 502", "is told by its number")
    answer("*", [{"mac": "a"}], Link=f'<{server.url}/x>; rel="next"')
    is_(lines("nodes"), (0, 2), "a link to another server leads nowhere")
    answer("*", [{"mac": "a"}], Link='</api/v1/nodes?limit=500>; rel="next"')
    is_(lines("nodes"), (0, 2), "one to the same page ends")
    answer("*", [{"mac": "a"}], Link='</b>; rel="prev", </c>; rel="last"')
    is_(lines("nodes"), (0, 2), "others mean nothing")
    answer("*", [{"mac": "a"}], Link='</2>; rel="next"')
    answer("/2", [{"mac": "longer than b", "hostname": "x"}])
    _, out, _ = nf("nodes")
    is_(out.count("\n"), 3, "the next page is asked for")
    code, out, _ = nf("nodes", "--json")
    is_([x["mac"] for x in json.loads(out)], ["a", "longer than b"],
        "and is of the same JSON list")
    answer("*", b"x" * (65 << 20))
    code, out, err = nf("node", "x")
    is_((code, out), (1, ""), "an answer that is too large")
    like(err, "larger than 64 MiB", "is told to be")


def check_names():
    server.asked.clear()
    answer("*", {})
    nf("node", "a b?c#d%2e&e")
    is_(server.asked, ["GET /api/v1/nodes/a%20b%3Fc%23d%252e%26e"],
        "a name is one part of the path")
    server.asked.clear()
    for name in ("..", ".", "a/b", "/etc", ""):
        nf("forget", name)
    is_(server.asked, [], "what could be another path is not asked for")
    answer("*", [{"mac": x, "task_id": x, "name": x} for x in
                 ("fine-1", "$(touch x)", "a b", "-rf", "`x`", EVIL, "ok.2")])
    for words in (["node", ""], ["task", ""], ["profiles", "show", ""]):
        is_(nf("completion", "for", "--", *words)[1].split(),
            ["fine-1", "ok.2"], "completion offers plain names only")


check_words()
check_watch()
check_answers()
check_names()
is_(reports, [], "no report of a sanitizer")
done()
