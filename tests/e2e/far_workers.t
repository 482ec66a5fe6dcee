#!/usr/bin/env python3
"""Workers on other hosts: each knows its broker by TLS and is known by its
password, can be told and answer by its own name, and nothing else."""

import json
import os
import pathlib
import stat
import subprocess
import sys

sys.dont_write_bytecode = True
ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/lib"))
import bastion  # noqa: E402
import ipmi_sim  # noqa: E402
import mosquitto  # noqa: E402
from devices import Site, mac  # noqa: E402
from nginx import free_ports, wait_for  # noqa: E402
from pace import limit  # noqa: E402
from tap import diag, done, is_, like, ok, unlike  # noqa: E402

TOPIC = "nf/dc1/bmc"
FAR, NODES = "127.0.0.2", "127.0.0.3"


class Broker(mosquitto.Broker):
    """The one that `nf config render` describes."""

    def __init__(self):
        super().__init__()
        self.far, self.nodes = free_ports(2)

    def render(self, t):
        self._conf = pathlib.Path(t.path("out/mosquitto.conf"))
        ran = t.nf("config", "render", t.path("out"))
        if ran.returncode:
            raise RuntimeError(ran.stderr)


class Far(Site):
    """A bastion, and the hosts of workers: a folder each."""

    def __init__(self, broker):
        super().__init__(broker)
        self.settings.update({
            "NF_SERVER_ADDR": f"{NODES}:{self.install_port}",
            "NF_AGENT_BROKER": f"{NODES}:{broker.nodes}",
            "NF_WORKER_LISTEN": f"{FAR}:{broker.far}",
            "NF_USER": "root"})
        self.configure()
        self.far = {}

    def add(self, name):
        """Its file, as it is printed."""
        ran = self.nf("workers", "add", name)
        if ran.returncode:
            raise RuntimeError(ran.stderr)
        return ran.stdout

    def account(self, name, text, mode=0o600):
        os.makedirs(self.path(name), exist_ok=True)
        path = self.path(f"{name}/broker")
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
        os.chmod(path, mode)

    def host(self, name):
        """The environment of its nf-bmc: no setting but where things lie."""
        return {"PATH": os.environ["PATH"], "NF_CONFIG": "/dev/null",
                "NF_LOG_LEVEL": "debug",
                "NF_BMC_BROKER": self.path(f"{name}/broker"),
                "NF_BMC_DIR": self.path(f"{name}/journal"),
                "NF_BMC_DEVICES": self.path("devices")}

    def start_far(self, name):
        self.far[name] = subprocess.Popen(
            [os.path.join(bastion.BUILD, "nf-bmc")], env=self.host(name),
            stderr=open(self.path(f"{name}/log"), "ab"))

    def stop_far(self, name):
        process = self.far.pop(name)
        process.terminate()
        return process.wait(limit(30))

    def log_has(self, name, words, seconds=30):
        found = wait_for(lambda: words in self.read(f"{name}/log"), seconds)
        if not found:
            diag(self.read(f"{name}/log")[-2000:])
        return bool(found)

    def client(self, program, port, host, *words, user=None):
        """A client of mosquitto's own; user: a name whose file we have."""
        known = []
        if user:
            rows = dict(line.split("=", 1) for line in
                        self.read(f"{user}/broker").splitlines()[1:5])
            known = ["-u", rows["user"], "-P", rows["password"], "--cafile",
                     self.path("workers/broker.crt")]
        return subprocess.run(
            [program, "-h", host, "-p", str(port), *known, *words],
            capture_output=True, text=True, timeout=limit(60))

    def far_say(self, user, topic, what):
        return self.client("mosquitto_pub", self.broker.far, FAR, "-q", "1",
                           "-t", topic, "-m", json.dumps(what), user=user)

    def hears(self, end, known, topic, *say):
        """What a client hears of everything, and of a topic, while say is
        said, but for what comes to the topic end, which it may read."""
        path = self.path("heard")
        with open(path, "w", encoding="utf-8") as out:
            process = subprocess.Popen(
                ["mosquitto_sub", *known, "-t", "#", "-t", topic, "-t", end,
                 "-F", "%t %p", "-q", "1"], stdout=out, stderr=out)
        try:
            for word, behind in (("begun", say), ("over", ())):
                if not wait_for(lambda word=word: self._heard(end, word)):
                    raise RuntimeError(self.read("heard"))
                for each in behind:
                    self.broker.publish(*each)
        finally:
            process.kill()
            process.wait()
        return [line for line in self.read("heard").splitlines()
                if not line.startswith(end)]

    def _heard(self, topic, word):
        self.broker.publish(topic, word)
        return f"{topic} {word}" in self.read("heard")


