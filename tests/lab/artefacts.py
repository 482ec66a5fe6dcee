"""The boot files and images that nodes are sent, made once and kept.

A file is made again when something it is made from is newer.
"""

import os
import pathlib
import signal
import subprocess
import tempfile

import instance

IMAGES = instance.ROOT / "images"
AGENT = instance.BUILD / "nf-agent"

NETBOOT = "debian-installer-12-netboot-amd64"
NETBOOT_DIR = ("usr/lib/debian-installer/images/12/amd64/text/"
               "debian-installer/amd64")


def files(say):
    """Name below the files' directory -> where it lies."""
    return {
        **initramfs(instance.CACHE / "agent/amd64", say),
        "agent/amd64/nodefoundry-agent": AGENT,
        **image(instance.CACHE / "images/debian-12-amd64.img", say),
    }


def initramfs(directory, say):
    initrd = directory / "initrd.img"
    sources = sources_of("agent-initramfs", "init", "udhcpc", "kernel.sh")
    if is_old(initrd, sources):
        say("making the agent's RAM disk")
        make("agent-initramfs", directory)
        os.utime(initrd)        # one that did not change is left as it is
    return {f"agent/amd64/{name}": directory / name
            for name in ("vmlinuz", "initrd.img")}


def image(path, say):
    """The image, and its digest beside it."""
    digest = path.with_name(path.name + ".sha256")
    if not digest.exists() or is_old(path, sources_of(
            "agent-initramfs", "debian-image", "init", "kernel.sh")):
        say("making the Debian image")
        make("debian-image", path)
    return {f"images/{file.name}": file for file in (path, digest)}


def netboot(directory, say):
    """The kernel and RAM disk of debian-installer, from their package."""
    if not directory.exists():
        say("fetching debian-installer")
        with tempfile.TemporaryDirectory(dir=instance.CACHE) as room:
            check(["apt-get", "-q", "-o", "APT::Sandbox::User=root",
                   "download", NETBOOT], cwd=room)
            package, = pathlib.Path(room).glob("*.deb")
            check(["dpkg-deb", "-x", package, f"{room}/tree"])
            (pathlib.Path(room) / "tree" / NETBOOT_DIR).rename(directory)
    return directory


def sources_of(*names):
    return [AGENT, *(IMAGES / name for name in names)]


def is_old(path, sources):
    missing = [str(one) for one in sources if not one.exists()]
    if missing:
        raise OSError(f"not built yet: {', '.join(missing)} (run make)")
    if not path.exists():
        return True
    return any(one.stat().st_mtime > path.stat().st_mtime for one in sources)


def make(script, target):
    target.parent.mkdir(parents=True, exist_ok=True)
    check([IMAGES / script, target])


def check(words, **where):
    """Run; when it fails its last words are the reason."""
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True,
                               stderr=subprocess.STDOUT,
                               start_new_session=True, **where)
    try:
        said, _ = process.communicate()
    except BaseException:
        # A script cleans up after SIGTERM, and its children end with it.
        os.killpg(process.pid, signal.SIGTERM)
        process.wait()
        raise
    if process.returncode:
        last = " / ".join(said.strip().splitlines()[-3:])
        raise OSError(f"{pathlib.Path(words[0]).name}: exit "
                      f"{process.returncode}: {last}")
