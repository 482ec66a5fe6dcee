"""A disk image of as little a system as there can be."""

import pathlib
import shutil
import subprocess

MIB = 1 << 20
IMAGE_SIZE = 400 * MIB
START = 2                       # MiB before the root partition


def sh(*words, **more):
    return subprocess.run([str(word) for word in words], check=True, text=True,
                          capture_output=True, **more).stdout


def system_make(tree):
    """As little as a system can be: a shell and what is to be replaced."""
    for folder in ("bin", "etc/ssh", "lib/systemd", "dev", "proc", "sys", "run",
                   "tmp", "defaults"):
        (tree / folder).mkdir(parents=True)
    shutil.copy("/bin/busybox", tree / "bin/busybox")
    for name in ("sh", "cat"):
        (tree / "bin" / name).symlink_to("busybox")
    (tree / "lib/systemd/systemd-networkd").touch()
    (tree / "etc/machine-id").write_text("0123\n")
    (tree / "etc/ssh/ssh_host_rsa_key").write_text("everybody's\n")
    # a link must not lead the agent out of the new system
    (tree / "etc/hostname").symlink_to("/escaped")
    (tree / "etc/default").symlink_to("/defaults")


def image_make(place, label, kind):
    tree = place / "tree"
    system_make(tree)
    image = place / "image"
    with open(image, "wb") as file:
        file.truncate(IMAGE_SIZE)
    size = IMAGE_SIZE - 2 * START * MIB
    sh("sfdisk", "-q", image, input=f"label: {label}\n"
       f"start={START}MiB, size={size // MIB}MiB, type="
       f"{'83' if label == 'dos' else 'L'}\n")
    part = place / "part"
    with open(part, "wb") as file:
        file.truncate(size)
    if kind == "ext4":
        sh("mke2fs", "-q", "-t", "ext4", "-d", tree, part)
    else:
        sh("mkfs.xfs", "-q", part)
        mount = place / "mount"
        mount.mkdir()
        sh("mount", "-o", "loop", part, mount)
        try:
            sh("cp", "-a", f"{tree}/.", mount)
        finally:
            sh("umount", mount)
    sh("dd", f"if={part}", f"of={image}", "bs=1M", f"seek={START}",
       "conv=notrunc,sparse")
    return sh_bytes("zstd", "-qc", image)


def sh_bytes(*words):
    return subprocess.run([str(word) for word in words], check=True,
                          stdout=subprocess.PIPE).stdout