def account(t):
    """What is printed, what stays, and who may be added."""
    t.nf("workers", "add", "w2")
    text = t.add("w1")
    like(text, rf"(?m)^broker={FAR}:{t.broker.far}\nsite=dc1\nuser=w1\n"
               r"password=\S{32}\n-----BEGIN CERTIFICATE-----\n",
         "nf workers add prints what its host needs")
    t.account("w1", text)
    t.account("w2", t.add("w2"))
    stays = t.read("workers/passwords")
    is_([line.split(":")[0] for line in stays.splitlines()], ["w1", "w2"],
        "each is once in the broker's file")
    unlike(stays, text.split("password=")[1][:32], "without its password")
    for name, mode in (("passwords", 0o640), ("broker.key", 0o640),
                       ("broker.crt", 0o644)):
        is_(stat.S_IMODE(os.stat(t.path(f"workers/{name}")).st_mode), mode,
            f"{name} is {mode:o}")
    for name, words in (("a/b", "letters, digits"), ("+", "letters, digits"),
                        ("nodefoundry-server", "are reserved"),
                        ("nf-bmc-w1", "are reserved"), ("x" * 32, "up to 31")):
        ran = t.nf("workers", "add", name)
        is_(ran.returncode, 1, f"{name} is refused")
        like(ran.stderr, words, "  and says why")
    ran = t.nf("workers", "remove", "w3")
    is_((ran.returncode, "no such worker: w3" in ran.stderr), (1, True),
        "who is not there is not removed")


def end_to_end(t, bmc):
    t.start_far("w1")
    ok(wait_for(lambda: t.online() == ["w1"]), "a far worker says hello")
    like(t.read("w1/log"), f"connected to the broker: broker={FAR}",
         "by its own listener")
    node = mac(1)
    t.api("POST", "/api/v1/nodes", {"mac": node})
    t.link(node, bmc.port, ipmi_sim.USER, ipmi_sim.PASSWORD)
    bmc.set("power", "0")
    ran = t.nf("power", "on", node)
    is_((ran.returncode, ran.stdout, bmc.get("power")),
        (0, f'{node}  done: {{"power":"on"}}\n', "1"),
        "a command goes all the way, and its outcome back")
    t.broker.stop()
    ok(t.log_has("w1", "the broker:"), "the broker goes away")
    t.broker.start()
    ok(wait_for(lambda: t.read("w1/log").count("connected to the broker") == 2),
       "and the worker is there again")
    is_(t.nf("power", "status", node).returncode, 0, "and works")
    like(open(f"/proc/{t.far['w1'].pid}/environ", "rb").read().decode(),
         "NF_BMC_BROKER", "its environment")
    secret = t.read("w1/broker").split("password=")[1][:32]
    for name in ("environ", "cmdline"):
        with open(f"/proc/{t.far['w1'].pid}/{name}", "rb") as f:
            unlike(f.read().decode(), secret, f"no password in its {name}")
    unlike(t.read("w1/log"), secret, "nor in its log")


