"""Stuck because of the bastion: its programs, its addresses, its disk."""

import subprocess

import netns
import story
from stuck import ON, ORDERED, RESTARTED, Act, Case, do, hung, known, quoted

ONLY = "10.66.0.40"     # where the pool begins and ends
POOL = ("10.66.0.50", "10.66.0.250")


def pool(first, last):
    return {"NF_DHCP_IP_POOL_START": first, "NF_DHCP_IP_POOL_END": last}


def taken(one):
    """Another machine in the network has asked for an address before."""
    site = one.lab.namespace
    site.ip("link", "add", "guest", "type", "veth", "peer", "name", "port")
    site.ip("link", "set", "port", "master", netns.BRIDGE, "up")
    site.ip("link", "set", "guest", "up")
    done = subprocess.run(
        site.command("busybox", "udhcpc", "-f", "-q", "-n", "-i", "guest",
                     "-s", "/bin/true"), capture_output=True, text=True)
    if ONLY not in done.stderr + done.stdout:
        raise story.Failed(f"udhcpc: {done.stderr}")


def left(one):
    one.lab.namespace.ip("link", "del", "port")
    one.site.restart(**pool(*POOL))


CASES = (
    Case("relay", (
        Act("nf-relay hangs", (known(), ORDERED, hung("nf-relay")),
            (quoted("kill -9"), ON)),
    )),
    Case("pool", (
        Act("The DHCP pool is exhausted before a task's machine asks",
            (do("a pool of one address", lambda one: one.site.restart(
                **pool(ONLY, ONLY))),
             do("another machine takes it", taken), known(), ORDERED, ON),
            (do("the pool is enlarged", lambda one: one.site.reload(
                **pool(ONLY, POOL[1]))), RESTARTED)),
    ), after=(do("the pool as before", left),)),
)
