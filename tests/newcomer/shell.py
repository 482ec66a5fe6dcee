"""A newcomer's shell: bash in a root of its own, typed to line by line."""

import os
import re
import subprocess
import time
from typing import NamedTuple

# What is typed comes by descriptor 9, so that no program reads it as its input.
LOOP = """
while IFS= read -r -d '' typed <&9; do
    eval "$typed"
    status=$?
    times > /root/.times
    printf '\\n@@ %s %s\\n' "$status" "$(tail -n 1 /root/.times)"
done
"""
ENTER = """
mount --make-rprivate /
mount -t proc proc "$1/proc"
mount -t sysfs sysfs "$1/sys"
mount --rbind /dev "$1/dev"
cd "$1"
exec chroot "$1" env -i -C /root bash -c "export $2; $3"
"""
END = re.compile(r"@@ (\d+) (\d+)m([\d.]+)s (\d+)m([\d.]+)s")


class Done(NamedTuple):
    status: int
    seconds: float      # by the clock
    cpu: float          # of all processes it started and waited for
    said: str


class Shell:
    """Use it as a context: whatever was started in it ends with it."""

    def __init__(self, namespace, root, environment, log):
        theirs, self._typed = os.pipe2(os.O_CLOEXEC)
        words = namespace.command(
            "unshare", "--mount", "--pid", "--fork", "--kill-child", "bash",
            "-c", ENTER, "enter", str(root), environment, LOOP)
        self._process = subprocess.Popen(
            ["bash", "-c", f'exec "$@" 9<&{theirs} {theirs}<&-', "shell", *words],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, errors="replace",
            pass_fds=[theirs], start_new_session=True)
        os.close(theirs)
        self._log = log
        self._cpu = 0.0

    def __enter__(self):
        return self

    def __exit__(self, *ignored):
        os.close(self._typed)
        self._process.kill()
        self._process.wait()

    def type(self, command):
        """Type it, and wait for its end."""
        began = time.monotonic()
        os.write(self._typed, command.encode() + b"\0")
        said = ""
        for line in self._process.stdout:
            self._log.write(line)
            self._log.flush()
            end = END.search(line)
            if end:
                user, system = (60 * int(end[i]) + float(end[i + 1])
                                for i in (2, 4))
                cpu, self._cpu = user + system - self._cpu, user + system
                return Done(int(end[1]), time.monotonic() - began, cpu,
                            said.strip())
            said += line
        return Done(255, time.monotonic() - began, 0, said)
