"""Many agents in RAM, each with a task that waits for its approval."""

import os
import subprocess
import time

from nginx import BUILD, Nginx

AGENTS = os.path.join(BUILD, "bench", "agents")


class Load:
    """One run of the load program against a server of its own."""

    def __init__(self, t, count, first=0):
        self.t = t
        self.count = count
        self.first = first
        self._process = None

    def create(self):
        """Their leases, and their tasks before any machine reports."""
        subprocess.run([AGENTS, "--lease", self.t.path("store/nodes.db"),
                        str(self.count), str(self.first)], check=True)
        tasks = [{"sn": f"BENCH-{self.first + i}", "profile": "debian-image"}
                 for i in range(self.count)]
        answer = self.t.api("POST", "/api/v1/tasks", tasks)
        ids = [item["task"]["task_id"] for item in answer.json]
        if len(ids) != self.count:
            raise RuntimeError(f"bulk create: {answer.status}")
        return ids

    def start(self):
        """Until all have reported; the seconds that took."""
        self._process = subprocess.Popen(
            [AGENTS, "127.0.0.1", str(self.t.install_port), str(self.count),
             str(self.first)], stdout=subprocess.PIPE, text=True)
        word, seconds = self._process.stdout.readline().split()
        if word != "reported":
            raise RuntimeError("the agents did not report")
        return float(seconds)

    def finish(self):
        """(first operation, end) of each, seconds since the epoch."""
        rows = [line.split(" ", 4) for line in self._process.stdout]
        if self._process.wait() != 0:
            raise RuntimeError("; ".join(r[4].strip() for r in rows
                                         if r[4].strip())[:300])
        return [(float(r[2]), float(r[3])) for r in rows]


def approve(t, ids):
    """Seconds since the epoch when the answer was there."""
    answer = t.api("POST", "/api/v1/tasks/approve", {"task_ids": ids})
    if answer.status not in (200, 207):
        raise RuntimeError(f"bulk approve: {answer.status} {answer.text}")


def one_round(t, count, first):
    """Seconds of the whole conversation, and each agent's reaction to its
    approval."""
    load = Load(t, count, first)
    ids = load.create()
    reported = load.start()
    time.sleep(1)       # all wait
    start = time.time()
    approve(t, ids)
    ends = load.finish()
    left = t.api("GET", f"/api/v1/tasks/{ids[-1]}").json
    if left["status"] != "installing":
        raise RuntimeError(f"a task is {left['status']}")
    return (reported + max(end for _, end in ends) - start,
            [begun - start for begun, _ in ends])


def measure(count, rounds):
    """The same of each round."""
    t = Nginx(workers=1, connections=4096, settings={"NF_LOG_LEVEL": "err"})
    try:
        t.start()
        found = [one_round(t, count, i * count) for i in range(rounds)]
    finally:
        t.stop()
        t.remove()
    return [whole for whole, _ in found], [each for _, each in found]
