#!/usr/bin/env python3
"""The route table and docs/api/openapi.yaml say the same."""

import os
import re
import sys

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
sys.path.insert(0, os.path.join(TOP, "tests", "lib"))

from tap import ok, is_, diag, done  # noqa: E402


def routes_of_table():
    """(method, path) of every row of libnf/api/route.c."""
    with open(os.path.join(TOP, "libnf/api/route.c"), encoding="utf-8") as f:
        rows = re.findall(r'\{NF_([A-Z]+),\s+"(/[^"]*)"', f.read())
    return {(method.lower(), path) for method, path in rows}


def routes_of_document():
    """The same of the document, whose paths stand at two blanks."""
    found, path = set(), None
    with open(os.path.join(TOP, "docs/api/openapi.yaml"),
              encoding="utf-8") as f:
        for line in f:
            if re.match(r"\S", line):
                path = None
            m = re.match(r"  (/\S*):$", line)
            if m:
                path = m.group(1)
            m = re.match(r"    (get|put|post|patch|delete):$", line)
            if m and path:
                found.add((m.group(1), path))
    return found


def settings_of(file, pattern):
    with open(os.path.join(TOP, file), encoding="utf-8") as f:
        return set(re.findall(pattern, f.read()))


table, document = routes_of_table(), routes_of_document()
ok(len(table) >= 15, "the table has its rows")
is_(sorted(table - document), [], "every route stands in the document")
is_(sorted(document - table), [], "every route of the document exists")
for route in sorted(table ^ document):
    diag(" ".join(route))
words = settings_of("libnf/model/event.h", r'X\(NF_EVENT_\w+,\s+\d+, "([a-z.]+)"')
ok("node.created" in words, "events have their words")
done()
