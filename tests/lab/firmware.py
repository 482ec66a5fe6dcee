"""The firmware of virtual machines: QEMU's words for each kind."""

import pathlib
import shutil
from typing import NamedTuple

OVMF = pathlib.Path("/usr/share/OVMF")
AAVMF = pathlib.Path("/usr/share/AAVMF")

# Without this the firmware tries IPv6 for 75 s before the next boot option.
NO_V6 = ("-fw_cfg", "name=opt/org.tianocore/IPv6PXESupport,string=n")


class Firmware(NamedTuple):
    """One kind of machine, as its firmware sees it."""
    program: str
    machine: tuple
    code: pathlib.Path | None = None        # what the machine runs
    variables: pathlib.Path | None = None   # what it finds at first
    arch: str = "amd64"
    is_strict: bool = False     # starts only what is signed, or has no iPXE
    loaders: tuple = ()         # what `nf up` copies for it from packages

    @property
    def is_uefi(self):
        return self.code is not None

    def flash(self, base):
        """Words for its flash; what it writes there lies beside base."""
        if not self.is_uefi:
            return []
        own = pathlib.Path(f"{base}.vars")
        if not own.exists():
            shutil.copy(self.variables, own)
        flash = "if=pflash,format=raw"
        return ["-drive", f"{flash},readonly=on,file={self.code}",
                "-drive", f"{flash},file={own}", *NO_V6]

    def missing(self):
        """What is not on this machine of what it needs."""
        paths = [self.code, self.variables, *map(pathlib.Path, self.loaders)]
        missing = [str(path) for path in paths if path and not path.exists()]
        if not shutil.which(self.program):
            missing.append(self.program)
        return missing


BIOS = Firmware("qemu-system-x86_64", ("-machine", "q35,graphics=off"))
PXELINUX = BIOS._replace(loaders=("/usr/lib/PXELINUX/pxelinux.0",
                                  "/usr/lib/syslinux/modules/bios/menu.c32"))
UEFI = Firmware("qemu-system-x86_64", ("-machine", "q35"),
                OVMF / "OVMF_CODE_4M.fd", OVMF / "OVMF_VARS_4M.fd")
SIGNED = ("/usr/lib/shim/shimx64.efi.signed",
          "/usr/lib/grub/x86_64-efi-signed/grubnetx64.efi.signed")

KINDS = {
    "bios": BIOS,
    "uefi": UEFI,
    # the same, sent to PXELINUX by a tag, or by the boot file of its task
    "pxelinux": PXELINUX,
    "bootfile": PXELINUX,
    # sent to shim and GRUB, but nothing there checks signatures
    "grub": UEFI._replace(loaders=SIGNED),
    # Microsoft's keys; only the firmware itself, in system management mode,
    # may write its flash.
    "secureboot": Firmware(
        "qemu-system-x86_64",
        ("-machine", "q35,smm=on",
         "-global", "driver=cfi.pflash01,property=secure,value=on",
         "-global", "ICH9-LPC.disable_s3=1"),
        OVMF / "OVMF_CODE_4M.ms.fd", OVMF / "OVMF_VARS_4M.ms.fd",
        is_strict=True, loaders=SIGNED),
    "arm64": Firmware(
        "qemu-system-aarch64",
        ("-machine", "virt", "-cpu", "cortex-a72"),
        AAVMF / "AAVMF_CODE.fd", AAVMF / "AAVMF_VARS.fd",
        arch="arm64", is_strict=True),
}
