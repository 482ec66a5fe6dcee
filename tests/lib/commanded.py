"""nginx, nf-relay and one node's nf-agent, for commands that go all the way."""

import os
import subprocess

from nginx import BUILD, Nginx, wait_for
from relay import RELAY
from tap import diag

MAC = "525400000001"


class Site(Nginx):
    """An nginx, a broker's client that carries, and one node's agent."""

    def __init__(self, broker):
        super().__init__(settings={
            "NF_MQTT_BROKER": f"127.0.0.1:{broker.port}"})
        self.broker = broker
        self.relay = self.agent = None
        self.boots = 0
        self.write("boot_id", "boot-0\n")

    def start_relay(self):
        self.relay = subprocess.Popen(
            [RELAY], env=self.environ(),
            stderr=open(self.path("relay.log"), "ab"))

    def start_agent(self, reboot="true"):
        """One whose machine counts its boots; what `reboot` does comes first."""
        count = f"echo x >> {self.path('reboots')}; {reboot}"
        self.agent = subprocess.Popen(
            [os.path.join(BUILD, "nf-agent")],
            stderr=open(self.path("agent.log"), "ab"),
            env={"PATH": os.environ["PATH"], "NF_CONFIG": "/dev/null",
                 "NF_MAC": MAC, "NF_HEARTBEAT_INTERVAL": "10",
                 "NF_MQTT_BROKER": f"127.0.0.1:{self.broker.port}",
                 "NF_STATE_DIR": self.path("state"),
                 "NF_BOOT_ID_FILE": self.path("boot_id"),
                 "NF_REBOOT_COMMAND": count})

    def boot(self):
        """The machine has gone down and comes up again: another boot."""
        wait_for(lambda: self.reboots() > self.boots)
        self.boots = self.reboots()
        end(self.agent)
        self.write("boot_id", f"boot-{self.reboots()}\n")
        self.start_agent()

    def reboots(self):
        return self.read("reboots").count("x")

    def state(self, location):
        return self.api("GET", location).json["state"]

    def until(self, location, *states):
        wait_for(lambda: self.state(location) in states, 60)
        got = self.state(location)
        if got not in states:
            diag(self.read("relay.log")[-2000:], self.read("agent.log")[-2000:])
        return got

    def leave(self):
        for process in (self.relay, self.agent):
            end(process)


def end(process):
    if process is not None and process.poll() is None:
        process.kill()
        process.wait()
