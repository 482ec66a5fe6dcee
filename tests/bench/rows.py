"""The rows of make bench."""

import http.client
import json
import os
import socket
import statistics
import subprocess
import tempfile
import threading
import time

import bmcs
import burst
import conversations
import held
import instructions
import large
import leases
import redfish_bmcs
import spooled
import statuses
import switch_batch
import switches
import wrk
from nginx import Nginx, TOP, BUILD
from processes import memory_kb

NODES = int(os.environ.get("BENCH_NODES", "100000"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))
SECONDS = int(os.environ.get("BENCH_SECONDS", "2"))
FILL = os.path.join(BUILD, "bench", "fill")


def row(what, measured, ceiling="", ratio=None, goal=""):
    ratio = "" if ratio is None else f"{ratio:.2f}"
    return f"{what:34} {measured:>24} {ceiling:>20} {ratio:>7} {goal:>9}"


def median(values):
    return statistics.median(values)


def site(nodes=NODES, **parts):
    """An nginx whose store holds nodes."""
    t = Nginx(workers=1, connections=4096,
              settings={"NF_LOG_LEVEL": "err"}, **parts)
    t.configure(http="access_log off;")
    subprocess.run([FILL, t.path("store/nodes.db"), str(nodes)], check=True)
    return t


def mac_of(i):
    return f"0200{i * 2654435761 % 2**32:08x}"


def close(t):
    t.stop()
    subprocess.run(["rm", "-rf", t.dir], check=True)


# --- reads -----------------------------------------------------------------

def read_row(what, pattern, nodes):
    """One kind of read against `return 200` with a body of its size."""
    t = site(nodes)
    try:
        t.start()
        body = t.api("GET", pattern.replace("MAC", mac_of(0))).body
        t.configure(api="location /ceiling/ { default_type text/plain; "
                        "return 200 '%s'; }" % ("x" * len(body)))
        t.reload()
        time.sleep(1)
        ours, ceilings = [], []
        for i in range(ROUNDS):
            ours.append(wrk.run(t.port, pattern, nodes, SECONDS, seed=i))
            ceilings.append(wrk.run(t.port, "/ceiling/MAC", nodes, SECONDS,
                                    seed=i))
        ratio = median([a.rate / b.rate for a, b in zip(ours, ceilings)])
        return [row(f"{what}, {nodes} nodes",
                    f"{median([a.rate for a in ours]):.0f}/s p99 "
                    f"{median([a.p99 for a in ours]):.2f} ms",
                    f"{median([b.rate for b in ceilings]):.0f}/s", ratio,
                    ">= 0.85")]
    finally:
        close(t)


def boot_script():
    return (read_row("boot script", "/boot/MAC/boot.ipxe", 10)
            + read_row("boot script", "/boot/MAC/boot.ipxe", NODES))


def node_read():
    return (read_row("node read", "/api/v1/nodes/MAC", 10)
            + read_row("node read", "/api/v1/nodes/MAC", NODES))


# --- instructions of a call ------------------------------------------------

WORDS = {"look_up": "find and copy a record", "boot": "boot script",
         "node": "node read", "node_task": "read of a node with a task",
         "page": "page of 100 nodes",
         "operation": "next operation", "write": "one write"}
GOALS = {"boot": 7000, "node": 5000}


def instruction_rows():
    """Beside what LMDB alone takes to find a record."""
    with tempfile.TemporaryDirectory() as folder:
        store = os.path.join(folder, "nodes.db")
        instructions.make_store(store, NODES)
        counts = {kind: instructions.count(store, NODES, kind, 200)
                  for kind in instructions.KINDS}
    base = counts["look_up"]
    return [row(f"instructions, {WORDS[kind]}", f"{n:.0f}",
                f"{base:.0f} (record)", n / base,
                f"<= {GOALS[kind]}" if kind in GOALS else "")
            for kind, n in counts.items()]


# --- the list --------------------------------------------------------------

