#!/usr/bin/env python3
"""What a person reads about a task whose BMC does not do what it is told: each
cause is provoked, and the sentence names it, says what to do, and when it is
tried again or that the task fails.  The event, `nf tasks` and the API say the
same, and no time that has passed is told as one to come."""

import contextlib
import os
import pathlib
import re
import socket
import sys

sys.dont_write_bytecode = True
ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/lib"))
import redfish_peer  # noqa: E402
import rmcp  # noqa: E402
from devices import Site, mac  # noqa: E402
from nginx import wait_for  # noqa: E402
from pace import limit  # noqa: E402
from reader import TIME, Reader, told  # noqa: E402
from relay import Broker  # noqa: E402
from tap import diag, done, is_, like, ok  # noqa: E402

TRIES = 2
AGAIN = rf"; the next attempt begins at {TIME}, and after attempt {TRIES} the task fails\."


def ipmi(user=rmcp.USER, password=rmcp.PASSWORD, **faults):
    """A BMC, and with what the worker logs in to it."""
    def make(stack):
        bmc = stack.enter_context(rmcp.Bmc(**faults))
        return {"port": bmc.port, "user": user, "password": password}
    return make


def redfish(*quirks, password=redfish_peer.PASSWORD, pin=None):
    def make(stack):
        bmc = stack.enter_context(redfish_peer.Peer(*quirks))
        return {"port": bmc.port, "user": redfish_peer.USER,
                "password": password, "driver": "redfish",
                "pin": pin or bmc.pin}
    return make


