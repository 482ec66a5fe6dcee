#!/usr/bin/env python3
"""nf-bmc's Redfish driver on a peer with the quirks of many makers: each
operation does what it says, and no failure is without its cause."""

import concurrent.futures
import json
import os
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
import bastion  # noqa: E402
import redfish_peer  # noqa: E402
from pace import limit  # noqa: E402
from redfish_peer import Peer  # noqa: E402
from tap import done, is_, like, ok  # noqa: E402

BMC = os.path.join(bastion.BUILD, "nf-bmc")
DIRECTORY = tempfile.TemporaryDirectory(prefix="nf-bmc-")


def credentials(password):
    handle, path = tempfile.mkstemp(dir=DIRECTORY.name)
    with open(handle, "w", encoding="utf-8") as f:
        f.write(f"user={redfish_peer.USER}\npassword={password}\n")
    return path


def command(bmc, *words, password=redfish_peer.PASSWORD, pin=None,
            address=None):
    pin = bmc.pin if pin is None else pin
    scheme = "http://" if bmc.is_plain else ""
    return [BMC, "try", "--driver", "redfish", "--address",
            address or f"{scheme}127.0.0.1:{bmc.port}", "--credentials",
            credentials(password), *(["--pin", pin] if pin else []), *words]


def tries(bmc, *words, before=(), **more):
    """(exit status, what it printed as JSON)."""
    ran = subprocess.run([*before, *command(bmc, *words, **more)],
                         capture_output=True, text=True, timeout=limit(120),
                         env=dict(os.environ, https_proxy="http://127.0.0.1:1"))
    try:
        return ran.returncode, json.loads(ran.stdout)
    except ValueError:
        return ran.returncode, ran.stdout + ran.stderr


def power():
    with Peer() as bmc:
        for words, wanted, resets in (
                (("power", "status"), "off", []),
                (("power", "off"), "off", []),
                (("power", "on"), "on", ["On"]),
                (("power", "on"), "on", []),
                (("power", "reset"), "on", ["ForceOff", "On"]),
                (("power", "nmi"), None, ["Nmi"]),
                (("power", "soft"), "off", ["GracefulShutdown"]),
                (("reset",), "on", ["On"])):
            bmc.resets.clear()
            status, said = tries(bmc, *words)
            is_((status, said.get("power", "unknown")),
                (0, wanted or "unknown"), " ".join(words))
            is_(bmc.resets, resets, "  and was told no more than that")
        is_(bmc.machine.cycles, 2, "as often as that it went off and on")
        is_(bmc.sessions, {}, "each session is ended")
        ok(all("If-Match" not in headers for method, _, headers in bmc.requests
               if method == "POST"), "no POST has an If-Match")


RESETS = (
    ("embedded",), ("self", "action_info"), ("trailing_slash",), ("dgx",),
    ("no_members",), ("chassis_is_on",), ("no_list",), ("force_on",),
    ("fused",), ("powering",), ("task",), ("body_200",), ("no_sessions",),
    ("sessions_full",), ("forgets",), ("root_shut",), ("redirect",), ("slow",),
    ("null_power", "already_409"), ("null_power", "already_400"))


def together(function, cases):
    """Most of the time they wait: in the order of the cases, four at once."""
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        yield from zip(cases, pool.map(function, cases))


def reset(quirks):
    with Peer(*quirks) as bmc:
        on = "null_power" not in quirks
        bmc.machine.power = bmc.machine.wanted = "On" if on else "Off"
        bmc.machine.was_on = on
        return (*tries(bmc, "power", "reset"), bmc.resets, bmc.machine.cycles)


def quirks_of_power():
    for quirks, got in together(reset, RESETS):
        on = "ForceOn" if "force_on" in quirks else "On"
        is_(got, (0, {"power": "on"}, [on], 0) if "null_power" in quirks
            else (0, {"power": "on"}, ["ForceOff", on], 1),
            f"a reset is one cycle, {', '.join(quirks)}")
    for quirk in ("fused", "no_list"):
        with Peer(quirk) as bmc:
            bmc.machine.power = bmc.machine.wanted = "On"
            is_((tries(bmc, "power", "soft"), bmc.resets),
                ((0, {"power": "off"}), ["GracefulShutdown"]), f"soft, {quirk}")


