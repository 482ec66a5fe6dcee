"""Machines whose BMCs switch them on and choose what they boot: approving the
task is all that a person does."""

import json
import pathlib
import subprocess
import sys
import tempfile

import netns
from approval import never_lower, operation, report_steps
from story import (IMAGE, SCRIPT, Failed, Step, create_task, fetched,
                   image_profile, seen)

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import ipmi_sim  # noqa: E402
import machine  # noqa: E402
import redfish_peer  # noqa: E402
from dnsmasq import until  # noqa: E402

KCS = 9620          # that of BMC 1 is one more
USER = "nodefoundry"    # whom a machine makes on its BMC
PEER = str(pathlib.Path(__file__).resolve().parent / "redfish_bmc.py")


class Redfish:
    """What ipmi_sim.Sim is, by Redfish."""

    def __init__(self, within):
        self._directory = tempfile.TemporaryDirectory(prefix="nf-redfish-")
        self.dir = pathlib.Path(self._directory.name)
        self._within = within
        self.port, self.pin = 0, ""

    def __enter__(self):
        self._process = subprocess.Popen(
            [*self._within, sys.executable, PEER, str(self.dir)],
            stdin=subprocess.PIPE)
        until((self.dir / "peer").exists)
        said = json.loads((self.dir / "peer").read_text())
        self.port, self.pin = said["port"], said["pin"]
        return self

    def __exit__(self, *ignored):
        self._process.stdin.close()
        self._process.wait()
        self._directory.cleanup()

    def set(self, name, text):
        (self.dir / name).write_text(text + "\n")

    def get(self, name):
        return (self.dir / name).read_text().strip()

    def acts(self):
        return self.get("acts").splitlines()


# driver: what plays the BMC, and whom it knows.
DRIVERS = {
    "ipmi": (ipmi_sim.Sim, ipmi_sim.USER, ipmi_sim.PASSWORD),
    "redfish": (Redfish, redfish_peer.USER, redfish_peer.PASSWORD),
}


class Bmcs:
    """One for each machine; what they are told is done to it."""

    def __init__(self, namespace, options, numbers=None):
        """numbers: of the machines that have one; all."""
        self.driver = options.driver
        self.enroll = options.enroll
        self._namespace = namespace
        self.of = {}
        self._done = {}
        for number in numbers or range(1, options.nodes + 1):
            mac = machine.mac_of(number).replace(":", "")
            self.of[mac] = self._made(number)
            self.of[mac].__enter__()
            self._done[mac] = 0

    def _made(self, number):
        within = self._namespace.command()
        if not self.enroll:
            return DRIVERS[self.driver][0](within=within)
        address = f"192.0.2.{number}"
        netns.ip("-n", self._namespace.name, "addr", "add", f"{address}/32",
                 "dev", "lo")
        return ipmi_sim.Sim(within=within, address=address, port=623,
                            kcs=KCS + number)

    def link(self, story):
        """What an operator, or a list of his, says of a machine's BMC."""
        mac, bmc = story.node.mac, self.of[story.node.mac]
        _, user, password = DRIVERS[self.driver]
        device = {"driver": self.driver, "address": f"127.0.0.1:{bmc.port}",
                  "credentials": "lab", "node": mac}
        if self.driver == "redfish":
            device["pin"] = bmc.pin
        for method, path, body in (
                ("POST", "/api/v1/nodes", {"mac": mac}),
                ("PUT", "/api/v1/credentials/lab",
                 {"user": user, "password": password}),
                ("PUT", f"/api/v1/devices/bmc-{mac}", device)):
            status, said = story.site.call(method, path, body)
            if status not in (200, 201):
                raise Failed(f"{method} {path}: {status} {said}")

    def settings(self):
        return {"NF_BMC_WORKER": "lab", "NF_DISCOVERY_MODE": "agent",
                "NF_BMC_ENROLL": int(self.enroll)}

    def watch(self, eyes, nodes):
        """Whoever looks also carries out what the BMCs were told."""
        return Watch(self, eyes, nodes)

    def carry_out(self, node):
        bmc = self.of[node.mac]
        acts = bmc.acts()
        for act in acts[self._done[node.mac]:]:
            self._act(node, bmc, act)
        self._done[node.mac] = len(acts)

    def _act(self, node, bmc, act):
        node.see("bmc", act)
        if act == "power 0":
            node.machine.power_off()
        elif act == "power 1" and not node.machine.running():
            node.machine.boots_once = bmc.get("boot")
            node.machine.power_on()
            bmc.set("boot", "none") # it was for one boot

    def stop(self):
        for bmc in self.of.values():
            bmc.__exit__()


class Watch:
    def __init__(self, bmcs, eyes, nodes):
        self._bmcs, self._eyes, self._nodes = bmcs, eyes, nodes

    def look(self):
        self._eyes.look()
        for node in self._nodes:
            self._bmcs.carry_out(node)


def link(bmcs):
    def act(story):
        bmcs.link(story)
        return story.node.see("lab", "its BMC is known")
    return act


def create_untouched(bmcs):
    def act(story):
        if story.node.machine.running() or bmcs.of[story.node.mac].acts():
            raise Failed("the machine was touched before its approval")
        return create(story)
    return act


def create(story):
    story.memory["task"] = create_task(story, {
        "mac": story.node.mac, "profile": image_profile(story)})
    return story.node.see("lab", f"{story.memory['task']} pending")


def approve(story):
    said = story.site.nf("approve", story.memory["task"]).strip()
    return story.node.see("lab", f"nf approve: {said}")


