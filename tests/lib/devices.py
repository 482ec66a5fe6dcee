"""nginx, nf-relay and a broker, and tasks whose machines have BMCs."""

import os
import subprocess

import bastion
from nginx import Nginx, wait_for
from pace import limit
from relay import RELAY
from tap import diag


def mac(n):
    return f"5254000000{n:02x}"


def colons(n):
    """The same as nf spells it for people."""
    return f"52:54:00:00:00:{n:02x}"


class Site(Nginx):
    """An nginx, a broker's client that carries, and tasks with devices."""

    def __init__(self, broker, **settings):
        super().__init__(settings={
            "NF_MQTT_BROKER": f"127.0.0.1:{broker.port}",
            "NF_COMMAND_DEADLINE": "60", **settings})
        self.broker = broker
        self.relay = self.bmc = None
        self.n = 0

    def start_relay(self):
        self.relay = subprocess.Popen(
            [RELAY], env=self.environ(),
            stderr=open(self.path("relay.log"), "ab"))

    def kill_relay(self):
        self.relay.kill()
        self.relay.wait()

    def task(self, **members):
        """An approved one, of a machine of its own; its id."""
        self.n += 1
        made = self.api("POST", "/api/v1/tasks", {
            "mac": mac(self.n), "bmc": {"ip": "10.0.0.9", "type": "ipmi"},
            **members})
        if made.status != 201:
            raise RuntimeError(made.text)
        task = made.json["task_id"]
        self.api("POST", f"/api/v1/tasks/{task}/approve")
        return task

    def own(self, name, node, port, user, password, driver="ipmi", pin=""):
        """A device of the store's, which is this node's from now on."""
        self.api("PUT", f"/api/v1/credentials/{name}",
                 {"user": user, "password": password})
        said = self.api("PUT", f"/api/v1/devices/{name}", {
            "driver": driver, "address": f"127.0.0.1:{port}", "pin": pin,
            "credentials": name, "node": node})
        if said.status not in (200, 201):
            raise RuntimeError(said.text)

    def trust(self, worker):
        """An operator accepts it, with the key that it shows."""
        shown = {w["name"]: w["fingerprint"]
                 for w in self.api("GET", "/api/v1/workers").json}
        said = self.api("POST", f"/api/v1/workers/{worker}/accept",
                        {"fingerprint": shown[worker]})
        if said.status != 200:
            raise RuntimeError(said.text)

    def at(self, task):
        """The step that runs, and its try."""
        for step in self.api("GET", f"/api/v1/tasks/{task}").json["steps"]:
            if step["status"] in ("running", "retrying"):
                return step["step"]
        return None

    def until_at(self, task, step):
        wait_for(lambda: self.at(task) == step, 60)
        got = self.at(task)
        if got != step:
            diag(self.read("relay.log")[-2000:], self.why(task)["now"])
        return got

    def why(self, task):
        return self.api("GET", f"/api/v1/tasks/{task}/timeline").json

    def commands(self, n=None):
        return self.api(
            "GET", f"/api/v1/nodes/{mac(n or self.n)}/commands").json

    def online(self):
        return sorted(w["name"] for w in self.api("GET", "/api/v1/workers").json
                      if w["online"])

    # --- nf-bmc

    def start_bmc(self, name="w1", folder="bmc"):
        """The worker, whose BMCs have files: link()."""
        for each in (folder, "devices"):
            os.makedirs(self.path(each), exist_ok=True)
        env = {**self.environ(), "NF_BMC_WORKER": name,
               "NF_BMC_DIR": self.path(folder),
               "NF_BMC_DEVICES": self.path("devices")}
        self.bmc = subprocess.Popen(
            [os.path.join(bastion.BUILD, "nf-bmc")], env=env,
            stderr=open(self.path("bmc.log"), "ab"))

    def bmc_key(self):
        return subprocess.run(
            [os.path.join(bastion.BUILD, "nf-bmc"), "key"], check=False,
            env={**self.environ(), "NF_BMC_DIR": self.path("bmc")},
            capture_output=True, text=True, timeout=limit(10))

    def kill_bmc(self):
        self.bmc.kill()
        self.bmc.wait()

    def stop_bmc(self):
        """Its exit status."""
        self.bmc.terminate()
        return self.bmc.wait(limit(30))

    def unlink(self, node):
        if os.path.exists(self.path(f"devices/{node}")):
            os.remove(self.path(f"devices/{node}"))

    def link(self, node, port, user, password, driver="ipmi", pin=""):
        os.makedirs(self.path("devices"), exist_ok=True)
        path = self.path(f"devices/{node}")
        with open(path, "w", encoding="utf-8") as f:
            f.write(f"driver={driver}\naddress=127.0.0.1:{port}\nuser={user}\n"
                    f"password={password}\n" + (f"pin={pin}\n" if pin else ""))
        os.chmod(path, 0o600)
