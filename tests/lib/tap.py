"""The Test Anything Protocol: one line per check, the plan at the end."""

import re
import sys
import threading

_count = 0
_failed = 0
_lock = threading.Lock() # some files check several things at once


def ok(is_true, name):
    global _count, _failed
    name = str(name).replace("#", "\\#").replace("\n", " ")
    with _lock:
        _count += 1
        if not is_true:
            _failed += 1
        print(f"{'ok' if is_true else 'not ok'} {_count} - {name}", flush=True)
    return bool(is_true)


def diag(*lines):
    for line in lines:
        for part in str(line).splitlines():
            print(f"# {part[:2000]}", flush=True)


def is_(got, wanted, name):
    if not ok(got == wanted, name):
        diag(f"     got: {got!r}", f"  wanted: {wanted!r}")
    return got == wanted


def like(got, pattern, name):
    found = re.search(pattern, got, re.S) is not None
    if not ok(found, name):
        diag(f"     got: {got!r}", f"    like: {pattern!r}")
    return found


def unlike(got, pattern, name):
    found = re.search(pattern, got, re.S) is not None
    if not ok(not found, name):
        diag(f"     got: {got!r}", f"  unlike: {pattern!r}")
    return not found


def skip(reason, n=1):
    """n checks that cannot run here."""
    global _count
    for _ in range(n):
        _count += 1
        print(f"ok {_count} # skip {reason}", flush=True)


def skip_all(reason):
    """The whole file cannot run here: said loudly, and only then accepted."""
    print(f"1..0 # SKIP {reason}", flush=True)
    sys.exit(0)


def done():
    """The plan; and the exit status."""
    print(f"1..{_count}", flush=True)
    if _failed:
        diag(f"{_failed} of {_count} failed")
    sys.exit(1 if _failed else 0)
