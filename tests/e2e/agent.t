#!/usr/bin/env python3
"""The agent's node role against a real mosquitto."""

import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/lib"))
import mosquitto  # noqa: E402
from pace import limit  # noqa: E402
import tap  # noqa: E402

AGENT = ROOT / "build/nf-agent"
MAC = "525400000001"
STATUS = f"node/{MAC}/status"
COMMAND = f"node/{MAC}/command"
RESULT = f"node/{MAC}/result"


class Agent:
    """The agent as a process, with a directory for all that it touches."""

    def __init__(self, directory, port, **more):
        self.directory = pathlib.Path(directory)
        self.reboots = self.directory / "reboots"
        self.log = self.directory / "log"
        self.boot = self.directory / "boot_id"
        if not self.boot.exists():
            self.boot.write_text("first\n")
        environment = {
            "PATH": os.environ["PATH"],
            "NF_CONFIG": "/dev/null",
            "NF_MAC": "52:54:00:00:00:01",
            "NF_MQTT_BROKER": f"127.0.0.1:{port}",
            "NF_STATE_DIR": str(self.directory / "state"),
            "NF_HEARTBEAT_INTERVAL": "10",
            "NF_BOOT_ID_FILE": str(self.boot),
            "NF_REBOOT_COMMAND": f"echo rebooted >> {self.reboots}; "
                                 f"echo after-$$ > {self.boot}",
            **more,
        }
        environment = {k: v for k, v in environment.items() if v is not None}
        self._log_file = open(self.log, "ab")
        self.process = subprocess.Popen([AGENT], env=environment,
                                        stderr=self._log_file)

    def __enter__(self):
        return self

    def __exit__(self, *ignored):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self._log_file.close()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(limit(mosquitto.PATIENCE))

    def reboot_count(self):
        if not self.reboots.exists():
            return 0
        return len(self.reboots.read_text().splitlines())

    def rss_kib(self):
        text = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", text)[1])


def run(*words, **environment):
    """The agent as a command that ends by itself."""
    return subprocess.run([AGENT, *words], capture_output=True, text=True,
                          env={"NF_CONFIG": "/dev/null", **environment},
                          timeout=limit(mosquitto.PATIENCE))


def test_words():
    helped = run("--help")
    tap.ok(helped.returncode == 0 and "usage: nf-agent" in helped.stdout,
           "--help prints the usage and succeeds")
    version = run("--version")
    tap.like(version.stdout, r"^nf-agent \d+\.\d+", "--version prints it")
    tap.is_(run("fly").returncode, 2, "an unknown argument exits with 2")


def test_settings():
    broker = {"NF_MQTT_BROKER": "127.0.0.1:1883", "NF_MAC": MAC}
    cases = [
        ({**broker, "NF_HEARTBEAT_INTERVAL": "9"}, "NF_HEARTBEAT_INTERVAL"),
        ({**broker, "NF_HEARTBEAT_INTERVAL": "10x"}, "NF_HEARTBEAT_INTERVAL"),
        ({**broker, "NF_MAC": "5254000000"}, "NF_MAC"),
        ({**broker, "NF_MAC": "zz5400000001"}, "NF_MAC"),
        ({**broker, "NF_LOG_LEVEL": "loud"}, "NF_LOG_LEVEL"),
        ({**broker, "NF_MQTT_BROKER": "a b:1"}, "NF_MQTT_BROKER"),
        ({**broker, "NF_MQTT_BROKER": "host:99999"}, "NF_MQTT_BROKER"),
        ({"NF_MAC": MAC}, "NF_MQTT_BROKER"),
    ]
    for environment, name in cases:
        done = run(**environment)
        tap.ok(done.returncode == 2 and f"nf-agent: {name} must" in done.stderr,
               f"{name}={environment.get(name, '')!r} is refused by name")


