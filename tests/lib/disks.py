"""Machines with disks of every kind, as small trees of sys and proc, and which
of them a system is installed on."""

from hardware import Machine

GIB = 1 << 30
SATA = "pci0000:00/0000:00:1f.2/ata{n}/host{h}/target{h}:0:0/{h}:0:0:0/block"
NVME = "pci0000:00/0000:00:{n:02x}.0/0000:{n:02x}:00.0/nvme/nvme{h}"
VIRTIO = "pci0000:00/0000:00:{n:02x}.0/virtio{h}/block"
RAID = "pci0000:00/0000:03:00.0/host{h}/target{h}:2:{n}/{h}:2:{n}:0/block"
USB = ("pci0000:00/0000:00:14.0/usb2/2-{n}/2-{n}:1.0/host{h}/target{h}:0:0/"
       "{h}:0:0:0/block")
ISCSI = "platform/host{h}/session1/target{h}:0:0/{h}:0:0:{n}/block"
FC = ("pci0000:00/0000:05:00.0/host{h}/rport-{h}:0-0/target{h}:0:0/{h}:0:0:{n}"
      "/block")
THUNDERBOLT = "pci0000:00/0000:00:1d.0/0000:3a:00.0/nvme/nvme{h}"
MMC = "platform/fe340000.mmc/mmc_host/mmc{h}/mmc{h}:0001/block"
VIRTUAL = "virtual/block"
HEAD = "virtual/nvme-subsystem/nvme-subsys{h}"


def plug(m, name, gib, way, n=1, h=0, **attributes):
    """A disk where its bus has it, and the link to it."""
    home = f"sys/devices/{way.format(n=n, h=h)}/{name}"
    for path, content in {"size": round(gib * GIB / 512), "removable": 0,
                          "ro": 0, "queue/rotational": 0,
                          "queue/logical_block_size": 512,
                          **attributes}.items():
        m.put(f"{home}/{path}", content)
    if way == SATA:
        m.put(f"sys/class/ata_port/ata{n}/port_no", n)
    m.link(f"sys/block/{name}", home)
    return home


def sata(m, name, gib, n=1, serial="", **attributes):
    if serial:
        body = serial.encode()
        attributes["device/vpd_pg80"] = b"\0\x80\0" + bytes([len(body)]) + body
    plug(m, name, gib, SATA, n, n - 1,
         **{"device/vendor": "ATA", "device/model": "SAMSUNG MZ7L3480",
            **attributes})


def nvme(m, name, gib, n=1, h=0, serial="S1", **attributes):
    plug(m, name, gib, NVME, n, h,
         **{"device/model": "SAMSUNG MZQL2960", "device/serial": serial,
            "device/transport": "pcie", "nsid": 1,
            "wwid": f"eui.36344730{serial.encode().hex():0>24}", **attributes})


def one_sata(m):
    sata(m, "sda", 447)


def three_sizes(m):
    sata(m, "sda", 3726, 1, "ZC1", **{"queue/rotational": 1,
                                      "device/model": "ST4000NM0035"})
    sata(m, "sdb", 447, 2, "S5A", **{"device/wwid": "naa.5002538e00000002"})
    sata(m, "sdc", 894, 3, "S5B", **{"device/wwid": "naa.5002538e00000003"})


def same_size(m):
    """The kernel found the second port first."""
    sata(m, "sda", 447, 2, "S2")
    sata(m, "sdb", 447, 1, "S1")


def same_size_unknown(m):
    m.disk("sda", 937703088)
    m.disk("sdb", 937703088)


def multipath(m):
    """NVMe with CMIC: the namespace, and its path without a node."""
    plug(m, "nvme0n1", 894, HEAD, **{
        "device/model": "Dell Express Flash", "device/serial": "S3Z",
        "wwid": "eui.36334430586001230025384100000001"})
    nvme(m, "nvme0c0n1", 894, 1, 0, hidden=1)


def multipath_old(m):
    """A kernel that has no file for it."""
    nvme(m, "nvme0c0n1", 400)
    nvme(m, "nvme0n1", 894, 2)


