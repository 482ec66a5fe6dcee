"""`nf up` inside a namespace, and what it has started."""

import http.client
import json
import os
import socket
import subprocess

import bastion
import netns

CHILDREN = ("nginx", "dnsmasq", "mosquitto", "nf-relay", "nf-reserve",
            "nf-bmc")


def pids_in(namespace):
    """{pid: name} of what runs inside a namespace; zombies are gone."""
    listed = subprocess.run(["ip", "netns", "pids", namespace],
                            capture_output=True, text=True).stdout.split()
    found = {}
    for pid in listed:
        try:
            with open(f"/proc/{pid}/stat") as f:
                head, _, tail = f.read().rpartition(")")
        except OSError:
            continue
        if tail.split()[0] != "Z":
            found[int(pid)] = head.split("(", 1)[1]
    return found


def masters(namespace, parent):
    """{name: pid} of the direct children of nf up."""
    found = {}
    for pid, name in pids_in(namespace).items():
        try:
            with open(f"/proc/{pid}/stat") as f:
                ppid = int(f.read().rpartition(")")[2].split()[1])
        except OSError:
            continue
        if ppid == parent and name != "nf-guardian":
            found[{"sleep": "nf-relay", "sh": "nf-relay"}.get(name, name)] = pid
    return found


def listens(namespace, port, ip="127.0.0.1"):
    """Whether anybody accepts TCP connections there."""
    with netns.inside(namespace):
        s = socket.socket()
    s.settimeout(1)
    try:
        s.connect((ip, port))
        return True
    except OSError:
        return False
    finally:
        s.close()


class Up:
    """One `nf up`; its words land in the site's up.log."""

    def __init__(self, site, namespace):
        self.site, self.namespace = site, namespace
        self.log = open(site.path("up.log"), "w")
        self.process = subprocess.Popen(
            ["ip", "netns", "exec", namespace, bastion.NF, "up"],
            env=site.environ(), stdin=subprocess.DEVNULL, stdout=self.log,
            stderr=self.log, cwd=site.dir)

    def words(self):
        return self.site.read("up.log")

    def children(self):
        return masters(self.namespace, self.process.pid)

    def is_complete(self):
        """Nothing is kept for cards beside another DHCP server."""
        found = self.children()
        mode = self.site.settings.get("NF_DHCP_MODE", "server")
        wanted = set(CHILDREN) - (set() if mode == "server"
                                  else {"nf-reserve"})
        return found if wanted <= set(found) else None

    def listens(self, port, ip="127.0.0.1"):
        return listens(self.namespace, port, ip)

    def get(self, ip, port, path, method="GET", body=None):
        """(status, body) of one request from inside."""
        with netns.inside(self.namespace):
            s = socket.create_connection((ip, port), 10)
        link = http.client.HTTPConnection(ip, port)
        link.sock = s
        link.request(method, path, body)
        answer = link.getresponse()
        body = answer.read().decode("utf-8", "replace")
        link.close()
        return answer.status, body

    def put(self, path, body):
        """The status of a PUT to the API."""
        return self.get("127.0.0.1", 8080, path, "PUT", body)[0]

    def workers(self):
        """Who carries out commands on BMCs."""
        return json.loads(self.get("127.0.0.1", 8080, "/api/v1/workers")[1])

    def serves(self):
        return (self.listens(8080) and self.listens(1883)
                and self.listens(80, netns.SERVER)
                and self.listens(1883, netns.SERVER))
