#!/usr/bin/env python3
# Shares: lab
"""A machine that is off, and its BMC: approving its task is all that a person
does.  nf-bmc has it boot from the network and switches it on.

NF_TEST_DRIVER: ipmi, or redfish."""

import os
import pathlib
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lab"))
import journey  # noqa: E402

journey.test(flow="bmc", system="tiny",
             driver=os.environ.get("NF_TEST_DRIVER", "ipmi"))
