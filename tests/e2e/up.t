#!/usr/bin/env python3
"""`nf up` starts everything, keeps it running, and leaves nothing behind."""

import base64
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import bastion  # noqa: E402
import dhcp     # noqa: E402
import netns    # noqa: E402
import own_config  # noqa: E402
from up import CHILDREN, Up, listens, pids_in  # noqa: E402
from dnsmasq import until as wait_for  # noqa: E402
from pace import limit  # noqa: E402
from tap import diag, done, is_, like, ok, skip_all, unlike  # noqa: E402

STUBS = {
    "nf-bmc": "#!/bin/sh\nexec sleep 1000\n",
    # dnsmasq asks it for the leases; there are none.
    "nf-hook": "#!/bin/sh\nexit 0\n",
    "nf-relay": "#!/bin/sh\nexec sleep 1000\n",
    "nf-reserve": "#!/bin/sh\nexec sleep 1000\n",
}


def programs(site):
    """What is not built yet is stood in for."""
    lib = site.path("lib")
    os.makedirs(lib)
    for name, stub in STUBS.items():
        real = os.path.join(bastion.BUILD, name)
        if os.path.exists(real) and "NF_TEST_STUBS" not in os.environ:
            shutil.copy(real, os.path.join(lib, name))
        else:
            diag(f"{name} is a stand-in")
            site.write(f"lib/{name}", stub, 0o755)
    module = os.path.join(bastion.BUILD, "ngx_http_nf_module.so")
    if os.path.exists(module):
        shutil.copy(module, os.path.join(lib, "ngx_http_nf_module.so"))
    # NF_USER may not be able to look into the checkout
    shutil.copytree(os.path.join(bastion.TOP, "conf"), site.path("share"))
    site.settings["NF_SHARE_DIR"] = site.path("share")
    site.settings["NF_LIB_DIR"] = lib
    site.nf("store", "init")
    site.nf("config", "render", site.path("try"))
    tried = subprocess.run(["nginx", "-t", "-e", "stderr", "-c",
                            site.path("try/nginx.conf")],
                           capture_output=True, text=True)
    if "dlopen" in tried.stderr:
        diag("nginx runs without the module: " + tried.stderr)
        site.write("lib/ngx_http_nf_module.so", "")
        with open(f"{bastion.TOP}/conf/config/nginx.conf.mustache") as f:
            site.write("templates/nginx.conf.mustache",
                       bastion.strip(f.read()))


def start(site, pair):
    up = Up(site, pair.server)
    if not ok(wait_for(lambda: up.is_complete() and up.serves()),
              "nf up brings up all of its programs"):
        diag(up.words(), pids_in(pair.server))
    return up


def check_faces(up, site):
    api, install = ("127.0.0.1", 8080), (netns.SERVER, 80)
    is_(up.get(*api, "/health")[0], 200, "the API answers /health")
    is_(up.get(*api, "/metrics")[0], 200, "the API answers /metrics")
    is_(up.get(*api, "/api/v1/nodes")[0], 200, "the API lists nodes")
    is_(up.get(*install, "/health")[0], 200, "nodes may ask for /health")
    status, body = up.get(*install, "/api/v1/nodes")
    is_(status, 403, "the API is not served to nodes")
    is_(json.loads(body)["code"], 1003, "and the refusal is JSON")
    is_(up.get(*install, "/metrics")[0], 404, "nor are metrics")
    status, body = up.get(*install, "/boot/525400000001/boot.ipxe")
    is_((status, body[:6]), (200, "#!ipxe"), "nodes get boot scripts")
    status, _ = up.get(*install, "/files/boot/snponly.efi")
    is_(status, 200, "boot loaders are served over HTTP")
    for name in ("tftp/undionly.kpxe", "tftp/snponly.efi",
                 "files/boot/localboot.efi"):
        ok(os.path.getsize(site.path(name)) > 10000, f"{name} is there")


SCRIPT = f"http://{netns.SERVER}/boot/${{mac:hexhyp}}/boot.ipxe"\
    "?sn=${serial:hexraw}"