BOOT_QUIRKS = (
    (), ("self", "future_uri", "tag_wanted"), ("dgx",), ("trailing_slash",),
    ("pending",), ("mirror",), ("tag_wanted",), ("tag_quoted",), ("tag_bare",),
    ("mode_refused",), ("mode_needed",), ("applied_400",), ("cd_dvd",),
    ("no_boot_list",), ("future_uri",), ("no_sessions",))
BOOT_DEVICES = (("pxe", "Pxe"), ("disk", "Hdd"), ("cdrom", "Cd"),
                ("bios", "BiosSetup"), ("none", "None"))


def boot_devices(quirks):
    """What was said and set of each device; how it was left; and told."""
    with Peer(*quirks) as bmc:
        seen = []
        for device, _ in BOOT_DEVICES:
            status, said = tries(bmc, "boot_device", device)
            seen.append((status, said["device"] if status == 0 else said,
                         bmc.boot["BootSourceOverrideTarget"]))
        left = bmc.boot["BootSourceOverrideEnabled"]
        tries(bmc, "boot_device", "pxe", "persistent=true")
        status, said = tries(bmc, "boot_device")
        return seen, left, (status, said.get("device"),
                            said.get("persistent", True))


def quirks_of_boot():
    for quirks, (seen, left, told) in together(boot_devices, BOOT_QUIRKS):
        name = ", ".join(quirks) or "no quirk"
        for (device, word), got in zip(BOOT_DEVICES, seen):
            if device == "cdrom" and "cd_dvd" in quirks:
                word = "CD/DVD"
            is_(got, (0, device, word), f"boot device {device}, {name}")
        is_(left, "Disabled", "  and nothing is left of it")
        is_(told, (0, "pxe", True), "  persistent, and it is told")


def modes():
    with Peer("mode_needed") as bmc:
        is_(tries(bmc, "boot_device", "pxe"),
            (0, {"device": "pxe", "persistent": False, "firmware": "efi"}),
            "a mode that has to be sent is sent")
        is_(tries(bmc, "boot_device", "pxe", "firmware=bios")[1]["firmware"],
            "bios", "the other one too")
    with Peer("mode_refused") as bmc:
        status, said = tries(bmc, "boot_device", "pxe", "firmware=bios")
        is_((status, said.get("cause")), (1, "no_effect"),
            "one that cannot be set is read back as another")
    with Peer("other_boot") as bmc:
        status, said = tries(bmc, "boot_device")
        is_((status, said.get("words")), (1, "it boots from UefiHttp"),
            "what we have no name for is said in its own")


def information():
    for quirks, wanted in (
            ((), {"manufacturer": "ACME", "product": "Box 1", "serial": "SN42",
                  "firmware": "1.23.45"}),
            (("latin1", "blank_serial"),
             {"manufacturer": "ACME", "product": "Box ?1",
              "firmware": "1.23.45"})):
        with Peer(*quirks) as bmc:
            is_(tries(bmc, "info"), (0, wanted), f"info, {quirks}")
    for quirk in ("usb_first", "trailing_slash"):
        with Peer(quirk) as bmc:
            is_(tries(bmc, "network"),
                (0, {"ip": "10.0.0.5", "mac": "52:54:00:ab:cd:ef"}),
                f"network, {quirk}")
    for quirks, on in (((), "Lit"), (("led",), "Blinking"),
                       (("led_lit",), "Lit"), (("chassis_light",), "Blinking"),
                       (("tag_wanted",), "Lit")):
        with Peer(*quirks) as bmc:
            status, _ = tries(bmc, "identify")
            is_((status, bmc.light), (0, on), f"the light, {quirks}")
            status, _ = tries(bmc, "identify", "0")
            is_((status, bmc.light), (0, "Off"), "  and out again")


