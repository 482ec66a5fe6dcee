"""A real nginx with the module, a store of its own, and free ports.

    with Nginx() as t:
        reply = t.api("GET", "/api/v1/nodes")
        is_(reply.status, 200, "the list is served")
    done()

Leaving the block stops nginx and makes two checks of its own: nothing worse
than an error in error.log, and no sanitizer report.

Modes, by environment:
    NF_TEST_ASAN=1      the nginx of scripts/asan-nginx, the module with
                        sanitizers
    NF_TEST_WORKERS=N   worker processes
    NF_TEST_RELOAD=1    a reload before every request of t.api()
    NF_TEST_KEEP=1      leave the temporary directory
    NF_TEST_LOG=debug   level of error.log
    NF_TEST_MODULE=F    another build of the module
    NF_TEST_NGINX=F     another nginx
"""

import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time

import packages
from pace import limit
import tap

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
BUILD = os.path.join(TOP, "build")
IS_ASAN = os.environ.get("NF_TEST_ASAN") == "1"

CONF = """
user root;
worker_processes %(workers)s;
daemon off;
pid %(dir)s/nginx.pid;
error_log %(dir)s/error.log %(log)s;
load_module %(module)s;
%(main)s
events { worker_connections %(connections)s; }
http {
    access_log %(dir)s/access.log;
    client_body_temp_path %(dir)s/tmp/body;
    proxy_temp_path %(dir)s/tmp/proxy;
    fastcgi_temp_path %(dir)s/tmp/fastcgi;
    uwsgi_temp_path %(dir)s/tmp/uwsgi;
    scgi_temp_path %(dir)s/tmp/scgi;
    sendfile on;
    types { text/plain txt cfg ipxe; }
    default_type application/octet-stream;
    %(store)s
    nf_config %(dir)s/nodefoundry.conf;
    %(http)s
    server {
        listen 127.0.0.1:%(port)s;
        location /health { nf_health; }
        location /metrics { nf_metrics; }
        location / { nf_api; }
        %(api)s
    }
    server {
        listen 127.0.0.1:%(install_port)s;
        location /health { nf_health; }
        location /boot/ { nf_boot; }
        location /preseed/ { nf_answers; }
        location /image/ { nf_answers; }
        location /autoinstall/ { nf_answers; }
        location /kickstart/ { nf_answers; }
        location /api/ { nf_device; }
        location /files/ { nf_files %(dir)s/files; }
        location /agent/ { nf_agent %(dir)s/files; }
        location / { return 404; }
        %(install)s
    }
}
"""


class Reply:
    """What came back; headers by lower-case name."""

    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.body = body

    @property
    def text(self):
        return self.body.decode("utf-8", "replace")

    @property
    def json(self):
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    @property
    def error(self):
        """The sentence of an error body."""
        return (self.json or {}).get("error") if self.body else None

    @property
    def field(self):
        return (self.json or {}).get("field") if self.body else None

    def __repr__(self):
        return f"<{self.status} {self.text[:300]!r}>"


# What the shipped profiles, and those of the tests, fetch: an installation is
# refused without.
STAND_INS = ("agent/amd64/vmlinuz", "agent/amd64/initrd.img",
             "images/debian-12-amd64.img", "images/root.tar.zst",
             "images/x.tar", "images/x.img",
             *(f"ubuntu/{v}/casper/{name}" for v in ("22.04", "24.04")
               for name in ("vmlinuz", "initrd")),
             *(f"ubuntu/ubuntu-{v}-live-server-amd64.iso"
               for v in ("22.04", "24.04")))


