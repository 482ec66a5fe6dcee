#!/usr/bin/env python3
"""The event log: as JSON, and as server-sent events that can be resumed."""

import os
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))

from nginx import IS_ASAN, Nginx, events, wait_for
from pace import limit
from processes import memory_kb
from tap import done, is_, like, ok

SSE = {"Accept": "text/event-stream"}


def node(i):
    return f"5254000000{i:02x}"


def create(t, i):
    return t.api("POST", "/api/v1/nodes", {"mac": node(i)})


def as_json(t):
    is_(t.api("GET", "/api/v1/events?since=0").json, [], "an empty log is []")
    for i in range(5):
        create(t, i)
    log = t.api("GET", "/api/v1/events?since=0").json
    is_([e["seq"] for e in log], [1, 2, 3, 4, 5], "numbered without a gap")
    is_({e["kind"] for e in log}, {"node.created"}, "each says its kind")
    is_([e["mac"] for e in log], [node(i) for i in range(5)], "its node")
    is_(log[0]["node"]["status"], "discovered", "and the node as it was then")
    like(log[0]["time"], r"^\d{4}-\d\d-\d\dT[\d:.]+Z$", "and when")
    r = t.api("GET", "/api/v1/events?since=3")
    is_([e["seq"] for e in r.json], [4, 5], "since=3 begins behind it")
    r = t.api("GET", "/api/v1/events?since=0&limit=2")
    is_(len(r.json), 2, "limit=2 gives two")
    like(r.headers.get("link", ""), r'since=[0-9a-f]{16}-2&.*rel="next"', "and Link the next")
    for query in ("since=x", "since=-1", "limit=99999999", "limit=1e3"):
        r = t.api("GET", f"/api/v1/events?{query}")
        is_((r.status, r.field), (400, query.split("=")[0]), f"?{query}: 400")


class Listener:
    """A client that reads a stream until it is told to leave."""

    def __init__(self, t, path, headers="", version="1.1"):
        self.got = b""
        self.socket = t.connect()
        self.socket.sendall((f"GET {path} HTTP/{version}\r\nHost: localhost\r\n"
                             "Accept: text/event-stream\r\n" + headers
                             + "\r\n").encode())
        self.is_over = False
        self.thread = threading.Thread(target=self.listen)
        self.thread.start()

    def listen(self):
        try:
            while more := self.socket.recv(65536):
                self.got += more
        except OSError:
            pass
        self.is_over = True

    @property
    def text(self):
        """Without header and chunk sizes."""
        _, _, body = self.got.partition(b"\r\n\r\n")
        if b"chunked" not in self.got.partition(b"\r\n\r\n")[0].lower():
            return body.decode()
        out = b""
        while body:
            size, _, body = body.partition(b"\r\n")
            if not size:
                break
            out += body[:int(size, 16)]
            body = body[int(size, 16) + 2:]
        return out.decode()

    def ids(self):
        return [int(e["id"].split("-")[1]) for e in events(self.text) if "id" in e]

    def has(self, n):
        return wait_for(lambda: len(self.ids()) >= n, 15)

    def leave(self):
        try:
            self.socket.shutdown(2)
        except OSError:
            pass
        self.socket.close()
        self.thread.join(limit(10))