def test_config_file(broker, directory):
    config = pathlib.Path(directory) / "config"
    config.write_text(f'# comment\nNF_MAC=525400000002\n'
                      f'NF_MQTT_BROKER="127.0.0.1:{broker.port}"\n'
                      f'OTHER=1\nNF_HEARTBEAT_INTERVAL=3\n')
    with mosquitto.Listener(broker, "node/#") as heard:
        with Agent(directory, broker.port, NF_CONFIG=str(config), NF_MAC=None,
                   NF_MQTT_BROKER=None):
            tap.ok(heard.wait("node/525400000002/status"),
                   "the file is read, and the environment comes before it")


def test_status(broker, directory):
    with mosquitto.Listener(broker, STATUS) as heard:
        with Agent(directory, broker.port) as agent:
            first = (heard.wait(STATUS) or [{}])[0]
            tap.is_(first.get("status"), "installed",
                    "a status is published at the start")
            tap.is_(first.get("ip"), "127.0.0.1",
                    "ip is the address that faces the broker")
            tap.is_(first.get("hostname"), os.uname().nodename, "hostname")
            tap.like(first.get("uptime", ""), r"^(\d+h)?(\d+m)?\d+s$",
                     "uptime has no fractions")
            tap.like(first.get("timestamp", ""),
                     r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$", "timestamp")
            tap.ok(len(heard.wait(STATUS, 2)) >= 2, "the status is repeated")
            tap.ok(agent.rss_kib() < 10 * 1024, "it needs less than 10 MB")
            tap.is_(agent.stop(), 0, "SIGTERM ends it with status 0")


def settle(broker, heard):
    """Returns once every command sent before has been done: the agent does
    one after the other."""
    marker = f"settle-{len(heard.messages)}"
    broker.publish(COMMAND, {"id": marker, "command": "settle"})
    mosquitto.wait_for(
        lambda: any(r.get("id") == marker for r in heard.of(RESULT)))


def results_of(heard, command):
    return [r for r in heard.of(RESULT) if r["command"] == command]


def test_reboot(broker, directory):
    order = {"id": "cmd-1", "command": "reboot", "args": {}, "new": 1}
    with mosquitto.Listener(broker, "node/#") as heard:
        with Agent(directory, broker.port) as agent:
            heard.wait(STATUS)
            broker.publish(COMMAND, order)
            broker.publish(COMMAND, order)
            settle(broker, heard)
            results = results_of(heard, "reboot")
            wanted = {"id": "cmd-1", "command": "reboot", "success": True}
            tap.ok(len(results) == 2
                   and all(wanted.items() <= r.items() for r in results),
                   "a command delivered twice is answered twice")
            tap.is_(agent.reboot_count(), 1, "and done once")
        with Agent(directory, broker.port) as agent:
            heard.wait(STATUS, 2)
            broker.publish(COMMAND, order)
            settle(broker, heard)
            tap.is_(len(results_of(heard, "reboot")), 3,
                    "delivered again after a restart it is answered")
            tap.is_(agent.reboot_count(), 1, "and not done again")
            broker.publish(COMMAND, {"id": "cmd-2", "command": "reboot"})
            settle(broker, heard)
            tap.is_(agent.reboot_count(), 2, "a new command is done")
            broker.publish(COMMAND, {"command": "reboot"})
            settle(broker, heard)
            tap.is_(agent.reboot_count(), 3, "so is one without an id")


def test_reboot_fails(broker, directory):
    with mosquitto.Listener(broker, "node/#") as heard:
        with Agent(directory, broker.port, NF_REBOOT_COMMAND="exit 3"):
            heard.wait(STATUS)
            broker.publish(COMMAND, {"id": "f", "command": "reboot"})
            results = heard.wait(RESULT, 2)
            tap.is_([r["success"] for r in results], [True, False],
                    "a reboot that does not happen is reported")


def test_journal_unwritable(broker, directory):
    with mosquitto.Listener(broker, "node/#") as heard:
        with Agent(directory, broker.port) as agent:
            heard.wait(STATUS)
            # a directory in the place of the file that would be renamed
            (agent.directory / "state/commands.new").mkdir()
            broker.publish(COMMAND, {"id": "j", "command": "reboot"})
            settle(broker, heard)
            results = results_of(heard, "reboot")
            tap.ok(results and not results[0]["success"]
                   and agent.reboot_count() == 0,
                   "a command whose id cannot be kept is not done")


def test_unknown_and_garbage(broker, directory):
    garbage = [b"", b"{", b"[]", b"null", b'"reboot"', b"\xff\xfe\x00",
               b'{"command":1}', b'{"command":""}', b'{"id":"x"}',
               b'{"command":"reboot","id":5}', b'{"command":"re boot"}',
               b'{"command":"reboot","id":"a\\nb"}',
               b'{"command":"reboot","command":"reboot"}',
               b'{"command":"reboot","id":"' + b"x" * 65 + b'"}',
               b"[" * 5000, b'{"command":"' + b"a" * 100000 + b'"}']
    with mosquitto.Listener(broker, "node/+/result") as heard:
        with Agent(directory, broker.port) as agent:
            mosquitto.wait_for(lambda: b"connected" in agent.log.read_bytes())
            for payload in garbage:
                broker.publish(COMMAND, payload)
            broker.publish(COMMAND, {"id": "u", "command": "dance"})
            results = heard.wait(RESULT)
            tap.ok(len(results) == 1 and results[0]["id"] == "u",
                   "garbage is not answered")
            tap.ok(results[0]["success"] is False
                   and results[0]["command"] == "dance",
                   "an unknown command is answered with success false")
            tap.is_(agent.reboot_count(), 0, "garbage does nothing")
            tap.is_(agent.log.read_text().count("ignored a command"),
                    len(garbage), "each piece of garbage is logged")


def test_retained(broker, directory):
    broker.publish(COMMAND, {"command": "reboot"}, "-r")
    with mosquitto.Listener(broker, RESULT) as heard:
        with Agent(directory, broker.port) as agent:
            heard.wait(RESULT)
            settle(broker, heard)
            results = results_of(heard, "reboot")
            tap.ok(results and not results[0]["success"]
                   and agent.reboot_count() == 0,
                   "a retained command without id is not done at each start")
    broker.publish(COMMAND, b"", "-r")


def test_broker_away(broker, directory):
    broker.stop()
    with Agent(directory, broker.port) as agent:
        mosquitto.wait_for(lambda: b"no broker" in agent.log.read_bytes())
        tap.ok(agent.process.poll() is None, "without a broker it keeps trying")
        broker.start()
        with mosquitto.Listener(broker, "node/#") as heard:
            tap.ok(heard.wait(STATUS), "and reports when the broker comes")
        broker.stop()
        mosquitto.wait_for(lambda: b"lost the broker" in agent.log.read_bytes())
        broker.start()
        with mosquitto.Listener(broker, "node/#") as heard:
            tap.ok(heard.wait(STATUS), "a broker that restarts is found again")
            broker.publish(COMMAND, {"id": "back", "command": "dance"})
            tap.ok(heard.wait(RESULT), "and commands arrive again")
        broker.stop()
        mosquitto.wait_for(
            lambda: agent.log.read_bytes().count(b"lost the broker") == 2)
        tap.is_(agent.stop(), 0, "SIGTERM while it waits ends it with status 0")
        broker.start()


def main():
    if not AGENT.exists():
        tap.skip_all("build/nf-agent is missing: make build/nf-agent")
    test_words()
    test_settings()
    with mosquitto.Broker() as broker:
        for test in (test_config_file, test_status, test_reboot,
                     test_reboot_fails, test_journal_unwritable,
                     test_unknown_and_garbage, test_retained,
                     test_broker_away):
            with tempfile.TemporaryDirectory(prefix="nf-agent-") as directory:
                test(broker, directory)
    tap.done()


main()
