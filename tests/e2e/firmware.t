#!/usr/bin/env python3
"""Every kind of firmware gets its loader, or an operator reads why not."""

import os
import pathlib
import re
import signal
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import bastion  # noqa: E402
import dhcp     # noqa: E402
import netns    # noqa: E402
from up import Up  # noqa: E402
from dnsmasq import until  # noqa: E402
from pace import limit  # noqa: E402
from tap import done, is_, like, ok, skip_all, unlike  # noqa: E402

SCRIPT = f"http://{netns.SERVER}/boot/${{mac:hexhyp}}/boot.ipxe"\
    "?sn=${serial:hexraw}"
FILES = f"http://{netns.SERVER}/files/boot/"
PI = b"\0RPi4" + bytes(12)
GRUB, GRUB_ARM, PXELINUX = (f"52:54:00:00:00:0{n}" for n in (1, 2, 3))


def mac(n):
    return f"52:54:00:00:01:{n:02x}"


def options(arch, user=b"", machine=None):
    who = b"HTTPClient" if arch in (15, 16, 17, 18, 19, 20) else b"PXEClient"
    told = [(dhcp.VENDOR_CLASS, who + b":Arch:%05d:UNDI:003000" % arch),
            (93, arch.to_bytes(2, "big")), (97, machine or bytes(17)),
            # else it comes in a field of the header
            (dhcp.PARAMETERS, bytes([43, dhcp.VENDOR_CLASS, 66, 67]))]
    return told + ([(dhcp.USER_CLASS, user)] if user else [])


def offer(client, card, *said):
    return client._ask(dhcp.DISCOVER, card, options(*said))[2]


def unpack(text):
    """Also the header's boot file field, which proxies use."""
    xid, ip, told = unpack_options(text)
    told["file"] = text[108:236].rstrip(b"\0")
    return xid, ip, told


unpack_options, dhcp.unpack = dhcp.unpack, unpack


def file_of(told):
    return (told.get(67) or told.get("file", b"")).rstrip(b"\0").decode()


SERVED = (
    # name, MAC, architecture, user class, boot file
    ("BIOS", mac(0), 0, b"", "undionly.kpxe"),
    ("UEFI", mac(7), 7, b"", "snponly.efi"),
    ("UEFI that says byte code", mac(9), 9, b"", "snponly.efi"),
    ("UEFI HTTP boot", mac(16), 16, b"", FILES + "snponly.efi"),
    ("UEFI for GRUB", GRUB, 7, b"", "shimx64.efi"),
    ("BIOS for PXELINUX", PXELINUX, 0, b"", "pxelinux.0"),
    ("iPXE in a network card, for PXELINUX", PXELINUX, 0, b"iPXE",
     "pxelinux.0"),
    ("UEFI in NF_PXELINUX_MACS", PXELINUX, 7, b"", "snponly.efi"),
    ("its iPXE", PXELINUX, 7, b"iPXE", SCRIPT),
    ("BIOS in NF_GRUB_MACS", GRUB, 0, b"", "undionly.kpxe"),
    ("iPXE of an architecture without a loader", mac(27), 27, b"iPXE", SCRIPT),
)
UNSERVED = (
    # MAC, architecture, what it is, what lacks
    (mac(6), 6, r"6 \(x86 UEFI of 32 bits\)",
     r"ipxe-i386\.efi, or shimia32\.efi with grubia32\.efi is not in NF_TFTP"),
    (mac(10), 10, r"10 \(ARM UEFI of 32 bits\)", r"ipxe-arm32\.efi is not in"),
    (mac(11), 11, r"11 \(ARM UEFI of 64 bits\)",
     r"ipxe-arm64\.efi, or grubaa64\.efi is not in NF_TFTP_DIR"),
    (GRUB_ARM, 11, r"11 \(.*\)", r"none: grubaa64\.efi is not in NF_TFTP_DIR"),
    (mac(15), 15, r"15 \(.*HTTP boot\)", r"ipxe-i386\.efi is not in NF_FILES"),
    (mac(18), 18, r"18 \(.*HTTP boot\)", r"ipxe-arm32\.efi is not in NF_FILES"),
    (mac(19), 19, r"19 \(.*HTTP boot\)", r"ipxe-arm64\.efi is not in NF_FILES"),
    (GRUB, 16, r"16 \(x86-64 UEFI, HTTP boot\)",
     r"it is set to load GRUB, and signed GRUB has no HTTP: let it boot by PXE"),
    (mac(20), 20, r"20 \(x86 BIOS, HTTP boot\)", "there is no boot loader for it"),
    (mac(39), 39, r"39 \(LoongArch UEFI of 64 bits\)", "there is no boot loader for it"),
    (mac(99), 999, r"999 \(not in IANA's list\)", "there is no boot loader for it"),
)