def silence(stack):
    """An address at which nobody says anything."""
    nobody = stack.enter_context(
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
    nobody.bind(("127.0.0.1", 0))
    return {"port": nobody.getsockname()[1], "user": rmcp.USER,
            "password": rmcp.PASSWORD}


# What it is, how it comes about, its words, what to do about it, the step.
CASES = (
    ("a wrong password", ipmi(password="no"),
     "wrong_password: the BMC rejects the password",
     "Correct the password in its credentials.", "bmc_boot_pxe"),
    ("a wrong password by Redfish", redfish("self", password="no"),
     "wrong_password: the BMC rejects the password",
     "over Redfish a wrong user looks the same.", "bmc_boot_pxe"),
    ("a wrong user", ipmi(user="nobody"),
     "wrong_user: the BMC has no such user",
     "Correct the user in its credentials, or create that user", "bmc_boot_pxe"),
    ("nobody there", silence, "unreachable: the BMC does not answer",
     "Check the BMC's address, that the worker can reach it", "bmc_boot_pxe"),
    ("one that hangs in the midst", ipmi(hangs_at=(0, 8)),
     "hung: the BMC stopped answering",
     "if that lasts, reset the BMC from its web page", "bmc_boot_pxe"),
    ("one that hangs by Redfish", redfish("hang"),
     "hung: the BMC stopped answering",
     "if that lasts, reset the BMC from its web page", "bmc_boot_pxe"),
    ("no cipher suite of ours", ipmi(suites=()),
     "cipher: the BMC rejects cipher suites 17 and 3",
     "Allow cipher suite 17 or 3 in the BMC's IPMI", "bmc_boot_pxe"),
    ("a user who may not", ipmi(level=2),
     "privilege: the user is not allowed to do this",
     "Make that user an administrator in the BMC", "bmc_boot_pxe"),
    ("another key", redfish("self", pin="sha256//" + "A" * 43 + "="),
     r"certificate: the certificate is not trusted \(key "
     r"sha256//[\w+/]{43}=\)",
     "Compare that key with the one on the BMC's web page", "bmc_boot_pxe"),
    ("no credentials", None, r"this worker has no BMC for \w{12}",
     "Add it to that worker's NF_BMC_DEVICES file, or create a device",
     "bmc_boot_pxe"),
    ("one that says yes and does nothing", ipmi(deaf=True, is_on=True),
     "no_effect: the BMC reports success, but nothing changes",
     "Try it on the BMC's web page", "bmc_reset"),
)
SLOW = ("unreachable", "hung", "no_effect") # there is time to read about a try


def says_cause(t, reader, task, case):
    """From the first try to the end of the task."""
    what, _, words, advice, step = case
    ok(True, what)
    told(t, reader, task,
         rf"Attempt 1 of {TRIES} of {step} failed \({words}.*{AGAIN}",
         re.escape(advice))
    if words.split(":")[0] in SLOW:
        told(t, reader, task, rf"attempt 2; the task fails if that has not "
             rf"happened by {TIME}\..*Attempt 1 failed \({words}",
             re.escape(advice))
    wait_for(lambda: t.api("GET", f"/api/v1/tasks/{task}").json["status"]
             == "failed", 60)
    ended = t.api("GET", f"/api/v1/tasks/{task}").json
    like(ended.get("reason", ""), f"^{words}", "  it fails by that")
    like(next(s["error"] for s in ended["steps"] if s["step"] == step), words,
         "  so does its step")
    told(t, reader, task, f"^The task is failed: {words}")
    like(t.nf("tasks").stdout, f"{task} .*{words}", "  nf tasks says it")
    events = t.why(task)["events"]
    like(next((e["task"]["reason"] for e in events
               if e["kind"] == "task.failed"), ""), words,
         "  and the event of its end")


def no_worker(t, reader):
    task = t.task()
    reader.tasks.append(task)
    told(t, reader, task, "it is retried if that has not happened by "
         rf"{TIME}\. No worker for BMCs and switches is connected: start nf-bmc")
    told(t, reader, task, r"^The task is failed: no worker for BMCs and "
         "switches is connected")
    ok(wait_for(lambda: not t.at(task), 60), "  and cannot be undone either")
    told(t, reader, task, "^The task is failed: no worker for BMCs and "
         r"switches is connected\. Start one; `nf workers` shows",
         f"Start over with `nf retry {task}`")


def causes(t, reader, stack):
    tasks = []
    for _, make, *_ in CASES:
        if make is not None:
            t.link(mac(t.n + 1), **make(stack))
        tasks.append(t.task())
    reader.tasks += tasks
    for task, case in zip(tasks, CASES):
        says_cause(t, reader, task, case)


def does_not_boot(t, reader, stack):
    t.link(mac(t.n + 1), **ipmi()(stack))
    task = t.task()
    reader.tasks.append(task)
    look = ("Check its boot order, that network boot is enabled in its setup, "
            "its cable, and the VLAN of its switch port")
    ok(True, "a machine that does not boot from the network")
    told(t, reader, task, "it is reset with the BIOS boot flag if that has "
         rf"not happened by {TIME}\. Its BMC has reset it with the UEFI "
         "boot flag, and it has never asked for an address", look)
    told(t, reader, task, rf"the task fails if that has not happened by {TIME}"
         r"\. Its BMC has reset it with the BIOS boot flag,", "Earlier: the "
         r"node did not ask for its install script within \w+ with the UEFI "
         "boot flag", look)
    told(t, reader, task, "^The task is failed: the node did not ask for its "
         r"install script within \w+ with the UEFI boot flag, then with the BIOS one\. "
         rf"When it failed, at {TIME}: .* Check its boot order, that network")
    like(t.nf("why", task).stdout, "with the UEFI boot flag, then with the BIOS one",
         "  nf why says it")


def worker_dies(t, reader, stack):
    t.link(mac(t.n + 1), **ipmi(delay_s=1)(stack))
    task = t.task()
    wait_for(lambda: t.why(task)["waits"]["state"] == "device_working", 60)
    t.kill_bmc()
    reader.tasks.append(task)
    ok(True, "a worker that dies with its command")
    told(t, reader, task, rf"Worker w1 has attempt \d of {TRIES} and has been gone "
         rf"since {TIME}: start it again", "if that has not happened by")


def relay_dies(t, reader):
    task = t.task()
    wait_for(lambda: t.at(task) == "bmc_boot_pxe", 60)
    t.kill_relay()
    reader.tasks.append(task)
    ok(True, "nobody acts on deadlines")
    told(t, reader, task, rf"^nf-relay has not been running since {TIME}: no deadline "
         "passes", rf"; it was due by {TIME}, and nf-relay, which acts on "
         "that, is not working")


def main():
    with contextlib.ExitStack() as stack:
        broker = stack.enter_context(Broker())
        t = stack.enter_context(Site(
            broker, NF_COMMAND_DEADLINE=str(round(limit(8))),
            NF_COMMAND_TRIES=str(TRIES),
            NF_BOOT_DEADLINE=str(2 * round(limit(4)))))
        reader = stack.enter_context(Reader(t))
        t.start_relay()
        try:
            no_worker(t, reader)
            t.start_bmc()
            ok(wait_for(lambda: t.online() == ["w1"]), "nf-bmc is there")
            causes(t, reader, stack)
            does_not_boot(t, reader, stack)
            worker_dies(t, reader, stack)
            relay_dies(t, reader)
            if not is_(reader.late, [], "no time that has passed is told as "
                       f"one to come, in {sum(map(len, reader.sentences.values()))}"
                       " sentences"):
                diag(*reader.late[:5])
        finally:
            t.kill_relay()
            t.kill_bmc()
            reader.tasks.clear()
    done()


main()
