"""A template of the operator's own for the configuration that `nf up` writes."""

import json
import os
import signal

import bastion
from nginx import wait_for
from tap import is_, like, ok

ACL = "templates/mosquitto.acl.mustache"


def break_own(up, site):
    """A template of the operator's, without a fault and then with one."""
    with open(f"{bastion.TOP}/conf/config/mosquitto.acl.mustache") as f:
        good = f.read() + "# of this site\n"
    site.write(ACL, good)
    up.process.send_signal(signal.SIGHUP)
    ok(wait_for(lambda: "# of this site" in site.read("run/mosquitto.acl")),
       "a template of one's own replaces ours")
    site.write(ACL, good + "{{#mosquitto}}\n")
    up.process.send_signal(signal.SIGHUP)
    ok(wait_for(lambda: "not reloaded" in up.words()),
       "one that breaks is refused at a reload")
    like(up.words(), r"mosquitto\.acl\.mustache.*line \d+", "with file and line")

    def told():
        return [d["sentence"] for d in json.loads(up.get(
            "127.0.0.1", 8080, "/health")[1]).get("details", [])
            if d["word"] == "template_broken"]

    like(" ".join(wait_for(told, 60) or []), r"mosquitto\.acl\.mustache: .*line \d+",
         "and named by /health")
    check = site.nf("config", "check")
    is_(check.returncode, 1, "and by nf config check")
    like(check.stderr, r"mosquitto\.acl\.mustache", "  with its name")
    is_(site.nf("config", "render", site.path("try")).returncode, 1,
        "and refused by nf config render")


def check_starts(up, site):
    """With the broken one in place, and NF_RUN_DIR emptied as by a boot."""
    like(site.read("run/mosquitto.acl"), "# of this site\n$",
         "a start goes by the last one without a fault")
    like(up.words(), "last own templates without a fault", "and says so")
    os.remove(site.path(ACL))
    up.process.send_signal(signal.SIGHUP)
    ok(wait_for(lambda: "of this site" not in site.read("run/mosquitto.acl")),
       "without it ours is back")
    kept = site.settings["NF_DB_PATH"] + "-config-templates"
    ok(wait_for(lambda: not os.path.exists(kept)), "and nothing is kept")
