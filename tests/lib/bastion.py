"""A whole bastion's settings in a directory of its own, and `nf` for it."""

import os
import re
import shutil
import subprocess
import tempfile

import packages
from pace import limit

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
BUILD = os.path.join(TOP, "build")
NF = os.environ.get("NF_TEST_NF", os.path.join(BUILD, "nf"))
DIRECTIVE = re.compile(r"^(\s*)nf_[a-z]+(\s[^;]*)?;", re.M)


def strip(conf):
    """nginx's configuration without our module and its directives."""
    conf = re.sub(r"^load_module .*$", "", conf, flags=re.M)
    return DIRECTIVE.sub(r"\1", conf)


class Bastion:
    """`with Bastion("10.99.0.1") as site:` ... the directory goes with it."""

    def __init__(self, address, **settings):
        self.dir = tempfile.mkdtemp(prefix="nf-site-")
        os.chmod(self.dir, 0o755)
        at = self.path
        self.settings = {
            "NF_DB_PATH": at("db/nodes.db"), "NF_KEY_FILE": at("site.key"),
            "NF_FILES_DIR": at("files"), "NF_TFTP_DIR": at("tftp"),
            "NF_HOSTS_DIR": at("hosts"), "NF_SPOOL_DIR": at("spool"),
            "NF_BMC_DEVICES": at("bmcs"), "NF_BMC_DIR": at("bmc"),
            "NF_WORKER_DIR": at("workers"), "NF_BMC_BROKER": at("broker"),
            "NF_RUN_DIR": at("run"), "NF_LOG_DIR": at("log"),
            "NF_CACHE_DIR": at("cache"), "NF_TEMPLATES_DIR": at("templates"),
            "NF_SHARE_DIR": os.path.join(TOP, "conf"),
            "NF_LIB_DIR": BUILD, "NF_USER": "root",
            "NF_SERVER_ADDR": f"{address}:80",
            "NF_MIRROR_URL": packages.shared(),
        }
        self.settings.update(settings)

    def path(self, name):
        return os.path.join(self.dir, name)

    def read(self, name):
        with open(self.path(name), encoding="utf-8", errors="replace") as f:
            return f.read()

    def write(self, name, text, mode=0o644):
        path = self.path(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path + "~", "w", encoding="utf-8") as f:
            f.write(text)
        os.chmod(path + "~", mode)
        os.replace(path + "~", path)    # a program may be reading it
        return path

    def environ(self):
        """The environment of its programs; writes the settings' file."""
        text = "".join(f"{k}={v}\n" for k, v in self.settings.items())
        env = {k: v for k, v in os.environ.items() if not k.startswith("NF_")}
        env["NF_CONFIG"] = self.write("nodefoundry.conf", text)
        return env

    def nf(self, *words, timeout=60):
        return subprocess.run([NF, *words], env=self.environ(), cwd=self.dir,
                              capture_output=True, text=True,
                              timeout=limit(timeout))

    def __enter__(self):
        return self

    def __exit__(self, *ignored):
        if not os.environ.get("NF_TEST_KEEP"):
            shutil.rmtree(self.dir, ignore_errors=True)
