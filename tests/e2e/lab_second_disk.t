#!/usr/bin/env python3
# Shares: lab
"""A BIOS machine whose first disk is empty: it is installed on the second, and
starts that one."""

import pathlib
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lab"))
import journey  # noqa: E402

journey.test(firmware="bios", blank_first=True)
