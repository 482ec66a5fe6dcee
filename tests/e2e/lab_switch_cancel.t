#!/usr/bin/env python3
# Shares: lab
"""A task that is cancelled while its machine installs: the port of the switch is
as it was before, field by field: a trunk with a description, shut down."""

import os
import pathlib
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lab"))
import journey  # noqa: E402

journey.test(flow="bmc", system="tiny", cancel=True,
             switch=os.environ.get("NF_TEST_SWITCH", "vrp"))
