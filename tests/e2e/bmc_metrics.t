#!/usr/bin/python3
# Debian's own: the parser is a package of it.
"""What became of commands to BMCs, as Prometheus reads it from /metrics, and
who asked for them."""

import pathlib
import re
import subprocess
import sys

sys.dont_write_bytecode = True
ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/lib"))
subprocess.run([ROOT / "scripts/need", "test"], check=True,
               stdout=subprocess.DEVNULL)
from prometheus_client.parser import text_string_to_metric_families  # noqa: E402
import ipmi_sim  # noqa: E402
from devices import Site, mac  # noqa: E402
from nginx import wait_for  # noqa: E402
from relay import Broker  # noqa: E402
from tap import diag, done, is_, like, ok  # noqa: E402
from worker import Worker  # noqa: E402

TOOK = {"on": 80, "off": 2500, "status": 130000}  # milliseconds
SECONDS = "nodefoundry_bmc_operation_seconds"


def act(command):
    """A worker that says all that one may say, and some things that none
    should."""
    action = command["args"].get("action", "")
    told = {"driver": "redfish", "took_ms": TOOK.get(action, 5), "asked": 3}
    if action == "cycle":
        return "failed", "no", {**told, "cause": 'a"} 1\n# TYPE x'}
    if action == "nmi":
        return "failed", "no", {**told, "driver": 'x"} 1\ny'}
    if action == "soft":
        return "failed", "no", {**told, "cause": "wrong_password"}
    if action == "reset":
        return "done", "old"
    return "done", "{}", told


def families(t):
    """{name: family} of all of it; what the parser takes leniently is looked
    at here."""
    text = t.api("GET", "/metrics").text
    heads = re.findall(r"(?m)^# (HELP|TYPE) (\S+)", text)
    is_(len(heads), len(set(heads)), "HELP and TYPE stand once")
    of = [re.match(r"[a-z_:0-9]+", line)[0] for line in text.splitlines()
          if not line.startswith("#")]
    named = [re.sub(r"_(bucket|sum|count)$", "", name)
             if name.startswith(SECONDS) else name for name in of]
    groups = [name for n, name in enumerate(named)
              if n == 0 or named[n - 1] != name]
    is_(len(groups), len(set(groups)), "a family's samples stand together")
    is_([name for name in groups if ("TYPE", name) not in heads], [],
        "each family has a type")
    found = {}
    for family in text_string_to_metric_families(text):
        # The parser takes "_total" off counters' names.
        found[family.name] = family
    return found


def value(all_of, family, name=None, **labels):
    for sample in all_of[family].samples:
        if sample.name == (name or sample.name) and sample.labels == labels:
            return sample.value
    return None


def ask(t, action, wanted="done"):
    made = t.api("POST", f"/api/v1/nodes/{mac(1)}/commands?wait=30",
                 {"command": "power", "args": {"action": action}})
    is_(made.json["state"], wanted, f"power {action}: {wanted}")
    return made.json


def histograms(t, got):
    """Buckets add up, for each driver and operation."""
    found = {}
    for sample in got[SECONDS].samples:
        key = sample.labels["driver"], sample.labels["operation"]
        found.setdefault(key, []).append(sample)
    wrong = []
    for key, samples in found.items():
        buckets = [(float(s.labels["le"]), s.value) for s in samples
                   if s.name.endswith("_bucket")]
        count = [s.value for s in samples if s.name.endswith("_count")]
        if (buckets != sorted(buckets) or buckets[-1][0] != float("inf")
                or [n for _, n in buckets] != sorted(n for _, n in buckets)
                or count != [buckets[-1][1]]):
            wrong.append((key, buckets, count))
    is_(wrong, [], "buckets are cumulative, up to +Inf, which is the count")
    is_(sorted(found), [("other", "power_nmi"), ("redfish", "power_cycle"),
                        ("redfish", "power_off"), ("redfish", "power_on"),
                        ("redfish", "power_soft"),
                        ("redfish", "power_status")],
        "one for each driver and operation whose worker told the time")
    for action, le, below in (("on", "0.1", 0), ("off", "2.5", 1)):
        labels = {"driver": "redfish", "operation": f"power_{action}"}
        is_(value(got, SECONDS, f"{SECONDS}_bucket", le=le, **labels),
            float(action == "on") + 1,
            f"{TOOK[action]} ms are in {le} s")
        is_(value(got, SECONDS, f"{SECONDS}_sum", **labels),
            TOOK[action] / 1000 * (1 + (action == "on")), "  and in the sum")
        if below:
            is_(value(got, SECONDS, f"{SECONDS}_bucket", le="1", **labels), 0,
                "  and not in 1 s")
    is_([value(got, SECONDS, f"{SECONDS}_bucket", le=le, driver="redfish",
               operation="power_status") for le in ("120", "+Inf")], [0, 1],
        "what took longest is in +Inf alone")


