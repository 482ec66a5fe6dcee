"""A BMC that speaks Redfish, with a machine whose power takes its time.

As the standard has it, unless a quirk is named; each is of machines that are
there, as said beside it."""

import base64
import contextlib
import hashlib
import http.server
import json
import pathlib
import ssl
import subprocess
import tempfile
import threading
import time

USER, PASSWORD = "root", "s3cret \"\\ä"
DELAY_S = 0.4 # until a machine is on, or off

QUIRKS = {
    # which system
    "embedded": "System.Embedded.1: Dell iDRAC",
    "self": "Self: AMI (Gigabyte H262, Lenovo SR655)",
    "trailing_slash": "links that end in one: HPE XL675d, iLO 5",
    "dgx": "a GPU baseboard beside the host, boot in /SD, If-Match: * (DGX H100)",
    "twins": "two hosts behind one BMC: HPE Cray EX4252",
    "no_members": "an empty collection: early Supermicro firmware",
    # power
    "chassis_is_on": "the chassis is On whatever the host is: bmcweb#12",
    "action_info": "values in a document of their own: OpenBMC, Gigabyte, Cray",
    "no_list": "values nowhere: early firmware",
    "force_on": "ForceOn without On: allowed by DSP2046",
    "fused": "GracefulShutdownGracefulRestart: Supermicro X12, firmware 1.14",
    "no_force_off": "On, GracefulRestart, ForceRestart, PowerCycle only",
    "powering": "PoweringOn, PoweringOff: OpenBMC",
    "null_power": "no PowerState for a while: iLO 6 1.70, metal-operator#594",
    "already_409": "409 of what is on: DSP0266; community.general 56069",
    "already_400": "400 of what is on: iLO",
    "task": "202 and a task: iDRAC 9, AMI",
    "body_200": "200 and a body: Supermicro",
    # ETags
    "tag_wanted": "428 without If-Match: AMI, gofish#171",
    "tag_quoted": "told bare, wanted quoted: community.general#6434",
    "tag_bare": "told weak, wanted bare: community.general#3268",
    # boot
    "mode_refused": "400 of BootSourceOverrideMode: HPE, community.general#3509",
    "mode_needed": "Legacy, unless it is sent: Supermicro, Redfishtool#106",
    "applied_400": "400 of what it took: iDRAC 8, community.general#5091",
    "future_uri": "boot is set in the future state: AMI, Redfish-Tacklebox#111",
    "pending": "a settings object without boot: Lenovo SR670 V2",
    "mirror": "a settings object that shows the same: NVIDIA GH200, BlueField",
    "cd_dvd": "CD/DVD instead of Cd, and no mode: Supermicro X10",
    "no_boot_list": "no list of devices: HPE Cray EX, DGX H100",
    "other_boot": "UefiHttp is set: BlueField-3",
    # logins
    "no_sessions": "405: iDRAC 8, idrac_exporter#132",
    "sessions_full": "503, RAC0218: iDRAC 9, gofish#75",
    "forgets": "the session is gone after some requests: a BMC that restarts",
    "login_400": "400 of a wrong password: iLO 5",
    "root_shut": "401 of the root: early firmware",
    "reader": "403 of all that changes something: a user ReadOnly",
    # the way
    "redirect": "308 of /redfish/v1/ to one without a slash: DSP0266 6.1",
    "redirect_away": "302 to another host",
    # what it is
    "blank_serial": "a serial number of blanks: Supermicro X10",
    "latin1": "a model that is no UTF-8, with a tab: FRUs written by hand",
    "led": "IndicatorLED without LocationIndicatorActive: iDRAC 9, iLO 5",
    "led_lit": "the same, and Blinking is refused",
    "chassis_light": "the light is the chassis': Supermicro, Lenovo",
    "usb_first": "the card to the host first, 169.254: AMI, DGX H100",
    # faults
    "silent": "takes connections and says nothing",
    "hang": "stops in the middle of an answer",
    "cut": "ends in the middle of an answer",
    "garbage": "bytes that are no JSON",
    "html": "200 and a page: a proxy before it",
    "error_500": "500 and a page",
    "busy": "503: a BMC that starts",
    "slow": "byte by byte",
    "huge": "more than 1 MiB",
}

