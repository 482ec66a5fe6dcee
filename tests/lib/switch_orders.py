"""Commands for switches, as nf-relay says them to a real nf-bmc by a broker."""

import json
import time

import mqtt
from devices import Site
from mosquitto import wait_for
from pace import limit
from sealing import seal
from ssh_switch import PASSWORD, USER

TOPIC = "nf/dc1/bmc/w1"
NODE = "525400000001"


def name(number):
    return f"0123456789abcdef-{number}"


class Orders(Site):
    """A worker w1, and the messages that it hears and says."""

    def __init__(self, broker, listener):
        super().__init__(broker)
        self.listener = listener
        self.number, self.public = 0, None

    def key(self):
        topic = f"{TOPIC}/presence"
        before = len(self.listener.of(topic))
        return self.listener.wait(topic, before + 1)[-1].get("key")

    def order(self, switch, args, command="port", within=60, **device):
        """A message, and its number; it is not said yet."""
        self.number += 1
        driver = switch.dialect.name if hasattr(switch, "dialect") else "snmp"
        device = {"driver": driver, "address": switch.address, "user": USER,
                  "password": PASSWORD, **device}
        return self.number, {
            "id": name(self.number), "target": "switch", "mac": NODE,
            "command": command, "args": args,
            "device": seal(self.public, name(self.number), **device),
            "deadline": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(
                time.time() + limit(within)))}

    def say_all(self, messages):
        with mqtt.Client(self.broker.port, f"test-{self.number}") as client:
            for message in messages:
                client.publish(f"{TOPIC}/command", json.dumps(message))
            client.finish()

    def say(self, switch, args, *words, **members):
        number, message = self.order(switch, args, *words, **members)
        self.say_all([message])
        return number

    def ends(self, number):
        """The results that end this command."""
        return [said for said in self.listener.of(f"{TOPIC}/result")
                if said["id"] == name(number) and said["state"] != "running"]

    def result(self, number, patience=90):
        wait_for(lambda: self.ends(number), patience)
        return (self.ends(number) or [{"state": "nothing", "message": ""}])[0]

    def ask(self, switch, args, *words, **members):
        return self.result(self.say(switch, args, *words, **members))

    def ask_port(self, switch, n, *words, **args):
        of = switch.ports[n - 1].short
        return self.ask(switch, {"port": of, **args}, *words)
