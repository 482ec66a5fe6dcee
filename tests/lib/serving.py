"""A bastion that serves DHCP: `nf up` in a namespace, with a pool of 201 addresses
and a subnet behind a relay."""

import contextlib
import http.client
import json
import os
import shutil
import socket

import bastion
import dhcp
import netns
from dnsmasq import until
from pace import limit
from up import Up

PXE = [(dhcp.VENDOR_CLASS, b"PXEClient:Arch:00007:UNDI:003000")]
FIRST, LAST = "10.99.0.10", "10.99.0.210"


class Site(bastion.Bastion):
    """`nf up` in the pair's server namespace."""

    def __init__(self, pair, **settings):
        super().__init__(netns.SERVER, **{
            "NF_DHCP_IP_POOL_START": FIRST, "NF_DHCP_IP_POOL_END": LAST,
            "NF_DHCP_NETMASK": "255.255.0.0",
            "NF_DHCP_INTERFACE": pair.server_link,
            "NF_DHCP_RANGES": "10.81.0.50-10.81.0.249/24,gateway=10.81.0.1,"
                              "dns=10.81.0.2,lease=1800",
            **settings})
        self.pair = pair
        lib = self.path("lib")
        os.makedirs(lib)
        for name in ("nf-hook", "nf-relay", "nf-reserve", "nf-bmc",
                     "ngx_http_nf_module.so"):
            shutil.copy(os.path.join(bastion.BUILD, name), lib)
        self.settings["NF_LIB_DIR"] = lib
        self.up = None

    def start(self):
        self.up = Up(self, self.pair.server)
        return bool(until(lambda: self.is_closed() and self.up.serves()))

    def stop(self):
        self.up.process.terminate()
        self.up.process.wait(limit(30))
        self.up.log.close()

    def __exit__(self, *ignored):
        if self.up is not None and self.up.process.poll() is None:
            self.up.process.kill()
            self.up.process.wait()
        super().__exit__(*ignored)

    def gate(self):
        try:
            return self.read("hosts/everybody")
        except FileNotFoundError:
            return ""

    def is_closed(self):
        return "ignore" in self.gate()

    def is_open(self):
        return "id:*" in self.gate()

    def pid(self, name="nf-reserve"):
        return self.up.children().get(name)

    def health(self):
        status, body = self.up.get("127.0.0.1", 8080, "/health")
        return status, json.loads(body)

    def api(self, method, path, body=None):
        """(status, JSON) of one request to the API."""
        with netns.inside(self.pair.server):
            s = socket.create_connection(("127.0.0.1", 8080), 10)
        link = http.client.HTTPConnection("127.0.0.1", 8080)
        link.sock = s
        link.request(method, path, body and json.dumps(body),
                     {"Content-Type": "application/json"})
        answer = link.getresponse()
        text = answer.read().decode()
        link.close()
        return answer.status, json.loads(text) if text else None

    def rows(self):
        """What is kept, by address."""
        lines = self.nf("dump", "--prefix", "reservations/").stdout
        found = [json.loads(line)["value"] for line in lines.splitlines()]
        return {row["ip"]: row for row in found}

    def lines(self):
        """Of the files that dnsmasq reads: {address: [card]}."""
        found = {}
        for name in os.listdir(self.path("hosts")):
            if name[0] == "." or name == "everybody":
                continue
            with contextlib.suppress(FileNotFoundError):
                for line in self.read(f"hosts/{name}").splitlines():
                    card, _, ip = line.split(",")[:3]
                    found.setdefault(ip, []).append(card)
        return found

    def leases(self):
        return {lease["ip"]: lease
                for lease in self.api("GET", "/api/v1/admin/dhcp/leases")[1]}
