"""Stuck at a machine's BMC, or at the worker that speaks with it."""

import netns
from stuck import Act, Case, api, created, do, hung, nf, program, task
import ipmi_sim  # noqa: E402 - stuck has told where it is


def linked(one):
    one.bmcs.link(one)


def wrong_password(one):
    api(one, "PUT", "/api/v1/credentials/lab",
        {"user": ipmi_sim.USER, "password": "guess"})


def right_password(one):
    secret = one.site.dir / "password"
    secret.write_text(ipmi_sim.PASSWORD + "\n")
    secret.chmod(0o600)
    return one.site.nf("credentials", "set", "--user", ipmi_sim.USER,
                       "--password-file", str(secret), "lab")


def settings(**changes):
    said = " ".join(f"{name}={value}" for name, value in changes.items())
    return do(said, lambda one: one.site.restart(**changes))


LINKED = do("its BMC is known", linked)
APPROVED = nf("approve", task)
KILLED = do("nf-bmc is killed", lambda one: netns.send(
    [program(one, "nf-bmc")], 9))

CASES = (
    Case("password", (
        Act("The BMC refuses the password",
            (LINKED, do("its password is changed", wrong_password), created(),
             APPROVED),
            (do("nf credentials set", right_password),)),
    ), has_bmc=True),
    Case("worker", (
        Act("A worker does not begin",
            (LINKED, hung("nf-bmc"), created(), APPROVED), ()),
        Act("A worker has disconnected with its command", (), (KILLED,)),
    ), has_bmc=True),
    Case("noworker", (
        Act("The last worker has disconnected",
            (LINKED, settings(NF_BMC=0), created(), APPROVED),
            (settings(NF_BMC=1),)),
    ), has_bmc=True),
)
