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
TINY = "images/tiny-amd64.img"

NETBOOT = "debian-installer-12-netboot-amd64"
NETBOOT_DIR = ("usr/lib/debian-installer/images/12/amd64/text/"
               "debian-installer/amd64")


def files(arch, system, ram, say):
    """Name below the files' directory -> where it lies; system: debian, tiny,
    or None when nothing is installed; ram: what the agent's RAM disk is made
    with, one of RAM."""
    name = f"images/debian-12-{arch}.img"
    images = image(arch, instance.CACHE / name, say) if system else {}
    if system == "tiny":
        images = tiny(instance.CACHE / name, instance.CACHE / TINY, say)
    return {
        **initramfs(arch, ram, say),
        f"agent/{arch}/nodefoundry-agent": agent(arch),
        **images,
    }


def agent(arch):
    return instance.BUILD / ("nf-agent" if arch == "amd64"
                             else f"{arch}/nf-agent")


# full has drivers of BMCs, tools what grows an image to its disk.
RAM = {"cloud": ["--kernel", "cloud"], "full": ["--kernel", "full"],
       "tools": ["--kernel", "cloud", "--tools"]}


def initramfs(arch, ram, say):
    directory = instance.CACHE / "agent" / (
        arch if ram == "cloud" else f"{arch}-{ram}")
    initrd = directory / "initrd.img"
    sources = sources_of(arch, "agent-initramfs", "init", "udhcpc",
                         "kernel.sh")
    if is_old(initrd, sources):
        say("making the agent's RAM disk")
        make("agent-initramfs", "--arch", arch, *RAM[ram], directory)
        os.utime(initrd)        # one that did not change is left as it is
    return {f"agent/{arch}/{name}": directory / name
            for name in ("vmlinuz", "initrd.img")}


def image(arch, path, say):
    """The image, and its digest beside it."""
    digest = path.with_name(path.name + ".sha256")
    if not digest.exists() or is_old(path, sources_of(
            arch, "agent-initramfs", "debian-image", "init", "kernel.sh",
            "places.sh")):
        say("making the Debian image")
        make("debian-image", "--arch", arch, path)
    return {f"images/{file.name}": file for file in (path, digest)}


def tiny(debian, path, say):
    """A small image with the boot partition of another, and its digest."""
    if is_old(path, [debian, *sources_of("amd64", "tiny-image", "tiny-init")]):
        say("making the tiny image")
        make("tiny-image", debian, path)
    digest = path.with_name(path.name + ".sha256")
    return {f"images/{file.name}": file for file in (path, digest)}


def loaders(arch, say):
    """Name below the TFTP directory -> where it lies: what `nf up` does not
    find among this machine's packages."""
    if arch != "arm64":
        return {}
    directory = instance.CACHE / "grub-arm64"
    names = ("grubaa64.efi", "grub/arm64-efi/http.mod")
    if is_old(directory / names[0], [IMAGES / "grub-arm64"]):
        say("fetching GRUB for arm64")
        make("grub-arm64", directory)
    return {name: directory / name for name in names}


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


def sources_of(arch, *names):
    return [agent(arch), *(IMAGES / name for name in names)]


def is_old(path, sources):
    missing = [str(one) for one in sources if not one.exists()]
    if missing:
        raise OSError(f"not built yet: {', '.join(missing)} (run make)")
    if not path.exists():
        return True
    return any(one.stat().st_mtime > path.stat().st_mtime for one in sources)


def make(script, *words):
    words[-1].parent.mkdir(parents=True, exist_ok=True)
    check([IMAGES / script, *words])


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
