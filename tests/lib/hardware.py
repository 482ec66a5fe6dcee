"""Machines as their kernels describe them: small trees of sys and proc, as
`nf-agent inventory --root` reads them."""

import os
import pathlib
import struct

SECURE_BOOT = ("sys/firmware/efi/efivars/"
               "SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c")


def smbios(kind, body, *strings):
    """One structure of firmware's table; body begins behind the head."""
    text = b"".join(s + b"\0" for s in strings) or b"\0"
    return bytes([kind, 4 + len(body), 0, 0]) + body + text + b"\0"


def memory_device(mib, kind=0x1a, technology=3, made_ram=0):
    """Of SMBIOS 3.2; kind is DDR4, technology DRAM."""
    size, extended = (0x7fff, mib) if mib >= 0x7fff else (mib, 0)
    return smbios(17, bytes(8) + struct.pack("<H", size) + bytes(4)
                  + bytes([kind]) + bytes(9) + struct.pack("<I", extended)
                  + bytes(8) + bytes([technology]) + bytes(19)
                  + struct.pack("<Q", made_ram << 20) + bytes(16), b"DIMM")


class Machine:
    """A tree below a directory."""

    def __init__(self, root):
        self.root = pathlib.Path(root)
        self.root.mkdir(parents=True, exist_ok=True)

    def put(self, path, content=""):
        """A file; text gets the kernel's new line."""
        at = self.root / path
        at.parent.mkdir(parents=True, exist_ok=True)
        at.write_bytes(content if isinstance(content, bytes)
                       else f"{content}\n".encode())

    def link(self, path, target):
        """A link to target, both below the root, relative as in sysfs."""
        at = self.root / path
        at.parent.mkdir(parents=True, exist_ok=True)
        (self.root / target).mkdir(parents=True, exist_ok=True)
        at.symlink_to(os.path.relpath(self.root / target, at.parent))

    def dmi(self, **fields):
        for name, content in fields.items():
            self.put(f"sys/class/dmi/id/{name}", content)

    def disk(self, name, sectors, **attributes):
        for path, content in {"size": sectors, "removable": 0,
                              "queue/rotational": 0, **attributes}.items():
            self.put(f"sys/block/{name}/{path}", content)

    def function(self, slot, vendor, device, kind, **attributes):
        home = f"sys/devices/pci0000:00/{slot}"
        self.put(f"{home}/class", f"0x{kind:06x}")
        self.put(f"{home}/vendor", f"0x{vendor:04x}")
        self.put(f"{home}/device", f"0x{device:04x}")
        for path, content in attributes.items():
            self.put(f"{home}/{path}", content)
        self.link(f"sys/bus/pci/devices/{slot}", home)
        return home

    def card(self, name, mac, device, driver, **attributes):
        for path, content in {"address": mac, "type": 1, **attributes}.items():
            self.put(f"sys/class/net/{name}/{path}", content)
        if device:
            self.link(f"sys/class/net/{name}/device", device)
        if driver:
            self.link(f"{device}/driver", f"sys/bus/pci/drivers/{driver}")

    def processors(self, n, packages, threads, **fields):
        """fields of cpuinfo; spaces in their names are written '_'."""
        lines = []
        for i in range(n):
            lines.append(f"processor\t: {i}")
            lines += [f"{k.replace('_', ' ')}\t: {v}"
                      for k, v in fields.items()]
            lines.append("")
            at = f"sys/devices/system/cpu/cpu{i}/topology"
            self.put(f"{at}/physical_package_id", i % packages)
            siblings = [str(i % (n // threads) + t * (n // threads))
                        for t in range(threads)]
            self.put(f"{at}/thread_siblings_list", ",".join(siblings))
        self.put("proc/cpuinfo", "\n".join(lines))

    def memory(self, kib):
        self.put("proc/meminfo", f"MemTotal:       {kib} kB\n"
                                 f"MemFree:        {kib // 2} kB")


def server(root):
    """A Dell PowerEdge: two processors, a RAID controller, NVMe, a GPU, a BMC,
    Secure Boot and a TPM 2.0."""
    m = Machine(root)
    m.dmi(sys_vendor="Dell Inc.", product_name="PowerEdge R740",
          product_version=b"\n", product_serial="7XKJ3N2",
          board_serial=".7XKJ3N2.CNFCP0007A012B.", chassis_serial="7XKJ3N2",
          product_uuid="4c4c4544-0058-4b10-804a-b7c04f334e32",
          bios_vendor="Dell Inc.", bios_version="2.15.1",
          bios_date="06/15/2022")
    m.put("sys/firmware/dmi/tables/DMI",
          memory_device(32768) * 11 + memory_device(32768) + memory_device(0)
          + smbios(38, bytes(14)) + smbios(127, b""))
    m.put(SECURE_BOOT, b"\x06\0\0\0\x01")
    m.put("sys/class/tpm/tpm0/tpm_version_major", 2)
    m.processors(8, 2, 2, vendor_id="GenuineIntel",
                 model_name="Intel(R) Xeon(R) Gold 6230 CPU @ 2.10GHz",
                 flags="fpu vme " * 400)
    m.memory(395_000_000)
    m.disk("sda", 937703088, **{
        "queue/rotational": 1, "device/vendor": "DELL    ",
        "device/model": "PERC H740P Mini ", "device/wwid":
        "naa.6d0946606d1f2a0028b0c4d50b3a7c11",
        "device/vpd_pg80": b"\0\x80\0\x10" + b"00117c3a0bd5c4b0"})
    m.disk("sdb", 0, removable=1)
    m.disk("sdc", 7814037168, **{
        "queue/rotational": 1, "device/vendor": "ATA     ",
        "device/model": "ST4000NM0035-1V4", "device/wwid":
        "naa.5000c500a1b2c3d4", "device/vpd_pg80":
        b"\0\x80\0\x14" + b"            ZC1234AB" + b"beyond"})
    m.disk("nvme0n1", 3125627568, **{
        "device/model": "Dell Express Flash PM1725b 1.6TB SFF  ",
        "device/serial": "S3ZDNX0K700123      ", "wwid":
        "eui.36334430586001230025384100000001"})
    m.disk("nvme0c0n1", 3125627568, hidden=1)
    for name in ("loop0", "dm-0", "md127", "sr0", "ram0", "zram0"):
        m.disk(name, 2048)
    x710 = [m.function(f"0000:19:00.{i}", 0x8086, 0x1572, 0x020000)
            for i in range(2)]
    m.function("0000:00:11.5", 0x8086, 0xa1d2, 0x010601)
    m.function("0000:03:00.0", 0x102b, 0x0536, 0x030000)
    m.function("0000:3b:00.0", 0x10de, 0x2330, 0x030200)
    m.function("0000:00:1f.0", 0x8086, 0xa1c1, 0x060100)
    m.function("0000:5e:00.0", 0x1000, 0x0016, 0x010400)
    vf = m.function("0000:19:02.0", 0x8086, 0x154c, 0x020000)
    m.link(f"{vf}/physfn", x710[0])
    m.card("eno1", "E4:43:4B:00:00:01", x710[0], "i40e", carrier=1,
           speed=25000)
    m.card("eno2", "e4:43:4b:00:00:02", x710[1], "i40e", speed=-1)
    m.card("eno1v0", "e4:43:4b:00:01:01", vf, "iavf", carrier=1)
    m.card("bond0", "e4:43:4b:00:00:01", None, None, carrier=1)
    m.card("lo", "00:00:00:00:00:00", None, None, carrier=1)
    m.put("sys/class/net/bonding_masters", "bond0")
    return m


def guest(root):
    """A virtual machine of QEMU with KVM, by BIOS."""
    m = Machine(root)
    m.dmi(sys_vendor="QEMU", product_name="Standard PC (Q35 + ICH9, 2009)",
          product_version="pc-q35-7.2", product_serial="Not Specified",
          product_uuid="d1b0b3a8-6c2e-4a0e-9a3b-0123456789ab")
    m.put("sys/devices/system/clocksource/clocksource0/available_clocksource",
          "kvm-clock tsc acpi_pm")
    m.processors(1, 1, 1, vendor_id="GenuineIntel",
                 model_name="QEMU Virtual CPU version 2.5+",
                 flags="fpu de hypervisor lahf_lm")
    m.memory(480_000)
    m.disk("vda", 16777216, serial="root", **{"device/vendor": "0x1af4"})
    m.disk("sda", 16777216, **{"device/vendor": "QEMU    ", "device/model":
                               "QEMU HARDDISK   "})
    home = m.function("0000:00:02.0", 0x1af4, 0x1041, 0x020000)
    m.card("enp0s2", "52:54:00:12:34:56", f"{home}/virtio0", "virtio_net",
           carrier=1, speed=-1)
    m.put("proc/cmdline", "nf.url=http://10.66.0.1 nf.mac=525400123456 quiet")
    return m


def board(root):
    """An arm64 board: a device tree, no DMI, no PCI."""
    m = Machine(root)
    base = "sys/firmware/devicetree/base"
    m.put(f"{base}/model", b"Raspberry Pi 4 Model B Rev 1.4\0")
    m.put(f"{base}/serial-number", b"10000000a1b2c3d4\0")
    m.put(f"{base}/compatible", b"raspberrypi,4-model-b\0brcm,bcm2711\0")
    m.processors(4, 1, 1, BogoMIPS="108.00", CPU_implementer="0x41",
                 CPU_part="0xd08")
    m.memory(3_884_000)
    m.disk("mmcblk0", 62333952, **{"device/name": "SC32G", "device/serial":
                                   "0x12345678"})
    m.disk("mmcblk0boot0", 8192)
    m.card("eth0", "dc:a6:32:00:00:01",
           "sys/devices/platform/scb/fd580000.ethernet", "bcmgenet",
           carrier=1, speed=1000)
    return m


def rude(root):
    """Firmware that says nothing true, and more of everything than anyone
    has."""
    m = Machine(root)
    m.dmi(sys_vendor=b"\xff\xfe\xfd" * 40, product_name="To Be Filled By O.E.M.",
          product_serial=b"\xff\xff\xff\xff\xff\xff\xff\xff\n",
          board_serial="Default string", chassis_serial="0000000000",
          product_uuid="03000200-0400-0500-0006-000700080009",
          board_vendor=b"Evil\x1b[2J\xc3\x28 \x00hidden", bios_version=
          b"x" * 100_000)
    m.put("sys/firmware/dmi/tables/DMI", b"\x26\x03" * 10)
    m.put(SECURE_BOOT, b"\x01")
    m.put("proc/cpuinfo", b"model name\t: \xff\xf0 CPU\n"
          + b"processor\t: 0\n" * 20_000)
    m.put("proc/meminfo", "MemTotal: 99999999999999999999999 kB")
    m.put("proc/cmdline", "nf.mac=01:00:5e:00:00:01 " + "y" * 10_000)
    for i in range(1000):
        m.disk(f"sd{i}", 2 ** 63 - 1 if i == 0 else -5 if i == 1 else 2 ** 20,
               **{"device/model": b"\xc3" * 300 if i == 3 else "D" * 300})
    for i in range(200):
        m.card(f"eth{i}", "ff:ff:ff:ff:ff:ff" if i == 0
               else f"02:00:00:00:00:{i:02x}", f"sys/devices/usb/{i}", "x" * 200,
               speed=4294967295, carrier="2")
        m.function(f"0000:{i:02x}:00.0", 0x10de, 0x2330, 0x030200)
        m.function(f"0000:{i:02x}:00.1", 0x10de, 0x2330, 0x120000)
    m.put("sys/bus/pci/devices/nonsense/class", "0xffffffffffff0302")
    os.mkfifo(m.root / "sys/class/dmi/id/chassis_vendor")
    os.mkfifo(m.root / "sys/block/sd2/serial")
    (m.root / "sys/class/net/loop").symlink_to("loop")
    return m


def nothing(root):
    return Machine(root)
