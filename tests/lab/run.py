"""A lab, from its namespace to its machines; the command line and the
end-to-end tests use it alike."""

import signal
from typing import NamedTuple

import accel
import approval
import artefacts
import bastion
import bmc
import firmware
import installation
import instance
import loaders
import machine
import mirror
import netns
import story
import switch
import switched
import watch

# iPXE polls its network card while it waits for an answer: with an emulated
# processor that takes a whole one of the host's, a sleep takes none.
SLEEP = {"NF_BOOT_WAIT": "sleep", "NF_BOOT_WAIT_SECONDS": 1}


class Options(NamedTuple):
    """What the command line and a test can choose."""
    nodes: int = 1
    firmware: str = "bios"          # or uefi, mixed, grub, secureboot,
                                    # arm64, pxelinux, bootfile
    uefi_rom: str = "ovmf"          # who speaks PXE: ovmf or ipxe
    accel: str = "auto"             # auto, kvm or tcg
    installer: str = "image"        # image, handover or preseed
    flow: str = "install"           # install; tasks: report and approval;
                                    # report: no further than that;
                                    # bmc: BMCs do what is to be done
    driver: str = "ipmi"            # of those: ipmi or redfish
    enroll: bool = False            # machines make BMCs known by themselves
    switch: str = "none"            # with BMCs: a switch of that driver is
                                    # between machines and server
    cancel: bool = False            # its tasks are cancelled half-way
    system: str = "debian"          # of the image: debian, or a tiny one
    blank_first: bool = False       # the first disk stays empty
    keep_logs: bool = False
    ram: str = "cloud"              # what nf-agent's RAM disk is made with
    mirror: bool = False            # packages come from this machine's mirror
    cards: int = 1                  # of each machine, all in the network
    settings: dict = {}             # further NF_* variables


SWITCHES = ("none", "snmp", "ios", "nxos", "vrp", "comware", "eapi")

# How machines of a firmware boot, and what the site is told for them.
LOADERS = {"secureboot": "grub-tftp", "arm64": "grub-http",
           "grub": "grub-http", "pxelinux": "pxelinux", "bootfile": "bootfile"}
SETTINGS = {
    "pxelinux": {"NF_PXELINUX_MACS": ",".join(
        machine.mac_of(number) for number in range(1, 33))},
    "secureboot": {"NF_UEFI_LOADER": "grub"},
    "grub": {"NF_UEFI_LOADER": "grub"},
    "arm64": {"NF_KERNEL_ARGS": "console=tty0 console=ttyAMA0,115200n8"},
}


class Stopped(Exception):
    """SIGTERM, SIGHUP or SIGINT came."""


def stop_on_signals():
    """Let a signal unwind the stack, so that everything is taken down."""
    def stop(number, _frame):
        for again in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            signal.signal(again, signal.SIG_IGN)
        raise Stopped(signal.Signals(number).name)
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(number, stop)


