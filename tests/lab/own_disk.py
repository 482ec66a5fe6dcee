"""The steps after an installation: the machine boots what was written, and
does so again after a power cycle."""

from loaders import from_disk, pxelinux_file_over
from story import (Step, image_profile_name, power_cycle, seen, spoke_again,
                   stays_installed)


def login_prompt(story):
    """What stands above "login:" names the machine and its address; the tiny
    system has no login."""
    if image_profile_name(story).startswith("tiny"):
        return story.node.see("lab", "no login")
    return seen("serial", rf"host node-{story.node.mac}, "
                r"address 10\.\d+\.\d+\.\d+")(story)


def steps(loader, arrived):
    """From the installer's reboot to the end; arrived says that the server
    takes the machine for installed."""
    own_disk = from_disk(loader.disk)
    return [
        Step("reboot", "reboot", 300, seen("qemu", r"^RESET$"), opens=True),
        Step("disk", "boot script: local disk", 300, own_disk),
        Step("status", "MQTT status from the installed system", 600,
             from_disk(seen("mqtt", r'^status .*"installed"'))),
        arrived._replace(look=from_disk(arrived.look)),
        Step("login", "login prompt with its name and address", 300,
             from_disk(login_prompt)),
        Step("files", "PXELINUX has nothing left to do", 60,
             pxelinux_file_over),
        Step("again", "powered on again", 30, power_cycle, opens=True),
        Step("disk2", "boot script: local disk", 300, own_disk),
        Step("status2", "MQTT status from the installed system", 600,
             from_disk(spoke_again)),
        Step("stays", "still installed, nothing taken from us", 10,
             from_disk(stays_installed)),
    ]
