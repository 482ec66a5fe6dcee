"""A server for agents in RAM that plays NodeFoundry's part in one process, and
can be as rude as servers, proxies and cables are.

    with rude.Server() as server:
        server.task = server.task_make("pending")
        server.rude["/api/v1/report"] = [rude.STATUS_500, rude.CUT]

Each rude answer is given once, in its turn, before the good ones."""

import http.server
import json
import socket
import struct
import threading
import time

MAC = "525400000001"
TOKEN = "TOK7EN"
HTML = b"<html><body>Welcome to nginx!</body></html>"


def raw(data):
    """Bytes instead of an answer, then the end of the connection."""
    def answer(handler):
        handler.wfile.write(data)
    return answer


def good_with(body, status=200):
    return raw(b"HTTP/1.1 %d X\r\nContent-Length: %d\r\n\r\n%s"
               % (status, len(body), body))


def reset(handler):
    """RST instead of FIN."""
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                  struct.pack("ii", 1, 0))
    handler.connection.close()


def drip(handler):
    """A good beginning, then a byte now and then, then nothing."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 300\r\n\r\n{")
    for _ in range(3):
        handler.wfile.write(b" ")
        handler.wfile.flush()
        time.sleep(0.3)


STATUS_500 = good_with(b'{"error":"a fault of ours"}', 500)
STATUS_503 = good_with(HTML, 503)
STATUS_404 = good_with(HTML, 404)
REDIRECT = raw(b"HTTP/1.1 302 Found\r\nLocation: http://example.com/\r\n"
               b"Content-Length: 0\r\n\r\n")
PAGE = good_with(HTML)
EMPTY = raw(b"")
CUT = raw(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"task_id\":")
HALF_HEAD = raw(b"HTTP/1.1 200 OK\r\nContent-Le")
NO_LENGTH = raw(b"HTTP/1.1 200 OK\r\n\r\n{}")
CHUNKED = raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
              b"2\r\n{}\r\n0\r\n\r\n")
HUGE = raw(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n{")
LIST = good_with(b"[1,2,3]")
TEXT = good_with(b'"ok"')
DEEP = good_with(b"[" * 100000)
NOT_UTF8 = good_with(b'{"status":"\xff\xfe"}')
SHAPES = good_with(json.dumps({
    "task_id": {"a": 1}, "status": ["approved"], "operation": 7,
    "result": "yes", "data": "x", "matched": "perhaps"}).encode())

RUDE = {name: value for name, value in list(globals().items())
        if name.isupper() and callable(value)}
RUDE.update(RESET=reset, DRIP=drip)


class Server:
    """Stopped and started again it keeps its port and what it knows."""

    def __init__(self):
        self.task = None            # the task's JSON, or None
        self.operations = []        # those still to be done, in their order
        self.rude = {}              # path -> rude answers still to be given
        self.asked = []             # (time, method, path, body)
        self.files = {}             # path -> bytes, or a function of handler
        self.progress_delay = 0
        self.holds = True           # honours wait=
        self._changed = threading.Condition()
        self._http = None
        self.port = 0
        self.start()

    def __enter__(self):
        return self

    def __exit__(self, *ignored):
        self.stop()

    def start(self):
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def log_message(self, *ignored):
                pass

            def do_GET(self):
                outer.serve(self)

            def do_POST(self):
                outer.serve(self)

        class Http(http.server.ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 64

            def handle_error(self, *ignored):
                pass    # agents that were killed hang up

        self._http = Http(("127.0.0.1", self.port), Handler)
        self.port = self._http.server_port
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self._http.serve_forever, args=(0.05,),
                         daemon=True).start()

    def stop(self):
        if self._http:
            self._http.shutdown()
            self._http.server_close()
            self._http = None

    # --- what the operator does -------------------------------------------

    def task_make(self, status, /, **members):
        return {"task_id": "task-0000001a", "sn": "x", "mac": MAC,
                "status": status, "os_type": "Ubuntu 22.04",
                "os_version": "22.04", "token": TOKEN} | members

    def change(self, **members):
        """Set attributes, and wake those who wait for something to happen."""
        with self._changed:
            vars(self).update(members)
            self._changed.notify_all()

    # --- what was asked ----------------------------------------------------

    def bodies(self, path):
        return [body for _, _, at, body in list(self.asked) if at == path]

    def steps(self):
        return [(body.get("step"), body.get("percent"))
                for body in self.bodies("/api/v1/progress")]

    def results(self):
        return [(body["operation"], body["success"], body["message"])
                for body in self.bodies("/api/v1/device/operationComplete")]

    # --- answers -----------------------------------------------------------

    def serve(self, handler):
        path, _, query = handler.path.partition("?")
        length = int(handler.headers.get("Content-Length") or 0)
        text = handler.rfile.read(length)
        try:
            body = json.loads(text) if text else None
        except ValueError:
            body = {"not JSON": text[:100]}
        self.asked.append((time.monotonic(), handler.command, path, body))
        rude = self._rude_next(path)
        if rude:
            rude(handler)
            return
        self._good(handler, path, query, body)

    def _rude_next(self, path):
        for start, answers in self.rude.items():
            if path.startswith(start) and answers:
                return answers.pop(0)
        return None

    def _good(self, handler, path, query, body):
        if path in self.files:
            what = self.files[path]
            if callable(what):
                what(handler)
            else:
                send(handler, 200, what)
            return
        if path.startswith("/api/v1/task/"):
            self._task(handler, query)
            return
        routes = {
            "/api/v1/report": self._report,
            "/api/v1/progress": self._progress,
            "/api/v1/device/isInInstallQueue": self._queue,
            "/api/v1/device/getNextOperation": self._next,
            "/api/v1/device/getHardwareConfig": lambda _: {"scripts": []},
            "/api/v1/device/operationComplete": self._complete,
        }
        route = routes.get(path)
        answer = route(body) if route else None
        if answer is None:
            send(handler, 404, {"error": "not found"})
        else:
            send(handler, 200, answer)

    def _report(self, _):
        if self.task:
            return {"message": "Hardware reported successfully",
                    "matched": True}
        return {"message": "stored", "matched": False, "retry_after": 10}

    def _progress(self, _):
        time.sleep(self.progress_delay)
        return {"status": "ok"}

    def _task(self, handler, query):
        words = dict(word.split("=") for word in query.split("&"))
        before = json.dumps(self.task)
        if self.holds and not self._is_approved():
            with self._changed:
                self._changed.wait_for(
                    lambda: json.dumps(self.task) != before,
                    int(words.get("wait", 0)))
        if self.task is None:
            send(handler, 404, {"error": "No task found"})
        else:
            send(handler, 200, self.task)

    def _is_approved(self):
        return bool(self.task) and self.task["status"] in (
            "approved", "installing")

    def _queue(self, _):
        return {"result": self._is_approved()}

    def _next(self, _):
        if not self._is_approved():
            return {"operation": "wait", "data": {}}
        if not self.operations:
            return {"operation": "complete", "data": {}}
        word, data = self.operations[0]
        return {"operation": word, "data": data}

    def _complete(self, body):
        if self.operations and self.operations[0][0] == body["operation"]:
            self.operations.pop(0)
        return {"status": "ok"}


def send(handler, status, body):
    if not isinstance(body, bytes):
        body = json.dumps(body).encode()
    handler.send_response(status)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    try:
        handler.wfile.write(body)
    except OSError:
        pass    # it was killed
