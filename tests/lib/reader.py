"""Sentences about tasks that are stuck, as many people would read them."""

import re
import threading
import time

from nginx import wait_for
from tap import diag, ok

TIME = r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)"
FUTURE = re.compile(rf"(?:if that has not happened by|begins at|given up at) "
                    rf"{TIME}")


class Reader:
    """Reads all sentences all the time, as many people would."""

    def __init__(self, t):
        self.t, self.tasks, self.sentences, self.late = t, [], {}, []
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._read)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *ignored):
        self._ends.set()
        self._thread.join()

    def _read(self):
        while not self._ends.wait(0.05):
            for task in list(self.tasks):
                self._note(task)

    def _note(self, task):
        asked = time.time()
        sentence = self.t.why(task)["now"]
        told = self.sentences.setdefault(task, [])
        if sentence not in told:
            told.append(sentence)
        for at in FUTURE.findall(sentence):
            if time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(asked)) > at:
                self.late.append((asked, sentence))

    def finds(self, task, *words):
        """A sentence with each of them was told, or is within a while."""
        return wait_for(lambda: next(
            (s for s in list(self.sentences.get(task, []))
             if all(re.search(w, s) for w in words)), None), 60)


def told(t, reader, task, *words):
    """ok() of a sentence; else what was told instead."""
    name = re.sub(r"\\(.)", r"\1", words[0].replace(TIME, "TIME"))
    if not ok(reader.finds(task, *words), f"  {name}"):
        diag(*reader.sentences.get(task, []), t.read("bmc.log")[-2000:])
