"""A worker for BMCs and switches, as nf-relay sees one: it says that it is
there, takes commands, does each once by its journal, and answers."""

import json
import subprocess
import threading

from pace import limit

TOPIC = "nf/dc1/bmc"


class Worker:
    """`act(command)` says how it went: (state, words), perhaps with more members
    of the result, or None: no answer."""

    def __init__(self, broker, name, act, every=5):
        self.broker, self.name, self.act, self.every = broker, name, act, every
        self.journal = {}  # as on its disk: outlives a kill
        self.heard = []    # every message, also those that come again
        self.done = []     # what was done to a device
        self._client = self._ends = None

    def topic(self, kind):
        return f"{TOPIC}/{self.name}/{kind}"

    def start(self):
        self._client = subprocess.Popen(
            ["mosquitto_sub", "-h", "127.0.0.1", "-p", str(self.broker.port),
             "-i", f"worker-{self.name}", "-c", "-q", "1", "-k", "5",
             "-t", self.topic("command"), "--will-topic",
             self.topic("presence"), "--will-payload", '{"state":"gone"}'],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self._ends = threading.Event()
        threading.Thread(target=self._read, args=(self._client,),
                         daemon=True).start()
        threading.Thread(target=self._beat, args=(self._ends,),
                         daemon=True).start()
        return self

    def is_running(self):
        return self._client is not None and self._client.poll() is None

    def kill(self):
        """Gone without a word: the broker says its last will."""
        if self._client is not None:
            self._ends.set()
            self._client.kill()
            self._client.wait()

    def silence(self):
        """It stays connected and says nothing any more, like one that hangs."""
        self._ends.set()

    def leave(self):
        self._ends.set()
        self._say("presence", {"state": "gone"})
        self._client.terminate()
        self._client.wait()

    def answer(self, command, state, words="", more=()):
        self._say("result", {
            "id": command["id"], "command": command["command"],
            "success": state in ("done", "running"), "state": state,
            "message": words, **dict(more)})

    def _say(self, kind, what):
        try:
            self.broker.publish(self.topic(kind), what)
        except subprocess.SubprocessError:
            pass # the broker is away: nf-relay says it again

    def _beat(self, ends):
        while True:
            self._say("presence", {"version": "test"})
            if ends.wait(min(self.every, limit(self.every))):
                return

    def _read(self, client):
        for line in client.stdout:
            command = json.loads(line)
            self.heard.append(command)
            if command["id"] not in self.journal:
                self.journal[command["id"]] = None
                self.done.append(command)
                self.journal[command["id"]] = self.act(command)
            said = self.journal[command["id"]]
            if said is not None:
                self.answer(command, *said)
