#!/usr/bin/env python3
"""Settings that name what this machine does not have, in a namespace of their
own; and the commands that work although an interface is gone."""

import os
import pathlib
import signal
import subprocess
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import bastion  # noqa: E402
from pace import limit  # noqa: E402
from tap import diag, done, is_, like, ok, skip_all, unlike  # noqa: E402

SPACE = f"nfe{os.getpid()}"
MAC = "525400000001"


def ip(*words):
    subprocess.run(["ip", *words], check=True, capture_output=True)


def nf(site, *words, **more):
    """nf inside the namespace; more goes into its environment."""
    return subprocess.run(
        ["ip", "netns", "exec", SPACE, bastion.NF, *words],
        env={**site.environ(), **more}, cwd=site.dir, capture_output=True,
        text=True, timeout=limit(60))


def readme():
    """A site with the settings of the README, and nothing else of ours."""
    site = bastion.Bastion("", NF_DHCP_INTERFACE="eth1",
                           NF_DHCP_IP_POOL_START="10.66.0.50",
                           NF_DHCP_IP_POOL_END="10.66.0.250",
                           NF_DEFAULT_PROFILE="debian-image")
    del site.settings["NF_SERVER_ADDR"]
    return site


def refused(site, pattern, name, **more):
    ran = nf(site, "config", "check", **more)
    is_(ran.returncode, 1, f"{name}: refused")
    like(ran.stderr, pattern, "and says what to do")


def no_interface():
    with readme() as site:
        refused(site, r"NF_DHCP_INTERFACE names eth1, and this machine has no "
                "such interface: it has lo", "an interface that is not there")
        like(nf(site, "up").stderr, "NF_DHCP_INTERFACE names eth1, and this",
             "nf up says so at its start")
        site.settings["NF_SERVER_ADDR"] = "10.66.0.1:8081"
        refused(site, "NF_DHCP_INTERFACE names eth1, and this machine has no",
                "the same where the address is set")
        del site.settings["NF_SERVER_ADDR"]
        ip("-n", SPACE, "link", "add", "eth1", "type", "veth", "peer", "name",
           "eth2")
        refused(site, "NF_DHCP_INTERFACE names eth1, which has no IPv4 address",
                "an interface without an address")
        ip("-n", SPACE, "addr", "add", "10.66.0.1/24", "dev", "eth1")
        ip("-n", SPACE, "link", "set", "eth1", "up")
        ran = nf(site, "config", "check")
        is_(ran.returncode, 0, "with one the README's settings are valid") or \
            diag(ran.stderr)
        is_(ran.stderr, "", "without a word more")


def values():
    with readme() as site:
        site.settings["NF_DHCP_IP_POOL_START"] = "10.66.0.1"
        refused(site, r"NF_DHCP_IP_POOL_START must leave out 10\.66\.0\.1, this "
                "server's own address", "a pool with the server's own address")
    with readme() as site:
        site.settings["NF_DEFAULT_PROFILE"] = "web"
        refused(site, "NF_DEFAULT_PROFILE names web, but there is no such "
                "profile", "a default profile that is none")
        nf(site, "store", "init")
        refused(site, "NF_DEFAULT_PROFILE names web", "also with a store")
    with readme() as site:
        refused(site, "NF_DHCP_INTERFCE in the environment is not a setting; "
                r"did you mean NF_DHCP_INTERFACE\?", "a misspelt variable",
                NF_DHCP_INTERFCE="eth1")
        is_(nf(site, "config", "check", NF_API="http://x",
               NF_TEST_ANYTHING="1").returncode, 0, "NF_API and NF_TEST_* are "
            "for others")
        site.settings["NF_MIROR_URL"] = "mirror.example"
        refused(site, r"line \d+ unknown setting NF_MIROR_URL; did you mean "
                r"NF_MIRROR_URL\?", "a misspelt line")