def sealed(t, bmc):
    """A host with nothing but that file: devices and passwords come sealed."""
    node, secret = mac(2), ipmi_sim.PASSWORD
    t.api("POST", "/api/v1/nodes", {"mac": node})
    t.api("PUT", "/api/v1/credentials/rack", {"user": ipmi_sim.USER,
                                              "password": secret})
    t.api("PUT", "/api/v1/devices/bmc-2", {
        "driver": "ipmi", "address": f"127.0.0.1:{bmc.port}",
        "credentials": "rack", "node": node})
    ran = t.nf("power", "status", node)
    is_(ran.returncode, 1, "a far worker that nobody has accepted has no password")
    shown = subprocess.run([os.path.join(bastion.BUILD, "nf-bmc"), "key"],
                           env=t.host("w1"), capture_output=True, text=True)
    ran = t.nf("workers", "accept", "w1",
               json.loads(shown.stdout)["fingerprint"])
    is_((ran.returncode, ran.stderr), (0, ""), "its key is accepted")
    with mosquitto.Listener(t.broker, f"{TOPIC}/w1/command") as listener:
        ran = t.nf("power", "status", node)
        is_((ran.returncode, ran.stdout),
            (0, f'{node}  done: {{"power":"on"}}\n'), "then it drives it")
        said = listener.wait(f"{TOPIC}/w1/command")
        ok(said and "device" in said[0] and secret not in json.dumps(said),
           "the password came sealed")


def others(t):
    """What the password of another worker, and of none, is good for."""
    far = ["-h", FAR, "-p", str(t.broker.far), "--cafile",
           t.path("workers/broker.crt"), "-u", "w2", "-P",
           t.read("w2/broker").split("password=")[1].split("\n")[0]]
    heard = t.hears(
        f"{TOPIC}/w2/command", far, f"{TOPIC}/w1/command",
        (f"{TOPIC}/w1/command", "x"), (f"{TOPIC}/w1/result", "x"),
        ("nf/event", "x"), ("node/525400000001/command", "x"),
        ("node/525400000001/status", "x"))
    is_(heard, [], "it reads nothing but what it is told")
    with mosquitto.Listener(t.broker, "#") as listener:
        for topic in (f"{TOPIC}/w1/result", f"{TOPIC}/w1/presence",
                      f"{TOPIC}/w1/ports", f"{TOPIC}/w2/command", "node/525400000001/status",
                      "node/525400000001/command", "nf/event"):
            t.far_say("w2", topic, {"from": "w2"})
        own = [f"{TOPIC}/w2/ports", f"{TOPIC}/w2/result"]
        for topic in own:
            t.far_say("w2", topic, {"from": "w2"})
            listener.wait(topic)
        is_([topic for topic, words in listener.messages if "from" in words],
            own, "and says nothing but its own results and ports")
    t.client("mosquitto_pub", t.broker.far, FAR, "-i", "nodefoundry-server",
             "-t", f"{TOPIC}/w2/presence", "-m", "{}", user="w2")
    ok(wait_for(lambda: "w2" in t.online()), "its presence is its own")
    is_(t.read("relay.log").count("lost the broker"), 1,
        "and it takes nobody's session, whatever it calls itself")
    ran = t.client("mosquitto_pub", t.broker.far, FAR, "-t", "x", "-m", "x",
                   "--cafile", t.path("workers/broker.crt"))
    like(ran.stderr, "not authorised", "without a password nobody is let in")


def nodes(t):
    """The listener of nodes."""
    heard = t.hears(
        "node/nf-test/command", ["-h", NODES, "-p", str(t.broker.nodes)],
        f"{TOPIC}/w1/command",
        (f"{TOPIC}/w1/command", "x"), (f"{TOPIC}/w1/result", "x"),
        (f"{TOPIC}/w1/presence", "{}"), ("nf/event", "x"))
    is_(heard, [], "a client of the nodes' listener reads nothing of nf/#")
    with mosquitto.Listener(t.broker, "nf/#") as listener:
        for name in ("command", "result", "presence", "ports"):
            t.client("mosquitto_pub", t.broker.nodes, NODES, "-q", "1", "-t",
                     f"{TOPIC}/w1/{name}", "-m", '{"from":"node"}')
        t.broker.publish("nf/nf-test", "{}")
        listener.wait("nf/nf-test")
        is_([m for m in listener.messages if "from" in m[1]], [],
            "and writes nothing")


