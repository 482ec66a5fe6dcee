#!/usr/bin/env python3
# Shares: lab
"""A machine under Secure Boot: shim and signed GRUB, all by TFTP, until
nf-agent in RAM has reported."""

import pathlib
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lab"))
import journey  # noqa: E402

journey.test(firmware="secureboot", flow="report")