def fetch(port, path):
    """Seconds to the first byte and to the last, and the bytes."""
    c = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    start = time.monotonic()
    c.request("GET", path)
    answer = c.getresponse()
    first = answer.read(1)
    ttfb = time.monotonic() - start
    size = len(first)
    while True:
        piece = answer.read(1 << 16)
        if not piece:
            break
        size += len(piece)
    c.close()
    return ttfb, time.monotonic() - start, size


def list_row():
    t = site()
    try:
        t.start()
        path = t.path("files/list.json")
        t.write("files/list.json", t.api("GET", "/api/v1/nodes").body)
        worker = t.workers()[0]
        before = memory_kb(worker)
        ours, files, quiet, busy = [], [], [], []
        for i in range(ROUNDS):
            quiet.append(wrk.run(t.port, "/api/v1/nodes/MAC", NODES, 1,
                                 connections=8, seed=i).max)
            probe = wrk.start(t.port, "/api/v1/nodes/MAC", NODES, 1,
                              connections=8, seed=i)
            for _ in range(3):
                fetch(t.port, "/api/v1/nodes")
            busy.append(wrk.finish(probe).max)
            ours.append(fetch(t.port, "/api/v1/nodes"))
            files.append(fetch(t.install_port, "/files/list.json"))
        grown = memory_kb(worker) - before
        speed = median([b[1] / a[1] for a, b in zip(ours, files)])
        mb = os.path.getsize(path) / 1e6
        return [
            row(f"list of {NODES} nodes, {mb:.0f} MB",
                f"{median([a[1] for a in ours]) * 1000:.0f} ms",
                f"{median([b[1] for b in files]) * 1000:.0f} ms (file)",
                speed),
            row("  first byte", f"{median([a[0] for a in ours]) * 1000:.1f} "
                                "ms", "", None, "< 10 ms"),
            row("  other requests, slowest",
                f"{median(busy):.1f} ms", f"{median(quiet):.1f} ms (no list)",
                median(busy) / median(quiet), "< 10 ms"),
            row("  worker's memory grew by", f"{grown} KB", "", None, "flat"),
        ]
    finally:
        close(t)


# --- writes ----------------------------------------------------------------

def preload_slow_disk(t, microseconds):
    """Each sync of t's nginx takes so much longer."""
    plain = t.environ
    library = os.path.join(BUILD, "bench", "slowsync.so")
    subprocess.run(["gcc", "-D_GNU_SOURCE", "-O2", "-shared", "-fPIC", "-o",
                    library, os.path.join(TOP, "tests/bench/slowsync.c"),
                    "-ldl"], check=True)
    t.environ = lambda: {**plain(), "LD_PRELOAD": library,
                         "SLOWSYNC_US": str(microseconds)}
    # nginx hands on only what it is told to
    t.configure(main="env LD_PRELOAD; env SLOWSYNC_US;")


def post(t, seed):
    return wrk.run(t.port, "/api/v1/nodes", NODES, SECONDS, connections=64,
                   method="POST", seed=seed)


def write_rates(slow_us, grouped, single):
    if slow_us:
        preload_slow_disk(grouped, slow_us)
        preload_slow_disk(single, slow_us)
    grouped.start()
    single.start()
    pairs = [(post(grouped, i), post(single, i)) for i in range(ROUNDS)]
    disk = f", {slow_us / 1000:g} ms slower syncs" if slow_us else ""
    return row(f"durable writes{disk}",
               f"{median([a.rate for a, _ in pairs]):.0f}/s p99 "
               f"{median([a.p99 for a, _ in pairs]):.1f} ms",
               f"{median([b.rate for _, b in pairs]):.0f}/s (fsync each)",
               median([a.rate / b.rate for a, b in pairs]), ">= 20")


