#!/usr/bin/env python3
"""Who is not root uses nf: it finds the API by what everybody may read, and
says which file it may not."""

import os
import pathlib
import shutil
import subprocess
import sys

sys.dont_write_bytecode = True
TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tests" / "lib"))
from nginx import BUILD, Nginx  # noqa: E402
from pace import limit  # noqa: E402
from tap import done, is_, like, ok, unlike  # noqa: E402

SECRET = "NF_ROOT_PASSWORD_HASH=$6$secretsalt$" + "a" * 86
# /etc and /run as they would be on a bastion, for one command alone
INSIDE = """
mount --make-rprivate / && mount --bind "$1/etc" /etc &&
mount --bind "$1/run" /run && shift && exec "$@"
"""


class Bastion:
    def __init__(self, t):
        self.t, self.dir = t, pathlib.Path(t.path("bastion"))
        for name in ("etc/nodefoundry", "run/nodefoundry", "home/.config",
                     "bin"):
            (self.dir / name).mkdir(parents=True, mode=0o755)
        for name in ("passwd", "group", "nsswitch.conf", "ld.so.cache"):
            if os.path.exists(f"/etc/{name}"):
                shutil.copy(f"/etc/{name}", self.dir / "etc" / name)
        shutil.copy(os.path.join(BUILD, "nf"), self.dir / "bin" / "nf")
        for path in (t.path("."), self.dir):
            os.chmod(path, 0o755)
        self.write("etc/nodefoundry/nodefoundry.conf",
                   f"NF_HTTP_ADDR=127.0.0.1:{t.port}\n{SECRET}\n", 0o640)

    def write(self, name, text, mode=0o644):
        path = self.dir / name
        path.write_text(text)
        os.chmod(path, mode)
        return path

    def remove(self, *names):
        for name in names:
            (self.dir / name).unlink()

    def nf(self, *words, user="nobody", group="nogroup", **env):
        as_user = ["setpriv", f"--reuid={user}", f"--regid={group}",
                   "--clear-groups", str(self.dir / "bin" / "nf"), *words]
        return subprocess.run(
            ["unshare", "--mount", "sh", "-c", INSIDE, "sh", self.dir,
             *as_user], capture_output=True, text=True, timeout=limit(60),
            env={"PATH": os.environ["PATH"], "ASAN_OPTIONS": "detect_leaks=0",
                 "HOME": str(self.dir / "home"), **env})

    def well(self, what, *words, **more):
        ran = self.nf(*words, **more)
        is_((ran.returncode, ran.stderr), (0, ""), what)
        return ran.stdout


def told(b):
    ran = b.nf("nodes")
    is_((ran.returncode, ran.stdout), (1, ""), "nobody may not read settings")
    like(ran.stderr, r"^nf: cannot read /etc/nodefoundry/nodefoundry\.conf: "
         r"Permission denied: set NF_API, .*nf\.conf or "
         r"/etc/nodefoundry/client\.conf, or .* group nodefoundry\n$",
         "and reads which file, and what to do")
    ran = b.nf("config", "list", user="daemon", group="daemon")
    is_((ran.returncode, ran.stdout), (1, ""), "nor what is in them")
    like(ran.stderr, r"/etc/nodefoundry/nodefoundry\.conf.*Permission denied",
         "with the path")
    unlike(ran.stdout + ran.stderr, "secret", "and no secret")


def found(b):
    url = f"http://127.0.0.1:{b.t.port}"
    like(b.well("NF_API says it", "nodes", NF_API=url), "52:54", "and works")
    like(b.well("so does --api", "--api", url, "nodes"), "52:54", "and works")
    b.write("run/nodefoundry/client.conf", f"# by nf up\nNF_API={url}/\n")
    b.well("what nf up wrote says it", "nodes", user="daemon", group="daemon")
    b.write("run/nodefoundry/client.conf", "NF_API=http://127.0.0.1:1\n")
    b.write("etc/nodefoundry/client.conf", f"NF_API = \"{url}\"\n")
    b.well("the site's file comes before it", "nodes")
    b.write("etc/nodefoundry/client.conf", "NF_API=http://127.0.0.1:1\n")
    b.write("home/.config/nf.conf", f"NF_API={url}\n")
    b.well("the user's file comes first", "nodes")
    other = b.dir / "home" / "other"
    other.mkdir()
    shutil.move(b.dir / "home/.config/nf.conf", other / "nf.conf")
    b.well("it may be elsewhere", "nodes", XDG_CONFIG_HOME=str(other))
    is_(b.nf("nodes").returncode, 3, "else the site's is taken")
    b.write("etc/nodefoundry/client.conf", "NF_API=x\n\nNF_KEY=y\n")
    b.write("home/.config/nf.conf", "NF_KEY=y\n")
    ran = b.nf("nodes")
    is_(ran.returncode, 1, "another line is refused")
    like(ran.stderr, r"home/\.config/nf\.conf, line 1: must be NF_API=URL",
         "with file and line")
    b.remove("home/.config/nf.conf", "etc/nodefoundry/client.conf",
             "run/nodefoundry/client.conf")


def grouped(b):
    path = b.dir / "etc/nodefoundry/nodefoundry.conf"
    shutil.chown(path, group="daemon")
    b.well("who is in the file's group reads it", "nodes", group="daemon")
    b.well("and so does root", "nodes", user="root", group="root")


def of_this_machine(b):
    """Commands that read the store itself."""
    store = b.dir / "db"
    store.mkdir()
    conf = b.write("home/own.conf", f"NF_DB_PATH={store}/nodes.db\n"
                   f"NF_SERVER_ADDR=127.0.0.1:{b.t.install_port}\n")
    (store / "nodes.db").write_text("")
    store.chmod(0o700)
    for words in (["dump"], ["events"], ["store", "check"],
                  ["backup", "/dev/null/x"], ["files", "list"]):
        ran = b.nf(*words, NF_CONFIG=str(conf))
        is_((ran.returncode, ran.stdout), (1, ""), f"nf {' '.join(words)}")
        like(ran.stderr, f"{store}/nodes.db: Permission denied: .*group "
             "nodefoundry\n$", "names the store, and what to do")


def rendered(t):
    t.nf("config", "render", t.path("rendered"))
    path = pathlib.Path(t.path("rendered/client.conf"))
    is_(path.stat().st_mode & 0o777, 0o644, "nf up writes one for everybody")
    is_(path.read_text().splitlines()[1:],
        [f"NF_API=http://127.0.0.1:{t.port}"], "with the address alone")
    ok(pathlib.Path(t.path("rendered/nodefoundry.conf")).stat().st_mode & 7
       == 0, "and its settings not")


if os.geteuid() != 0:
    print("1..0 # SKIP needs root")
    sys.exit()
with Nginx() as t:
    t.api("POST", "/api/v1/nodes", {"mac": "525400000001"})
    b = Bastion(t)
    told(b)
    found(b)
    grouped(b)
    of_this_machine(b)
    rendered(t)
done()