def contradictions():
    """What would make a program fail at each start, or hear nobody."""
    for name, value, pattern in (
            ("NF_SERVER_ADDR", "10.66.0.1:1883", "NF_AGENT_BROKER must have "
             "another port than NF_INSTALL_ADDR"),
            ("NF_MQTT_BROKER", "127.0.0.1:8080", "NF_MQTT_BROKER must have "
             "another port than NF_HTTP_ADDR"),
            ("NF_DHCP_IP_POOL_END", "10.66.0.255", "NF_DHCP_IP_POOL_END must "
             "leave out .* broadcasts"),
            ("NF_DHCP_INTERFACE", "lo", "names lo, which no machine can be "
             "connected to"),
            ("NF_DHCP_INTERFACE", "eth2", "names eth2, which has no IPv4 "
             "address"),
            ("NF_FILES_DIR", "/etc/passwd", "NF_FILES_DIR names /etc/passwd, "
             "which is not a directory"),
            ("NF_DB_PATH", "/tmp", "NF_DB_PATH names /tmp, which is not a file"),
            ("NF_KEY_FILE", "/etc/passwd", "NF_KEY_FILE names /etc/passwd, "
             "which is no key"),
            ("NF_USER", "nobodys", "NF_USER names nobodys, and there is no "
             "such account")):
        with readme() as site:
            site.settings["NF_SERVER_ADDR"] = "10.66.0.1:8081"
            site.settings[name] = value
            refused(site, pattern, f"{name}={value}")
    with readme() as site:
        site.settings["NF_SPOOL_DIR"] = "/etc/passwd"
        like(nf(site, "up").stderr, "NF_SPOOL_DIR names /etc/passwd, which is "
             "not a directory", "nf up names the setting too")


def offline():
    """render, dump and backup do without the interface."""
    with readme() as site:
        nf(site, "store", "init")
        ran = nf(site, "render", MAC)
        like(ran.stdout, r"http://10\.66\.0\.1:8081/", "nf render works with "
             "the README's settings") or diag(ran.stderr)
        nf(site, "config", "render", "run")
        ip("-n", SPACE, "link", "del", "eth1")
        ran = nf(site, "render", MAC)
        like(ran.stdout, r"http://10\.66\.0\.1:8081/",
             "the interface is gone: the address of the last start")
        like(ran.stderr, r"NF_DHCP_INTERFACE names eth1, and .*; assuming "
             r"that nodes reach this machine by 10\.66\.0\.1:8081", "and it says so")
        os.unlink(site.path("run/nodefoundry.conf"))
        ran = nf(site, "render", MAC)
        is_(ran.returncode, 0, "without a start before: loopback")
        like(ran.stderr, r"that nodes reach this machine by 127\.0\.0\.1:8081",
             "and it says that too")
        for words in (("dump",), ("backup", "copy"), ("store", "check"),
                      ("files", "list")):
            is_(nf(site, *words).returncode, 0, f"nf {' '.join(words)} works")


def loopback_only():
    """`nf up` where there is nothing but loopback."""
    site = bastion.Bastion("")
    del site.settings["NF_SERVER_ADDR"]
    with site, open(site.path("up.log"), "w") as log:
        up = subprocess.Popen(
            ["ip", "netns", "exec", SPACE, bastion.NF, "up"], stdout=log,
            stderr=log, stdin=subprocess.DEVNULL, cwd=site.dir,
            env=site.environ())
        end = time.monotonic() + limit(30)
        answered = 1
        while answered and up.poll() is None and time.monotonic() < end:
            answered = nf(site, "nodes").returncode
        ok(answered == 0, "with loopback only nf up starts, and the API "
           "answers") or diag(site.read("up.log"))
        said = site.read("up.log")
        like(said, "no interface but loopback has an address", "it warns")
        like(said, r"nodes are served at 127\.0\.0\.1:8081", "and goes on")
        unlike(said, "cannot (?!reach this)|fail", "nothing failed")
        up.send_signal(signal.SIGTERM)
        is_(up.wait(limit(30)), 0, "it stops when it is told to")


def main():
    if os.geteuid() != 0:
        skip_all("namespaces need root")
    ip("netns", "add", SPACE)
    try:
        ip("-n", SPACE, "link", "set", "lo", "up")
        no_interface()
        values()
        contradictions()
        offline()
        loopback_only()
    finally:
        ip("netns", "del", SPACE)
    done()


main()
