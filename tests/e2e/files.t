#!/usr/bin/env python3
"""nf files: trees, archives and images on the bastion itself."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))

from nginx import Nginx
from tap import done, is_, like, ok, skip


def sha(data):
    return hashlib.sha256(data).hexdigest()


def make_tree(t):
    """What Debian's netboot.tar.gz looks like, and what it must not do."""
    files = {"src/debian-installer/amd64/linux": b"MZ" + b"k" * 600,
             "src/debian-installer/amd64/initrd.gz": os.urandom(400000),
             "src/version.info": b"12\n",
             "src/odd name": b"blank",
             "secret": b"outside"}
    for name, data in files.items():
        t.write(name, data)
    os.symlink("debian-installer/amd64/linux", t.path("src/linux"))
    os.symlink("../secret", t.path("src/outside"))
    os.symlink("/etc/passwd", t.path("src/passwd"))
    os.symlink("debian-installer", t.path("src/dir"))
    os.mkfifo(t.path("src/pipe"))
    return files


def listed(t, *args):
    return json.loads(t.nf("files", "list", "--json", *args).stdout)


def import_tree(t, files):
    r = t.nf("files", "import", "--as", "debian/12", t.path("src"))
    is_(r.returncode, 0, "a tree is imported")
    is_(r.stdout, "4 files imported, 0 unchanged, 5 skipped, 0 failed\n",
        "and what came of it said")
    for name in ("odd name", "outside", "passwd", "dir", "pipe"):
        like(r.stderr, f'skipped "{name}"', f"{name} is left out, aloud")
    is_([e["path"] for e in listed(t)],
        ["debian/12/debian-installer/amd64/initrd.gz",
         "debian/12/debian-installer/amd64/linux", "debian/12/linux",
         "debian/12/version.info"], "each file at its path, links within too")
    one = listed(t, "debian/12/linux")[0]
    is_((one["sha256"], one["type"], one["origin"]),
        (sha(files["src/debian-installer/amd64/linux"]), "kernel", "import"),
        "hashed, with type and origin")
    before = t.nf("dump").stdout
    r = t.nf("files", "import", "--as", "debian/12", t.path("src"))
    is_(r.stdout, "0 files imported, 4 unchanged, 5 skipped, 0 failed\n",
        "again: nothing changes")
    is_(t.nf("dump").stdout, before, "in the log neither")
    for args in (("--as", "../x", t.path("src")), ("--as", "", "/none")):
        is_(t.nf("files", "import", *args).returncode, 1, f"{args[1]}: refused")
    is_(t.nf("files", "import").returncode, 2, "nothing to import: usage")


def import_archive(t, files):
    if not shutil.which("bsdtar"):
        skip("bsdtar is not installed", 5)
        return
    with tarfile.open(t.path("netboot.tar.gz"), "w:gz") as tar:
        tar.add(t.path("src/debian-installer"), "debian-installer")
        link = tarfile.TarInfo("../../escaped")
        link.size = 0
        tar.addfile(link)
    r = t.nf("files", "import", "--as", "tar", t.path("netboot.tar.gz"))
    ok(not os.path.exists(t.path("escaped")), "an archive writes nowhere else")
    is_(r.returncode, 1, "one that tries is refused")
    with tarfile.open(t.path("netboot.tar.gz"), "w:gz") as tar:
        tar.add(t.path("src/debian-installer"), "debian-installer")
    r = t.nf("files", "import", "--as", "tar", t.path("netboot.tar.gz"))
    is_(r.stdout, "2 files imported, 0 unchanged, 0 skipped, 0 failed\n",
        "netboot.tar.gz")
    subprocess.run(["bsdtar", "-c", "--format=iso9660", "-f",
                    t.path("x.iso"), "-C", t.path("src/debian-installer"),
                    "amd64"], check=True)
    os.rename(t.path("x.iso"), t.path("no-suffix"))
    r = t.nf("files", "import", "--as", "iso", t.path("no-suffix"))
    like(r.stdout, "^2 files imported", "an ISO, whatever it is called")
    is_([e["sha256"] for e in listed(t, "iso/amd64/initrd")],
        [sha(files["src/debian-installer/amd64/initrd.gz"])], "as it was")