class Lab:
    """Use it as a context: whatever it made is gone when the block ends."""

    def __init__(self, options=Options(), say=print):
        self.options = options
        self.say = say
        self.bastion = None
        self.stories = []
        self._boot = {}
        self._nodes = []
        self._listener = None
        self._hardware = None
        self._mirror = None
        self._bmcs = None
        self.switch = None
        self._instance = None
        self._namespace = None
        self.failed = False

    def __enter__(self):
        arch = firmware.KINDS[self.firmware_of(1)].arch
        with instance.guard():
            installs = self.options.flow != "report"
            files = artefacts.files(
                arch, self.options.system if installs else None,
                "full" if self.options.enroll else self.options.ram, self.say)
            self._boot = artefacts.loaders(arch, self.say)
        with instance.guard():
            for name in instance.sweep():
                self.say(f"removed what {name} had left behind")
            self._instance = instance.Instance()
        self._namespace = netns.Namespace(self._instance.name)
        try:
            self._up(files)
        except BaseException as error:
            self.failed = not isinstance(error, Stopped)
            self._down()
            raise
        return self

    def __exit__(self, kind, value, trace):
        self.failed = self.failed or kind not in (None, Stopped)
        self._down()
        return False

    @property
    def name(self):
        return self._instance.name

    @property
    def dir(self):
        return self._instance.dir

    @property
    def url(self):
        return f"http://127.0.0.1:{self.bastion.port}/"

    def inside(self):
        """A command line that asks the API from inside."""
        return (f"ip netns exec {self.name} "
                f"curl http://{bastion.HTTP_ADDR}/api/v1/nodes")

    def nf(self, *words):
        """A command line that runs nf for this lab."""
        return " ".join(map(str, (
            "NF_CONFIG=" + str(self.dir / "nodefoundry.conf"), "ip netns exec",
            self.name, instance.BUILD / "nf", *words)))

    def install(self, report, steps=None, look_by=lambda watch, nodes: watch):
        """Power every machine on and follow it; True when all arrived.  steps
        stand in for those of the flow; look_by(watch, nodes).look() may do
        more than look."""
        self.stories = [story.Story(self.bastion, node, steps or self._steps())
                        for node in self._nodes]
        eyes = self.eyes(self._nodes)
        if self._bmcs is None:
            for node in self._nodes:
                node.machine.power_on()
        else:
            eyes = self._bmcs.watch(eyes, self._nodes)
        story.follow(look_by(eyes, self._nodes), self.stories, report)
        self.failed = any(each.failure for each in self.stories)
        return not self.failed

    def eyes(self, nodes):
        return watch.Watch(self.bastion, nodes, self._listener)

    def node(self, number, kind="bios", **hardware):
        """A machine instead of the one of that number, which is off: of that
        firmware and hardware, with an empty disk."""
        made = machine.Machine(self.namespace, self.dir, number, kind,
                               self._hardware._replace(**hardware))
        self._nodes[number - 1] = watch.Node(made)
        return self._nodes[number - 1]

    @property
    def namespace(self):
        return self._namespace

    def firmware_of(self, number):
        if self.options.firmware == "mixed":
            return "uefi" if number % 2 == 0 else "bios"
        return self.options.firmware

    def _steps(self):
        loader = loaders.LOADERS[LOADERS.get(self.options.firmware, "ipxe")]
        if self.options.flow == "report":
            return approval.report_steps(loader)
        if self.options.flow == "tasks":
            return approval.steps(loader)
        if self.switch:
            return (switched.cancel_steps if self.options.cancel
                    else switched.steps)(loader, self._bmcs, self.switch)
        if self.options.flow == "bmc":
            return (bmc.enroll_steps if self.options.enroll else bmc.steps)(
                loader, self._bmcs)
        return installation.steps(self.options.installer, loader)

    def _accel(self, files):
        kernel = files.get("agent/amd64/vmlinuz")
        if kernel is None:      # another processor than the host's
            return accel.TCG
        return accel.words(self.options.accel, kernel, instance.CACHE,
                           self._namespace)

    def _up(self, files):
        self._namespace.up(self.options.nodes, self.options.cards)
        words = self._accel(files)
        emulated = words == accel.TCG
        self.say(f"{self.name}: network {netns.PREFIXES[0]}, machines under "
                 f"{'TCG (emulated)' if emulated else 'KVM'}")
        self._bastion_up(files, SLEEP if emulated else {})
        self._listener = watch.Listener(self._namespace,
                                        self.dir / "mosquitto_sub.log")
        hardware = machine.Hardware(words, self.options.uefi_rom,
                                    cards=self.options.cards,
                                    blank_first=self.options.blank_first,
                                    has_bmc=self._bmcs is not None,
                                    kcs=bmc.KCS if self.options.enroll else 0)
        if self.options.flow == "tasks":    # its disk is read as a whole
            hardware = hardware._replace(
                disk_bytes=approval.DISK_BYTES[self.options.system])
        self._hardware = hardware
        for number in range(1, self.options.nodes + 1):
            one = machine.Machine(self._namespace, self.dir, number,
                                  self.firmware_of(number), hardware)
            self._nodes.append(watch.Node(one))

    def _bastion_up(self, files, extra):
        is_netboot = self.options.installer != "image"
        if is_netboot or self.options.mirror:
            netboot = (artefacts.netboot(instance.CACHE / "netboot", self.say)
                       if is_netboot else self.dir)
            self._mirror, path = mirror.start(self.dir, netboot)
            extra = {**extra, "NF_MIRROR_URL": f"unix:{path}"}
        extra = {**extra, **SETTINGS.get(self.options.firmware, {})}
        if self.options.flow != "install":
            extra = {**extra, "NF_DISCOVERY_MODE": "agent"}
        if self.options.flow == "bmc":
            self._bmcs = bmc.Bmcs(self._namespace, self.options)
            extra = {**extra, **self._bmcs.settings()}
        if self.options.switch != "none":
            self._switch_up()
            extra = {**extra, **self.switch.settings()}
        extra = {**extra, **self.options.settings}
        self.bastion = bastion.Bastion(self._namespace, self.dir, extra)
        self.bastion.prepare(files, self._boot)
        self.bastion.start()
        if self.switch:
            self.switch.give_addresses()

    def _switch_up(self):
        made = switch.Switch(
            self._namespace, self.dir, self.options.switch,
            [f"tap{number}" for number in range(self.options.nodes)])
        self.switch = made.__enter__()

    def _down(self):
        for node in self._nodes:
            node.machine.power_off()
        if self._listener:
            self._listener.stop()
        if self.bastion:
            self.bastion.stop()
        if self._bmcs:
            self._bmcs.stop()
        if self.switch:
            self.switch.__exit__()
        if self._mirror:
            self._mirror.stdin.close()
            self._mirror.wait()
        self._namespace.down()
        self._instance.close(self.failed or self.options.keep_logs)


def why(lab, one):
    """Lines that say why a story failed."""
    yield f"{one.node.mac}: FAILED at {one.failure}"
    yield from timeline(lab.bastion, one.node.mac)
    yield "last serial lines:"
    yield from (f"  {line}" for line in one.node.machine.serial_tail())
    yield "last lines of nf up:"
    yield from (f"  {line}" for line in lab.bastion.log_tail())
    yield f"all logs: {lab.dir}"


def timeline(site, mac):
    """What the server itself says about the node."""
    path = f"/api/v1/nodes/{mac}/timeline"
    try:
        status, answer = site.call("GET", path)
    except OSError as error:
        return [f"GET {path}: {error}"]
    if status != 200 or not isinstance(answer, dict):
        return [f"GET {path}: {status} {answer}"]
    task = answer.get("task") or {}
    return [f"timeline: {answer.get('now')}",
            *(f"  {step_line(step)}" for step in task.get("steps", []))]


def step_line(step):
    return " ".join(f"{name}={step[name]}" for name in
                    ("step", "status", "attempts", "started_at", "ended_at",
                     "deadline", "error") if step.get(name))
