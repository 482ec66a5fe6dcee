"""A switch by SNMP: tests/e2e/snmp_switch.c, compiled, started and told what
goes wrong."""

import os
import pathlib
import socket
import subprocess
import tempfile
import threading

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
READS, WRITES = "reads", "wr1tes"
USER, AUTH, PRIV = "nfuser", "authpass12", "privpass12"
CONF = f"""rocommunity {READS}
rwcommunity {WRITES}
createUser {USER} SHA {AUTH} AES {PRIV}
rwuser {USER} priv
"""


def free_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def build(program):
    flags = subprocess.run(["net-snmp-config", "--agent-libs"], check=True,
                           capture_output=True, text=True).stdout.split()
    subprocess.run(["gcc", "-O1", "-o", program,
                    os.path.join(TOP, "tests/e2e/snmp_switch.c"), *flags],
                   check=True)


class Switch:
    """wired.serve(line, say), if any, answers what it asks of the network that
    its ports are in, and is told of changes (tests/e2e/snmp_switch.c)."""

    def __init__(self, ports=48, wired=None):
        self.wired = wired
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="nf-snmp-"))
        self.program = str(self.dir / "snmp_switch")
        self.ports, self.port = ports, free_port()
        (self.dir / "snmp_switch.conf").write_text(CONF)
        build(self.program)
        self.start()

    def start(self):
        self.process = subprocess.Popen(
            [self.program, f"udp:127.0.0.1:{self.port}", str(self.ports),
             str(self.dir), *(["wired"] if self.wired else [])],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=open(self.dir / "log", "ab"), text=True,
            env={**os.environ, "MIBS": "", "SNMPCONFPATH": str(self.dir),
                 "SNMP_PERSISTENT_DIR": str(self.dir / "kept")})
        while (line := self.process.stdout.readline()) != "up\n":
            if not line:
                raise RuntimeError((self.dir / "log").read_text())
            self._serve(line)
        if self.wired:
            threading.Thread(target=self._serve_all, daemon=True).start()

    def _serve_all(self):
        for line in self.process.stdout:
            self._serve(line)

    def _serve(self, line):
        def say(text):
            self.process.stdin.write(text + "\n")
        self.wired.serve(line, say)
        self.process.stdin.flush()

    def stop(self):
        self.process.kill()
        self.process.wait()
        subprocess.run(["rm", "-rf", str(self.dir)], check=True)

    def fault(self, word):
        """deaf, no_vlan, wrong_value, not_writable, reboot; "" none."""
        (self.dir / "fault").write_text(word)

    def alone(self):
        """Ports that ever were in no VLAN."""
        path = self.dir / "alone"
        return path.read_text().split() if path.exists() else []

    def credentials(self, *lines):
        path = self.dir / "credentials"
        path.write_text("".join(f"{line}\n" for line in lines))
        path.chmod(0o600)
        return str(path)
