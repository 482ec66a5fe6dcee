"""A mirror of packages that a bastion may ask: it answers whatever is asked,
by a Unix socket, which reaches into namespaces and needs no port."""

import atexit
import http.server
import os
import shutil
import socketserver
import tempfile
import threading

BODY = b"Suite: stable\n"
_shared = []


class _Answer(http.server.BaseHTTPRequestHandler):
    def address_string(self):
        return "nginx" # a Unix socket's peer has no address

    def do_GET(self):
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(BODY)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(BODY)

    do_HEAD = do_GET

    def log_message(self, *ignored):
        pass


class _Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True
    status = 200


class Mirror:
    """It answers from the start; `status` is what with."""

    def __init__(self):
        self._folder = tempfile.mkdtemp(prefix="nf-mirror-")
        os.chmod(self._folder, 0o755)
        self.path = os.path.join(self._folder, "m.sock")
        self.url = f"unix:{self.path}"
        self._server = None
        self.start()

    def start(self):
        self._server = _Server(self.path, _Answer)
        os.chmod(self.path, 0o666) # nginx's workers may have given up root
        threading.Thread(target=self._server.serve_forever,
                         kwargs={"poll_interval": 0.05}, daemon=True).start()

    def answer(self, status):
        self._server.status = status

    def stop(self):
        """Whoever asks is refused."""
        self._server.shutdown()
        self._server.server_close()

    def start_again(self):
        os.unlink(self.path)
        self.start()

    def remove(self):
        shutil.rmtree(self._folder, ignore_errors=True)


def shared():
    """The NF_MIRROR_URL of one that lives as long as this process."""
    if not _shared:
        _shared.append(Mirror())
        atexit.register(_shared[0].remove)
    return _shared[0].url