CLIENTS = (
    # name, architecture (RFC 4578), vendor class, user class, boot file
    ("BIOS firmware", 0, b"PXEClient:Arch:00000", b"", "undionly.kpxe"),
    ("UEFI firmware", 7, b"PXEClient:Arch:00007", b"", "snponly.efi"),
    ("older UEFI firmware", 9, b"PXEClient:Arch:00009", b"", "snponly.efi"),
    ("UEFI HTTP boot", 16, b"HTTPClient:Arch:00016", b"",
     f"http://{netns.SERVER}/files/boot/snponly.efi"),
    ("iPXE on BIOS", 0, b"PXEClient:Arch:00000", b"iPXE", SCRIPT),
    ("iPXE on UEFI", 7, b"PXEClient:Arch:00007", b"iPXE", SCRIPT),
)


def check_clients(client):
    for name, arch, vendor, user, wanted in CLIENTS:
        options = [(dhcp.VENDOR_CLASS, vendor), (93, bytes([0, arch])),
                   # else it comes in a field of the header
                   (dhcp.PARAMETERS, bytes([dhcp.VENDOR_CLASS, 66, 67]))]
        if user:
            options.append((dhcp.USER_CLASS, user))
        _, _, told = client._ask(dhcp.DISCOVER, "52:54:00:aa:bb:cd", options)
        is_(boot_file(told), wanted, f"{name} is given {wanted}")
        if vendor.startswith(b"HTTP"):
            is_(told.get(dhcp.VENDOR_CLASS), b"HTTPClient",
                f"{name} is given its vendor class back")


def check_lease(up, pair):
    client = dhcp.Client(pair)
    try:
        check_clients(client)
        ip = client.lease("52:54:00:aa:bb:cc", [
            (dhcp.VENDOR_CLASS, b"PXEClient:Arch:00007")])
        like(ip or "", r"^10\.99\.0\.\d+$", "a lease is given")
    finally:
        client.close()
    node = wait_for(lambda: up.get("127.0.0.1", 8080,
                                   "/api/v1/nodes/525400aabbcc")[0] == 200)
    ok(node, "and makes a node")


def boot_file(told):
    return told.get(67, b"").rstrip(b"\0").decode()


def check_offline(site):
    """Commands that read the store beside everything that runs."""
    dumped = [json.loads(line) for line in
              site.nf("dump", "--prefix", "nodes/525400aa").stdout.splitlines()]
    is_([(d["key"], d["value"]["mac"]) for d in dumped],
        [("nodes/525400aabbcc", "525400aabbcc")], "nf dump prints the node")
    keys = [json.loads(line)["key"]
            for line in site.nf("dump").stdout.splitlines()]
    is_(sorted({key.split("/")[0] for key in keys} - {"cursors"}),
        ["events", "leases", "nodes", "reservations", "workers"],
        "and everything else that there is")
    is_(site.nf("dump", "--prefix", "nodes/ff").stdout, "",
        "a prefix leaves the others out")
    seqs = [json.loads(line)["seq"]
            for line in site.nf("events").stdout.splitlines()]
    ok(seqs and seqs == sorted(set(seqs)), "nf events prints them in order")
    later = site.nf("events", "--since", str(seqs[0])).stdout.splitlines()
    is_(len(later), len(seqs) - 1, "--since leaves out those before")
    is_(site.nf("backup", "copy").returncode, 0, "a running store is copied")
    like(site.nf("restore", "copy").stderr, "in use",
         "but not replaced while it runs")


def check_acl(up):
    """A node may report; it may not command another."""
    def mosquitto(tool, *words):
        process = subprocess.Popen(
            ["ip", "netns", "exec", up.namespace, "stdbuf", "-oL", tool,
             *words], stdout=subprocess.PIPE, text=True)
        while "-d" in words and "Subscribed" not in process.stdout.readline():
            pass
        return process

    def heard(process):
        return [line for line in process.communicate()[0].split("\n")
                if re.match("(node|nf)/", line)]
    got = mosquitto("mosquitto_sub", "-h", "127.0.0.1", "-v", "-t", "node/#",
                    "-t", "nf/dc1/#", "-C", "3", "-W", "20", "-d")
    node = mosquitto("mosquitto_sub", "-h", netns.SERVER, "-v", "-t", "#",
                     "-C", "1", "-W", "20", "-d")
    worker, there = "nf/dc1/bmc/w1", "node/525400000002/command {}"
    for host, topic in ((netns.SERVER, "node/525400000001/command"),
                        (netns.SERVER, f"{worker}/result"),
                        (netns.SERVER, "node/525400000001/status"),
                        ("127.0.0.1", f"{worker}/command"),
                        ("127.0.0.1", there[:-3])):
        mosquitto("mosquitto_pub", "-h", host, "-q", "1", "-t", topic, "-m",
                  "{}").wait()
    is_(heard(got), ["node/525400000001/status {}", f"{worker}/command {{}}",
                     there], "a node reports, commands nobody, is no worker")
    is_(heard(node), [there], "a node sees commands to nodes, nothing else")