def check_served(client, up):
    for name, card, arch, user, wanted in SERVED:
        is_(file_of(offer(client, card, arch, user)), wanted,
            f"{name} is given {wanted}")
    is_(offer(client, mac(16), 16).get(dhcp.VENDOR_CLASS), b"HTTPClient",
        "HTTP boot is given its vendor class back")
    for card, name in ((PXELINUX, "NF_PXELINUX_MACS"), (GRUB, "NF_GRUB_MACS")):
        ok(until(lambda: f"{card} is in {name}, but boots as" in up.words()),
           f"that {name} names a machine in vain is said")
    unlike(up.words(), r"27 \(RISC", "iPXE is served on whatever it runs")


def why(site, card):
    return site.nf("why", card, "--json")


def check_unserved(client, site, up):
    for card, arch, name, lacks in UNSERVED:
        is_(file_of(offer(client, card, arch)), "",
            f"architecture {arch} of {card} is given no file")
        said = rf"{card} asks for a boot file as client architecture {name} " \
               rf"and gets none: .*"
        ok(until(lambda: re.search(said, up.words())), "and named in the log")
        words = next(re.finditer(said, up.words()), [""])[0]
        like(words, lacks, "which says what lacks")
        ran = why(site, card)
        like(ran.stdout, rf'"now": ?".*{card} is not a node\. .*asked for a boot '
             rf'file .*, as client architecture {name}, and got none: .*',
             "`nf why` says the same")
        like(ran.stdout, '"state": ?"firmware_not_served"', "in one word too")
    count = up.words().count(f"{mac(6)} asks for a boot file")
    offer(client, mac(6), 6)
    is_(up.words().count(f"{mac(6)} asks for a boot file"), count,
        "a machine is not named each time that it asks")


def check_node(client, site, up):
    """One that takes the address all the same becomes a node."""
    ip = client.lease(mac(6), options(6))
    ok(until(lambda: ip in site.nf("nodes").stdout), "it is a node")
    like(why(site, mac(6)).stdout,
         r'waiting for an operator.*as client architecture 6 .*got none',
         "whose `nf why` says it")
    is_(up.get("127.0.0.1", 8080, f"/api/v1/nodes/{mac(77)}/timeline")[0], 404,
        "a machine of which nothing was heard is not found")


def check_pi(client, up):
    told = offer(client, mac(0x31), 0, b"", PI)
    is_((file_of(told), 43 in told), ("", False),
        "a Raspberry Pi is not given a BIOS's loader")
    ok(until(lambda: f"{mac(0x31)} asks for a boot file as a Raspberry Pi and "
             "gets none: its own firmware (start4.elf" in up.words()),
       "and named in the log")


LATER = ("ipxe-i386.efi", "ipxe-arm64.efi", "start4.elf")