def read_beside_writes(t):
    """p99 of reads while 64 connections write, and while none does."""
    quiet, busy = [], []
    for i in range(ROUNDS):
        quiet.append(wrk.run(t.port, "/api/v1/nodes/MAC", NODES, SECONDS,
                             connections=8, seed=i).p99)
        probe = wrk.start(t.port, "/api/v1/nodes/MAC", NODES, SECONDS,
                          connections=8, seed=i)
        post(t, i + 1000)
        busy.append(wrk.finish(probe).p99)
    return row("  reads' p99 meanwhile", f"{median(busy):.2f} ms",
               f"{median(quiet):.2f} ms (no writes)",
               median([a / b for a, b in zip(busy, quiet)]), "<= 2")


def write_row():
    """64 connections; the ceiling commits each request by itself.  The gain
    is what a sync costs, so it is shown on a slower disk as well."""
    lines = []
    for slow_us in (0, 1000):
        grouped, single = site(), site()
        single.configure(http="access_log off; nf_batch 1;")
        try:
            lines.append(write_rates(slow_us, grouped, single))
            if not slow_us:
                lines.append(read_beside_writes(grouped))
        finally:
            close(grouped)
            close(single)
    return lines


# --- large files -----------------------------------------------------------

GOES = {"start_over": "an upload starts over",
        "collect": "a content is collected",
        "remove": "a file is removed at once"}


def large_row():
    """p99.9 of reads and writes while 2 GiB go."""
    t = site()
    try:
        t.start()
        found = large.measure(t, NODES, min(ROUNDS, 3))
    finally:
        close(t)
    lines = []
    for name, words in GOES.items():
        lines.append(f"2 GiB go: {words}")
        for k, what in enumerate(("reads", "writes")):
            ms, ratio = found[name][k]
            lines.append(row(f"  {what}' p99.9", f"{ms:.2f} ms",
                             f"{found['nothing'][k][0]:.2f} ms (quiet)", ratio,
                             "<= 2" if name != "remove" else ""))
    return lines


# --- leases ------------------------------------------------------------------

def lease_row():
    lines = []
    for rate in (500, 1000):
        ours, ceilings, lost = leases.measure(rate, ROUNDS)
        if lost:
            raise RuntimeError(f"{lost} leases are not in the store")
        lines.append(row(f"leases, {rate}/s offered",
                         f"{median(ours):.0f}/s, 0 lost",
                         f"{median(ceilings):.0f}/s (empty hook)",
                         median([a / b for a, b in zip(ours, ceilings)]),
                         ">= 0.9"))
    return lines


def burst_row():
    """200 machines of a rack, a pool of 201 addresses."""
    lines = []
    for count in (80, 200):
        ours, alone = burst.measure(count, ROUNDS)
        if any(lacking for _, _, lacking in ours):
            raise RuntimeError("a machine never had an address")
        naks = sum(n for n, _, _ in ours)
        took = median([seconds for _, seconds, _ in ours]) - burst.THINK
        lines.append(row(f"{count} machines switched on at once",
                         f"{naks} NAK, all in {took:.2f} s",
                         f"{alone[0]} NAK, {alone[1] - burst.THINK:.0f} s", None,
                         "0 NAK"))
    return lines


# --- MQTT --------------------------------------------------------------------

def status_row():
    ours, theirs, lost = statuses.measure(ROUNDS)
    if lost:
        raise RuntimeError(f"{lost} statuses are not in the store")
    return [row("statuses, a CPU-second of nf-relay",
                f"{median(ours):.0f}, 0 lost",
                f"{median(theirs):.0f} (_sub)",
                median([a / b for a, b in zip(ours, theirs)]), ">= 20000")]


# --- the clock ---------------------------------------------------------------