def check_restarts(up):
    for name in CHILDREN:
        old = up.children().get(name)
        os.kill(old, signal.SIGKILL)
        new = wait_for(lambda: up.children().get(name) not in (None, old))
        ok(new, f"{name} is started again after kill -9")
    like(up.words(), r"nf: nginx was killed by signal 9",
         "who died, and how, is said")
    ok(wait_for(up.serves), "everything serves again")
    started = up.words().count("started nginx")
    is_(started, 2, "nginx was started twice, not more often")


def check_bmc(up, site):
    """nf-bmc runs unless workers are on other hosts, and may have passwords."""
    ok(wait_for(lambda: re.search(r"nf-bmc: .*connected to the broker",
                                  up.words())), "nf-bmc finds the broker")
    ok(wait_for(lambda: any(w["online"] for w in up.workers())), "is heard")
    is_([(w["online"], w["accepted"]) for w in up.workers()], [(True, True)],
        "and is accepted by its own file")
    site.settings["NF_BMC"] = "0"
    site.environ()
    up.process.send_signal(signal.SIGHUP)
    ok(wait_for(lambda: "nf-bmc" not in up.children()),
       "NF_BMC=0 stops it")
    del site.settings["NF_BMC"]
    site.environ()
    up.process.send_signal(signal.SIGHUP)
    ok(wait_for(lambda: "nf-bmc" in up.children()), "without it, it is back")


def check_reload(up, site):
    before = up.children()
    site.settings["NF_DHCP_LEASE_TIME"] = "7200"
    site.environ()
    up.process.send_signal(signal.SIGHUP)
    ok(wait_for(lambda: up.children().get("dnsmasq")
                not in (None, before["dnsmasq"])),
       "SIGHUP starts dnsmasq again when its configuration changed")
    like(site.read("run/dnsmasq.conf"), r",7200\n", "with the new value")
    is_(up.children().get("mosquitto"), before["mosquitto"],
        "mosquitto runs on: nothing of its own changed")
    is_(up.children().get("nginx"), before["nginx"],
        "nginx's master stays: it reloads by itself")
    good = wait_for(up.is_complete)
    site.settings["NF_DHCP_LEASE_TIME"] = "soon"
    site.environ()
    up.process.send_signal(signal.SIGHUP)
    ok(wait_for(lambda: "not reloaded" in up.words()),
       "settings that are wrong are refused at a reload")
    like(up.words(), r"NF_DHCP_LEASE_TIME must be", "the variable is named")
    is_(up.children(), good, "and everything runs on")
    site.settings["NF_DHCP_LEASE_TIME"] = "3600"
    for mode, wanted in (("off", False), ("server", True)):
        site.settings["NF_DHCP_MODE"] = mode
        site.environ()
        up.process.send_signal(signal.SIGHUP)
        ok(wait_for(lambda: ("dnsmasq" in up.children()) == wanted),
           f"NF_DHCP_MODE={mode} takes effect at a reload")
    ok(wait_for(up.is_complete), "and all of them run")


def check_environment(up):
    pid = up.children()["dnsmasq"]
    with open(f"/proc/{pid}/environ") as f:
        names = sorted(e.split("=")[0] for e in f.read().split("\0") if e)
    is_(names, ["NF_CONFIG", "PATH"], "dnsmasq's environment is ours alone")


def check_second(up, site):
    other = Up(site, up.namespace)
    is_(other.process.wait(limit(20)), 1, "a second nf up is refused")
    other.log.close()


