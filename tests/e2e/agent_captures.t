#!/usr/bin/env python3
"""nf-agent inventory of captured machines whose firmware says what is not so."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/lib"))
import hardware  # noqa: E402
from pace import limit  # noqa: E402
import tap       # noqa: E402

AGENT = os.environ.get("NF_AGENT", str(ROOT / "build/nf-agent"))


def take(machine):
    done = subprocess.run(
        [AGENT, "inventory", "--json", "--root", str(machine.root)],
        capture_output=True, text=True, timeout=limit(60))
    if done.returncode or done.stderr:
        tap.diag(done.stderr)
    return json.loads(done.stdout)


def holds(found, name, **wanted):
    tap.is_({member: found.get(member) for member in wanted}, wanted, name)


def test_clouds(directory):
    own, host = ("ec2e1916-9099-7caf-fd21-0123456789ab",
                 "4c4c4544-0058-4b10-804a-b7c04f334e32")
    nitro = hardware.Machine(directory / "nitro")
    nitro.dmi(sys_vendor="Amazon EC2", product_name="m5.large",
              product_version="", product_serial=own, product_uuid=own,
              board_asset_tag="i-0123456789abcdef0", bios_version="1.0")
    holds(take(nitro), "EC2: an instance has its own number", is_vm=True,
          hypervisor="KVM", serial_number=own, serial_source="dmi-product",
          product="m5.large", model_name="m5.large", company="Amazon EC2")
    xen = hardware.Machine(directory / "ec2-xen")
    xen.dmi(sys_vendor="Xen", product_name="HVM domU",
            product_version="4.11.amazon", product_serial=own,
            product_uuid=own.upper())
    holds(take(xen), "EC2 on Xen: its version is no model", is_vm=True,
          hypervisor="Xen", serial_number=own, model_name="HVM domU")
    for vendor, product in (("OpenStack Foundation", "OpenStack Nova"),
                            ("Red Hat", "RHEV Hypervisor"),
                            ("oVirt", "oVirt Node")):
        guest = hardware.Machine(directory / product.replace(" ", "-"))
        guest.dmi(sys_vendor=vendor, product_name=product,
                  product_version="2015.1.1-3.el7", product_serial=host,
                  board_serial=host, product_uuid=own)
        holds(take(guest), f"{product}: not its host's number",
              serial_number=own, serial_source="uuid", model_name=product)


def test_models(directory):
    cases = [("Rev 1.xx", "Z9PE-D8 WS", "Z9PE-D8 WS"),
             ("Rev X.0x", "PRIME B450M-A", "PRIME B450M-A"),
             ("System Version", "KRPA-U16", "KRPA-U16"),
             ("To be filled by O.E.M.", "M5A97", "M5A97"),
             ("x.x", "B650 AORUS", "B650 AORUS"), ("1.0", "NX", "NX"),
             ("Default string", "C246M", "C246M"), ("PCB Ver 2.0B", "TX", "TX"),
             ("Hyper-V UEFI Release v4.1", "Virtual Machine",
              "Virtual Machine"),
             ("Any", "X670E Taichi", "X670E Taichi"),
             ("ThinkSystem SR650", "7X06CTO1WW", "ThinkSystem SR650"),
             ("Revolution Pi", "R", "Revolution Pi")]
    for number, (version, product, wanted) in enumerate(cases):
        machine = hardware.Machine(directory / f"model-{number}")
        machine.dmi(product_version=version, product_name=product)
        tap.is_(take(machine)["model_name"], wanted, f"model: {version}")
    machine = hardware.Machine(directory / "asus")
    machine.dmi(sys_vendor="ASUS", product_name="All Series",
                product_version="System Version", board_name="Z97-A",
                board_version="Rev 1.xx")
    holds(take(machine), "model: a board's where the machine has none",
          product="Z97-A", model_name="Z97-A")


def test_memory(directory):
    def total(name, kib, *parts):
        machine = hardware.Machine(directory / f"memory-{name}")
        machine.memory(kib)
        machine.put("sys/firmware/dmi/tables/DMI", b"".join(parts))
        return take(machine)["memory"]["total_gb"]
    dram = hardware.memory_device(65536)
    mib = 1024
    tap.is_(total("nvdimm", 126 * mib * mib, dram, dram,
                  *[hardware.memory_device(16384, technology=4)] * 2), 128,
            "memory: modules that keep what they hold are none")
    optane = hardware.memory_device(131072, kind=0x1f, technology=7)
    tap.is_(total("optane", 126 * mib * mib, dram, dram, optane), 128,
            "memory: nor is Optane that programs address")
    made = hardware.memory_device(131072, kind=0x1f, technology=7,
                                  made_ram=131072)
    tap.is_(total("mode", 252 * mib * mib, dram, dram, made, made), 256,
            "memory: made RAM, and the rest is its cache")
    tap.is_(total("flash", 63 * mib * mib, dram,
                  hardware.memory_device(16384, kind=9)), 64,
            "memory: nor is flash")


def test_architectures(directory):
    cases = [("arm64", {"proc/cpuinfo": "processor\t: 0\n"
                        "CPU implementer\t: 0x41\nCPU architecture: 8"}),
             ("armhf", {"proc/cpuinfo": "CPU implementer\t: 0x41\n"
                        "CPU architecture: 7"}),
             ("riscv64", {"proc/cpuinfo": "isa\t\t: rv64imafdc"}),
             ("s390x", {"proc/cpuinfo": "vendor_id       : IBM/S390"}),
             ("ppc64el", {"proc/cpuinfo": "cpu\t\t: POWER9, altivec"}),
             ("arm64", {"proc/sys/kernel/arch": "aarch64"}),
             ("arm64", {"proc/sys/kernel/osrelease": "6.1.0-13-arm64"}),
             ("arm64", {"proc/version": "Linux version 5.14.0-362.el9.aarch64"
                        " (mockbuild@x)"}),
             ("amd64", {"proc/version": "Linux version 6.1.0-13-amd64"}),
             ("", {"sys/class/dmi/id/sys_vendor": "Ampere"})]
    for number, (wanted, files) in enumerate(cases):
        machine = hardware.Machine(directory / f"arch-{number}")
        for path, content in files.items():
            machine.put(path, content)
        tap.is_(take(machine)["arch"], wanted,
                f"architecture of a capture: {wanted or 'not told'}")


def main():
    with tempfile.TemporaryDirectory(prefix="nf-captures-") as directory:
        directory = pathlib.Path(directory)
        test_clouds(directory)
        test_models(directory)
        test_memory(directory)
        test_architectures(directory)
    tap.done()


main()
