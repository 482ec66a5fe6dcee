"""The machine's own Debian mirror, for nginx in the namespace to proxy.

A namespace has no way out, but a Unix socket reaches into it.  This process
listens on one and asks the mirror that apt is configured with; only the
installer's own kernel and RAM disk come from their Debian package.  It ends
when its standard input does, so that it never outlives the lab.
"""

import http.server
import os
import pathlib
import re
import shutil
import socketserver
import subprocess
import sys
import threading
import urllib.error
import urllib.request

PASSED_ON = ("Content-Type", "Content-Length", "Last-Modified", "ETag")
NETBOOT = re.compile(r"/dists/[^/]+/main/installer-amd64/current/images/"
                     r"netboot/debian-installer/amd64/(linux|initrd\.gz)$")
WORDS = ["apt-get", "indextargets", "--format", "$(REPO_URI)",
         "Created-By: Packages"]


def configured():
    """The first mirror of apt's whose path is /debian, or None."""
    uris = subprocess.run(WORDS, capture_output=True, text=True,
                          check=False).stdout.split()
    return next((uri.rstrip("/") for uri in uris
                 if uri.rstrip("/").endswith("/debian")), None)


def start(directory, netboot):
    """(process, the path of its socket)."""
    uri = configured()
    if uri is None:
        raise OSError("apt has no mirror of Debian (apt-get indextargets)")
    path = directory / "mirror.sock"
    with open(directory / "mirror.log", "ab") as log:
        process = subprocess.Popen(
            [sys.executable, __file__, str(path), uri, netboot],
            stdin=subprocess.PIPE, stdout=log, stderr=log,
            start_new_session=True)
    return process, path


class Relay(http.server.BaseHTTPRequestHandler):
    """GET and HEAD below /debian/."""

    uri = ""
    netboot = pathlib.Path()

    def address_string(self):
        return "nginx"      # a Unix socket's peer has no address

    def do_GET(self):
        path = self.path.removeprefix("/debian")
        own = NETBOOT.search(path)
        if own:
            self._send(self.netboot / own[1])
            return
        request = urllib.request.Request(self.uri + path, method=self.command)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                self._pass_on(answer)
        except urllib.error.HTTPError as error:
            self.send_error(error.code)
        except OSError as error:
            self.send_error(502, explain=str(error))

    do_HEAD = do_GET

    def _send(self, path):
        self.send_response(200)
        self.send_header("Content-Length", str(path.stat().st_size))
        self.end_headers()
        if self.command == "GET":
            with path.open("rb") as file:
                shutil.copyfileobj(file, self.wfile, 1 << 17)

    def _pass_on(self, answer):
        self.send_response(answer.status)
        for name in PASSED_ON:
            if answer.headers[name]:
                self.send_header(name, answer.headers[name])
        self.end_headers()
        if self.command == "GET":
            shutil.copyfileobj(answer, self.wfile, 1 << 17)


class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True


def main():
    path, Relay.uri = pathlib.Path(sys.argv[1]), sys.argv[2]
    Relay.netboot = pathlib.Path(sys.argv[3])
    server = Server(str(path), Relay)
    path.chmod(0o666)       # nginx's workers have given up root
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    main()