def check_stop(up, pair, sig, name):
    up.process.send_signal(sig)
    try:
        is_(up.process.wait(limit(20)), 0, f"{name} ends nf up with status 0")
    except subprocess.TimeoutExpired:
        ok(False, f"{name} ends nf up with status 0")
        up.process.kill()
    left = wait_for(lambda: not pids_in(pair.server), 5)
    if not ok(left, f"nothing is left after {name}"):
        diag(pids_in(pair.server))


def check_kill(up, pair):
    up.process.kill()
    up.process.wait()
    if not ok(wait_for(lambda: not pids_in(pair.server)),
              "no orphan is left after kill -9 of nf up"):
        diag(pids_in(pair.server))


def accounts(up):
    """{name: uid}; of nginx only the workers change theirs."""
    return {name: os.stat(f"/proc/{pid}").st_uid
            for name, pid in up.children().items() if name != "nginx"}


def nginx_workers(up):
    """Accounts of nginx's other processes."""
    found = set()
    master = up.children()["nginx"]
    for pid, name in pids_in(up.namespace).items():
        if name == "nginx" and pid != master:
            found.add(os.stat(f"/proc/{pid}").st_uid)
    return found


def check_far_worker(up, site, pair):
    """NF_WORKER_LISTEN at a reload, and nf-bmc in the other namespace."""
    site.settings["NF_WORKER_LISTEN"] = f"{netns.SERVER}:8883"
    site.environ()
    up.process.send_signal(signal.SIGHUP)
    ok(wait_for(lambda: up.listens(8883, netns.SERVER)),
       "the broker listens for workers of other hosts")
    ran = subprocess.run(
        pair.command(pair.server, bastion.NF, "workers", "add", "rack1"),
        env=site.environ(), capture_output=True, text=True)
    is_(ran.returncode, 0, "one is added")
    site.write("far/broker", ran.stdout, 0o600)
    before = up.children()
    with open(site.path("far/log"), "w") as log:
        far = subprocess.Popen(
            pair.command(pair.client, os.path.join(bastion.BUILD, "nf-bmc")),
            stderr=log, env={"PATH": os.environ["PATH"],
                             "NF_CONFIG": "/dev/null",
                             "NF_BMC_BROKER": site.path("far/broker"),
                             "NF_BMC_DIR": site.path("far/bmc")})
    try:
        if not ok(wait_for(lambda: "rack1" in {
                w["name"] for w in up.workers() if w["online"]}),
                "and is heard, by TLS"):
            diag(site.read("far/log"), up.words()[-2000:])
        up.process.send_signal(signal.SIGHUP)
        ok(wait_for(lambda: up.words().count("the settings were reloaded")
                    == 2), "a reload")
        is_((up.children(), site.read("far/log").count("connected")),
            (before, 1), "cuts nobody off")
    finally:
        far.terminate()
        far.wait()


def check_account(pair):
    """Under another account the kernel forgets who the parent was."""
    with site_of(pair, NF_USER="nobody") as site:
        programs(site)
        up = start(site, pair)
        under = {"dnsmasq": 65534, "mosquitto": 65534, "nf-relay": 65534,
                 "nf-reserve": 65534, "nf-bmc": 65534}
        wait_for(lambda: accounts(up) == under)     # they start as root
        is_(accounts(up), under,
            "all but nginx run under NF_USER")
        ok(wait_for(lambda: nginx_workers(up) == {65534}),
           "and so do nginx's workers")
        is_(up.get("127.0.0.1", 8080, "/api/v1/nodes")[0], 200,
            "and they can read the store")
        ok(wait_for(lambda: os.path.exists(
            site.path("run/relay/nf-relay.prom"))),
           "and nf-relay writes into its own folder")
        check_far_worker(up, site, pair)
        check_kill(up, pair)


def check_refusals(site, pair):
    def words_of(**settings):
        saved = dict(site.settings)
        site.settings.update(settings)
        up = Up(site, pair.server)
        is_(up.process.wait(limit(30)), 1, f"refused: {settings}")
        site.settings.clear()
        site.settings.update(saved)
        return up.words()

    taken = subprocess.Popen(
        ["ip", "netns", "exec", pair.server, sys.executable, "-c",
         "import socket,time; s=socket.socket(); "
         "s.bind(('127.0.0.1',8080)); s.listen(); time.sleep(100)"])
    wait_for(lambda: listens(pair.server, 8080))
    like(words_of(), r"NF_HTTP_ADDR.*8080.*in use", "a taken port is named")
    taken.kill()
    taken.wait()
    like(words_of(NF_INSTALL_ADDR="192.0.2.7:80"),
         r"192\.0\.2\.7:80: no interface has", "an address of nobody is named")
    like(words_of(NF_LIB_DIR=site.path("nothing")),
         r"nf-relay is missing", "a missing program is named")
    unlike(words_of(NF_LIB_DIR=site.path("nothing")), r"started ",
           "nothing is started then")


