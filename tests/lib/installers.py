"""The parts of other installers' answers in which our agent decides, as they
run: against a server, on a machine that is a tree of files."""

import http.server
import json
import pathlib
import re
import shutil
import subprocess
import threading

import answering
import kickstart
import preseed

DATA = pathlib.Path(__file__).resolve().parents[1] / "data"


def golden(case):
    return (DATA / f"render-{case}" / "expected").read_text()


class Handler(answering.Handler):
    """Gives out the agent and the node's order, takes reports."""

    def do_GET(self):
        path = self.path.partition("?")[0]
        if path.startswith("/image/"):
            self.answer(200, json.dumps(self.server.order).encode())
        elif path == "/agent/nodefoundry-agent":
            self.answer(200, self.server.agent)
        else:
            self.answer(404, b"{}")

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.posts.append((self.path.rpartition("/")[2], body))
        self.answer(200, b"{}")


# A tree cannot be wiped, and what is configured is not the tree's: the agent
# that installers fetch here chooses the disk, and notes the rest.
AGENT = """#!/bin/sh
here=${0%%/*}
case "$1 $2" in
"disk --wipe") exec %(agent)s disk --root %(tree)s ;;
configure*) echo "$@" >> $here/asked ;;
*) exit 9 ;;
esac
"""


class Site:
    """One machine's stand-ins for its installer's tools, and a server: one that
    plays the bastion, unless there is a real one's URL."""

    def __init__(self, root, agent, tree, order, real=None):
        self.root = pathlib.Path(root)
        self.real = real
        self.tools = self.root / "tools"
        self.tools.mkdir(parents=True)
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.order, self.server.posts = order, []
        self.server.agent = (AGENT % {"agent": agent, "tree": tree}).encode()
        threading.Thread(target=self.server.serve_forever, args=(0.02,),
                         daemon=True).start()
        for name in ("grep", "sed", "cat", "chmod", "wget", "nc", "cut", "dd",
                     "sha256sum", "tr", "mkdir", "rm", "ln", "base64", "tail",
                     "head"):
            (self.tools / name).symlink_to(shutil.which("busybox"))
        (self.tools / "curl").symlink_to(shutil.which("curl"))
        self.tool("sleep", "exec /bin/sleep 0.1")
        self.tool("uname", "[ $1 = -m ] && echo x86_64 || echo 6.1.0-50-amd64")
        self.tool("debconf-set", f'mkdir -p {self.root}/debconf/${{1%/*}}\n'
                  f'echo "$2" > {self.root}/debconf/$1')
        self.tool("debconf-get", f'cat {self.root}/debconf/$1')

    def __enter__(self):
        return self

    def __exit__(self, *ignored):
        self.server.shutdown()
        self.server.server_close()

    def tool(self, name, text):
        path = self.tools / name
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)

    def run(self, script, shell="sh", places=()):
        """A script whose server is the golden files', unless it is real."""
        port = self.server.server_address[1]
        servers = () if self.real else (
                         ("10.66.0.1:8081", f"127.0.0.1:{port}"),
                         ("10.66.0.1 8081", f"127.0.0.1 {port}"),
                         ("10.66.0.1 80", f"127.0.0.1 {port}"),
                         ("http://10.66.0.1", f"http://127.0.0.1:{port}"))
        for old, new in (*servers, ("/tmp/", f"{self.root}/"),
                         (" /autoinstall.yaml",
                          f" {self.root}/autoinstall.yaml"), *places):
            script = script.replace(old, new)
        return subprocess.run([shutil.which(shell), "-c", script],
                              capture_output=True, text=True, check=False,
                              timeout=60, env={"PATH": f"{self.tools}:/usr/bin:"
                                               "/bin", "LANG": "C"})

    def posted(self, word):
        return [body for what, body in self.server.posts if what == word]


# --- each installer's choice of a disk -----------------------------------------