RESETS = ["On", "ForceOff", "GracefulShutdown", "GracefulRestart",
          "ForceRestart", "Nmi"]
DEVICES = ["None", "Pxe", "Hdd", "Cd", "BiosSetup", "Usb"]
OLD_KEY = ("-newkey", "rsa:1024", "-sha1")
FAULTS = ("silent", "hang", "cut", "garbage", "html", "error_500", "busy",
          "slow", "huge")


class Failure(Exception):
    """An answer that is no success: (status, MessageId)."""


def openssl(*words, cwd):
    return subprocess.run(["openssl", *words], cwd=cwd, check=True,
                          capture_output=True).stdout


def make_certificate(path, key=("-newkey", "ec", "-pkeyopt",
                                "ec_paramgen_curve:P-256")):
    """key.pem and cert.pem, signed by themselves; the pin of the key."""
    openssl("req", "-x509", *key, "-nodes", "-keyout", "key.pem", "-out",
            "cert.pem", "-days", "2", "-subj", "/CN=bmc", "-addext",
            "subjectAltName=IP:127.0.0.1", cwd=path)
    public = openssl("x509", "-in", "cert.pem", "-pubkey", "-noout", cwd=path)
    (path / "public.pem").write_bytes(public)
    der = openssl("pkey", "-pubin", "-in", "public.pem", "-outform", "der",
                  cwd=path)
    return "sha256//" + base64.b64encode(
        hashlib.sha256(der).digest()).decode()


class Machine:
    """Power that takes effect later, and is counted."""

    def __init__(self):
        self.power, self.wanted, self.at = "Off", "Off", 0.0
        self.cycles = 0 # from on to off to on
        self.was_on = False

    def settle(self):
        if self.power == self.wanted or time.monotonic() < self.at:
            return
        if self.wanted == "On" and self.was_on:
            self.cycles += 1
        self.power = self.wanted
        self.was_on = self.was_on or self.power == "On"

    def go(self, wanted):
        self.wanted, self.at = wanted, time.monotonic() + DELAY_S