def in_words(t):
    """Why there is no connection, said once."""
    whole = t.read("w2/broker")
    other = t.add("w3")
    begin = whole.index("-----BEGIN")
    key = subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
         "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", "/dev/null",
         "-days", "2", "-subj", "/CN=x", "-addext",
         f"subjectAltName=IP:{FAR}"], capture_output=True, text=True)
    other_ca = key.stdout[key.stdout.index("-----BEGIN CERT"):]
    for name, text, words in (
            ("password", whole.replace(whole.split("password=")[1][:8],
                                       "12345678"),
             "it rejects this user and password"),
            ("authority", whole[:begin] + other_ca,
             "its certificate is not trusted: "),
            ("host's authorities", whole[:begin],
             "its certificate is not trusted: self-signed certificate"),
            ("address", whole.replace(f"broker={FAR}", "broker=127.0.0.1", 1)
             .replace(f":{t.broker.far}", f":{t.broker.port}", 1),
             "nothing there accepts TLS connections"),
            ("port", whole.replace(f":{t.broker.far}", f":{free_ports(1)[0]}",
                                   1), "nothing there accepts TLS connections")):
        t.account("bad", text)
        t.write("bad/log", "")
        t.start_far("bad")
        ok(t.log_has("bad", words), f"another {name}: {words}")
        ok(wait_for(lambda: t.read("bad/log").count("still could not") > 1),
           "  it goes on trying")
        if not is_(t.read("bad/log").count(">could not connect"), 1,
                   "  and has said so once"):
            diag(t.read("bad/log"))
        t.stop_far("bad")
    like(other, "user=w3", "another one")
    for text, mode, words in (
            (whole, 0o644, "is readable by everybody: chmod 600"),
            (whole.replace("site=dc1\n", ""), 0o600, "site must be"),
            (whole.replace("user=w2", "user=a/b"), 0o600, "user must be"),
            (whole.replace("broker=", "broker=x y"), 0o600, "broker must be"),
            (whole.replace("password=", "passphrase="), 0o600, "an unknown name"),
            ("x" * 40000, 0o600, "too long"),
            (whole[:begin] + "-----BEGIN CERTIFICATE-----\nx\n", 0o600,
             "no certificate that can be read")):
        t.account("bad", text, mode)
        ran = subprocess.run(
            [os.path.join(bastion.BUILD, "nf-bmc")], env=t.host("bad"),
            capture_output=True, text=True, timeout=limit(30))
        ok(ran.returncode in (1, 78) and words in ran.stderr,
           f"a file that is wrong is said to be: {words}")
        unlike(ran.stderr, whole.split("password=")[1][:32], "  no more of it")


def cut_off(t):
    """Who is removed or has another password is out at once."""
    t.add("w1")
    ok(t.log_has("w1", "it rejects this user and password"),
       "another password cuts off who has the old one")
    t.stop_far("w1")
    t.account("w1", t.add("w1"))
    t.start_far("w1")
    ok(wait_for(lambda: "w1" in t.online()), "the new one lets it in")
    t.write("w1/log", "")
    is_(t.nf("workers", "remove", "w1").returncode, 0, "nf workers remove")
    ok(t.log_has("w1", "it rejects this user and password"),
       "cuts it off")


def settings(t):
    """What makes no sense is refused."""
    for name, value, words in (
            ("NF_WORKER_LISTEN", f"{FAR}:{t.broker.port}", "a port other than"),
            ("NF_MQTT_BROKER", "192.0.2.1:1883", "on this machine")):
        kept = t.settings[name]
        t.settings[name] = value
        t.configure()
        ran = t.nf("config", "check")
        is_(ran.returncode, 1, f"{name}={value} is refused")
        like(ran.stderr, f"NF_WORKER_LISTEN .*{words}", "  and says why")
        t.settings[name] = kept
        t.configure()
    t.settings.pop("NF_WORKER_LISTEN")
    t.configure()
    like(t.nf("workers", "add", "w1").stderr, "NF_WORKER_LISTEN is not set",
         "where nobody listens nobody is added")
    t.broker.render(t)
    unlike(t.read("out/mosquitto.conf"), "password_file", "and none can come")


def main():
    broker = Broker()
    with Far(broker) as t, ipmi_sim.Sim() as bmc:
        try:
            account(t)
            broker.render(t)
            broker.start()
            t.start_relay()
            end_to_end(t, bmc)
            sealed(t, bmc)
            others(t)
            nodes(t)
            in_words(t)
            cut_off(t)
            settings(t)
        finally:
            for name in list(t.far):
                t.stop_far(name)
            t.kill_relay()
            broker.stop()
    done()


main()
