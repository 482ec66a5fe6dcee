#!/usr/bin/env python3
# Shares: lab
"""A machine whose BMC nobody knows: switched on once, it makes a user on the BMC
by itself, and from then on it is switched and installed by that.  Another
password with each boot of nf-agent, none of them anywhere to be read, and all
of it gone with the node."""

import pathlib
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lab"))
import journey  # noqa: E402

journey.test(flow="bmc", enroll=True, system="tiny")
