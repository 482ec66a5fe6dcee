#!/usr/bin/env python3
"""A web page of another site, in a real Chromium on the operator's machine,
can neither change anything by the API nor read it; programs still can."""

import json
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))

import browser
from nginx import Nginx, wait_for
from tap import done, is_, like, ok, skip_all, unlike

# What a page can try, each on a node or a task of its own: {api}, {node},
# {task} are filled in.
BODY = '{"mac":"{node}"}'
FORM = "application/x-www-form-urlencoded"
ATTEMPTS = {
    "an image": "new Image().src = '{api}/boot/{node}/boot.ipxe'",
    "an image without Referer":
        "const i = new Image(); i.referrerPolicy = 'no-referrer';"
        "i.src = '{api}/boot/{node}/boot.ipxe'",
    "a frame": "frame('{api}/boot/{node}/boot.ipxe')",
    "a script": "const s = document.createElement('script');"
                "s.src = '{api}/boot/{node}/boot.ipxe';"
                "document.body.append(s)",
    "an event source": "new EventSource('{api}/boot/{node}/boot.ipxe')",
    "an empty form": "form('{api}/api/v1/tasks/{task}/approve', {})",
    "a form of a file":
        "form('{api}/api/v1/tasks/{task}/approve', {}, 'multipart/form-data')",
    "a form of plain text": "form('{api}/api/v1/nodes',"
        "{'{\"mac\":\"{node}\",\"hostname\":\"': '\"}'}, 'text/plain')",
    "an approval by fetch": "send('{api}/api/v1/tasks/{task}/approve')",
    "a form's type by fetch": f"send('{{api}}/api/v1/nodes', '{BODY}',"
                              f"{{'Content-Type': '{FORM}'}})",
    "a body without a type":
        f"send('{{api}}/api/v1/nodes', new Blob(['{BODY}']))",
    "a beacon": f"navigator.sendBeacon('{{api}}/api/v1/nodes',"
                f"new Blob(['{BODY}']))",
    "an empty beacon":
        "navigator.sendBeacon('{api}/api/v1/tasks/{task}/approve')",
    "a PUT": "fetch('{api}/api/v1/nodes/5254000000ff', {method: 'PUT',"
             "body: '{\"action\":\"install\"}',"
             "headers: {'Content-Type': 'application/json'}})",
    "JSON": f"fetch('{{api}}/api/v1/nodes', {{method: 'POST', body: '{BODY}',"
            "headers: {'Content-Type': 'application/json'}})",
    "a page in a sandbox": "const f = document.createElement('iframe');"
        "f.sandbox = 'allow-scripts'; f.srcdoc = `<script>"
        "fetch('{api}/api/v1/tasks/{task}/approve',"
        "{method: 'POST', mode: 'no-cors'})</scr` + `ipt>`;"
        "document.body.append(f)",
}
PAGE = """<!doctype html><title>page</title><body><script>
const said = {};
function frame(url) {
  const f = document.createElement('iframe');
  f.src = url;
  document.body.append(f);
}
function form(url, members, type = 'application/x-www-form-urlencoded') {
  const into = document.createElement('iframe');
  into.name = 'f' + Math.random();
  const f = document.createElement('form');
  Object.assign(f, {action: url, method: 'POST', enctype: type,
                    target: into.name});
  for (const [name, value] of Object.entries(members)) {
    const i = document.createElement('input');
    Object.assign(i, {name: name, value: value});
    f.append(i);
  }
  document.body.append(into, f);
  f.submit();
}
function send(url, body, headers = {}) {
  return fetch(url, {method: 'POST', mode: 'no-cors', body: body,
                     headers: headers});
}
async function read(url) {
  try {
    const reply = await fetch(url);
    said[url] = reply.status + ' ' + await reply.text();
  } catch (e) {
    said[url] = '' + e;
  }
}
const tries = [%s];
(async () => {
  for (const attempt of tries) {
    try { attempt(); } catch (e) { said[attempt] = '' + e; }
  }
  await read('%s/api/v1/nodes');
  await new Promise(later => setTimeout(later, 3000));
  await send('{done}', JSON.stringify(said));
})();
</script>"""


