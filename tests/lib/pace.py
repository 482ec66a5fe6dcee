"""How patient to be.

Limits in tests are what a quiet machine needs, with much to spare.  On one that
is slower, or busy, scripts/run-tests says by how much.
"""

import os

SCALE = float(os.environ.get("NF_TEST_SCALE", "1"))


def limit(seconds):
    """So many seconds of a quiet machine, on this one."""
    return seconds * SCALE
