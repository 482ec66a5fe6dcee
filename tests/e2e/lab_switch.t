#!/usr/bin/env python3
# Shares: lab
"""A machine behind a switch, in a VLAN with nobody in it: its task is approved,
and its port goes into the install VLAN, and into its own when it is installed.

NF_TEST_SWITCH: the switch's driver."""

import os
import pathlib
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lab"))
import journey  # noqa: E402

journey.test(flow="bmc", system="tiny",
             switch=os.environ.get("NF_TEST_SWITCH", "ios"))
