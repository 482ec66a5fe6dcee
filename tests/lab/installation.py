"""The steps of a machine that is told to install itself at once."""

import re

import own_disk
from story import (IMAGE, PRESEED, Failed, Step, create_task, fetched,
                   image_profile, image_profile_name, seen)

DONE = re.compile(r"^/api/v1/device/operationComplete$")
COMPONENT = re.compile(r"^/debian/pool/.*\.udeb$")


def tell_task(bootfile):
    """Make a task that names a boot file, and approve it."""
    def act(story):
        task = create_task(story, {"mac": story.node.mac,
                                   "profile": image_profile(story),
                                   "bootfile": bootfile})
        said = story.site.nf("approve", task).strip()
        return story.node.see("lab", f"{task} {said}")
    return act


def tell_install(installer):
    """Ask for the installation, once."""
    def act(story):
        path = f"/api/v1/nodes/{story.node.mac}"
        name = SHIPPED.get(installer) or image_profile(story, installer)
        body = {"action": "install", "profile": name}
        status, answer = story.site.call("PUT", path, body)
        if status != 200:
            raise Failed(f"PUT {path} {body}: {status} {answer}")
        return story.node.see("lab", f"PUT {path} {status}")
    return act


def by_script(loader, installer):
    """Look for the install script of the profile that was told."""
    def look(story):
        name = SHIPPED.get(installer) or image_profile_name(story, installer)
        return loader.install(name)(story)
    return look


def with_components(look):
    """look, but say so at once when the mirror lacks parts of the installer,
    which then asks its only question: try another mirror?"""
    def checked(story):
        for sight in story.sights("http"):
            path = sight.data.path.partition("?")[0]
            if COMPONENT.search(path) and sight.data.status == 404:
                raise Failed(f"the mirror lacks {path}: debian-installer had "
                             "booted from our script, read our preseed and "
                             "asked nothing; it cannot go on with this mirror "
                             "(INSTALLER=handover goes to the end)")
        return look(story)
    return checked


ANSWERS = Step("answers", "preseed fetched", 600, fetched(PRESEED))
COPIED = Step("image", "image sent", 600, fetched(IMAGE))
CONFIGURED = Step("written", "image written and configured", 600,
                  seen("serial", "Installation Completed Successfully"))
REPORTED = Step("done", "os_install reported", 600, fetched(DONE, "POST"))
PARTS = Step("parts", "installer's components fetched", 600,
             with_components(fetched(COMPONENT)))
INSTALLED = Step("done", "os_install reported", 3600,
                 with_components(fetched(DONE, "POST")))

# What is seen between the kernel and the reboot.
INSTALLERS = {
    "image": [COPIED, CONFIGURED, REPORTED],
    "handover": [ANSWERS, COPIED, REPORTED],
    "preseed": [ANSWERS, PARTS, INSTALLED],
}
SHIPPED = {"preseed": "debian-12"}     # the others install an image


def steps(installer, loader):
    """From power-on to installed, and once more from power-on."""
    tell = (tell_task(loader.bootfile) if loader.bootfile
            else tell_install(installer))
    return [
        Step("lease", "DHCP lease", 180, seen("event", r"^lease\.put")),
        Step("discovered", "discovered", 60,
             seen("node", r"^status discovered$")),
        Step("wait", "boot script: wait", 180, loader.wait),
        Step("told", "install told", 30, tell, opens=True),
        Step("script", "boot script: install", 180,
             by_script(loader, installer)),
        Step("kernel", "kernel fetched", 180, loader.kernel),
        *INSTALLERS[installer],
        *own_disk.steps(loader, Step("installed", "installed", 60,
                                     seen("node", r"^status installed$"))),
    ]