def multipath_scsi(m):
    """One disk by two controllers, and a larger one."""
    same = {"device/wwid": "naa.5000c500a1b2c3d4"}
    sata(m, "sda", 447, 1, "S1", **same)
    sata(m, "sdb", 447, 2, "S1", **same)
    sata(m, "sdc", 894, 3, "S3")


def namespaces(m):
    nvme(m, "nvme0n1", 100, 1, 0, "S1", wwid="eui.36344730000000010025384100000001")
    nvme(m, "nvme0n2", 794, 1, 0, "S1", nsid=2,
         wwid="eui.36344730000000020025384100000001")
    nvme(m, "nvme1n1", 894, 2, 1, "S2")


def persistent_memory(m):
    plug(m, "pmem0", 128, "LNXSYSTM:00/ndbus0/region0/namespace0.0/block")
    sata(m, "sda", 447)


def kernel_made(m):
    for name, way in (("loop0", VIRTUAL), ("ram0", VIRTUAL),
                      ("zram0", VIRTUAL), ("dm-0", VIRTUAL),
                      ("md127", VIRTUAL), ("nbd0", VIRTUAL),
                      ("bcache0", VIRTUAL), ("drbd0", VIRTUAL),
                      ("zd0", VIRTUAL), ("nullb0", VIRTUAL),
                      ("ublkb0", VIRTUAL), ("vdo7", VIRTUAL),
                      ("rbd0", "rbd/0/block"), ("etherd!e1.0", VIRTUAL),
                      ("sr0", SATA), ("fd0", "platform/floppy.0/block"),
                      ("mtdblock0", "platform/flash/mtd/mtd0")):
        plug(m, name, 30, way, 9, 8)
    sata(m, "sda", 447)


def sticks(m):
    """The stick it was booted from is smaller than any disk."""
    plug(m, "sda", 30, USB, 1, 6, removable=1, **{"device/model": "Ultra Fit"})
    plug(m, "sdb", 120, USB, 2, 7, **{"device/model": "Portable SSD T7",
                                      "device/vendor": "Samsung"})
    plug(m, "sdc", 0, USB, 3, 8, removable=1)
    sata(m, "sdd", 447)


def medium_in_use(m):
    """An installer's medium on a disk that says it is fixed."""
    sata(m, "sda", 30)
    m.put("sys/block/sda/sda1/partition", 1)
    sata(m, "sdb", 447, 2)
    m.put("proc/mounts", "rootfs / rootfs rw 0 0\n/dev/sda1 /cdrom iso9660 ro "
          "0 0\n/dev/loop0 /rofs squashfs ro 0 0")


def volume_in_use(m):
    """A volume on an array of it is mounted."""
    sata(m, "sda", 100)
    m.put("sys/block/sda/sda2/partition", 2)
    plug(m, "md1", 99, VIRTUAL)
    m.put("sys/block/md1/slaves/sda2")
    plug(m, "dm-0", 99, VIRTUAL)
    m.put("sys/block/dm-0/slaves/md1")
    m.put("dev/dm-0")
    (m.root / "dev/mapper").mkdir()
    (m.root / "dev/mapper/vg0-data").symlink_to("../dm-0")
    m.put("proc/mounts", "/dev/mapper/vg0-data /data ext4 rw 0 0")
    sata(m, "sdb", 447, 2)


def swapped_to(m):
    sata(m, "sda", 100)
    m.put("sys/block/sda/sda3/partition", 3)
    m.put("proc/swaps", "Filename Type Size Used Priority\n"
          "/dev/sda3 partition 1 0 -2")
    sata(m, "sdb", 447, 2)


def emmc(m):
    plug(m, "mmcblk0", 58, MMC, **{"device/type": "MMC", "device/name": "DG4064"})
    for area in ("boot0", "boot1", "rpmb", "gp0"):
        plug(m, f"mmcblk0{area}", 0.004 if area != "gp0" else 40, MMC,
             **{"device/type": "MMC"})


def memory_card(m):
    plug(m, "mmcblk0", 30, MMC, **{"device/type": "SD", "device/name": "SC32G"})
    nvme(m, "nvme0n1", 238)


