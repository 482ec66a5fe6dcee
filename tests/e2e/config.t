#!/usr/bin/env python3
"""`nf config render`: what it writes is taken by the programs it is for."""

import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import bastion  # noqa: E402
from pace import limit  # noqa: E402
from tap import diag, done, is_, like, ok, skip_all, unlike  # noqa: E402

POOL = {"NF_DHCP_IP_POOL_START": "127.0.0.50",
        "NF_DHCP_IP_POOL_END": "127.0.0.99"}
HASH = ("$6$salt$RDR1OeBiKJIXxLQs5x7Q1CFDqBkDbm.U3G31rxx9wk"
        "eRh3ZuV7GjS.3uTOLGLAvFO8mr6FkObGKV17M9sNQJ1.")
SITES = {
    "a plain bastion": POOL,
    "no DHCP pool": {},
    "relayed subnets": {**POOL, "NF_DHCP_RANGES":
                        "10.81.0.50-10.81.0.99/24,gateway=10.81.0.1,vlan=81 "
                        "10.82.0.50-10.82.3.99/22,dns=8.8.8.8+8.8.4.4,lease=600"},
    "relayed subnets alone": {"NF_DHCP_RANGES": "10.81.0.50-10.81.0.99/24"},
    "proxy DHCP": {"NF_DHCP_MODE": "proxy"},
    "no DHCP": {"NF_DHCP_MODE": "off"},
    "everything set": {
        **POOL, "NF_DHCP_GATEWAY": "127.0.0.254", "NF_DHCP_DNS":
        "8.8.8.8,8.8.4.4", "NF_DHCP_RA": "on", "NF_DHCP_INTERFACE": "lo",
        "NF_DHCP_ADDR": ":1067", "NF_DHCP_LEASE_TIME": "600",
        "NF_LOG_LEVEL": "debug", "NF_NGINX_WORKERS": "4",
        "NF_MIRROR_URL": "unix:/run/mirror.sock", "NF_HTTP_ADDR": ":18080",
        "NF_AUTH": "off", "NF_MQTT_BROKER": "localhost:18883"},
    "a mirror with a path": {**POOL, "NF_MIRROR_URL": "http://m.example/a/b/"},
    "an install server everywhere": {**POOL, "NF_INSTALL_ADDR": ":18085"},
    "a broker elsewhere": {**POOL, "NF_MQTT_BROKER": "mq.example:8883"},
}
HOSTILE = ("/a;user root", "/a\"b", "/a\nuser=root", "/a b", "/a{b}", "/a$b",
           "/a'b", "/a#b", "/a\\b")
PATHS = ("NF_DB_PATH", "NF_FILES_DIR", "NF_TFTP_DIR", "NF_HOSTS_DIR",
         "NF_LOG_DIR", "NF_CACHE_DIR", "NF_LIB_DIR", "NF_RUN_DIR")


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def rendered(**settings):
    """A site in a directory of its own, rendered to out/."""
    site = bastion.Bastion("127.0.0.1", **settings)
    if "NF_SERVER_ADDR" not in settings:
        site.settings["NF_SERVER_ADDR"] = f"127.0.0.1:{free_port()}"
    site.settings.setdefault("NF_HTTP_ADDR", f"127.0.0.1:{free_port()}")
    site.nf("store", "init")
    return site, site.nf("config", "render", "out")


def nginx_takes(site, name):
    module = os.path.join(bastion.BUILD, "ngx_http_nf_module.so")
    conf = site.read("out/nginx.conf")
    if not os.path.exists(module):
        conf = bastion.strip(conf)
    tried = subprocess.run(
        ["nginx", "-t", "-e", "stderr", "-p", site.dir, "-c",
         site.write("out/tried.conf", conf)],
        capture_output=True, text=True)
    if not ok(tried.returncode == 0, f"{name}: nginx takes it"):
        diag(tried.stderr)


def check_sites():
    for name, settings in SITES.items():
        site, ran = rendered(**settings)
        with site:
            if not ok(ran.returncode == 0, f"{name}: it renders"):
                diag(ran.stderr)
                continue
            nginx_takes(site, name)
            tried = subprocess.run(
                ["dnsmasq", "--test", "-C", site.path("out/dnsmasq.conf")],
                capture_output=True, text=True)
            if not ok(tried.returncode == 0, f"{name}: dnsmasq takes it"):
                diag(tried.stderr)
            text = "".join(site.read(f"out/{f}") for f in (
                "nginx.conf", "dnsmasq.conf", "mosquitto.conf"))
            unlike(text, r"\{\{|&(amp|quot|lt|gt);", f"{name}: no tag is left")
            unlike(site.read("out/dnsmasq.conf"), r"(?m)^dhcp-host.*set:",
                   f"{name}: no host entry sets a tag")


