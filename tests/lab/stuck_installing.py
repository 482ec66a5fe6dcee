"""Stuck while it installs."""

import stuck
from stuck import IN_RAM, ON, ORDERED, Act, Case, do, known

KERNEL = "agent/amd64/vmlinuz"


def aside(name):
    """As somebody who tidies up does."""
    return do(f"{name} is gone", lambda one: stuck.set_aside(one.site, name))


def put(name):
    """Serve it again."""
    def act(one):
        kept = one.site.dir / "aside" / name
        said = one.site.nf("files", "put", name, str(kept))
        kept.unlink()
        return said.strip()
    return do(f"nf files put {name}", act)


CASES = (
    Case("kernel", (
        Act("A kernel that is not there",
            (known(), ORDERED, aside(KERNEL), ON), (put(KERNEL),),
            says=IN_RAM + "The server refused it AGO ago: /files/" + KERNEL
            + " was answered 404 (no such file). Make that file with `nf "
            "files put`, `nf files import` or `nf images make`; or cancel the "
            "task with `nf cancel TASK1`, correct the name in its profile, and "
            "run `nf retry --refresh TASK1`. The machine said: the node could "
            "not fetch kernel or initrd: the server answered 404, not found "
            "(iPXE error NUMBER). Next: STEP."),
    )),
)
