"""The lines that README.md tells a newcomer to type, as they stand there."""

import re
import textwrap


def blocks(text, heading):
    """The code blocks of a section, each without its indentation."""
    section = re.split(r"(?m)^## ", text)
    body = next(part for part in section if part.startswith(heading + "\n"))
    found = re.findall(r"(?m)(?:^ {4,}[^\s\d*].*\n)+", body)
    return [textwrap.dedent(block) for block in found
            if not re.match(r"   \S", block)]


def commands(block):
    """The commands of a block, a here-document being part of its command; of one
    that shows answers as well those after `$ `."""
    lines = block.splitlines()
    if any(line.startswith("$ ") for line in lines):
        return [line[2:] for line in lines if line.startswith("$ ")]
    found, end = [], None
    for line in lines:
        if end is not None:
            found[-1] += "\n" + line
            end = None if line == end else end
            continue
        found.append(line)
        here = re.search(r"<<'?(\S+?)'?$", line)
        end = here[1] if here else None
    return found


def without_systemd(command):
    """What a line's own comment says to type instead, or None."""
    other = re.search(r"# without systemd: (.+)$", command)
    return other[1] if other else None