def check_words():
    site, _ = rendered(**SITES["everything set"])
    with site:
        conf = site.read("out/dnsmasq.conf")
        for line in ("leasefile-ro", "script-on-renewal", "no-ping",
                     "dhcp-alternate-port=1067", "port=0", "enable-ra",
                     "dhcp-option=tag:r0,option:router,127.0.0.254",
                     "dhcp-option=option:dns-server,8.8.8.8,8.8.4.4",
                     "dhcp-range=set:r0,127.0.0.50,127.0.0.99,255.255.255.0,600",
                     "dhcp-option=tag:ipxe,encap:175,176,1b"):
            ok(line in conf.splitlines(), f"dnsmasq: {line}")
        conf = site.read("out/nginx.conf")
        like(conf, r"listen 0\.0\.0\.0:18080;", "NF_AUTH=off opens the API")
        like(conf, r"worker_processes 4;", "the workers are as asked")
    site, _ = rendered(**SITES["relayed subnets"])
    with site:
        conf = site.read("out/dnsmasq.conf").splitlines()
        for line in ("dhcp-range=set:r1,10.81.0.50,10.81.0.99,255.255.255.0,3600",
                     "dhcp-option=tag:r1,option:router,10.81.0.1",
                     "dhcp-option=tag:r1,option:dns-server,127.0.0.1",
                     "dhcp-range=set:r2,10.82.0.50,10.82.3.99,255.255.252.0,600",
                     "dhcp-option=tag:r2,option:router",
                     "dhcp-option=tag:r2,option:dns-server,8.8.8.8,8.8.4.4"):
            ok(line in conf, f"dnsmasq: {line}")
    site, _ = rendered(NF_DHCP_MODE="proxy", NF_HTTP_ADDR=":18081")
    with site:
        conf = site.read("out/dnsmasq.conf")
        like(conf, r"(?m)^dhcp-range=127\.0\.0\.0,proxy,255\.255\.255\.0$",
             "proxy mode gives no addresses")
        unlike(conf, r"(?m)^(leasefile-ro|dhcp-script|.*encap:175)",
               "and has no leases, nor tells iPXE not to wait")
        unlike(conf, "enable-ra", "router announcements must be asked for")
        like(site.read("out/nginx.conf"), r"listen 127\.0\.0\.1:18081;",
             "the API is on loopback unless NF_AUTH=off")


def said(port, what, *options):
    return subprocess.run(
        ["mosquitto_pub", "-h", "127.0.0.1", "-p", str(port), "-q", "1", "-t",
         "a", "-s", *options], input=what, capture_output=True,
        timeout=limit(20))