class Peer:
    """`with Peer("self", "action_info") as bmc:` ... bmc.port, bmc.resets."""

    def __init__(self, *quirks, is_plain=False, is_old=False,
                 at=("127.0.0.1", 0)):
        unknown = set(quirks) - QUIRKS.keys()
        if unknown:
            raise ValueError(f"no such quirks: {unknown}")
        self.quirks, self.is_plain = set(quirks), is_plain
        self.is_old = is_old # a key and a key exchange of 1,024 bits
        self.at = at
        self.machine = Machine()
        self.name = ("DGX" if "dgx" in quirks else
                     "System.Embedded.1" if "embedded" in quirks else
                     "Self" if "self" in quirks else
                     "Node0" if "twins" in quirks else "1")
        self.boot = {"BootSourceOverrideEnabled": "Disabled",
                     "BootSourceOverrideTarget": "None",
                     "BootSourceOverrideMode": "UEFI"}
        if "cd_dvd" in quirks:
            del self.boot["BootSourceOverrideMode"]
        if "other_boot" in quirks:
            self.boot.update(BootSourceOverrideEnabled="Continuous",
                             BootSourceOverrideTarget="UefiHttp")
        self.light = "Off"
        self.resets, self.requests, self.sessions = [], [], {}
        self.logins = self.nulls = 0
        self.version = 1
        self.elsewhere = None
        self._over = threading.Event()
        self._directory = tempfile.TemporaryDirectory(prefix="nf-redfish-")
        self.dir = pathlib.Path(self._directory.name)
        self.pin = "" if is_plain else make_certificate(
            self.dir, *([OLD_KEY] if is_old else []))

    def __enter__(self):
        handler = type("Handler", (Handler,), {"bmc": self})
        self.server = http.server.ThreadingHTTPServer(self.at, handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        if not self.is_plain:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            if self.is_old:
                self.speak_as_of_old(context)
            context.load_cert_chain(self.dir / "cert.pem",
                                    self.dir / "key.pem")
            self.server.socket = context.wrap_socket(
                self.server.socket, server_side=True,
                do_handshake_on_connect=False)
        self._thread = threading.Thread(target=self.server.serve_forever,
                                        kwargs={"poll_interval": 0.05},
                                        daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *ignored):
        self._over.set()
        self.server.shutdown()
        self.server.server_close()
        self._directory.cleanup()

    def has(self, *quirks):
        return any(quirk in self.quirks for quirk in quirks)

    def speak_as_of_old(self, context):
        openssl("dhparam", "-dsaparam", "-out", "dh.pem", "1024", cwd=self.dir)
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers("DHE-RSA-AES256-GCM-SHA384:@SECLEVEL=0")
        context.load_dh_params(self.dir / "dh.pem")

    def rest(self):
        """As long as the peer is there."""
        self._over.wait(120)

    # --- documents ---------------------------------------------------------

    def link(self, path):
        slash = "/" if self.has("trailing_slash") else ""
        return {"@odata.id": f"/redfish/v1/{path}{slash}"}

    @property
    def system_path(self):
        return f"Systems/{self.name}"

    def etag(self):
        word = f"v{self.version}"
        return (word if self.has("tag_quoted") else
                f'W/"{word}"' if self.has("tag_bare") else f'"{word}"')

    def documents(self):
        system = self.system_path
        names = {"dgx": ["DGX", "HGX_Baseboard_0"], "twins": ["Node0", "Node1"],
                 "no_members": []}
        members = next((names[q] for q in names if self.has(q)), [self.name])
        manager = "Managers/bmc"
        cards = ["usb0", "eth0"] if self.has("usb_first") else ["eth0"]
        documents = {
            "": {"@odata.type": "#ServiceRoot.v1_5_0.ServiceRoot",
                 "RedfishVersion": "1.11.0", "Vendor": "ACME",
                 "Product": "Box Controller",
                 "UUID": "92384634-2938-2342-8820-489239905423",
                 "Systems": self.link("Systems"),
                 "Managers": self.link("Managers"),
                 "Links": {"Sessions": self.link("SessionService/Sessions")}},
            "Systems": {"Members": [self.link(f"Systems/{name}")
                                    for name in members]},
            system: self.system(),
            f"{system}/ResetActionInfo": {"Parameters": [
                {"Name": "Other", "AllowableValues": ["Nothing"]},
                {"Name": "ResetType", "AllowableValues": self.reset_types()}]},
            "Systems/HGX_Baseboard_0": {"SystemType": "Physical",
                                        "PowerState": "On"},
            "Systems/Node1": self.system(),
            f"{system}/SD": {"Boot": self.boot} if self.has("dgx", "future_uri")
            else None,
            f"{system}/Settings": {"Boot": self.boot},
            f"{system}/Pending": {"Boot": {}},
            "Chassis/1": {"PowerState": "On" if self.has("chassis_is_on")
                          else self.power(), "IndicatorLED": self.light},
            "Managers": {"Members": [self.link(manager)]},
            manager: {"FirmwareVersion": "1.23.45", "PowerState": "On",
                      "EthernetInterfaces":
                      self.link(f"{manager}/EthernetInterfaces")},
            f"{manager}/EthernetInterfaces": {"Members": [
                self.link(f"{manager}/EthernetInterfaces/{card}")
                for card in cards]},
            f"{manager}/EthernetInterfaces/usb0": {
                "MACAddress": "00:00:00:00:00:01",
                "IPv4Addresses": [{"Address": "169.254.0.17"}]},
            f"{manager}/EthernetInterfaces/eth0": {
                "MACAddress": "52:54:00:AB:CD:EF",
                "IPv4Addresses": [{"Address": "0.0.0.0"},
                                  {"Address": "10.0.0.5"}]},
        }
        return {path: doc for path, doc in documents.items() if doc}

    def reset_types(self):
        types = list(RESETS)
        if self.has("force_on"):
            types[0] = "ForceOn"
        if self.has("fused"):
            types[2:4] = ["GracefulShutdownGracefulRestart"]
        if self.has("no_force_off"):
            types = ["On", "GracefulRestart", "ForceRestart", "PowerCycle"]
        return types

    def power(self):
        machine = self.machine
        machine.settle()
        if self.has("null_power") and self.nulls < 3:
            self.nulls += 1
            return None
        if self.has("powering") and machine.power != machine.wanted:
            return f"Powering{machine.wanted}"
        return machine.power

    def reset_action(self):
        path = f"/redfish/v1/{self.system_path}"
        action = {"target": f"{path}/Actions/ComputerSystem.Reset"}
        if self.has("action_info", "dgx"):
            action["@Redfish.ActionInfo"] = f"{path}/ResetActionInfo"
        elif not self.has("no_list"):
            action["ResetType@Redfish.AllowableValues"] = self.reset_types()
        return action

    def shown_boot(self):
        boot = dict(self.boot)
        if self.has("dgx"): # until the machine starts
            boot = {"BootSourceOverrideEnabled": "Disabled",
                    "BootSourceOverrideTarget": "None",
                    "BootSourceOverrideMode": None}
        elif not self.has("no_boot_list"):
            words = list(DEVICES)
            if self.has("cd_dvd"):
                words[3] = "CD/DVD"
            boot["BootSourceOverrideTarget@Redfish.AllowableValues"] = words
        return boot

    def system(self):
        settings = ("SD" if self.has("dgx") else
                    "Pending" if self.has("pending") else
                    "Settings" if self.has("mirror") else None)
        doc = {
            "SystemType": "Physical", "Manufacturer": "ACME",
            "Model": "Box\t\x9f1" if self.has("latin1") else "Box 1",
            "SerialNumber": "    " if self.has("blank_serial") else " SN42 ",
            "BiosVersion": "9.9", "PowerState": self.power(),
            "Memory": 1.5, "Bios": self.link(f"{self.system_path}/Bios"),
            "Boot": self.shown_boot(),
            "Links": {"ManagedBy": [self.link("Managers/bmc")],
                      "Chassis": [self.link("Chassis/1")]},
            "Actions": {"#ComputerSystem.Reset": self.reset_action()},
        }
        if not self.has("chassis_light"):
            doc["IndicatorLED"] = self.light
            if not self.has("led", "led_lit"):
                doc["LocationIndicatorActive"] = self.light != "Off"
        if settings:
            doc["@Redfish.Settings"] = {"SettingsObject": self.link(
                f"{self.system_path}/{settings}")}
        return doc

    # --- what it is told ---------------------------------------------------

    def reset(self, body):
        word, machine = body.get("ResetType"), self.machine
        wanted = {"On": "On", "ForceOn": "On", "ForceOff": "Off",
                  "GracefulShutdown": "Off"}.get(word)
        machine.settle()
        fused = self.has("fused") and word == "GracefulShutdown"
        if word not in self.reset_types() and not fused:
            raise Failure(400, "Base.1.8.ActionParameterNotSupported")
        if wanted and wanted == machine.power:
            if self.has("already_409"):
                raise Failure(409, "Base.1.8.ResourceInUse")
            if self.has("already_400"):
                raise Failure(400, "iLO.2.8.InvalidOperationForSystemState")
        self.resets.append(word)
        if wanted:
            machine.go(wanted)
        return 202 if self.has("task") else 200 if self.has("body_200") else 204

    def set_boot(self, path, boot):
        mode = boot.get("BootSourceOverrideMode")
        is_future = path.rpartition("/")[2] in ("SD", "Settings")
        if self.has("future_uri") and not is_future:
            raise Failure(400, "Ami.1.0.OperationSupportedInFutureStateURI")
        if mode and self.has("mode_refused", "cd_dvd"):
            raise Failure(400, "Base.1.8.PropertyNotWritable")
        words = self.shown_boot().get(
            "BootSourceOverrideTarget@Redfish.AllowableValues")
        if words and boot.get("BootSourceOverrideTarget", "None") not in words:
            raise Failure(400, "Base.1.8.PropertyValueNotInList")
        if self.has("mode_needed"):
            self.boot["BootSourceOverrideMode"] = "Legacy"
        self.boot.update(boot)
        self.version += 1
        if self.has("applied_400"):
            raise Failure(400, "Base.1.0.GeneralError")

    def set_light(self, body):
        if "LocationIndicatorActive" in body:
            if self.has("led", "led_lit", "chassis_light"):
                raise Failure(400, "Base.1.8.PropertyUnknown")
            self.light = "Lit" if body["LocationIndicatorActive"] else "Off"
            return
        if self.has("led_lit") and body["IndicatorLED"] == "Blinking":
            raise Failure(400, "Base.1.8.PropertyValueNotInList")
        self.light = body["IndicatorLED"]

    def patch(self, path, body, if_match):
        if self.has("reader"):
            raise Failure(403, "Base.1.8.InsufficientPrivilege")
        wanted = (("*",) if self.has("dgx") else
                  (f"v{self.version}",) if self.has("tag_bare") else
                  (f'"v{self.version}"', "*") if self.has("tag_quoted") else
                  (self.etag(), "*"))
        if if_match is None and self.has("tag_wanted", "tag_quoted", "tag_bare",
                                         "dgx"):
            raise Failure(428, "Base.1.8.PreconditionRequired")
        if if_match is not None and if_match not in wanted:
            raise Failure(412, "Base.1.8.PreconditionFailed")
        if "Boot" in body:
            self.set_boot(path, body["Boot"])
        else:
            self.set_light(body)

    def log_in(self, body):
        if self.has("no_sessions"):
            raise Failure(405, "Base.1.8.OperationNotAllowed")
        if self.has("sessions_full"):
            raise Failure(503, "IDRAC.2.4.RAC0218")
        if (body.get("UserName"), body.get("Password")) != (USER, PASSWORD):
            if self.has("login_400"):
                raise Failure(400, "iLO.2.8.UnauthorizedLoginAttempt")
            raise Failure(401, "Base.1.8.NoValidSession")
        self.logins += 1
        self.sessions[f"token{self.logins}"] = self.logins
        return f"token{self.logins}"


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 120
    bmc = None

    def log_message(self, format, *args): # noqa: A002
        pass

    def handle(self):
        with contextlib.suppress(OSError):
            super().handle()

    def is_known(self, path):
        if path == "" and not self.bmc.has("root_shut"):
            return True
        if path == "SessionService/Sessions" and self.command == "POST":
            return True
        token = self.headers.get("X-Auth-Token")
        if token is not None:
            return token in self.bmc.sessions
        basic = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        return self.headers.get("Authorization") == f"Basic {basic}"

    def body(self):
        length = int(self.headers.get("Content-Length", 0))
        return json.loads(self.rfile.read(length) or b"{}")

    def reply(self, status, doc=None, headers=(), raw=None):
        text = raw if raw is not None else (
            b"" if doc is None else json.dumps(
                doc, ensure_ascii=False).encode("latin-1", "replace"))
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def refuse(self, status, message):
        self.reply(status, {"error": {
            "code": "Base.1.8.GeneralError", "message": "see below",
            "@Message.ExtendedInfo": [
                {"MessageId": message, "Message": f"because {message}"}]}})

    def fail_as_named(self, doc):
        """A fault in the place of the system's document; False: none."""
        bmc, text = self.bmc, json.dumps(doc).encode()
        fault = next((f for f in FAULTS if bmc.has(f)), None)
        if fault in ("silent", "hang", "cut", "slow"):
            if fault != "silent":
                self.send_response(200)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text[:20])
            if fault == "slow":
                for at in range(20, len(text), 64):
                    time.sleep(0.02)
                    self.wfile.write(text[at:at + 64])
                return True
            if fault != "cut":
                bmc.rest()
            self.close_connection = True
        elif fault == "garbage":
            self.reply(200, raw=b"\x00\xff{\"PowerState\": \x1b[2J" * 20)
        elif fault == "html":
            self.reply(200, raw=b"<html>log in</html>")
        elif fault == "error_500":
            self.reply(500, raw=b"<html>oops</html>")
        elif fault == "busy":
            self.refuse(503, "Base.1.8.ServiceTemporarilyUnavailable")
        elif fault == "huge":
            self.reply(200, raw=b"[" + b"1," * (1 << 20) + b"1]")
        return fault is not None

    def get(self, path):
        bmc = self.bmc
        documents = bmc.documents()
        if path == "" and bmc.has("redirect") and self.path.endswith("/"):
            self.reply(308, headers=[("Location", "/redfish/v1")])
        elif bmc.has("redirect_away") and path == bmc.system_path:
            self.reply(302, headers=[("Location",
                                      f"{bmc.elsewhere}/redfish/v1/away")])
        elif path == bmc.system_path and self.fail_as_named(documents[path]):
            pass
        elif path in documents:
            self.reply(200, documents[path], [("ETag", bmc.etag())])
        else:
            self.refuse(404, "Base.1.8.ResourceMissingAtURI")

    def post(self, path):
        bmc, body = self.bmc, self.body()
        if path == "SessionService/Sessions":
            token = bmc.log_in(body)
            self.reply(201, {"Id": token}, [
                ("X-Auth-Token", token),
                ("Location", f"https://bmc.example/redfish/v1/{path}/{token}")])
            return
        if self.headers.get("If-Match") is not None: # iDRAC 10: gofish#510
            raise Failure(412, "Base.1.8.PreconditionFailed")
        if bmc.has("reader"):
            raise Failure(403, "Base.1.8.InsufficientPrivilege")
        if path != f"{bmc.system_path}/Actions/ComputerSystem.Reset":
            raise Failure(404, "Base.1.8.ResourceMissingAtURI")
        status = bmc.reset(body)
        self.reply(status, {"@Message.ExtendedInfo": []}
                   if status == 200 else None,
                   [("Location", "/redfish/v1/TaskService/Tasks/1")]
                   if status == 202 else [])

    def answer(self):
        bmc = self.bmc
        path = self.path.removeprefix("/redfish/v1").strip("/")
        bmc.requests.append((self.command, self.path, dict(self.headers)))
        if bmc.has("forgets") and len(bmc.requests) == 5:
            bmc.sessions.clear()
        try:
            if not self.is_known(path):
                self.body()
                raise Failure(401, "Base.1.8.NoValidSession")
            if self.command == "GET":
                self.get(path)
            elif self.command == "POST":
                self.post(path)
            elif self.command == "PATCH":
                bmc.patch(path, self.body(), self.headers.get("If-Match"))
                self.reply(200, {})
            else:
                bmc.sessions.pop(path.rpartition("/")[2], None)
                self.reply(204)
        except Failure as failure:
            self.refuse(*failure.args)

    do_GET = do_POST = do_PATCH = do_DELETE = answer # noqa: N815
