"""A server that plays the bastion's part for one machine's installation."""

import hashlib
import http.server
import json
import threading

MAC = "525400000001"


class Server:
    """What the agent talks to; answers can be bent for one test."""

    def __init__(self, image, host="127.0.0.1"):
        self.image = image
        self.sha256 = None
        self.order = {}
        self.order_status = 200
        self.order_raw = None   # bytes instead of an HTTP answer
        self.cut = None         # bytes of the image that are really sent
        self.breaks = []        # where each answer but the last breaks off
        self.ranges = []        # what was asked for, in their turn
        self.etags = []         # of each answer
        self.report_statuses = []
        self.asked = []
        self.reports = []
        self.operations = ["os_install", "reboot"]
        self.hardware = {"scripts": []}     # the answer to getHardwareConfig
        self.data = {}                      # more members of an operation
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def log_message(self, *ignored):
                pass

            def do_GET(self):
                outer.get(self)

            def do_POST(self):
                outer.post(self)

        self._http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        # what the machine knows this one by
        self.url = f"http://{host}:{self._http.server_port}"
        threading.Thread(target=self._http.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *ignored):
        self._http.shutdown()
        self._http.server_close()

    def order_make(self):
        order = {
            "task": "task-0000001a", "mac": MAC, "hostname": "node-1",
            "disk": "auto",
            "image": {"url": f"{self.url}/files/image",
                      "sha256": self.sha256 or
                      hashlib.sha256(self.image).hexdigest()},
            "network": {"ip": "", "netmask": "", "gateway": "", "dns": []},
            "agent": {"broker": "127.0.0.1:1883", "heartbeat_interval": 60,
                      "log_level": "info"},
        }
        for path, value in self.order.items():
            at = order
            *heads, last = path.split(".")
            for head in heads:
                at = at[head]
            at[last] = value
        return json.dumps(order).encode()

    @staticmethod
    def send(handler, status, body, length=None):
        handler.send_response(status)
        handler.send_header("Content-Length", str(length or len(body)))
        handler.end_headers()
        try:
            handler.wfile.write(body)
        except OSError:
            pass  # the agent may hang up as soon as it knows enough

    def part(self, handler):
        """The image from where it is asked for to where it breaks off."""
        asked = handler.headers.get("Range")
        first = int(asked.partition("=")[2].rstrip("-")) if asked else 0
        size, turn = len(self.image), len(self.ranges)
        self.ranges.append(asked)
        handler.send_response(206 if asked else 200)
        handler.send_header("Content-Length", str(size - first))
        if asked:
            handler.send_header("Content-Range",
                                f"bytes {first}-{size - 1}/{size}")
        if self.etags:
            handler.send_header("ETag", self.etags[turn])
        handler.end_headers()
        last = self.breaks[turn] if turn < len(self.breaks) else size
        handler.wfile.write(self.image[first:last])

    def get(self, handler):
        if handler.path.startswith("/api/v1/task/"):
            self.send(handler, 200, b'{"task_id":"task-0000001a",'
                      b'"status":"installing","os_type":"debian"}')
            return
        self.asked.append(handler.path)
        if handler.path.startswith("/files/") and self.breaks:
            self.part(handler)
        elif handler.path.startswith("/files/"):
            self.send(handler, 200, self.image[:self.cut], len(self.image))
        elif self.order_raw is not None:
            handler.wfile.write(self.order_raw)
        else:
            self.send(handler, self.order_status, self.order_make())

    def post(self, handler):
        body = json.loads(
            handler.rfile.read(int(handler.headers["Content-Length"])))
        answers = {"report": {"matched": True},
                   "isInInstallQueue": {"result": bool(self.operations)}}
        word = handler.path.rpartition("/")[2]
        status = 200
        if word == "operationComplete":
            if body["operation"] != "reboot":
                self.reports.append((handler.path, body))
            if self.report_statuses:
                status = self.report_statuses.pop(0)
            if status < 500:
                self.operations.remove(body["operation"])
        elif word == "getNextOperation":
            answers[word] = {
                "operation": self.operations[0],
                "data": {"token": "TOK7EN",
                         "order_url": f"/image/{MAC}/image.json",
                         **self.data}}
        elif word == "getHardwareConfig":
            answers[word] = self.hardware
        self.send(handler, status,
                  json.dumps(answers.get(word, {"status": "ok"})).encode())
