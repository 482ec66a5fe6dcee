"""What the lab's tests have in common: each step of a machine is a check."""

import os
import pathlib
import shutil
import sys

import artefacts
import firmware
import run

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import tap  # noqa: E402

NEEDED = ("ip", "dnsmasq", "nginx", "mosquitto_sub")


def skip_unless_able(kind="bios"):
    """A lab needs root, its programs and the machines' firmware: say so
    loudly, and end."""
    machine = firmware.KINDS["uefi" if kind == "mixed" else kind]
    missing = [name for name in NEEDED if not shutil.which(name)]
    missing += machine.missing()
    if os.geteuid() != 0:
        missing.append("root")
    try:
        artefacts.loaders(machine.arch, tap.diag)
    except OSError as error:
        missing.append(f"GRUB for {machine.arch} ({error})")
    if missing:
        tap.skip_all(f"a lab needs: {', '.join(missing)}")


def test(steps=None, **chosen):
    """A test of its own: every step of every machine is one check.  steps stand
    in for those of the flow."""
    skip_unless_able(chosen.get("firmware", "bios"))
    run.stop_on_signals()
    try:
        with run.Lab(run.Options(**chosen), tap.diag) as lab:
            lab.install(lambda node, told: tap.ok(
                True, f"{node.mac}: {told.step.says} ({told.seconds:.1f} s)"),
                steps)
            for one in lab.stories:
                if one.failure:
                    tap.ok(False, f"{one.node.mac}: {one.failure}")
                    tap.diag(*run.why(lab, one))
    except OSError as error:
        tap.ok(False, "the lab comes up")
        tap.diag(error)
    except run.Stopped as signal_name:
        tap.ok(False, f"ended by {signal_name}")
    tap.done()
