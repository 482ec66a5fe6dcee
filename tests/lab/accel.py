"""May QEMU use KVM here?  Only a Linux that really booted says yes.

On some hosts /dev/kvm opens, and a guest kernel then hangs: the probe
boots one and gives it 15 seconds.  The answer is kept with the kernel's name,
size and age, so that it is asked once per kernel.
"""

import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import time

MARK = "kvm-probe-ok"
LIMIT_S = 15
INIT = f"""#!/bin/busybox sh
/bin/busybox mount -t devtmpfs dev /dev
/bin/busybox echo {MARK} >/dev/ttyS0
/bin/busybox poweroff -f
"""
KVM = ["-accel", "kvm"]
TCG = ["-accel", "tcg,thread=multi"]


def words(choice, kernel, cache, namespace):
    """QEMU's words for `auto`, `kvm` or `tcg`."""
    if choice == "auto":
        choice = "kvm" if kvm_boots(kernel, cache, namespace) else "tcg"
    return KVM if choice == "kvm" else TCG


def kvm_boots(kernel, cache, namespace):
    """Does kernel boot under KVM?  Asked once, kept in cache/kvm-probe."""
    if not os.access("/dev/kvm", os.R_OK | os.W_OK):
        return False
    answer = cache / "kvm-probe"
    about = [str(kernel), kernel.stat().st_size, kernel.stat().st_mtime_ns]
    try:
        known = json.loads(answer.read_text())
        if known["kernel"] == about:
            return known["boots"]
    except (OSError, ValueError, KeyError):
        pass
    boots = probe(kernel, namespace)
    cache.mkdir(parents=True, exist_ok=True)
    answer.write_text(json.dumps({"kernel": about, "boots": boots}) + "\n")
    return boots


def probe(kernel, namespace):
    """Boot kernel with an init that says MARK on the serial port.

    It needs no network, but what runs in a lab's namespace ends with the lab.
    """
    with tempfile.TemporaryDirectory() as directory:
        room = pathlib.Path(directory)
        serial = room / "serial"
        serial.touch()
        process = subprocess.Popen(
            namespace.command(
                "qemu-system-x86_64", *KVM, "-machine", "q35", "-m", "256",
                "-nodefaults", "-display", "none", "-no-reboot",
                "-serial", f"file:{serial}", "-kernel", str(kernel),
                "-initrd", str(tiny_initrd(room)), "-append",
                "console=ttyS0 quiet panic=-1"),
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, start_new_session=True)
        try:
            return marked(process, serial)
        finally:
            process.kill()
            process.wait()


def marked(process, serial):
    """Did MARK come before the time or the machine ended?"""
    end = time.monotonic() + LIMIT_S
    while time.monotonic() < end:
        ended = process.poll() is not None
        if MARK.encode() in serial.read_bytes():
            return True
        if ended:
            return False
        time.sleep(0.1)
    return False


def tiny_initrd(room):
    """An archive of busybox and INIT."""
    tree = room / "tree"
    (tree / "bin").mkdir(parents=True)
    (tree / "dev").mkdir()
    shutil.copy(shutil.which("busybox"), tree / "bin/busybox")
    (tree / "init").write_text(INIT)
    (tree / "init").chmod(0o755)
    archive = room / "initrd"
    with open(archive, "wb") as out:
        subprocess.run(["cpio", "-o", "-H", "newc", "--quiet"], cwd=tree,
                       input=b".\nbin\nbin/busybox\ndev\ninit\n", stdout=out,
                       check=True)
    return archive
