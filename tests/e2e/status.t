#!/usr/bin/env python3
"""What is wrong with the bastion stands in /health, in `nf status` and in front
of what `nf why` says, while it is so: the real nginx, nf-relay and mosquitto,
each stopped and killed."""

import contextlib
import pathlib
import signal
import socket
import sys

sys.dont_write_bytecode = True
ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/lib"))
from devices import Site, mac  # noqa: E402
from nginx import wait_for  # noqa: E402
from relay import Broker  # noqa: E402
from tap import diag, done, is_, like, ok  # noqa: E402

TIME = r"[0-9TZ:-]+" # nf prints times of today short


def words(t):
    """What /health says is wrong."""
    said = t.api("GET", "/health")
    return (said.status, [d["word"] for d in said.json.get("details", [])])


def told(t, task, word, sentence):
    """All three say so."""
    if not is_(wait_for(lambda: word in words(t)[1] and word, 60), word,
               f"/health says {word}"):
        diag(str(words(t)), t.read("relay.log")[-2000:])
    said = t.nf("status")
    is_((said.returncode, "degraded" in said.stdout), (1, True),
        "  nf status ends with status 1")
    like(said.stdout, rf"\n{word}: {sentence}", "  and says what it is")
    why = t.why(task)
    is_(why["waits"].get("trouble"), word, "  nf why knows of it")
    like(why["now"], "^" + sentence, "  and begins with it")


def well(t, task, what):
    if not is_(wait_for(lambda: words(t) == (200, []) and what, 60), what,
               f"all is well: {what}"):
        diag(str(words(t)), t.read("relay.log")[-2000:])
    said = t.nf("status")
    is_((said.returncode, said.stderr), (0, ""), "  nf status ends with 0")
    like(said.stdout, r"(?s)^NodeFoundry \S+: ok, up .*\nnodes +\d+ installing\n"
         r"online +0\ntasks +\d+ approved\n", "  and counts")
    is_("trouble" in t.why(task)["waits"], False, "  nf why is about the node")


def silence(t, stack):
    """Another machine whose BMC says nothing, so that its task stays."""
    nobody = stack.enter_context(
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
    nobody.bind(("127.0.0.1", 0))
    t.link(mac(t.n + 1), nobody.getsockname()[1], "root", "x")
    task = t.task()
    return task


def broker(t, task):
    t.broker.kill()
    told(t, task, "broker_down", "nf-relay has had no connection to the MQTT "
         rf"broker since {TIME} \(127.0.0.1:{t.broker.port}: ")
    t.broker.start()
    ok(wait_for(lambda: t.online() == ["w1"], 60), "the worker is there again")
    well(t, task, "the broker is started again")
    t.broker.signal(signal.SIGSTOP) # and nothing is to be sent
    told(t, task, "broker_hung", "The MQTT broker has not answered since "
         rf"{TIME} \(127.0.0.1:{t.broker.port}\): ")
    t.broker.signal(signal.SIGCONT)
    well(t, task, "the broker goes on")
    t.broker.signal(signal.SIGSTOP)
    t.kill_relay()
    t.start_relay()
    told(t, task, "broker_hung", "The MQTT broker has not answered since "
         rf"{TIME} \(127.0.0.1:{t.broker.port}\): ")
    t.broker.signal(signal.SIGCONT)
    well(t, task, "the broker that was connected to in vain goes on")


def relay(t, task):
    pid = t.relay.pid
    t.relay.send_signal(signal.SIGSTOP)
    told(t, task, "relay_hung",
         rf"nf-relay has been hanging since {TIME} \(process {pid}\): ")
    t.relay.send_signal(signal.SIGCONT)
    well(t, task, "nf-relay goes on")
    t.relay.send_signal(signal.SIGSTOP)
    wait_for(lambda: "relay_hung" in words(t)[1], 60)
    t.kill_relay()
    told(t, task, "relay_gone", rf"nf-relay has not been running since {TIME}: ")
    t.start_relay()
    well(t, task, "nf-relay is started again")


def main():
    with contextlib.ExitStack() as stack:
        t = stack.enter_context(Site(stack.enter_context(Broker())))
        is_(words(t), (200, ["relay_gone"]), "nf-relay was never there")
        t.start_relay()
        t.start_bmc()
        ok(wait_for(lambda: t.online() == ["w1"]), "nf-relay and a worker are")
        task = silence(t, stack)
        wait_for(lambda: t.at(task) == "bmc_boot_pxe", 60)
        try:
            well(t, task, "at first")
            broker(t, task)
            relay(t, task)
        finally:
            t.broker.signal(signal.SIGCONT)
            t.kill_relay()
            t.kill_bmc()
    done()


if __name__ == "__main__":
    main()