def check_mosquitto():
    port = free_port()
    site, _ = rendered(NF_MQTT_BROKER=f"localhost:{port}",
                       NF_AGENT_BROKER=f"127.0.0.1:{port}")
    with site:
        broker = subprocess.Popen(
            ["mosquitto", "-c", site.path("out/mosquitto.conf")],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        try:
            end = time.monotonic() + limit(10)
            sent = None
            while time.monotonic() < end and (sent is None
                                              or sent.returncode):
                sent = said(port, b"b")
            is_(sent.returncode, 0, "mosquitto starts with its file")
            subprocess.run(
                ["mosquitto_sub", "-h", "127.0.0.1", "-p", str(port), "-q", "1",
                 "-i", "away", "-c", "-E", "-t", "a"], capture_output=True)
            is_(said(port, b"x" * 30000).returncode, 0,
                "the longest message that we have is taken")
            ok(said(port, b"x" * 70000).returncode != 0, "a longer one is not")
            ok(said(port, b"b", "-r").returncode != 0,
               "nothing is retained for ever")
        finally:
            broker.terminate()
            diag(*([broker.communicate()[0]] if sent.returncode else []))
            broker.wait()
        ok(os.path.exists(site.path("db/mosquitto/mosquitto.db")),
           "and keeps what it was sent")


def check_hostile():
    for name in PATHS:
        for value in HOSTILE:
            with bastion.Bastion("127.0.0.1", **POOL) as site:
                env = {**site.environ(), name: value}
                ran = subprocess.run(
                    [bastion.NF, "config", "render", "out"], env=env,
                    cwd=site.dir, capture_output=True, text=True)
                named = f"{name} must be" in ran.stderr
                wrote = os.path.exists(site.path("out/nginx.conf"))
                if ran.returncode != 1 or not named or wrote:
                    ok(False, f"{name}={value!r} is refused")
                    diag(ran.stderr)
                    return
    ok(True, "paths that would end a directive are refused, by name")
    with bastion.Bastion("127.0.0.1") as site:
        ran = site.nf("config", "render", "a;b")
        is_(ran.returncode, 1, "and so is such a directory")


def check_relative():
    with bastion.Bastion("127.0.0.1", **POOL) as site:
        site.settings["NF_DB_PATH"] = "./data/nodes.db"
        os.mkdir(site.path("data"))
        site.nf("config", "render", "out")
        like(site.read("out/nginx.conf"),
             f"nf_store {re.escape(site.path('data/nodes.db'))};",
             "a relative path starts at the working directory")
        like(site.read("out/nodefoundry.conf"),
             f"NF_DB_PATH={re.escape(site.path('data/nodes.db'))}",
             "also for the programs that are started later")


def check_atomic():
    """A template that cannot be rendered leaves every file as it was."""
    site, _ = rendered(**POOL)
    with site:
        before = {f: site.read(f"out/{f}") for f in os.listdir(
            site.path("out"))}
        site.write("templates/mosquitto.conf.mustache", "{{#open}}\n")
        site.settings["NF_NGINX_WORKERS"] = "7"
        ran = site.nf("config", "render", "out")
        is_(ran.returncode, 1, "a broken template is refused")
        like(ran.stderr, r"mosquitto\.conf", "by its name")
        is_({f: site.read(f"out/{f}") for f in os.listdir(site.path("out"))},
            before, "and nothing is written")
        site.write("templates/mosquitto.conf.mustache", "# own {{workers}}\n")
        site.nf("config", "render", "out")
        is_(site.read("out/mosquitto.conf"), "# own 7\n",
            "an operator's own template replaces ours")


def check_commands():
    with bastion.Bastion("127.0.0.1", **POOL) as site:
        listed = site.nf("config", "list").stdout
        like(listed, r"(?m)^NF_HTTP_ADDR +:8080 ", "list shows values")
        site.settings["NF_ROOT_PASSWORD_HASH"] = HASH
        unlike(site.nf("config", "list").stdout, HASH[-8:],
               "but no password's hash")
        is_(site.nf("config", "check").returncode, 0, "check takes good ones")
        site.settings["NF_DISC"] = "auto"
        ran = site.nf("config", "check")
        is_(ran.returncode, 1, "check refuses a name that is misspelt")
        like(ran.stderr, r"line \d+ unknown setting NF_DISC", "by name")
        for words, status in (((), 2), (("nothing",), 2), (("--help",), 0),
                              (("help", "up"), 0), (("--version",), 0),
                              (("config", "render"), 2),
                              (("help", "nothing"), 2),
                              (("backup", "--help"), 0)):
            is_(site.nf(*words).returncode, status,
                f"nf {' '.join(words)}: exit status {status}")


def check_menu():
    """What PXELINUX shows a machine that has no file of its own."""
    site, _ = rendered(NF_KERNEL_ARGS="console=ttyS1", **POOL)
    with site:
        menu = site.read("out/pxelinux.cfg")
        entries = dict(re.findall(r"(?ms)^LABEL (\w+)\n(.*?)(?:\n\n|\Z)",
                                  menu))
        is_(list(entries), ["nodefoundry", "local", "agent", "rescue"],
            "the menu of PXELINUX")
        like(entries["local"], "LOCALBOOT 0", "with the own disk")
        for name in ("agent", "rescue"):
            like(entries[name], "APPEND initrd=.* console=ttyS1 .*"
                 "regional_url=http://", f"{name}: nf-agent in RAM")
            like(entries[name], "(?m)^ *IPAPPEND 2$",
                 "that is told by which card")
            is_("nf.shell" in entries[name].split(), name == "rescue",
                "a shell is for the rescue alone")
    site, _ = rendered(NF_PXELINUX_LOCALBOOT="ipxe", NF_DHCP_VLAN="66", **POOL)
    with site:
        menu = site.read("out/pxelinux.cfg")
        like(menu, r"(?m)^LABEL local\n.*\n    KERNEL ipxe\.lkrn\n    APPEND "
             r"sanboot --no-describe --drive 0x80 \|\| sanboot",
             "the own disk by iPXE, drive after drive")
        is_(len(re.findall(r" nf\.vlan=66\b", menu)), 2,
            "nf-agent tags the install network's VLAN")
        like(menu, r"APPEND vcreate --tag 66 net0 && dhcp net0-66 \|\| dhcp && ",
             "and iPXE, if it can")


def check_store():
    with bastion.Bastion("127.0.0.1", **POOL) as site:
        is_(site.nf("dump").returncode, 1, "no store: no dump")
        is_(site.nf("store", "init").returncode, 0, "the store is made")
        key = open(site.path("site.key"), "rb").read()
        is_((len(key), os.stat(site.path("site.key")).st_mode & 0o777),
            (32, 0o640), "and a key, for its group alone")
        is_(site.nf("store", "init").returncode, 0, "making it again is fine")
        is_(open(site.path("site.key"), "rb").read(), key,
            "and leaves the key alone")
        is_(site.nf("dump").stdout, "", "a new store is empty")
        is_(site.nf("backup", "copy").returncode, 0, "it can be backed up")
        is_(site.nf("backup", "copy").returncode, 1,
            "a backup overwrites nothing")
        is_(site.nf("restore", "copy").returncode, 0, "and restored")
        site.write("junk", "x" * 100000)
        ran = site.nf("restore", "junk")
        is_(ran.returncode, 1, "what is no store is not restored")
        is_(site.nf("dump").returncode, 0, "and the store is as it was")
        follow = subprocess.Popen([bastion.NF, "events", "--follow"],
                                  env=site.environ())
        try:
            end = time.monotonic() + limit(10)
            while (site.nf("restore", "copy").returncode == 0
                   and time.monotonic() < end):
                pass
            like(site.nf("restore", "copy").stderr, "in use",
                 "a store that is open is not replaced")
        finally:
            follow.kill()
            follow.wait()
        left = [f for f in os.listdir(site.path("db")) if "restoring" in f]
        is_(left, [], "nothing half-done is left")


def later_schema(store):
    """The bytes of a store as a later version would have written it."""
    where = store.index(b"schema") + len("schema")
    number = int.from_bytes(store[where:where + 4], "little")
    return store[:where] + (number + 1).to_bytes(4, "little") + store[where + 4:]


def check_replaced():
    """What is in the backup's place need not be readable."""
    with bastion.Bastion("127.0.0.1", **POOL) as site:
        db = site.path("db/nodes.db")
        site.nf("store", "init")
        site.nf("backup", "copy")
        with open(db, "rb") as f:
            whole = f.read()
        for what, spoilt in (("of a later version", later_schema(whole)),
                             ("that is damaged", b"\xff" * len(whole))):
            with open(db, "wb") as f:
                f.write(spoilt)
            is_(site.nf("dump").returncode, 1, f"a store {what} is not read")
            ran = site.nf("restore", "copy")
            is_((ran.returncode, ran.stderr), (0, ""),
                f"a backup replaces a store {what}")
            is_(site.nf("dump").returncode, 0, "and is read")
            with open(db + ".before-restore", "rb") as f:
                ok(f.read() == spoilt, "what was there is kept")


def check_docs():
    """docs/configuration.md and the table say the same."""
    with bastion.Bastion("127.0.0.1") as site:
        site.settings.clear()
        listed = json.loads(site.nf("config", "list", "--json").stdout)
    table = {row["name"]: row["default"] for row in listed}
    with open(f"{bastion.TOP}/docs/configuration.md", encoding="utf-8") as f:
        text = f.read()
    documented = dict(re.findall(
        r"(?m)^\| `(NF_\w+)` \| (?:`(.*?)`)? *\|", text))
    is_(sorted(set(table) ^ set(documented)), [],
        "every setting is documented, and nothing else")
    is_({k: v for k, v in documented.items() if table.get(k) != v}, {},
        "with its default")


def main():
    for program in ("nginx", "dnsmasq", "mosquitto"):
        if not shutil.which(program, path=os.environ.get("PATH", "")
                            + ":/usr/sbin:/sbin"):
            skip_all(f"{program} is not installed")
    check_sites()
    check_words()
    check_mosquitto()
    check_hostile()
    check_relative()
    check_atomic()
    check_commands()
    check_menu()
    check_store()
    check_replaced()
    check_docs()
    done()


main()