def check_key_command(pair):
    """The site's key from elsewhere: on no disk but that of NF_RUN_DIR."""
    key = base64.b64encode(b"k" * 32).decode()
    with site_of(pair) as site:
        programs(site)
        path = site.path("site.key")
        if os.path.exists(path):
            os.remove(path)
        site.settings["NF_KEY_COMMAND"] = site.path("kms")
        for script, words in (
                ("echo short", "must print a key of 32 bytes"),
                (f"echo {key}; exit 3", "exit with 0"),
                (f"echo {key}{key}", "must print a key of 32 bytes")):
            site.write("kms", f"#!/bin/sh\n{script}\n", 0o755)
            up = Up(site, pair.server)
            is_(up.process.wait(limit(30)), 1, f"refused: {script[:16]}")
            like(up.words(), r"kms \(NF_KEY_COMMAND\)" + ".*" + words,
                 "and why")
        site.write("kms", f"#!/bin/sh\necho {key}\n", 0o755)
        up = start(site, pair)
        run = os.path.join(site.settings["NF_RUN_DIR"], "site.key")
        with open(run, "rb") as f:
            is_(f.read(), b"k" * 32, "it lies in NF_RUN_DIR")
        is_(os.stat(run).st_mode & 0o777, 0o640, "for the group alone")
        ok(not os.path.exists(path), "and nowhere else")
        is_(up.put("/api/v1/credentials/rack",
                   '{"user":"root","password":"x"}'), 201,
            "passwords are sealed with it")
        check_stop(up, pair, signal.SIGTERM, "SIGTERM")


def unpack(text):
    """Also the header's boot file field, which proxies use."""
    xid, ip, told = unpack_options(text)
    told["file"] = text[108:236].rstrip(b"\0")
    return xid, ip, told


unpack_options, dhcp.unpack = dhcp.unpack, unpack


def ask_boot_server(client, options):
    """What port 4011 says: PXE for UEFI asks there, from its own address."""
    client.socket.sendto(dhcp.pack(dhcp.REQUEST, "52:54:00:aa:bb:ce", 4011,
                                   netns.CLIENT, options),
                         (netns.SERVER, 4011))
    client.socket.settimeout(limit(5))
    return unpack(client.socket.recv(2048))[2]


def check_proxy(pair):
    """Beside another DHCP server: a boot file, but no address."""
    with site_of(pair, NF_DHCP_MODE="proxy") as site:
        programs(site)
        up = start(site, pair)
        client = dhcp.Client(pair)
        try:
            for name, arch, user, wanted in (
                    ("UEFI firmware", 7, b"", "snponly.efi"),
                    ("iPXE on UEFI", 7, b"iPXE", SCRIPT),
                    ("iPXE on BIOS", 0, b"iPXE", SCRIPT)):
                options = [(dhcp.VENDOR_CLASS,
                            b"PXEClient:Arch:%05d:UNDI:003000" % arch),
                           (93, bytes([0, arch])), (97, bytes(17)),
                           (dhcp.PARAMETERS, bytes([43, 60, 66, 67]))]
                if user:
                    options.append((dhcp.USER_CLASS, user))
                _, ip, told = client._ask(dhcp.DISCOVER, "52:54:00:aa:bb:ce",
                                          options)
                is_((ip, told[dhcp.VENDOR_CLASS]), ("0.0.0.0", b"PXEClient"),
                    f"{name} is answered without an address")
                if arch != 0:
                    told = ask_boot_server(client, options)
                is_(told["file"].decode(), wanted,
                    f"{name} is given {wanted}")
        except OSError as error:
            ok(False, f"the proxy answers: {error}")
        finally:
            client.close()
        check_stop(up, pair, signal.SIGTERM, "SIGTERM")