def failures():
    for quirks, words, wanted, said_words, more in (
            ((), ("power", "status"), "wrong_password", "NoValidSession",
             {"password": "no"}),
            (("no_sessions",), ("power", "status"), "wrong_password", "",
             {"password": "no"}),
            (("login_400",), ("power", "status"), "wrong_password", "",
             {"password": "no"}),
            (("reader",), ("power", "on"), "privilege", "Insufficient", {}),
            (("reader",), ("boot_device", "pxe"), "privilege", "", {}),
            (("twins",), ("power", "on"), "unsupported", "several", {}),
            (("no_force_off",), ("power", "off"), "unsupported", "ResetType",
             {}),
            (("garbage",), ("power", "status"), "malformed", "not JSON", {}),
            (("html",), ("power", "status"), "malformed", "not JSON", {}),
            (("huge",), ("power", "status"), "malformed", "1 MiB", {}),
            (("error_500",), ("power", "status"), "malformed", "HTTP 500", {}),
            (("busy",), ("power", "status"), "busy", "Temporarily", {}),
            (("cut",), ("power", "status"), "hung", "", {})):
        with Peer(*quirks) as bmc:
            if "no_force_off" in quirks:
                bmc.machine.power = bmc.machine.wanted = "On"
            status, said = tries(bmc, *words, **more)
            is_((status, said.get("cause")), (1, wanted),
                f"{' '.join(words)}, {quirks}, {list(more)}")
            like(said.get("words", ""), said_words, "  in its words")
            is_(bmc.resets, [], "  and nothing was done")
            is_(bmc.sessions, {}, "  and the session is ended")
    with Peer() as bmc:
        gone = bmc.port
    bmc.port = gone
    is_(tries(bmc, "power", "status")[1].get("cause"), "unreachable",
        "nobody there")


def hangs():
    for quirk in ("hang", "silent"):
        with Peer(quirk) as bmc:
            status, said = tries(bmc, "--deadline", "2", "power", "status")
            is_((status, said.get("cause")), (1, "hung"),
                f"{quirk}: the deadline counts")
            is_(bmc.sessions, {}, "  and the session is ended")
    with Peer("hang") as bmc:
        status, said = tries(bmc, "power", "status")
        is_((status, said.get("cause")), (1, "hung"),
            "without one, each request has its time")


def trust():
    with Peer() as bmc:
        status, said = tries(bmc, "power", "status", pin="sha256//" + "A" * 43
                             + "=")
        is_((status, said.get("cause"), said.get("words")),
            (1, "certificate", f"key {bmc.pin}"),
            "another key than the pinned one: which it is")
        status, said = tries(bmc, "power", "status", pin="")
        is_((status, said.get("cause"), said.get("words")),
            (1, "certificate", f"key {bmc.pin}"),
            "signed by itself, and not pinned: which it is")
        is_(bmc.requests, [], "neither was sent a request")
        is_(tries(bmc, "power", "status", pin="", before=(
            "unshare", "-m", "sh", "-c", "mount --bind "
            f"{bmc.dir}/cert.pem /etc/ssl/certs/ca-certificates.crt"
            " && exec \"$@\"", "sh")), (0, {"power": "off"}),
            "one that this host trusts needs no pin")
    with Peer(is_old=True) as bmc:
        is_(tries(bmc, "power", "status"), (0, {"power": "off"}),
            "keys as short as those of old BMCs, pinned")
    with Peer(is_plain=True) as bmc:
        is_(tries(bmc, "power", "status"), (0, {"power": "off"}),
            "http:// on loopback")
        for address in ("http://192.0.2.1", "http://localhost.example",
                        "https://root@127.0.0.1", "bad host"):
            is_(tries(bmc, "power", "status", address=address)[1].get("cause"),
                "local", f"{address} is not asked")


def redirects():
    with Peer() as away, Peer("redirect_away") as bmc:
        bmc.elsewhere = f"https://127.0.0.1:{away.port}"
        status, said = tries(bmc, "power", "status")
        is_((status, said.get("words")), (1, "it redirects elsewhere"),
            "another host is not followed")
        is_(away.requests, [], "and hears nothing")


def secrecy():
    """While it runs: in no argument or environment."""
    with Peer("silent") as bmc:
        running = subprocess.Popen(
            command(bmc, "--deadline", "5", "power", "status"),
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        found = []
        for name in ("cmdline", "environ"):
            with open(f"/proc/{running.pid}/{name}", "rb") as f:
                if redfish_peer.PASSWORD.encode() in f.read():
                    found.append(name)
        said = running.communicate(timeout=limit(60))[0]
        ok(not found and redfish_peer.PASSWORD.encode() not in said,
           "the password is in no argument, environment or output")


power()
quirks_of_power()
quirks_of_boot()
modes()
information()
failures()
hangs()
trust()
redirects()
secrecy()
done()