def live(t):
    last = t.api("GET", "/api/v1/events?since=0").json[-1]["seq"]
    new = Listener(t, "/api/v1/events")
    old = Listener(t, "/api/v1/events?since=0")
    plain = Listener(t, "/api/v1/events?since=0", version="1.0")
    ok(wait_for(lambda: b"\r\n\r\n" in new.got), "the header comes at once")
    like(new.got.decode(), r"(?i)content-type: text/event-stream",
         "with the type of server-sent events")
    ok(old.has(last), "a stream since 0 begins with the log")
    for i in range(10, 15):
        create(t, i)
    ok(new.has(5), "new events come without being asked for")
    is_(new.ids(), list(range(last + 1, last + 6)), "each once, in order")
    ok(old.has(last + 5) and old.ids() == list(range(1, last + 6)),
       "behind those of the log")
    ok(plain.has(last + 5), "an HTTP/1.0 client gets them too")
    first = events(new.text)[0]
    is_(first.get("event"), "node.created", "event: is the kind")
    like(first["data"], r'^\{"seq":', "data: is the event")
    new.leave()
    plain.leave()

    create(t, 20)
    create(t, 21)
    back = Listener(t, "/api/v1/events", f"Last-Event-ID: {last + 5}\r\n")
    ok(back.has(2), "with Last-Event-ID a client goes on")
    is_(back.ids(), [last + 6, last + 7], "where it was")
    bad = t.api("GET", "/api/v1/events", headers={**SSE, "Last-Event-ID": "x"})
    is_(bad.status, 400, "a bad Last-Event-ID: 400")

    old.leave()
    t.reload()
    ok(wait_for(lambda: back.is_over, 10), "a reload ends streams at once")
    back.leave()
    create(t, 22)
    again = Listener(t, "/api/v1/events", f"Last-Event-ID: {last + 7}\r\n")
    ok(again.has(1) and again.ids() == [last + 8],
       "and the client misses nothing")
    again.leave()


def many(t):
    """More than one buffer, to several clients at once."""
    before = len(t.api("GET", "/api/v1/events?since=0&limit=1000").json)
    listeners = [Listener(t, "/api/v1/events") for _ in range(20)]
    for one in listeners:
        wait_for(lambda one=one: b"\r\n\r\n" in one.got)

    def write(k):
        for i in range(40):
            t.api("POST", "/api/v1/nodes", {"mac": f"52540010{k:02x}{i:02x}"})

    writers = [threading.Thread(target=write, args=(k,)) for k in range(5)]
    for w in writers:
        w.start()
    for w in writers:
        w.join()
    wanted = list(range(before + 1, before + 201))
    ok(all(one.has(200) for one in listeners), "20 clients get 200 events each")
    ok(all(one.ids() == wanted for one in listeners), "without gap or repeat")
    for one in listeners:
        one.leave()
    back = Listener(t, "/api/v1/events?since=0")
    ok(back.has(before + 200), "the whole log, in more than one buffer")
    is_(back.ids(), list(range(1, before + 201)), "is whole")
    back.leave()


def idle(t):
    """A stream that has sent a full buffer gives it back."""
    (worker,) = t.workers()
    last = t.api("GET", "/api/v1/events?since=0&limit=1000").json[-1]["seq"]
    first = Listener(t, "/api/v1/events?since=0")
    ok(first.has(last), "one stream has all of the log")
    before = memory_kb(worker)
    listeners = [Listener(t, "/api/v1/events?since=0") for _ in range(100)]
    ok(all(one.has(last) for one in listeners), "and so have 100 more")
    grown = memory_kb(worker) - before
    ok(grown < 100 * 32, f"each holds less than half a buffer: {grown} KB")
    for one in (first, *listeners):
        one.leave()


def people(t):
    """What people did, by itself."""
    t.install("GET", "/boot/525400009999/boot.ipxe")
    t.api("PATCH", "/api/v1/nodes/525400000001", {"hostname": "by-a-person"})
    r = t.api("GET", "/api/v1/events?by=people&limit=2")
    is_({e["actor"] for e in r.json}, {"api"}, "what people did")
    found = [e for r in t.pages("/api/v1/events?by=people&limit=2")
             for e in r.json]
    is_(found, [e for e in t.api("GET", "/api/v1/events?limit=1000").json
                if e["actor"] == "api"], "page by page, all of it")
    is_((t.api("GET", "/api/v1/events?by=me").field,
         t.api("GET", "/api/v1/events?by=people", None,
               {"Accept": "text/event-stream"}).field), ("by", "by"),
        "nothing else can be asked for, nor a stream")


def main():
    with Nginx() as t:
        as_json(t)
        live(t)
        people(t)
        many(t)
        if not IS_ASAN and len(t.workers()) == 1:
            idle(t)
    done()


main()