def card_reader(m):
    """Four slots, all of them empty; one says that it is fixed."""
    for i, name in enumerate(("sda", "sdb", "sdc")):
        plug(m, name, 0, USB, 3, 5 + i, removable=1)
    plug(m, "sdd", 0, RAID, 1, 1)
    nvme(m, "nvme0n1", 238)


def virtio(m):
    """None has a serial number, nor a model."""
    plug(m, "vda", 20, VIRTIO, 4, 1)
    plug(m, "vdb", 10, VIRTIO, 5, 2)


def native_4k(m):
    sata(m, "sda", 447, **{"queue/logical_block_size": 4096,
                           "queue/physical_block_size": 4096})
    sata(m, "sdb", 894, 2, **{"queue/physical_block_size": 4096})


def only_4k(m):
    sata(m, "sda", 447, **{"queue/logical_block_size": 4096})


def emulated_512(m):
    sata(m, "sda", 447, **{"queue/physical_block_size": 4096})


def remote(m):
    plug(m, "sda", 100, ISCSI, 0, 3, **{"device/wwid": "naa.6001405aaaa"})
    plug(m, "sdb", 100, FC, 1, 4)
    nvme(m, "nvme1n1", 100, 5, 1, "R1", **{"device/transport": "tcp"})
    sata(m, "sdc", 447)


def removable_bays(m):
    """Behind an open port, though the disk calls itself fixed."""
    plug(m, "nvme0n1", 100, THUNDERBOLT)
    m.put("sys/devices/pci0000:00/0000:00:1d.0/0000:3a:00.0/removable",
          "removable")
    sata(m, "sda", 447)
    m.put("sys/devices/pci0000:00/0000:00:1f.2/removable", "fixed")


def odd_ones(m):
    sata(m, "sda", 100, 1, ro=1)
    sata(m, "sdb", 100, 2, **{"queue/zoned": "host-managed"})
    sata(m, "sdc", 447, 3, **{"queue/zoned": "host-aware"})


def controller(m):
    """Names with a slash, and volumes of a RAID controller."""
    plug(m, "cciss!c0d0", 136, RAID, 0, 0)
    plug(m, "sda", 279, RAID, 1, 1, **{"device/model": "PERC H740P Mini",
                                       "device/vendor": "DELL"})


def huge(m):
    sata(m, "sda", 3000)


def uefi(m):
    sata(m, "sda", 447)
    (m.root / "sys/firmware/efi").mkdir(parents=True)


def secure(m):
    sata(m, "sda", 447)
    m.put("dev/tpmrm0")


def udev(m):
    """udev runs, and its word counts."""
    three_sizes(m)
    for name in "abc":
        m.put(f"dev/sd{name}")
    for kind, name, to in (("id", "scsi-SATA_ODD_NAME", "sdc"),
                           ("path", "pci-0000:00:1f.2-sas-phy4-lun-0", "sda")):
        at = m.root / f"dev/disk/by-{kind}"
        at.mkdir(parents=True)
        (at / name).symlink_to(f"../../{to}")


def mapped(m):
    sata(m, "sda", 447)
    plug(m, "dm-0", 447, VIRTUAL, **{"dm/name": "mpatha"})
    m.put("dev/dm-0")
    (m.root / "dev/mapper").mkdir()
    (m.root / "dev/mapper/mpatha").symlink_to("../dm-0")


def bare(m):
    """Nothing at all."""


def hints(**given):
    return {"layout": {"hints": given}}


def layout(**given):
    return {"layout": given}