def stand_ins(folder, *more):
    """Something at each of these paths, as long as nobody fetches it."""
    for name in (*STAND_INS, *more):
        path = os.path.join(folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as f:
            f.write("Stands for a file that a node fetches.\n")


def free_ports(n):
    """Ports nobody has; all held at once, so that they differ."""
    held = []
    for _ in range(n):
        s = socket.socket()
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.bind(("127.0.0.1", 0))
        held.append(s)
    ports = [s.getsockname()[1] for s in held]
    for s in held:
        s.close()
    return ports


def wait_for(what, seconds=30):
    """Poll until what() is true; its value, or None."""
    end = time.monotonic() + limit(seconds)
    while time.monotonic() < end:
        value = what()
        if value:
            return value
        time.sleep(0.02)
    return None


class Nginx:
    def __init__(self, settings=None, init=True, workers=None, connections=1024,
                 **parts):
        self.dir = tempfile.mkdtemp(prefix="nf-http-")
        os.chmod(self.dir, 0o755)
        for name in ("tmp", "files", "templates", "store", "run"):
            os.mkdir(os.path.join(self.dir, name))
        stand_ins(self.path("files"))
        self.port, self.install_port = free_ports(2)
        self.master = None
        self.allowed = None # a pattern: lines of error.log that may be there
        self.settings = {
            "NF_HTTP_ADDR": f"127.0.0.1:{self.port}",
            "NF_INSTALL_ADDR": f"127.0.0.1:{self.install_port}",
            "NF_SERVER_ADDR": f"127.0.0.1:{self.install_port}",
            "NF_DB_PATH": f"{self.dir}/store/nodes.db",
            "NF_KEY_FILE": f"{self.dir}/site.key",
            "NF_FILES_DIR": f"{self.dir}/files",
            "NF_TEMPLATES_DIR": f"{self.dir}/templates",
            "NF_SHARE_DIR": f"{TOP}/conf",
            "NF_LIB_DIR": BUILD,
            "NF_WORKER_DIR": f"{self.dir}/workers",
            "NF_BMC_BROKER": f"{self.dir}/broker",
            "NF_RUN_DIR": f"{self.dir}/run",
            "NF_HOSTS_DIR": f"{self.dir}/hosts",
            "NF_SPOOL_DIR": f"{self.dir}/spool",
            "NF_TFTP_DIR": f"{self.dir}/tftp",
            "NF_CACHE_DIR": f"{self.dir}/cache",
            "NF_LOG_DIR": f"{self.dir}/log",
            "NF_MIRROR_URL": packages.shared(),
        }
        self.settings.update(settings or {})
        self.parts = {
            "dir": self.dir, "port": self.port,
            "install_port": self.install_port,
            "workers": workers or os.environ.get("NF_TEST_WORKERS", "1"),
            "log": os.environ.get("NF_TEST_LOG", "info"),
            "connections": connections,
            "store": f"nf_store {self.dir}/store/nodes.db;",
            "module": os.environ.get("NF_TEST_MODULE", os.path.join(
                BUILD, "asan" if IS_ASAN else "", "ngx_http_nf_module.so")),
            "main": "", "http": "", "api": "", "install": "",
        }
        self.parts.update(parts)
        self.configure()
        if init:
            try:
                self.store_init()
            except Exception:
                self.remove()
                raise

    # --- files and programs

    def configure(self, **parts):
        self.parts.update(parts)
        self.write("nodefoundry.conf", "".join(
            f"{name}={value}\n" for name, value in self.settings.items()))
        self.write("nginx.conf", CONF % self.parts)

    def path(self, name):
        return os.path.join(self.dir, name)

    def write(self, name, text):
        path = self.path(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as f:
            f.write(text if isinstance(text, bytes) else text.encode())

    def read(self, name):
        try:
            with open(self.path(name), "rb") as f:
                return f.read().decode("utf-8", "replace")
        except FileNotFoundError:
            return ""

    def environ(self):
        env = {k: v for k, v in os.environ.items() if not k.startswith("NF_")}
        env["NF_CONFIG"] = self.path("nodefoundry.conf")
        env["ASAN_OPTIONS"] = "detect_leaks=0:abort_on_error=0"
        env["UBSAN_OPTIONS"] = "print_stacktrace=1"
        return env

    def nf(self, *args, **more):
        """Run the operator's program; its CompletedProcess."""
        program = os.environ.get("NF_TEST_NF", os.path.join(BUILD, "nf"))
        return subprocess.run([program, *args], env=self.environ(),
                              capture_output=True, text=True, **more)

    def store_init(self):
        made = self.nf("store", "init")
        if made.returncode != 0:
            raise RuntimeError(f"nf store init: {made.stderr}")

    def nginx(self, *args):
        program = os.environ.get("NF_TEST_NGINX", "nginx")
        if IS_ASAN:
            program = os.path.join(BUILD, "cache", "asan-nginx", "nginx")
        return [program, "-p", self.dir, "-c", self.path("nginx.conf"),
                "-e", self.path("error.log"), *args]

    def test_config(self):
        """nginx -t: the exit status and what it said."""
        ran = subprocess.run(self.nginx("-t"), env=self.environ(),
                             capture_output=True, text=True)
        return ran.returncode, ran.stderr

    # --- life

    def start(self):
        self.master = subprocess.Popen(
            self.nginx(), env=self.environ(), stdout=subprocess.DEVNULL,
            stderr=open(self.path("stderr.log"), "wb"))
        if not wait_for(self.workers) or not wait_for(self.is_listening):
            raise RuntimeError("nginx did not start:\n" + self.read("error.log")
                               + self.read("stderr.log"))
        return self

    def is_listening(self):
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
            return True
        except OSError:
            return False

    def workers(self):
        """Pids of the worker processes."""
        found = []
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{pid}/stat", encoding="utf-8") as f:
                    stat = f.read().rsplit(")", 1)[1].split()
            except OSError:
                continue
            if stat[0] != "Z" and int(stat[1]) == self.master.pid:
                found.append(int(pid))
        return sorted(found)

    def is_leaving(self, pid):
        """A worker that is gone, or takes no new connections any more."""
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as f:
                title = f.read()
        except OSError:
            return True
        return title == b"" or b"shutting down" in title

    def reload(self):
        """SIGHUP; returns when new workers run and old ones take nothing new
        (they may still finish what they have)."""
        old = set(self.workers())
        self.master.send_signal(signal.SIGHUP)
        if not wait_for(lambda: set(self.workers()) - old
                        and all(map(self.is_leaving, old))):
            raise RuntimeError("no new worker after a reload:\n"
                               + self.read("error.log")[-2000:])

    def kill_worker(self, pid=None):
        """kill -9 of a worker; returns when the master has another."""
        pid = pid or self.workers()[0]
        os.kill(pid, signal.SIGKILL)
        wait_for(lambda: pid not in self.workers() and self.workers())

    def stop(self):
        """A graceful stop; True when nginx went by itself."""
        if self.master is None:
            return True
        self.master.send_signal(signal.SIGQUIT)
        try:
            self.master.wait(30)
            return True
        except subprocess.TimeoutExpired:
            for pid in self.workers():
                os.kill(pid, signal.SIGKILL)
            self.master.kill()
            self.master.wait()
            return False
        finally:
            self.master = None

    def __enter__(self):
        return self.start()

    def __exit__(self, kind, value, trace):
        stopped = self.stop()
        if kind is None:
            tap.ok(stopped, "nginx stops gracefully")
            self.check_logs()
        elif os.path.exists(self.path("error.log")):
            tap.diag(self.read("error.log")[-3000:])
        self.remove()

    def remove(self):
        """The temporary directory, unless someone wants to look at it."""
        if not os.environ.get("NF_TEST_KEEP"):
            shutil.rmtree(self.dir, ignore_errors=True)

    def check_logs(self):
        """Nothing worse than [error] but for what the test has provoked, and
        no sanitizer report."""
        log = self.read("error.log") + self.read("stderr.log")
        bad = [line for line in log.splitlines()
               if re.search(r"\[(alert|crit|emerg)\]", line)
               and not (self.allowed and re.search(self.allowed, line))
               and not re.search(r"exited on signal 9$", line)]
        if not tap.ok(not bad, "no [alert], [crit] or [emerg] in error.log"):
            tap.diag(*bad[:10])
        # nginx has reports of its own that are not ours to mend
        reports = [m.start() for m in re.finditer(
            r"ERROR: AddressSanitizer|(ngx_nf_module|libnf)\S*: runtime error",
            log)]
        if not tap.ok(not reports, "no sanitizer report"):
            tap.diag(*[log[at:].partition("\n\n")[0][:2500]
                       for at in reports[:3]])

    # --- HTTP

    def request(self, port, method, path, body=None, headers=None, timeout=30):
        c = http.client.HTTPConnection("127.0.0.1", port, timeout=limit(timeout))
        headers = dict(headers or {})
        if isinstance(body, (dict, list)):
            body = json.dumps(body)
            headers.setdefault("Content-Type", "application/json")
        if isinstance(body, str):
            body = body.encode()
        try:
            c.request(method, path, body=body, headers=headers)
            r = c.getresponse()
            return Reply(r.status, {k.lower(): v for k, v in r.getheaders()},
                         r.read())
        finally:
            c.close()

    def api(self, method, path, body=None, headers=None, timeout=30):
        """One request to the API's server."""
        if os.environ.get("NF_TEST_RELOAD"):
            self.reload()
        return self.request(self.port, method, path, body, headers, timeout)

    def pages(self, path, most=200):
        """The answers of a list, page by page as their Links lead; a list that
        has no end ends with an error."""
        for _ in range(most):
            reply = self.api("GET", path)
            yield reply
            found = re.search(r'<([^>]+)>; *rel="next"',
                              reply.headers.get("link", ""))
            if not found:
                return
            path = found[1]
        raise RuntimeError(f"more than {most} pages, the last one {path}")

    def install(self, method, path, body=None, headers=None, timeout=30):
        """One request to the install network's server."""
        return self.request(self.install_port, method, path, body, headers,
                            timeout)

    def connect(self, port=None, timeout=30):
        return socket.create_connection(("127.0.0.1", port or self.port),
                                        limit(timeout))

    def raw(self, data, port=None, timeout=30):
        """Send bytes as they are; all that comes until nginx closes."""
        with self.connect(port, timeout) as s:
            try:
                s.sendall(data)
            except OSError:
                pass # answered and closed before it had read all
            return read_all(s)


def read_all(s):
    got = b""
    while True:
        try:
            more = s.recv(65536)
        except OSError:
            return got
        if not more:
            return got
        got += more


def events(text):
    """Server-sent events as dictionaries; comments are left out."""
    found = []
    for block in re.split(r"\n\n", text):
        event = {}
        for line in block.splitlines():
            name, _, value = line.partition(":")
            if name:
                event[name] = value.removeprefix(" ")
        if event:
            found.append(event)
    return found