def clock_round():
    """Each phase's (turns, slowest ms, mean ms) of CPU time."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "nodes.db")
        subprocess.run([os.path.join(BUILD, "nf"), "store", "init"],
                       env={**os.environ, "NF_DB_PATH": path}, check=True,
                       stdout=subprocess.DEVNULL)
        out = subprocess.run([os.path.join(BUILD, "bench", "clock"), path,
                              str(NODES)], check=True, text=True,
                             stdout=subprocess.PIPE).stdout
    phases = {}
    for line in out.splitlines():
        name, *words = line.split()
        phases[name] = [float(word.split("=")[1]) for word in words]
    return phases


def clock_row():
    """As many leases as nodes; three rounds are enough for CPU time."""
    rounds = [clock_round() for _ in range(min(ROUNDS, 3))]
    slowest = median([max(p[1] for p in phases.values())
                      for phases in rounds])
    lines = [row(f"the clock's slowest turn, {NODES} nodes",
                 f"{slowest:.2f} ms of CPU", "", None, "<= 5 ms")]
    for name in rounds[0]:
        lines.append(row(f"  {name}",
                         f"{median([p[name][1] for p in rounds]):.2f} ms, mean "
                         f"{median([p[name][2] for p in rounds]):.2f}",
                         f"{rounds[0][name][0]:.0f} turns"))
    return lines


def spool_row():
    seconds, busy, quiet, leases_n = spooled.measure()
    if leases_n != spooled.COUNT:
        raise RuntimeError(f"{leases_n} leases of {spooled.COUNT}")
    return [row(f"{spooled.COUNT} spooled leases taken in",
                f"{seconds:.1f} s, 0 lost"),
            *[row(f"  {what}", f"{b * 1000:.0f} ms",
                  f"{q * 1000:.0f} ms (no spool)", b / q, "< 1 s")
              for what, b, q in zip(("a status meanwhile, slowest",
                                     "a deadline meanwhile, latest"),
                                    busy, quiet)]]


# --- agents in RAM -----------------------------------------------------------

def agent_row():
    """The whole conversation of 100 agents at once: 20 requests each, and
    the same again with one."""
    whole, reactions = conversations.measure(100, ROUNDS)
    alone, reaction = conversations.measure(1, ROUNDS)
    slowest = [max(each) for each in reactions]
    return [
        row("100 agents, the whole conversation",
            f"{median(whole) * 1000:.0f} ms",
            f"{median(alone) * 1000:.0f} ms (one)",
            median([100 * b / a for a, b in zip(whole, alone)]), ""),
        row("  approve to first step, slowest",
            f"{median(slowest) * 1000:.1f} ms",
            f"{median([max(r) for r in reaction]) * 1000:.1f} ms (one)",
            median([a / max(b) for a, b in zip(slowest, reaction)]),
            "< 1 s"),
    ]


# --- reaction, memory, start -----------------------------------------------

def wait_open(port, mac):
    s = socket.create_connection(("127.0.0.1", port), timeout=60)
    s.sendall(f"GET /boot/{mac}/boot.ipxe?wait=1 HTTP/1.1\r\n"
              "Host: localhost\r\n\r\n".encode())
    return s


def reaction_row():
    """From the PUT to the install script at a node that waits, while 1,000
    others wait too."""
    t = site(2000)
    try:
        t.start()
        held = [wait_open(t.port, mac_of(i)) for i in range(1000, 2000)]
        times, puts = [], []
        for i in range(ROUNDS * 4):
            s = wait_open(t.port, mac_of(i))
            time.sleep(0.05)
            start = time.monotonic()
            answer = threading.Thread(target=t.api, args=(
                "PUT", f"/api/v1/nodes/{mac_of(i)}", {"action": "install"}))
            answer.start()
            if b"kernel" not in s.recv(65536):
                raise RuntimeError("the answer was no install script")
            times.append(time.monotonic() - start)
            answer.join()
            puts.append(time.monotonic() - start)
            s.close()
        for s in held:
            s.close()
        return [row("reaction to install, 1,000 waiting",
                    f"{median(times) * 1000:.1f} ms",
                    f"{median(puts) * 1000:.1f} ms (the PUT)",
                    median([a / b for a, b in zip(times, puts)]), "< 1 s")]
    finally:
        close(t)


def held_row():
    alone, polls = held.polls(10000, mac_of)
    quiet, streams = held.streams(1000)
    return [
        row("worker with 10,000 held polls", f"{polls:.1f} MB",
            f"{alone:.1f} MB (alone)", polls / alone, "< 100 MB"),
        row("  1,000 event streams more", f"{streams - quiet:.1f} MB",
            f"{quiet:.1f} MB (alone)", None, "< 20 MB"),
    ]


def memory_row():
    t = site()
    try:
        t.start()
        worker = t.workers()[0]
        wrk.run(t.port, "/api/v1/nodes/MAC", NODES, SECONDS)
        wrk.run(t.port, "/boot/MAC/boot.ipxe", NODES, SECONDS)
        return [row(f"nginx worker's memory, {NODES} nodes",
                    f"{memory_kb(worker) / 1024:.1f} MB", "", None,
                    "< 64 MB")]
    finally:
        close(t)


def time_to_answer(t, path):
    start = time.monotonic()
    t.master = subprocess.Popen(t.nginx(), env=t.environ(),
                                stdout=subprocess.DEVNULL,
                                stderr=subprocess.DEVNULL)
    while True:
        try:
            if t.api("GET", path).status == 200:
                took = time.monotonic() - start
                break
        except OSError:
            time.sleep(0.002)
    t.stop()
    return took


def start_row():
    t = site()
    try:
        t.configure(api="location /ceiling { return 200 'x'; }")
        path = f"/api/v1/nodes/{mac_of(7)}"
        ours, plain = [], []
        for _ in range(ROUNDS):
            ours.append(time_to_answer(t, path))
            plain.append(time_to_answer(t, "/ceiling"))
        return [row(f"start to first answer, {NODES} nodes",
                    f"{median(ours) * 1000:.0f} ms",
                    f"{median(plain) * 1000:.0f} ms (no store)",
                    median([a / b for a, b in zip(ours, plain)]), "< 1 s")]
    finally:
        close(t)


def bmc_row():
    ours, memory, theirs = bmcs.measure()
    return [row(f"{bmcs.COUNT} BMCs are reset, {bmcs.AT_ONCE} at once",
                f"{ours:.1f} s", f"{theirs:.1f} s (xargs)", ours / theirs,
                "<= 1.2"),
            row("  nf-bmc's memory", f"{memory / 1024:.1f} MB", "", None,
                "< 20 MB")]


def redfish_row():
    ours, memory, one = redfish_bmcs.measure()
    return [row(f"{redfish_bmcs.COUNT} BMCs are reset by Redfish at once",
                f"{ours:.1f} s", f"{one:.1f} s (one alone)", ours / one,
                "<= 2"),
            row("  nf-bmc's memory at most", f"{memory / 1024:.1f} MB", "",
                None, "< 20 MB")]


def switch_row():
    rounds = switches.measure()
    return [row(f"{switches.PORTS} ports listed by SNMP",
                f"{median([a for a, b in rounds]) * 1000:.0f} ms",
                f"{median([b for a, b in rounds]) * 1000:.0f} ms (bulkwalk)",
                median([a / b for a, b in rounds]), "<= 1.5")]


def switch_batch_row():
    rounds = switch_batch.measure()
    return [row(f"{switch_batch.PORTS} ports of a switch changed by SSH",
                f"{median([a for a, b in rounds]) * 1000:.0f} ms",
                f"{median([b for a, b in rounds]) * 1000:.0f} ms (one port)",
                median([a / b for a, b in rounds]), "<= 2")]


ROWS = {
    "boot": boot_script,
    "node": node_read,
    "instructions": instruction_rows,
    "list": list_row,
    "write": write_row,
    "large": large_row,
    "lease": lease_row,
    "burst": burst_row,
    "bmc": bmc_row,
    "redfish": redfish_row,
    "switch": switch_row,
    "switch_batch": switch_batch_row,
    "status": status_row,
    "clock": clock_row,
    "spool": spool_row,
    "reaction": reaction_row,
    "agents": agent_row,
    "held": held_row,
    "memory": memory_row,
    "start": start_row,
}
