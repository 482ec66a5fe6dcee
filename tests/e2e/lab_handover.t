#!/usr/bin/env python3
# Shares: lab
"""The shipped profile debian-12-handover: debian-installer's kernel starts our
agent, which writes the image; then the machine's own disk."""

import pathlib
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lab"))
import journey  # noqa: E402

journey.test(firmware="bios", installer="handover")
