"""HTTP load by wrk, with one script for every target."""

import os
import subprocess

HERE = os.path.dirname(os.path.abspath(__file__))


class Load:
    """What one run of wrk measured; times in milliseconds."""

    def __init__(self, words):
        self.requests, self.seconds = int(words[0]), float(words[1])
        self.p50, self.p99, self.max = map(float, words[2:5])
        self.refused, self.broken = int(words[5]), int(words[6])
        self.p999 = float(words[7])
        self.rate = self.requests / self.seconds


def environ(count, pattern, method, seed, pause_ms):
    return dict(os.environ, COUNT=str(count), PATTERN=pattern, METHOD=method,
                SEED=str(seed), PAUSE_MS=str(pause_ms))


def start(port, pattern, count, seconds, connections=32, method="GET", seed=0,
          pause_ms=0):
    """pause_ms: how long each connection waits before its next request."""
    return subprocess.Popen(
        ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s",
         "-s", os.path.join(HERE, "load.lua"), f"http://127.0.0.1:{port}"],
        env=environ(count, pattern, method, seed, pause_ms), stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True)


def finish(process):
    """The run's Load.  Any answer but success is an error of the row."""
    text = process.communicate()[0]
    lines = [line for line in text.splitlines() if line.startswith("RESULT ")]
    if process.returncode != 0 or not lines:
        raise RuntimeError("wrk failed: " + text)
    load = Load(lines[0].split()[1:])
    if load.refused or load.broken:
        raise RuntimeError(f"{load.refused} answers were not 2xx, "
                           f"{load.broken} connections broke")
    return load


def run(*args, **more):
    return finish(start(*args, **more))
