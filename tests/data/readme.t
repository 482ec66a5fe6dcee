#!/usr/bin/env python3
"""The pages that people read first: what is typed in one language is typed in the
other, and each link leads somewhere."""

import pathlib
import re
import sys

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tests" / "lib"))

from tap import done, is_, ok  # noqa: E402

ENGLISH, CHINESE = TOP / "README.md", TOP / "README.zh-CN.md"
UNTIL = "## How it works"
LINK = re.compile(r"\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.*)$", re.M)


def typed(page):
    """Lines of its blocks, and the variables of its table."""
    text = page.read_text(encoding="utf-8").split(UNTIL)[0]
    return (re.findall(r"^(?: {4}| {7})(\S.*)$", text, re.M),
            re.findall(r"^\| (`\w+(?:=\w+)?`) \|", text, re.M))


def anchor(heading):
    """As forges make it."""
    plain = re.sub(r"[^\w\- ]", "", heading.lower())
    return plain.replace(" ", "-")


def broken(page):
    for link in LINK.findall(page.read_text(encoding="utf-8")):
        path, _, part = link.partition("#")
        if re.match(r"[a-z]+:", link):
            continue
        to = (page.parent / path).resolve() if path else page
        if not to.exists():
            yield link
        elif part and to.suffix == ".md" and part not in {
                anchor(one) for one in HEADING.findall(
                    to.read_text(encoding="utf-8"))}:
            yield link


def main():
    blocks, variables = typed(ENGLISH)
    ok(len(blocks) > 15 and len(variables) > 8, "README.md has what is typed")
    is_(typed(CHINESE)[0], blocks, "README.zh-CN.md has the same lines")
    is_(typed(CHINESE)[1], variables, "and the same variables")
    for page in (ENGLISH, CHINESE, *sorted((TOP / "docs").glob("*.md"))):
        is_(list(broken(page)), [], f"{page.relative_to(TOP)}: its links lead "
            "somewhere")
    done()


main()