def counted(t):
    before = families(t)
    is_(before["regional_client_bmc_operations"].samples, [],
        "nothing was asked, nothing is counted")
    for action in ("on", "off", "on", "status", "reset"):
        ask(t, action)
    for action in ("cycle", "nmi", "soft"):
        ask(t, action, "failed")
    got = families(t)
    family = got["regional_client_bmc_operations"]
    is_((family.type, family.documentation), ("counter", "Total BMC operations"),
        "regional_client_bmc_operations_total")
    is_({s.labels["operation"]: s.value for s in family.samples},
        {"power_on": 2, "power_off": 1, "power_status": 1, "power_reset": 1,
         "power_cycle": 1, "power_nmi": 1, "power_soft": 1},
        "counts each operation")
    is_({s.labels["idc"] for s in family.samples}, {"dc1"}, "of this site")
    histograms(t, got)
    is_({(s.labels["driver"], s.labels["operation"], s.labels["cause"]): s.value
         for s in got["nodefoundry_bmc_failures"].samples},
        {("redfish", "power_cycle", "other"): 1,
         ("other", "power_nmi", "unsaid"): 1,
         ("redfish", "power_soft", "wrong_password"): 1},
        "failures have causes, and nobody makes up a sample")
    is_(value(got, "nodefoundry_bmc_requests", driver="redfish",
              operation="power_on"), 6, "requests add up")
    is_(value(got, "nodefoundry_bmc_requests", driver="none",
              operation="power_reset"), 0, "where they are told")


def repeats(t, worker):
    """A worker that hears and says nothing is told again."""
    worker.act = lambda command: None if command["args"] == {
        "action": "off"} else act(command)
    made = t.api("POST", f"/api/v1/nodes/{mac(1)}/commands",
                 {"command": "power", "args": {"action": "off"}}).json
    ok(wait_for(lambda: len([c for c in worker.heard
                             if c["id"] == made["id"]]) == 2, 60),
       "a worker that says nothing is told again")
    worker.answer([c for c in worker.heard if c["id"] == made["id"]][0],
                  "done", "{}", {"driver": "redfish", "took_ms": 1, "asked": 1})
    wait_for(lambda: t.api("GET", f"/api/v1/commands/{made['id']}").json[
        "state"] == "done", 30)
    got = families(t)
    ok(value(got, "nodefoundry_bmc_repeats", driver="redfish",
             operation="power_off") >= 1, "and that is counted")
    worker.act = act


def told(t):
    """Each outcome is a line of nf-relay's log, and each wish has its owner."""
    made = ask(t, "soft", "failed")
    line = (rf"command power failed: no id={made['id']} mac={mac(1)} worker=w1 "
            r"driver=redfish took_ms=5 asked=3")
    ok(wait_for(lambda: re.search(line, t.read("relay.log"))),
       "nf-relay's log has the outcome")
    is_(t.read("relay.log").count(f"id={made['id']}"), 1, "once")
    people = [e for r in t.pages("/api/v1/events?by=people&limit=100")
              for e in r.json]
    mine = [e for e in people if e["kind"] == "command.created"
            and e["command"]["id"] == made["id"]]
    is_([(e["actor"], e["command"]["command"], e["command"]["args"])
         for e in mine], [("api", "power", {"action": "soft"})],
        "who asked for it is in the audit, with what")


def restart(t):
    """The counts are the store's, whoever restarts."""
    before = families(t)["regional_client_bmc_operations"].samples
    t.kill_relay()
    t.start_relay()
    t.reload()
    is_(families(t)["regional_client_bmc_operations"].samples, before,
        "a restart forgets nothing")


def real(t, bmc):
    """nf-bmc itself says all of that."""
    t.start_bmc("w2")
    ok(wait_for(lambda: t.online() == ["w2"], 60), "nf-bmc is there")
    t.link(mac(1), bmc.port, ipmi_sim.USER, ipmi_sim.PASSWORD)
    made = ask(t, "status")
    got = families(t)
    labels = {"driver": "ipmi", "operation": "power_status"}
    is_(value(got, SECONDS, f"{SECONDS}_count", **labels), 1,
        "nf-bmc's times are counted")
    ok(0 < value(got, SECONDS, f"{SECONDS}_sum", **labels) < 60,
       "and are some")
    ok(value(got, "nodefoundry_bmc_requests", **labels) >= 2,
       "so are its requests")
    like(t.read("bmc.log"),
         rf"command power: \S+ id={made['id']} mac={mac(1)} driver=ipmi "
         r"took_ms=\d+ asked=\d+", "its log has the outcome")
    is_(t.read("bmc.log").count(f"id={made['id']}"), 1, "once")
    made = t.api("PUT", f"/api/v1/devices/bmc-1", {
        "driver": "ipmi", "address": f"127.0.0.1:{bmc.port}",
        "node": mac(1)})
    is_(made.status, 201, "a device")
    ask(t, "status")
    is_([(s.labels, s.value)
         for s in families(t)["nodefoundry_bmc_device_state"].samples],
        [({"device": "bmc-1", "driver": "ipmi", "state": "fine"}, 1)],
        "a device is shown as it was found")


def main():
    with Broker() as broker, Site(broker) as t, ipmi_sim.Sim() as bmc:
        worker = Worker(broker, "w1", act)
        try:
            t.start_relay()
            t.api("POST", "/api/v1/nodes", {"mac": mac(1)})
            worker.start()
            ok(wait_for(lambda: t.online() == ["w1"]), "a worker is there")
            counted(t)
            repeats(t, worker)
            told(t)
            restart(t)
            worker.leave()
            real(t, bmc)
        finally:
            worker.kill()
            t.kill_relay()
            if t.bmc is not None:
                t.kill_bmc()
            diag(*t.read("relay.log").splitlines()[-5:])
    done()


main()