# machine, what the order says, the disk or a part of the words that refuse it
CASES = [
    (one_sata, {}, "/dev/sda"),
    (bare, {}, "no disk was found"),
    (three_sizes, {}, "/dev/sdb"),
    (three_sizes, {"need_mb": 500 * 1024}, "/dev/sdc"),
    (three_sizes, {"need_mb": 5000 * 1024},
     r"/dev/sda is too small: it has 3726 GiB, and 5000 GiB are needed"),
    (same_size, {}, "/dev/sdb"),
    (same_size_unknown, {}, "/dev/sda"),
    (multipath, {}, "/dev/nvme0n1"),
    (multipath, {"disk": "/dev/nvme0c0n1"}, "one of several paths"),
    (multipath_old, {}, "/dev/nvme0n1"),
    (multipath_scsi, {}, "/dev/sda"),
    (namespaces, {}, "/dev/nvme0n1"),
    (namespaces, {"need_mb": 200 * 1024}, "/dev/nvme0n2"),
    (persistent_memory, {}, "/dev/sda"),
    (kernel_made, {}, "/dev/sda"),
    (sticks, {}, "/dev/sdd"),
    (sticks, {"disk": "/dev/sdb"}, "/dev/sdb"),
    (sticks, {"disk": "/dev/sdc"}, "has no medium"),
    (sticks, hints(model="portable ssd"), "no disk fits: .*sdb is on USB"),
    (medium_in_use, {}, "/dev/sdb"),
    (medium_in_use, {"disk": "/dev/sda"}, "/dev/sda is in use"),
    (volume_in_use, {}, "/dev/sdb"),
    (swapped_to, {}, "/dev/sdb"),
    (emmc, {}, "/dev/mmcblk0"),
    (memory_card, {}, "/dev/nvme0n1"),
    (memory_card, {"disk": "/dev/mmcblk0"}, "/dev/mmcblk0"),
    (card_reader, {}, "/dev/nvme0n1"),
    (virtio, {}, "/dev/vdb"),
    (virtio, {"need_mb": 15 * 1024}, "/dev/vda"),
    (virtio, {"esp_mb": 512}, "/dev/vdb"),
    (only_4k, {"esp_mb": 256}, "sectors of 4096 bytes: its EFI partition "
     "needs 26[01] MB"),
    (only_4k, {"esp_mb": 512}, "/dev/sda"),
    (native_4k, {"esp_mb": 100}, "/dev/sdb"),
    (emulated_512, {"esp_mb": 100}, "/dev/sda"),
    (remote, {}, "/dev/sdc"),
    (remote, hints(wwn="naa.6001405AAAA"), "/dev/sda"),
    (removable_bays, {}, "/dev/sda"),
    (odd_ones, {}, "/dev/sdc"),
    (odd_ones, {"disk": "/dev/sda"}, "/dev/sda is read-only"),
    (odd_ones, {"disk": "/dev/sdb"}, "/dev/sdb can only be written in zones"),
    (controller, {}, "/dev/cciss/c0d0"),
    (controller, {"disk": "/dev/cciss/c0d0"}, "/dev/cciss/c0d0"),
    (huge, layout(table="msdos"), "too large for an msdos table"),
    (huge, layout(table="gpt"), "/dev/sda"),
    (uefi, {"bios_only": True, "layout": {"table": "msdos"}},
     "boots by UEFI"),
    (one_sata, {"bios_only": True, "layout": {"table": "msdos"}}, "/dev/sda"),
    (one_sata, layout(encrypt={"unlock": "tpm2"}), "no TPM 2.0"),
    (secure, layout(encrypt={"unlock": "tpm2"}), "/dev/sda"),
    # by name
    (three_sizes, {"disk": "/dev/sda"}, "/dev/sda"),
    (three_sizes, {"disk": "/dev/sdz"}, "there is no disk /dev/sdz"),
    (medium_in_use, {"disk": "/dev/sda1"}, "is a partition"),
    (three_sizes, {"disk": "/dev/disk/by-id/ata-SAMSUNG_MZ7L3480_S5B"},
     "/dev/sdc"),
    (three_sizes, {"disk": "/dev/disk/by-id/wwn-0x5002538e00000002"},
     "/dev/sdb"),
    (three_sizes, {"disk": "/dev/disk/by-path/pci-0000:00:1f.2-ata-3"},
     "/dev/sdc"),
    (three_sizes, {"disk": "/dev/disk/by-path/pci-0000:00:1f.2-ata-3.0"},
     "/dev/sdc"),
    (three_sizes, {"disk": "/dev/disk/by-id/ata-NONE"}, "there is no disk"),
    (udev, {"disk": "/dev/disk/by-id/scsi-SATA_ODD_NAME"}, "/dev/sdc"),
    (multipath, {"disk": "/dev/disk/by-id/nvme-eui.36334430586001230025384100"
                 "000001"}, "/dev/nvme0n1"),
    (multipath, {"disk": "/dev/disk/by-id/nvme-Dell_Express_Flash_S3Z"},
     "/dev/nvme0n1"),
    (multipath, {"disk": "/dev/disk/by-path/pci-0000:01:00.0-nvme-1"},
     "/dev/nvme0n1"),
    (mapped, {"disk": "/dev/mapper/mpatha"}, "/dev/mapper/mpatha"),
    (mapped, {}, "/dev/sda"),
    # by hints
    (three_sizes, hints(serial="zc1"), "/dev/sda"),
    (three_sizes, hints(wwn="0x5002538E00000003"), "/dev/sdc"),
    (three_sizes, hints(model="samsung"), "/dev/sdb"),
    (three_sizes, hints(model="st4000"), "/dev/sda"),
    (three_sizes, hints(rotational=True), "/dev/sda"),
    (three_sizes, hints(rotational=False, size={"min_gb": 500}), "/dev/sdc"),
    (three_sizes, hints(size={"min_gb": 894, "max_gb": 894}), "/dev/sdc"),
    (three_sizes, hints(size={"max_gb": 446}), "larger than the hint"),
    (three_sizes, hints(by_path="pci-0000:00:1f.2-ata-3"), "/dev/sdc"),
    (udev, hints(by_path="pci-0000:00:1f.2-sas-phy4-lun-0"), "/dev/sda"),
    (three_sizes, hints(serial="S9"), "/dev/sda has another serial number; "
     "/dev/sdb has another serial number"),
    (namespaces, hints(serial="S1"), "/dev/nvme0n1"),
    (three_sizes, {"disk": "/dev/sda", **hints(serial="S5A")},
     "/dev/sda has another serial number"),
    # RAID1
    (three_sizes, layout(raid1=["/dev/sdb", "/dev/sdc"]), "/dev/sdb /dev/sdc"),
    (three_sizes, layout(raid1=["/dev/sdb", "/dev/sdx"]),
     "there is no disk /dev/sdx"),
    (three_sizes, layout(raid1=["/dev/sdb", "/dev/disk/by-id/ata-SAMSUNG_"
                                "MZ7L3480_S5A"]), "are the same disk"),
    (multipath_scsi, layout(raid1=["/dev/sda", "/dev/sdb"]), "are the same disk"),
    (namespaces, layout(raid1=["/dev/nvme0n1", "/dev/nvme0n2"]),
     "are the same disk"),
    (virtio, layout(raid1=["/dev/vda", "/dev/vdb"]), "/dev/vda /dev/vdb"),
    (virtio, {"need_mb": 15 * 1024, **layout(raid1=["/dev/vda", "/dev/vdb"])},
     "/dev/vdb is too small"),
    (medium_in_use, layout(raid1=["/dev/sda1", "/dev/sdb"]), "is a partition"),
]

# what people are told, where there was a choice
WORDS = [
    (three_sizes, {}, "/dev/sdb (SAMSUNG MZ7L3480, 447 GB): the smallest of 3 "
     "disks that fit"),
    (one_sata, {}, "/dev/sda (SAMSUNG MZ7L3480, 447 GB): the only disk that "
     "fits"),
    (same_size, {}, "/dev/sdb (SAMSUNG MZ7L3480, 447 GB): the first of 2 of "
     "one size, of 2 disks that fit"),
    (three_sizes, hints(rotational=False),
     "/dev/sdb (SAMSUNG MZ7L3480, 447 GB): the smallest of 2 disks that the "
     "hints fit"),
    (virtio, {"disk": "/dev/vda"}, "/dev/vda (20 GB): it is named"),
    (three_sizes, layout(raid1=["/dev/sdb", "/dev/sdc"]),
     "/dev/sdb and /dev/sdc: it is named"),
]


def make(machine, directory):
    m = Machine(directory)
    (m.root / "sys/block").mkdir(parents=True, exist_ok=True)
    machine(m)
    return m


def order(wish):
    return {"disk": "auto", **wish}