def by_preseed(site, text):
    """What debconf holds then, of the disk, the loader and RAID."""
    values = {q[1]: q[3] for q in preseed.questions(text)}
    recipe = values.get("partman-auto-raid/recipe", "")
    place = site.root / "debconf/partman-auto-raid"
    place.mkdir(parents=True)
    (place / "recipe").write_text(recipe + "\n")
    done = site.run(values["partman/early_command"])
    disk = site.root / "debconf/partman-auto/disk"
    chosen = disk.read_text().strip() if disk.exists() else ""
    loader = site.root / "debconf/grub-installer/bootdev"
    if chosen and loader.read_text().strip() != chosen:
        chosen = f"{chosen}, but the loader elsewhere"
    if recipe and chosen and "DISK-" in (place / "recipe").read_text():
        chosen = f"{chosen}, but not RAID"
    return done, chosen


def by_kickstart(site, text):
    """What Anaconda may use, and where it puts the loader."""
    script = next("\n".join(lines) + "\n"
                  for head, lines in kickstart.sections_of(text)[0]
                  if head.startswith("%pre"))
    done = site.run(script, "bash")
    path = site.root / "nf-disk.ks"
    if not path.exists():
        return done, ""
    commands = path.read_text()
    only = re.search(r"^ignoredisk --only-use=(\S+)$", commands, re.M)[1]
    drives = re.search(r"--drives=(\S+)", commands)[1]
    boot = re.search(r"--boot-drive=(\S+)", commands)[1]
    if drives != only or only.split(",")[0] != boot:
        return done, f"{only}, {drives}, {boot}"
    return done, " ".join(f"/dev/{name}" for name in only.split(","))


def early_commands(text):
    body = text[text.index("  early-commands:\n    - |\n"):
                text.index("  late-commands:")]
    return "".join(line[6:] + "\n" for line in body.splitlines()[2:])


def by_autoinstall(site, text):
    """The paths in the file that Ubuntu's installer reads again."""
    path = site.root / "autoinstall.yaml"
    path.write_text(text)
    done = site.run(early_commands(text))
    found = re.findall(r'^ +path: "(/dev/[^"]*)"$', path.read_text(), re.M)
    return done, "" if any("nf-disk" in one for one in found) \
        else " ".join(found)


METHODS = {"preseed": by_preseed, "kickstart": by_kickstart,
           "autoinstall": by_autoinstall}


# --- the end of each installation ----------------------------------------------

def late_by_preseed(site, text):
    target = site.root / "target"
    site.tool("chroot", 'shift; case $1 in dpkg) echo amd64 ;; esac')
    values = {q[1]: q[3] for q in preseed.questions(text)}
    return site.run(values["preseed/late_command"], places=(
        ("/target", str(target)),
        ("/usr/lib/finish", f"{site.root}/finish"))), target


def late_by_kickstart(site, text):
    target = site.root / "target"
    for path in ("root", "home", "etc"):
        (target / path).mkdir(parents=True)
    site.tool("restorecon", "true")
    script = next("\n".join(lines) + "\n"
                  for head, lines in kickstart.sections_of(text)[0]
                  if head.startswith("%post --interpreter"))
    # nothing below the root of the machine that runs this
    script = re.sub(r"(?<=\s)/(?=root/|home/|etc/| *\))", "TARGET/", script)
    return site.run(script, "bash", (
        ("TARGET", str(target)), ("target=\n", f"target={target}\n"))), target


def late_by_autoinstall(site, text):
    target = site.root / "target"
    (target / "root").mkdir(parents=True)
    body = text[text.index("  late-commands:\n    - |\n"):
                text.index("  error-commands:")]
    script = "".join(line[6:] + "\n" for line in body.splitlines()[2:])
    return site.run(script, places=(("=/target", f"={target}"),)), target


LATE = {"preseed": late_by_preseed, "kickstart": late_by_kickstart,
        "autoinstall": late_by_autoinstall}
