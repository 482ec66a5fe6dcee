#!/usr/bin/env python3
"""What of the boot files TFTP serves, by a real dnsmasq: contents by their
hash, and plain files by their path."""

import os
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))

import bastion
from pace import limit
from tap import done, is_, ok, skip_all

# In a namespace of its own, which ends with it.
FETCH = """ip link set lo up
dnsmasq --keep-in-foreground --conf-file=/dev/null --port=0 --user=root \
    --listen-address=127.0.0.1 --bind-interfaces --log-facility=- \
    --enable-tftp --tftp-root="$1" --pid-file="$2" 2> "$3" &
server=$!
until grep -q started "$3"; do sleep 0.05; done
shift 3
for name; do
    curl -s -m 20 "tftp://127.0.0.1/$name" > "$OUT/${name##*/}" || \
        rm -f "$OUT/${name##*/}"
done
kill "$server"
wait "$server"
"""


def fetch(site, *names):
    """What TFTP sends for each name, None: nothing."""
    out = site.path("fetched")
    os.makedirs(out, exist_ok=True)
    subprocess.run(["unshare", "--net", "sh", "-c", FETCH, "sh",
                    site.path("tftp"), site.path("run/tftp.pid"),
                    site.path("tftp.log"), *names],
                   env=dict(os.environ, OUT=out), timeout=limit(120),
                   check=True)
    found = []
    for name in names:
        path = os.path.join(out, os.path.basename(name))
        found.append(site.read(path) if os.path.exists(path) else None)
    return found


def main():
    missing = [name for name in ("dnsmasq", "unshare", "ip", "curl")
               if not shutil.which(name)]
    if os.geteuid() != 0:
        missing.append("root")
    if missing:
        skip_all(f"needs {' '.join(missing)}")
    with bastion.Bastion("10.99.0.1", NF_DHCP_INTERFACE="") as site:
        for name in ("db", "files", "tftp", "run"):
            os.makedirs(site.path(name), exist_ok=True)
        is_(site.nf("store", "init").returncode, 0, "a store")
        # as `nf up` links it
        os.symlink(site.path("files"), site.path("tftp/files"))
        site.write("linux", "a kernel")
        is_(site.nf("files", "put", "k/linux", site.path("linux")).returncode,
            0, "a boot file")
        site.write("files/agent/vmlinuz", "put by hand")
        digest = site.nf("files", "list", "--json").stdout.partition(
            '"sha256": "')[2][:64]
        ok(len(digest) == 64, "whose hash is told")
        by_hash, plain, by_path = fetch(
            site, f"files/by-hash/{digest[:2]}/{digest}",
            "files/agent/vmlinuz", "files/k/linux")
        is_(by_hash, "a kernel", "is served by it")
        is_(plain, "put by hand", "a plain file by its path")
        is_(by_path, None, "the catalogue's paths are HTTP's alone")
    done()


main()
