"""A program on a terminal: a pty of a known size, and what it wrote."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time

from pace import limit


class Terminal:
    """Started on construction; read with until() or rest()."""

    def __init__(self, words, env, columns=80, rows=24):
        self.ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ,
                    struct.pack("HHHH", rows, columns, 0, 0))
        self.process = subprocess.Popen(
            words, env={**env, "TERM": "xterm"}, stdin=theirs, stdout=theirs,
            stderr=theirs, start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        os.close(theirs)
        self.text = ""

    def read(self, seconds):
        """More text; "" when there was none in that time, None at the end."""
        if not select.select([self.ours], [], [], seconds)[0]:
            return ""
        try:
            got = os.read(self.ours, 65536)
        except OSError: # how the end of a pty looks
            got = b""
        self.text += got.decode("utf-8", "replace")
        return got.decode("utf-8", "replace") if got else None

    def until(self, pattern, seconds=20):
        """Whether the text comes to have this."""
        end = time.monotonic() + limit(seconds)
        while not re.search(pattern, self.text, re.S):
            if time.monotonic() > end or self.read(0.2) is None:
                break
        return re.search(pattern, self.text, re.S) is not None

    def rest(self, seconds=20):
        """Wait for the end; the exit status, negative for a signal."""
        end = time.monotonic() + limit(seconds)
        while time.monotonic() < end and self.read(0.2) is not None:
            pass
        try:
            return self.process.wait(max(0.1, end - time.monotonic()))
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()
        finally:
            os.close(self.ours)

    def type(self, text):
        os.write(self.ours, text.encode())

    def signal(self, number=signal.SIGINT):
        self.process.send_signal(number)

    def screen(self, columns=80, rows=24):
        """What a person sees: lines of text.  Knows what our programs use,
        and fails on anything else."""
        lines, row, column = [""], 0, 0
        for part in re.findall(r"\x1b\[\d*[A-Za-z]|[^\x1b]|\x1b", self.text):
            if part == "\n":
                row += 1
                if row == len(lines):
                    lines.append("")
            elif part == "\r":
                column = 0
            elif part == "\x1b[K":
                lines[row] = lines[row][:column]
            elif re.fullmatch(r"\x1b\[\d+A", part):
                row = max(0, row - int(part[2:-1]))
            elif part.startswith("\x1b"):
                raise ValueError(f"unknown sequence {part!r}")
            else:
                lines[row] = lines[row][:column] + part + lines[row][column + 1:]
                column += 1
                if column > columns:
                    raise ValueError(f"a line runs over the edge: {lines[row]}")
        return lines