def mac(n):
    return f"5254000000{n:02x}"


def prepared(t, offset):
    """A task to approve for each attempt that needs one."""
    tasks = {}
    for n, (name, script) in enumerate(ATTEMPTS.items()):
        if "{task}" in script:
            made = t.api("POST", "/api/v1/tasks",
                         {"idc": "dc1", "sn": f"SN-{offset + n}",
                          "mac": mac(offset + n)})
            tasks[name] = made.json["task_id"]
    return tasks


def page_of(api, tasks, offset):
    tries = [
        "() => {%s}" % script.replace("{api}", api)
        .replace("{node}", mac(offset + n))
        .replace("{task}", tasks.get(name, "none"))
        for n, (name, script) in enumerate(ATTEMPTS.items())]
    return PAGE % (",\n".join(tries), api)


def check_unchanged(t, tasks, offset, where):
    """Each attempt apart, so that a failure says which one got through."""
    nodes = {n["mac"] for n in t.api("GET", "/api/v1/nodes").json}
    for n, name in enumerate(ATTEMPTS):
        if name in tasks:
            task = t.api("GET", f"/api/v1/tasks/{tasks[name]}").json
            is_(task["status"], "pending", f"{where}, {name}: not approved")
        else:
            ok(mac(offset + n) not in nodes, f"{where}, {name}: no node")


def attacked(t, where, api, offset, **site):
    tasks = prepared(t, offset)
    last = t.api("GET", "/api/v1/events?since=0&limit=1000").json[-1]["seq"]
    page = page_of(api, tasks, offset)
    with browser.Elsewhere(page, **site) as there:
        said = there.visit()
    ok(said is not None, f"{where}: the page has run to its end")
    check_unchanged(t, tasks, offset, where)
    is_(t.api("GET", f"/api/v1/events?since={last}&limit=1000").json, [],
        f"{where}: not one event")
    unlike(json.dumps(said), "created_at", f"{where}: nothing could be read")
    return said


def refused(t):
    return len(re.findall(r'" 403 ', t.read("access.log")))


def curl(t, path, *words):
    ran = subprocess.run(
        ["curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", *words,
         f"http://localhost:{t.port}{path}"], capture_output=True, text=True)
    return int(ran.stdout)


def programs_still_can(t):
    task = prepared(t, 160).popitem()[1]
    body = '{"mac":"%s"}'
    is_(curl(t, "/api/v1/nodes", "-d", body % mac(200)), 201, "curl -d: 201")
    is_(curl(t, "/api/v1/nodes", "--http1.0", "-d", body % mac(201)), 201,
        "curl --http1.0: 201")
    is_(curl(t, f"/api/v1/tasks/{task}/approve", "-X", "POST"), 200,
        "curl -X POST: approved")
    is_(curl(t, "/api/v1/nodes"), 200, "curl: 200")


def typed_in(t):
    url = f"http://127.0.0.1:{t.port}/api/v1/nodes"
    with browser.Browser("--dump-dom", url) as b:
        like(b.output(), mac(200), "an address that is typed in is shown")


def main():
    if browser.program() is None:
        skip_all("no chromium here")
    with Nginx() as t:
        t.api("POST", "/api/v1/nodes", {"mac": mac(255)})
        attacked(t, "another site", f"http://127.0.0.1:{t.port}", 0)
        attacked(t, "another site, by name", f"http://localhost:{t.port}", 64)
        # Chromium says nothing of where such a request comes from.
        before = refused(t)
        attacked(t, "another site, by 0.0.0.0", f"http://0.0.0.0:{t.port}", 96)
        wait_for(lambda: refused(t) - before >= len(ATTEMPTS))
        ok(refused(t) - before >= len(ATTEMPTS),
           f"all of it came and was refused: {refused(t) - before}")
        attacked(t, "a name pointed at us", f"http://{browser.NAME}:{t.port}",
                 128, port=t.port, behind=("127.0.0.1", t.port))
        programs_still_can(t)
        typed_in(t)
    done()


main()