def check_later(client, site, up):
    """What is put in its place later is offered after a reload."""
    before = up.children()["dnsmasq"]
    for name in LATER:
        site.write(f"tftp/{name}", "x")
    site.write("files/boot/ipxe-i386.efi", "x")
    up.process.send_signal(signal.SIGHUP)
    ok(until(lambda: up.children().get("dnsmasq") not in (None, before)
             and up.is_complete()), "a reload looks for loaders again")
    for arch, wanted in ((6, "ipxe-i386.efi"), (11, "ipxe-arm64.efi"),
                         (15, FILES + "ipxe-i386.efi")):
        until(lambda: file_of(offer(client, mac(arch), arch)) == wanted)
        is_(file_of(offer(client, mac(arch), arch)), wanted,
            f"architecture {arch} is given {wanted} then")
    unlike(why(site, mac(6)).stdout, "got none", "and `nf why` has nothing")
    told = offer(client, mac(0x31), 0, b"", PI)
    is_((told.get(dhcp.VENDOR_CLASS), b"Raspberry Pi Boot" in told.get(43, b""),
         b"\x0a\x04\0PXE" in told.get(43, b"")), (b"PXEClient", True, True),
        "a Raspberry Pi is given the words that it looks for")
    is_(offer(client, mac(0), 0).get(43), None, "and nobody else is")


def check_proxy(pair):
    with site_of(pair, NF_DHCP_MODE="proxy") as site:
        up = start(site, pair)
        client = dhcp.Client(pair)
        try:
            _, ip, told = client._ask(dhcp.DISCOVER, mac(16), options(16))
            is_((ip, told.get(dhcp.VENDOR_CLASS), file_of(told)),
                ("0.0.0.0", b"HTTPClient", FILES + "snponly.efi"),
                "beside another DHCP server HTTP boot is given its URL")
            _, ip, told = client._ask(dhcp.DISCOVER, mac(7), options(7))
            is_((ip, told.get(dhcp.VENDOR_CLASS)), ("0.0.0.0", b"PXEClient"),
                "and PXE is answered as ever")
            client._send(dhcp.pack(dhcp.DISCOVER, mac(10), 10,
                                   options=options(10)))
            ok(until(lambda: f"{mac(10)} asks for a boot file as client "
                     "architecture 10" in up.words()),
               "what is not answered there is in the log too")
        finally:
            client.close()
        conf = site.read("run/dnsmasq.conf")
        like(conf, r"(?m)^pxe-service=tag:!ipxe,tag:efi64,tag:grub,7,"
             r'"NodeFoundry",shimx64\.efi$', "a marked machine gets shim there")
        stop(up)


def start(site, pair):
    # so that each machine has the same loaders, whatever packages it has
    for name in ("shimx64.efi", "grubx64.efi", "pxelinux.0", "ldlinux.c32"):
        site.write(f"tftp/{name}", "x")
    up = Up(site, pair.server)
    ok(until(lambda: up.is_complete() and up.serves(), 60), "nf up is up")
    return up


def stop(up):
    up.process.terminate()
    is_(up.process.wait(limit(30)), 0, "nf up ends")


def site_of(pair, **settings):
    return bastion.Bastion(
        netns.SERVER, NF_DHCP_IP_POOL_START="10.99.0.50",
        NF_DHCP_IP_POOL_END="10.99.0.99",
        NF_DHCP_INTERFACE=pair.server_link,
        NF_GRUB_MACS=f"{GRUB},{GRUB_ARM}", NF_PXELINUX_MACS=PXELINUX,
        **settings)


def main():
    if os.geteuid() != 0:
        skip_all("needs root for network namespaces")
    with netns.Pair() as pair:
        with site_of(pair) as site:
            up = start(site, pair)
            run = site.nf
            site.nf = lambda *words, **more: inside(pair, site, *words)
            client = dhcp.Client(pair)
            try:
                check_served(client, up)
                check_unserved(client, site, up)
                check_pi(client, up)
                check_node(client, site, up)
                check_later(client, site, up)
            finally:
                client.close()
                site.nf = run
            stop(up)
        check_proxy(pair)
    done()


def inside(pair, site, *words):
    """`nf` in the server's namespace, where the API is."""
    return subprocess.run(
        ["ip", "netns", "exec", pair.server, bastion.NF, *words],
        env=site.environ(), capture_output=True, text=True, timeout=limit(60))


main()
