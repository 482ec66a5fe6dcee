#!/usr/bin/env python3
"""The roll-back of docs/operations.md to a version with an earlier schema, as it
was built from git's history: today's version has migrated its store and written to
it.  By `make check`, since the other version is built from its sources."""

import json
import os
import pathlib
import shutil
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import bastion  # noqa: E402
import history  # noqa: E402
import netns  # noqa: E402
from nginx import wait_for  # noqa: E402
from pace import limit  # noqa: E402
from tap import diag, done, is_, ok, skip_all  # noqa: E402
from up import Up  # noqa: E402

# What an operator keeps: settings, store, boot files.
KEPT = ("etc", "var")


def mac(n):
    return f"5254000000{n:02x}"


class Site(bastion.Bastion):
    """A machine with a version below root, or none."""

    def __init__(self, pair):
        self.pair = pair
        super().__init__(
            netns.SERVER, NF_DHCP_IP_POOL_START="10.99.0.50",
            NF_DHCP_IP_POOL_END="10.99.0.99", NF_DHCP_NETMASK="255.255.0.0",
            NF_DHCP_INTERFACE=pair.server_link, NF_NODE_RULE="all")
        self.root = self.path("root")
        self.settings["NF_LIB_DIR"] = f"{self.root}/usr/lib/nodefoundry"
        self.settings["NF_SHARE_DIR"] = f"{self.root}/usr/share/nodefoundry"
        bastion.NF = f"{self.root}/usr/bin/nf"
        self.up = None

    def __exit__(self, *ignored):
        self.stop()
        super().__exit__(*ignored)

    def put(self, stage):
        """What its deploy.sh would lay down."""
        subprocess.run(["cp", "-a", f"{stage}/.", self.root], check=True)

    def deploy(self, *words):
        return subprocess.run(
            [os.path.join(bastion.TOP, "scripts/deploy.sh"), *words, "--root",
             self.root], capture_output=True, text=True, check=False,
            timeout=limit(300))

    def files(self):
        """Path -> content of what belongs to a version."""
        return {name: path.read_bytes()
                for path in pathlib.Path(self.root).rglob("*") if path.is_file()
                if (name := str(path.relative_to(self.root))).split("/")[0]
                not in KEPT}

    def forget_unknown(self):
        """Remove the lines that `nf config check` does not know."""
        for _ in range(len(self.settings)):
            said = self.nf("config", "check")
            named = [s for s in self.settings
                     if said.returncode != 0 and s in said.stderr]
            if not named:
                return said
            for name in named:
                del self.settings[name]
        return None

    def start(self):
        self.up = Up(self, self.pair.server)
        if not ok(wait_for(self.up.serves, 60), "it runs"):
            diag(self.up.words()[-2000:])

    def stop(self):
        if self.up is not None and self.up.process.poll() is None:
            self.up.process.terminate()
            self.up.process.wait(limit(60))

    def api(self, method, path, body=None):
        status, text = self.up.get("127.0.0.1", 8080, f"/api/v1/{path}", method,
                                   body and json.dumps(body))
        return status, json.loads(text)

    def nodes(self):
        return {node["mac"]: node["hostname"]
                for node in self.api("GET", "nodes")[1]}


def run_then(site, old):
    """Its nodes."""
    said = site.forget_unknown()
    is_(said and said.returncode, 0, "its settings are valid")
    is_(site.nf("store", "init").returncode, 0, f"version {old[:7]}")
    site.start()
    for n in (1, 2):
        status, _ = site.api("POST", "nodes", {"mac": mac(n), "hostname":
                                               f"then-{n}"})
        is_(status, 201, f"node {n}")
    is_(site.api("POST", "tasks", {"mac": mac(2), "profile": "debian-12"})[0],
        201, "a task")
    is_(site.nf("backup", site.path("before.db")).returncode, 0, "a backup")
    nodes = site.nodes()
    site.stop()
    return nodes


def run_now(site):
    made = site.deploy()
    if not is_(made.returncode, 0, "deploy.sh of this version over it"):
        diag(made.stdout[-2000:], made.stderr[-2000:])
    is_(site.nf("store", "migrate").returncode, 0, "its store is migrated")
    site.start()
    is_(site.api("POST", "nodes", {"mac": mac(3), "labels": {"rack": "1"}})[0],
        201, "it takes a node")
    is_(site.api("PUT", f"nodes/{mac(1)}", {"action": "install"})[0], 200,
        "begins an installation")
    is_(site.up.get(netns.SERVER, 80, f"/boot/{mac(1)}/boot.ipxe")[0], 200,
        "and serves it")
    site.stop()


def main():
    if os.environ.get("NF_TEST_ROLL_BACK") != "1":
        skip_all("make roll-back runs it: it builds another version")
    if os.geteuid() != 0:
        skip_all("needs root for network namespaces")
    why = history.why_none()
    if why:
        skip_all(why)
    earlier = history.commits(
        lambda c: history.schema_of(c) == history.schema_of("") - 1)
    if not earlier:
        skip_all("no commit with an earlier schema in git's history")
    stage = history.stage(earlier[0])
    with netns.Pair() as pair, Site(pair) as site:
        settings = dict(site.settings)
        site.put(stage)
        files = site.files()
        nodes = run_then(site, earlier[0])
        known = dict(site.settings)
        site.settings = settings
        run_now(site)

        # As docs/operations.md says.
        is_(site.deploy("--remove").returncode, 0, "deploy.sh --remove")
        is_(list(site.files()), [], "no file of this version is left")
        shutil.move(site.path("db/nodes.db"), site.path("newer.db"))
        site.put(stage)
        ok(site.files() == files, "the earlier version is there, and no more")
        site.settings = known
        is_(site.nf("store", "init").returncode, 0, "it makes an empty store")
        said = site.nf("restore", site.path("before.db"))
        is_(said.returncode, 0, "which is replaced by the backup")
        site.start()
        is_(site.nodes(), nodes, "its nodes are there, and no others")
        is_([(t["mac"].replace(":", ""), t["status"])
             for t in site.api("GET", "tasks")[1]], [(mac(2), "pending")],
            "so is its task")
    done()


main()
