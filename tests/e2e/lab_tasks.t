#!/usr/bin/env python3
# Shares: lab
"""Blank machines, BIOS and UEFI, by way of a task and its approval: nf-agent
in RAM reports, nothing is written before `nf approve`, then own disk."""

import pathlib
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lab"))
import journey  # noqa: E402

journey.test(nodes=2, firmware="mixed", flow="tasks", system="tiny")
