#!/usr/bin/env python3
"""A BMC by Redfish whose machine is a few files in a folder, as ipmi_sim's is:
what it is told about power stands in `acts`, what is to be booted in `boot`.

Usage: redfish_bmc.py FOLDER     (until its stdin ends)"""

import json
import pathlib
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import redfish_peer  # noqa: E402

WORDS = {"Pxe": "pxe", "Hdd": "default", "None": "none"}


class Machine(redfish_peer.Machine):
    def __init__(self, acts):
        super().__init__()
        self._acts = acts

    def go(self, wanted):
        with open(self._acts, "a", encoding="ascii") as file:
            file.write(f"power {int(wanted == 'On')}\n")
        super().go(wanted)


class Peer(redfish_peer.Peer):
    def __init__(self, folder):
        super().__init__("action_info", "task", "tag_wanted")
        self._boot_file = folder / "boot"
        self.machine = Machine(folder / "acts")

    def set_boot(self, path, boot):
        super().set_boot(path, boot)
        self._boot_file.write_text(
            WORDS[self.boot["BootSourceOverrideTarget"]] + "\n")

    @property
    def shown_boot(self):
        """The machine has started: it was for one boot."""
        if self._boot_file.read_text() == "none\n":
            self.boot.update(BootSourceOverrideEnabled="Disabled",
                             BootSourceOverrideTarget="None")
        return super().shown_boot


def main():
    folder = pathlib.Path(sys.argv[1])
    (folder / "boot").write_text("none\n")
    (folder / "acts").touch()
    with Peer(folder) as peer:
        draft = folder / "peer~"
        draft.write_text(json.dumps({"port": peer.port, "pin": peer.pin}))
        draft.rename(folder / "peer")
        sys.stdin.read()


main()
