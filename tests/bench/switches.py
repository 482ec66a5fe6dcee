"""A switch of 1,000 ports is listed by nf-bmc, and by snmpbulkwalk, which
walks the same tables and prints them, with as many rows in an answer."""

import json
import os
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
import snmp_switch  # noqa: E402
from bastion import BUILD  # noqa: E402

PORTS, ROUNDS = 1000, 7
TABLES = ("1.3.6.1.2.1.2.2", "1.3.6.1.2.1.17", "1.3.6.1.2.1.31",
          "1.0.8802.1.1.2.1")


def ours(switch, credentials):
    began = time.monotonic()
    ran = subprocess.run([os.path.join(BUILD, "nf-bmc"), "try", "--driver",
                          "snmp", "--address", f"127.0.0.1:{switch.port}",
                          "--credentials", credentials, "ports"], check=True,
                         capture_output=True)
    took = time.monotonic() - began
    if len(json.loads(ran.stdout)["ports"]) != PORTS:
        raise RuntimeError("not all ports are listed")
    return took


def theirs(switch):
    began = time.monotonic()
    for table in TABLES:
        subprocess.run(["snmpbulkwalk", "-v2c", "-c", snmp_switch.READS,
                        "-On", "-Cr40", f"127.0.0.1:{switch.port}", table],
                       check=True, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL,
                       env={**os.environ, "MIBS": "",
                            "SNMP_PERSISTENT_DIR": str(switch.dir)})
    return time.monotonic() - began


def measure():
    """Seconds of each round: (ours, theirs)."""
    switch = snmp_switch.Switch(PORTS)
    credentials = switch.credentials(f"community={snmp_switch.READS}")
    try:
        return [(ours(switch, credentials), theirs(switch))
                for _ in range(ROUNDS)]
    finally:
        switch.stop()
