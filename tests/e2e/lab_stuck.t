#!/usr/bin/env python3
# Shares: lab
"""Situations of docs/stuck.md with virtual machines: what causes each happens,
the sentence of `nf why` is compared, its advice followed, and the machine gets
to its end; by `make check`, since all of them take a quarter of an hour."""

import os
import pathlib
import re
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lab"))
import journey  # noqa: E402
import run  # noqa: E402
import stuck  # noqa: E402
import stuck_table  # noqa: E402
from journey import tap  # noqa: E402


def check_page():
    """The page's list, its situations and the table name the same."""
    titles = [act.title for case in stuck_table.CASES for act in case.acts]
    tap.is_(sorted(stuck.page_list()), sorted(titles),
            "docs/stuck.md lists what is brought about with virtual machines")
    sentences = stuck.page_sentences()
    for title in titles:
        if title not in sentences:
            tap.ok(False, f"docs/stuck.md has no situation {title}")


def try_case(lab, number, case):
    began = time.monotonic()
    one = stuck.go_through(
        lab, number, case,
        lambda node, told: tap.diag(f"{told.seconds:6.1f} s {told.detail}"))
    name = f"{case.name}: " + ", ".join(act.title for act in case.acts)
    if not tap.ok(one.failure is None,
                  f"{name} ({time.monotonic() - began:.0f} s)"):
        tap.diag(*stuck.why(one), *run.why(lab, one))
    return one.failure is None


def try_all(cases):
    options = run.Options(nodes=len(cases), flow="tasks", system="tiny",
                          cards=2, settings=stuck_table.SETTINGS)
    with run.Lab(options, tap.diag) as lab:
        stuck.make_profile(lab.bastion)
        lab.bastion.restart(NF_DEFAULT_PROFILE=stuck.PROFILE)
        for number, case in enumerate(cases, 1):
            if not try_case(lab, number, case):
                lab.failed = True
                lab.bastion.restart(**stuck_table.SETTINGS, **stuck_table.USUAL)


def main():
    check_page()
    wanted = os.environ.get("NF_TEST_LAB_STUCK")    # a pattern; ".": all
    cases = [case for case in stuck_table.CASES
             if wanted and re.search(wanted, case.name)]
    if wanted and tap.ok(cases, f"{wanted} chooses situations"):
        journey.skip_unless_able()
        run.stop_on_signals()
        try:
            try_all(cases)
        except OSError as error:
            tap.ok(False, f"the lab is up: {error}")
        except run.Stopped as signal_name:
            tap.ok(False, f"ended by {signal_name}")
    tap.done()


main()