def check_restored(site, pair):
    """A backup of the running store is a whole one."""
    is_(site.nf("restore", "copy").returncode, 0, "a backup is restored")
    up = start(site, pair)
    is_(up.get("127.0.0.1", 8080, "/api/v1/nodes/525400aabbcc")[0], 200,
        "and the node is there again")
    check_stop(up, pair, signal.SIGTERM, "SIGTERM")


SLOW_HOOK = """#!/bin/sh
[ "$1" = init ] || sleep 1
%s "$@" || exit
echo "$*" >> %s
"""


def check_drain(pair):
    """Lease events that wait when nf up is stopped are not lost."""
    with site_of(pair) as site:
        programs(site)
        hook = site.path("lib/nf-hook.real")
        os.rename(site.path("lib/nf-hook"), hook)
        site.write("lib/nf-hook", SLOW_HOOK % (hook, site.path("hook.log")),
                   0o755)
        up = start(site, pair)
        client = dhcp.Client(pair)
        try:
            ips = [client.lease(f"52:54:00:aa:bb:0{n}") for n in range(3)]
        finally:
            client.close()
        check_stop(up, pair, signal.SIGTERM, "SIGTERM")
        added = [line.split()[2] for line in site.read("hook.log").splitlines()
                 if line.startswith("add ")]
        is_(added, ips, "every lease event is in the store")


def check_broker(site, pair):
    """Debian's own mosquitto service may run already."""
    broker = subprocess.Popen(
        ["ip", "netns", "exec", pair.server, "mosquitto", "-p", "1883"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_for(lambda: listens(pair.server, 1883))
    up = Up(site, pair.server)
    ok(wait_for(lambda: up.listens(8080) and "nf-relay" in up.children()),
       "nf up comes up beside a broker that runs")
    ok("mosquitto" not in up.children(), "and starts no other")
    like(up.words(), r"using the MQTT broker.*\n.*nodes will not reach",
         "it says so, and that nodes cannot reach that one")
    broker.terminate()
    broker.wait()
    check_stop(up, pair, signal.SIGTERM, "SIGTERM")


def check_failing(site, pair):
    """A child that always fails is tried ever less often, and quoted."""
    os.unlink(site.path("lib/nf-relay"))
    site.write("lib/nf-relay", "#!/bin/sh\necho the disk is on fire\nexit 3\n",
               0o755)
    up = Up(site, pair.server)
    ok(wait_for(lambda: "nf-relay keeps failing" in up.words()),
       "a child that keeps failing is named")
    like(up.words(), r"keeps failing.*status 3: the disk is on fire",
         "with its last words")
    ok(up.words().count("started nf-relay") <= 6, "it is not tried in a rush")
    like(up.words(), r"(?m)^nf-relay: the disk is on fire$",
         "a child's output carries its name")
    check_stop(up, pair, signal.SIGINT, "SIGINT")


def site_of(pair, **settings):
    return bastion.Bastion(
        netns.SERVER, NF_DHCP_IP_POOL_START="10.99.0.50",
        NF_DHCP_IP_POOL_END="10.99.0.99",
        NF_DHCP_INTERFACE=pair.server_link, **settings)


def main():
    if os.geteuid() != 0:
        skip_all("needs root for network namespaces")
    with netns.Pair() as pair, site_of(pair) as site:
        programs(site)
        up = start(site, pair)
        check_environment(up)
        check_faces(up, site)
        check_lease(up, pair)
        check_offline(site)
        check_acl(up)
        check_restarts(up)
        check_bmc(up, site)
        check_reload(up, site)
        check_second(up, site)
        own_config.break_own(up, site)
        check_stop(up, pair, signal.SIGTERM, "SIGTERM")
        os.remove(site.path("run/mosquitto.acl"))
        up = start(site, pair)
        own_config.check_starts(up, site)
        check_kill(up, pair)
        check_stop(start(site, pair), pair, signal.SIGTERM, "SIGTERM")
        check_account(pair)
        check_refusals(site, pair)
        check_key_command(pair)
        check_restored(site, pair)
        check_drain(pair)
        check_proxy(pair)
        check_broker(site, pair)
        check_failing(site, pair)
    done()


main()