def import_image(t):
    if not shutil.which("qemu-img"):
        skip("qemu-img is not installed", 3)
        return
    raw = os.urandom(65536) + bytes(1 << 20)
    t.write("disk.raw", raw)
    subprocess.run(["qemu-img", "convert", "-f", "raw", "-O", "qcow2",
                    t.path("disk.raw"), t.path("disk.qcow2")], check=True)
    r = t.nf("files", "import", "--as", "images", t.path("disk.qcow2"))
    is_((r.returncode, [e["sha256"] for e in listed(t, "images/disk.img")]),
        (0, [sha(raw)]), "a qcow2 image as the disk that it holds")
    subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", "-F", "raw",
                    "-b", t.path("secret"), t.path("evil.qcow2")], check=True)
    r = t.nf("files", "import", t.path("evil.qcow2"))
    is_((r.returncode, listed(t, "evil")), (1, []),
        "one that stands on another file is refused")
    like(r.stderr, "depends on a backing file", "and said so")


def one_by_one(t):
    t.write("hand", b"by hand")
    r = t.nf("files", "put", "boot/hand", t.path("hand"))
    is_((r.returncode, r.stdout), (0, f"{sha(b'by hand')}  boot/hand\n"), "put")
    is_(t.install("GET", "/files/boot/hand").body, b"by hand",
        "a running nginx serves it at once")
    is_(t.nf("files", "get", "boot/hand", "-").stdout, "by hand", "get")
    is_(t.nf("files", "get", "boot/hand", t.path("copy")).returncode, 0,
        "to a file")
    is_(t.read("copy"), "by hand", "whole")
    for args in (("put", "../x", t.path("hand")), ("put", "x", "/none"),
                 ("get", "none", "-"), ("rm", "none")):
        r = t.nf("files", *args)
        is_((r.returncode, bool(r.stderr)), (1, True), f"{args[:2]}: says why")
    is_(t.nf("files", "rm", "boot/hand").returncode, 0, "rm")
    is_(t.install("GET", "/files/boot/hand").status, 404, "served no more")
    is_(t.install("GET", f"/files/by-hash/{sha(b'by hand')}").body, b"by hand",
        "but for who has begun with it")
    like(t.nf("files", "list").stdout, r"debian/12/linux +\S+ \w+ +kernel ", "list")
    for command in ("list", "put", "get", "rm", "import", "gc", "check"):
        like(t.nf("files", command, "--help").stdout, "of this machine",
             f"{command} --help says where it works")


def check_and_sweep(t):
    r = t.nf("files", "check")
    is_(r.returncode, 0, "check: all well")
    path = listed(t, "debian/12/version")[0]
    name = t.path(f"files/by-hash/{path['sha256'][:2]}/{path['sha256']}")
    t.write(name, b"13\n")
    r = t.nf("files", "check")
    is_(r.returncode, 1, "check: one is damaged")
    like(r.stderr, "debian/12/version.info: its content [0-9a-f]{64} is damaged",
         "and named")
    t.nf("files", "import", "--as", "debian/12", t.path("src"))
    is_(t.nf("files", "check").returncode, 0, "importing again mends it")
    os.unlink(name)
    like(t.nf("files", "check").stderr, "is missing", "one is missing")
    t.nf("files", "import", "--as", "debian/12", t.path("src"))
    lost = t.path(f"files/by-hash/{sha(b'by hand')[:2]}/{sha(b'by hand')}")
    like(t.nf("files", "gc").stdout, "removed 0 files", "nothing is old enough")
    old = time.time() - 2 * 86400
    for folder, _, names in os.walk(t.path("files/by-hash")):
        for name in names:
            os.utime(os.path.join(folder, name), (old, old))
    like(t.nf("files", "gc", "--dry-run").stdout, "would remove 1 files",
         "a day later: one would go")
    ok(os.path.exists(lost), "--dry-run removes nothing")
    like(t.nf("files", "gc").stdout, "removed 1 files", "and goes")
    ok(not os.path.exists(lost), "the one that nothing names")
    is_(t.nf("files", "check").returncode, 0, "all others stay")


def main():
    t = Nginx()
    files = make_tree(t)
    import_tree(t, files) # no nginx yet
    with t:
        import_archive(t, files)
        import_image(t)
        one_by_one(t)
        check_and_sweep(t)
    done()


main()