def told_of_power(bmcs, *wanted):
    """Its BMC was told so much about power, and no more."""
    def look(story):
        powers = [act for act in bmcs.of[story.node.mac].acts()
                  if act.startswith("power")]
        if powers != list(wanted):
            raise Failed(f"its BMC was told {powers}")
        return story.node.see("lab", f"its BMC was told {powers}")
    return look


def actors_are_named(story):
    """Each command of a BMC is in the log, with who carried it out."""
    said = [sight.data.get("actor") for sight in story.node.sights
            if sight.kind == "event" and sight.text == "command.done"]
    if len(said) < 2 or set(said) != {"lab"}:
        raise Failed(f"the log's actors are {said}")
    return story.node.see("lab", f"{len(said)} commands, by lab")


def installed_by(loader):
    """From its approval to completed."""
    return [
        Step("pxe", "BMC: boots from the network next", 180,
             operation("bmc_boot_pxe")),
        Step("reset", "BMC: reset", 180,
             operation("bmc_reset")),
        Step("lease", "DHCP lease", 180, seen("event", r"^lease\.put")),
        Step("script", "boot script", 300, fetched(SCRIPT)),
        Step("kernel", "kernel fetched", 300, loader.kernel),
        Step("image", "image sent", 900, fetched(IMAGE)),
        Step("done", "os_install reported", 600,
             never_lower(operation("os_install"))),
        Step("reboot", "reboot", 300, seen("qemu", r"^RESET$")),
        Step("status", "MQTT status from the installed system", 600,
             seen("mqtt", r'^status .*"installed"')),
        Step("completed", "task completed", 120,
             seen("event", r"^task\.completed$")),
    ]


def steps(loader, bmcs):
    return [
        Step("linked", "its BMC is known", 60, link(bmcs)),
        Step("created", "task pending; the machine is off", 60,
             create_untouched(bmcs)),
        Step("approve", "nf approve", 30, approve, opens=True),
        *installed_by(loader),
        Step("once", "one power-on", 10, told_of_power(bmcs, "power 1")),
        Step("actors", "each action with its actor", 10, actors_are_named),
    ]


# --- BMCs that are not known before -----------------------------------------

def switch_on(bmcs):
    """By hand, once: nobody knows of a BMC yet."""
    def act(story):
        bmcs.of[story.node.mac].set("power", "1")
        story.node.machine.boots_once = "pxe"
        story.node.machine.power_on()
        return story.node.see("lab", "switched on by hand")
    return act


def is_enrolled(bmcs):
    """Device, user and link are there, and the BMC has that password."""
    def look(story):
        mac = story.node.mac
        status, device = story.site.call("GET", f"/api/v1/devices/bmc-{mac}")
        if status == 404:
            return None
        wanted = {"origin": "enrolled", "node": mac, "driver": "ipmi",
                  "credentials": f"bmc-{mac}"}
        if status != 200 or wanted.items() - device.items():
            raise Failed(f"GET its device: {status} {device}")
        password = bmcs.of[mac].password_of(USER)
        if password is None:
            return None
        if len(password) != 16:
            raise Failed(f"its password has {len(password)} letters")
        story.memory.setdefault("passwords", []).append(password)
        return story.node.see("lab", f"device bmc-{mac} at "
                              f"{device['address']}")
    return look


def tells_power(story):
    said = story.site.nf("power", "status", story.node.mac).strip()
    if '"power":"on"' not in said:
        raise Failed(f"nf power status: {said}")
    return story.node.see("lab", f"nf power status: {said}")


def is_another(bmcs):
    """It booted nf-agent again: that made another password."""
    def look(story):
        password = bmcs.of[story.node.mac].password_of(USER)
        if password == story.memory["passwords"][0]:
            return None
        story.memory["passwords"].append(password)
        return story.node.see("lab", "another password")
    return look


def keeps_secret(story):
    """No file of the site's has a password, nor has the machine's console."""
    searched = 0
    for file in story.site.dir.rglob("*"):
        if file.suffix == ".raw" or not file.is_file() \
                or story.site.dir / "files" in file.parents:
            continue
        data = file.read_bytes()
        searched += 1
        if any(word.encode() in data for word in story.memory["passwords"]):
            raise Failed(f"{file} has its password")
    return story.node.see("lab", f"not in {searched} files")


def goes_with_its_node(story):
    mac = story.node.mac
    status, answer = story.site.call("DELETE", f"/api/v1/nodes/{mac}")
    if status != 204:
        raise Failed(f"DELETE the node: {status} {answer}")
    for what in ("devices", "credentials"):
        status, answer = story.site.call("GET", f"/api/v1/{what}/bmc-{mac}")
        if status != 404:
            raise Failed(f"GET {what}: {status} {answer}")
    return story.node.see("lab", "device and credentials are gone")


def enroll_steps(loader, bmcs):
    return [
        Step("on", "switched on by hand, once", 10, switch_on(bmcs)),
        *report_steps(loader),
        Step("enrolled", "its BMC is a device, by itself", 120,
             is_enrolled(bmcs)),
        Step("power", "nf power status, by the new user", 60, tells_power),
        Step("created", "task created, pending", 60, create),
        Step("approve", "nf approve", 30, approve, opens=True),
        *installed_by(loader),
        Step("once", "one reset", 10,
             told_of_power(bmcs, "power 0", "power 1")),
        Step("actors", "each action with its actor", 10, actors_are_named),
        Step("another", "another password since its second boot", 10,
             is_another(bmcs)),
        Step("again", "nf power status, by that one", 60, tells_power),
        Step("secret", "its passwords are in no file and on no console", 60,
             keeps_secret),
        Step("deleted", "node deleted, its device as well", 30,
             goes_with_its_node),
    ]
