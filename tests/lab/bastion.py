"""The bastion of the lab: its NF_* file, its store, `nf up`, its API."""

import http.client
import json
import shutil
import signal
import subprocess
import time

import forward
import instance
import netns

HTTP_ADDR = "127.0.0.1:8080"
MQTT_ADDR = ("127.0.0.1", "1883")
READY_S = 60
IPXE = ("undionly.kpxe", "snponly.efi")


FOLDERS = ("files", "tftp", "hosts", "spool", "run", "log", "proxy-cache")

class Bastion:
    """Everything that runs inside the namespace except the machines."""

    def __init__(self, namespace, directory, extra):
        self.dir = directory
        self.port = None
        self.access_log = directory / "log/access.log"
        self._extra = extra
        self._namespace = namespace
        self.log = directory / "nf-up.log"
        self._log = open(self.log, "ab")
        self._process = None
        self._forward = None

    def settings(self):
        """The NF_* variables; what is not here has its default."""
        own = self.dir
        return {
            "NF_DB_PATH": own / "nodes.db",
            "NF_KEY_FILE": own / "site.key",
            "NF_FILES_DIR": own / "files",
            "NF_TFTP_DIR": own / "tftp",
            "NF_HOSTS_DIR": own / "hosts",
            "NF_SPOOL_DIR": own / "spool",
            "NF_BMC_DIR": own / "bmc",
            "NF_BMC_DEVICES": own / "bmcs",
            "NF_RUN_DIR": own / "run",
            "NF_LOG_DIR": own / "log",
            "NF_CACHE_DIR": own / "proxy-cache",
            "NF_LIB_DIR": instance.BUILD,
            "NF_SHARE_DIR": instance.ROOT / "conf",
            # Everything in the lab belongs to whoever may make a namespace.
            "NF_USER": "root",
            "NF_HTTP_ADDR": HTTP_ADDR,
            "NF_INSTALL_ADDR": f"{netns.ADDRESS}:80",
            "NF_SERVER_ADDR": f"{netns.ADDRESS}:80",
            "NF_DHCP_INTERFACE": netns.BRIDGE,
            "NF_DHCP_IP_POOL_START": "10.66.0.50",
            "NF_DHCP_IP_POOL_END": "10.66.0.250",
            # iPXE waits 16 s for a router announcement before it goes on.
            "NF_DHCP_RA": "on",
            "NF_HEARTBEAT_INTERVAL": 10,
            **self._extra,
        }

    def prepare(self, files, loaders):
        """Write the configuration, lay out files, make the store."""
        self._configure()
        for name in FOLDERS:
            (self.dir / name).mkdir()
        for name in IPXE:
            shutil.copy(f"/usr/lib/ipxe/{name}", self.dir / "tftp")
        for name, source in files.items():
            place(source, self.dir / "files" / name)
        for name, source in loaders.items():
            place(source, self.dir / "tftp" / name)
        self.nf("store", "init")

    def nf(self, *words):
        """Run build/nf with this site's configuration, inside."""
        done = subprocess.run(
            self._namespace.command(str(instance.BUILD / "nf"), *words),
            env=self.environment(), capture_output=True, text=True,
            timeout=60, check=False)
        if done.returncode:
            raise OSError(f"nf {' '.join(words)}: exit {done.returncode}: "
                          f"{(done.stderr or done.stdout).strip()}")
        return done.stdout

    def _configure(self):
        config = self.dir / "nodefoundry.conf"
        config.write_text("".join(f"{name}={value}\n" for name, value
                                  in self.settings().items()))

    def command(self, *words):
        """A command line that runs inside."""
        return self._namespace.command(*map(str, words))

    def environment(self):
        return {"PATH": f"{instance.BUILD}:/usr/sbin:/usr/bin:/sbin:/bin",
                "NF_CONFIG": str(self.dir / "nodefoundry.conf")}

    def start(self):
        """Start `nf up` and wait until the API answers."""
        words = self._namespace.command(str(instance.BUILD / "nf"), "up")
        self._process = subprocess.Popen(
            words, env=self.environment(), stdin=subprocess.DEVNULL,
            stdout=self._log, stderr=self._log, start_new_session=True)
        self._forward, self.port = forward.start(self._namespace, HTTP_ADDR,
                                                 self._log)
        self._wait_ready()

    def reload(self, **changes):
        """With other NF_* variables, as `systemctl reload` does."""
        self._extra = {**self._extra, **changes}
        self._configure()
        netns.send([self._process.pid], signal.SIGHUP)

    def restart(self, **changes):
        """The same, by a new `nf up`."""
        self._extra = {**self._extra, **changes}
        self._configure()
        self._end()
        self.start()

    def stop(self):
        """End `nf up` as systemd would; what is left dies with the netns."""
        self._end()
        self._log.close()

    def _end(self):
        for process in (self._process, self._forward):
            if process is None or process.poll() is not None:
                continue
            netns.send([process.pid], signal.SIGTERM)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                pass

    @property
    def pid(self):
        """Of nf up."""
        return self._process.pid

    def running(self):
        return self._process is not None and self._process.poll() is None

    def call(self, method, path, body=None):
        """Ask the API; (status, decoded JSON or text).  OSError: no answer."""
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            data = None if body is None else json.dumps(body)
            headers = {"Content-Type": "application/json"} if data else {}
            link.request(method, path, data, headers)
            answer = link.getresponse()
            text = answer.read().decode("utf-8", "replace")
            return answer.status, decoded(text)
        except http.client.HTTPException as error:
            raise OSError(f"{method} {path}: {error!r}") from error
        finally:
            link.close()

    def log_tail(self, count=15):
        text = self.log.read_text(errors="replace")
        return text.splitlines()[-count:]

    def _wait_ready(self):
        end = time.monotonic() + READY_S
        while time.monotonic() < end:
            if not self.running():
                raise OSError("nf up ended: " + " / ".join(self.log_tail(3)))
            try:
                if self.call("GET", "/health")[0] == 200:
                    return
            except OSError:
                pass
            time.sleep(0.1)
        raise OSError(f"the API did not answer within {READY_S} s")


def decoded(text):
    try:
        return json.loads(text)
    except ValueError:
        return text


def place(source, target):
    """A hard link where that is possible: images are large."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        target.hardlink_to(source.resolve())
    except OSError:
        shutil.copy(source, target)
