"""A real Chromium that looks at a page of another site.

    with Elsewhere(page) as site:       # http://evil.test:PORT/
        said = site.visit()

The page's script ends by posting what it could read to {done}.  Nothing
but loopback can be reached, and no name but evil.test means anything.
"""

import http.server
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading

from pace import limit

NAME = "evil.test"
AT = "127.0.0.2"


def program():
    return shutil.which("chromium")


def flags(profile):
    return [program(), "--headless", "--no-sandbox", "--disable-gpu",
            "--no-first-run", "--disable-background-networking",
            "--disable-component-update", "--disable-sync",
            "--no-proxy-server", f"--user-data-dir={profile}",
            f"--host-resolver-rules=MAP {NAME} {AT}, MAP * ~NOTFOUND, "
            "EXCLUDE 127.0.0.1, EXCLUDE 0.0.0.0, EXCLUDE localhost"]


class Browser:
    """One run of it, with a profile of its own; all of it ends with the
    block."""

    def __init__(self, *words):
        self.profile = tempfile.mkdtemp(prefix="nf-browser-")
        self.words = words

    def __enter__(self):
        self.process = subprocess.Popen(
            [*flags(self.profile), *self.words], stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, start_new_session=True,
            env={**os.environ, "HOME": self.profile})
        return self

    def output(self):
        return self.process.communicate(timeout=limit(60))[0].decode()

    def __exit__(self, *_):
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass # gone by itself
        self.process.wait()
        shutil.rmtree(self.profile, ignore_errors=True)


class Elsewhere:
    """The other site.  With `behind` its name is pointed at us once the page
    is there: what follows at `port` is passed on, byte for byte, as the
    browser would then send it."""

    def __init__(self, page, port=0, behind=None):
        self.said = {}
        self.is_done = threading.Event()
        self.pages, self.results = (
            http.server.ThreadingHTTPServer((AT, at), _Handler)
            for at in (port, 0))
        for server in self.pages, self.results:
            server.daemon_threads = True
            server.site, server.behind = self, None
        self.pages.behind = behind
        self.page = page.replace("{done}", url_of(self.results))

    def __enter__(self):
        for server in self.pages, self.results:
            threading.Thread(target=server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        for server in self.pages, self.results:
            server.shutdown()
            server.server_close()

    def visit(self):
        """Open the page; what it says in the end, or None."""
        with Browser(url_of(self.pages)):
            return self.said if self.is_done.wait(limit(90)) else None


def url_of(server):
    return f"http://{NAME}:{server.server_address[1]}/"


class _Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def setup(self):
        first = self.request.recv(65536, socket.MSG_PEEK)
        path = first.split(b" ")[1:2] or [b""]
        own = path[0] in (b"/", b"/favicon.ico")
        self.is_passed_on = self.server.behind is not None and not own
        super().setup()

    def handle(self):
        if not self.is_passed_on:
            super().handle()
            return
        with socket.create_connection(self.server.behind, 10) as api:
            back = threading.Thread(target=_pass, args=(api, self.request))
            back.start()
            _pass(self.request, api)
            back.join()

    def do_GET(self):
        self._send(self.server.site.page)

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.site.said = json.loads(body)
        self._send("")
        self.server.site.is_done.set()

    def _send(self, text):
        data = text.encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(data)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(data)
        self.close_connection = True


def _pass(source, to):
    try:
        while data := source.recv(65536):
            to.sendall(data)
    except OSError:
        pass
    finally:
        try:
            to.shutdown(socket.SHUT_WR)
        except OSError:
            pass
