#!/usr/bin/env python3
"""The directives: what nginx -t says, and that it makes nothing."""

import gzip
import os
import signal
import sys
from concurrent.futures import ThreadPoolExecutor

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))

from nginx import Nginx, wait_for
from tap import done, is_, like, ok


def refused(name, pattern, settings=None, **parts):
    """A configuration that nginx -t refuses, with a line that says why."""
    t = Nginx(init=False, settings=settings)
    parts = {k: v % {"dir": t.dir} if "%(dir)s" in v else v
             for k, v in parts.items()}
    t.configure(**parts)
    rc, said = t.test_config()
    ok(rc != 0, f"{name}: refused")
    like(said, pattern, "and says why")
    t.remove()


def tested(t):
    rc, said = t.test_config()
    is_(rc, 0, "a good configuration passes nginx -t") or print("#", said)
    is_(os.listdir(t.path("store")), [], "which makes no store")
    ok(not os.path.exists(t.path("site.key")), "and no key")


def loopback_only():
    """Nobody says where nodes reach us, as on a machine without a network."""
    t = Nginx(init=False)
    del t.settings["NF_SERVER_ADDR"]
    t.configure()
    rc, said = t.test_config()
    is_(rc, 0, "the module starts without an address of ours") or print("#", said)
    like(said, r"\[warn\] .*NF_SERVER_ADDR is not set: nodes are given "
         r"127\.0\.0\.1:8081", "and warns")
    t.remove()
    refused("an interface, and no address", "NF_SERVER_ADDR: must be set",
            settings={"NF_SERVER_ADDR": "", "NF_DHCP_INTERFACE": "eth1"})


def errors():
    refused("no nf_store", r'no "nf_store" is defined', store="")
    refused("nf_store twice",
            r'"nf_store" directive is duplicate .*nginx.conf:',
            store="nf_store %(dir)s/store/a; nf_store %(dir)s/store/b;")
    refused("nf_store without a path", "invalid number of arguments",
            store="nf_store;")
    refused("nf_store where there is no directory",
            r"/none.* failed \(2: No such file",
            store="nf_store %(dir)s/none/nodes.db;")
    refused("nf_store in a server", r'"nf_store" directive is not allowed here',
            api="nf_store /x;")
    refused("nf_config twice", r'"nf_config" directive is duplicate',
            http="nf_config /etc/hostname;")
    refused("nf_files of what is no directory", "is not a directory",
            api="location /x/ { nf_files %(dir)s/nginx.conf; }")
    refused("nf_files of nothing", "failed .2: No such file",
            api="location /x/ { nf_files %(dir)s/none; }")
    refused("nf_files in a regex location", "regular expression",
            api="location ~ x { nf_files %(dir)s/files; }")
    refused("nf_files twice", '"nf_files" directive is duplicate',
            api="location /x/ { nf_files %(dir)s/files; "
                "nf_files %(dir)s/files; }")
    refused("two listeners", '"nf_boot" directive is a second listener',
            api="location /x/ { nf_api; nf_boot; }")
    refused("nf_api in http", '"nf_api" directive is not allowed here',
            http="nf_api;")
    refused("nf_api with an argument", "invalid number of arguments",
            api="location /x/ { nf_api on; }")
    refused("a thread pool that is not defined", 'unknown thread pool "none"',
            http="nf_thread_pool none;")


def settings():
    refused("a bad setting", "NF_HEARTBEAT_INTERVAL",
            settings={"NF_HEARTBEAT_INTERVAL": "soon"})
    refused("an unknown setting", "NF_NONSENSE",
            settings={"NF_NONSENSE": "1"})
    refused("no templates", "template", settings={"NF_SHARE_DIR": "/none"})
    t = Nginx(init=False)
    t.write("templates/boot/wait.ipxe", "#!ipxe\n{{#open}}never closed\n")
    rc, said = t.test_config()
    ok(rc != 0, "a broken template of the operator: refused")
    like(said, "boot/wait.ipxe", "and named")
    t.write("templates/boot/wait.ipxe", "#!ipxe\necho ours {{mac}}\n")
    t.store_init()
    with t:
        t.api("POST", "/api/v1/nodes", {"mac": "525400000001"})
        r = t.install("GET", "/boot/525400000001/boot.ipxe")
        is_(r.text, "#!ipxe\necho ours 525400000001\n", "a good one is used")
        t.write("templates/boot/wait.ipxe", "#!ipxe\n{{/never}}\n")
        t.allowed = "template boot/wait.ipxe: line 2"
        workers = t.workers()
        t.master.send_signal(signal.SIGHUP)
        ok(wait_for(lambda: "{{/never}}" in t.read("error.log")),
           "a broken one is named in error.log")
        r = t.install("GET", "/boot/525400000001/boot.ipxe")
        is_(r.text, "#!ipxe\necho ours 525400000001\n",
            "a reload with a broken one keeps the old configuration")
        is_(t.workers(), workers, "and the old workers")


def combined():
    """Directives of nginx around ours."""
    t = Nginx(http="nf_thread_pool ours;", main="thread_pool ours threads=2;",
              api="""
        location /api/v1/admin/ { nf_api; limit_except GET { deny all; } }
        location /closed/ { nf_api; deny all; }
        location /small/ { nf_api; client_max_body_size 10; }
        location /packed/ { rewrite ^/packed(/.*) $1 break; nf_api; gzip on;
            gzip_min_length 1; gzip_types *; }
        location /slow/ { rewrite ^/slow(/.*) $1 break; nf_api;
            limit_rate 100k; limit_rate_after 300k; }
        location /data/ { nf_files %s; }
    """ % "/usr/share/common-licenses/")
    with t:
        is_(t.api("POST", "/api/v1/nodes", {"mac": "525400000001"}).status, 201,
            "a thread pool of one's own")
        is_(t.api("GET", "/api/v1/admin/dhcp/leases").status, 200,
            "limit_except keeps the handler")
        is_(t.api("PUT", "/api/v1/admin/dhcp/leases").status, 403,
            "and its own rule")
        with ThreadPoolExecutor(16) as pool:
            made = list(pool.map(lambda i: t.request(
                t.port, "POST", "/api/v1/nodes", {"mac": f"525400{i:06x}"}
            ).status, range(2, 3000)))
        is_(set(made), {201}, "3,000 nodes")
        plain = t.api("GET", "/api/v1/nodes").body
        r = t.api("GET", "/packed/api/v1/nodes",
                  headers={"Accept-Encoding": "gzip"})
        is_(r.headers.get("content-encoding"), "gzip", "gzip packs a list")
        ok(gzip.decompress(r.body) == plain, "and it is the same")
        r = t.api("GET", "/slow/api/v1/nodes")
        ok(r.body == plain, "limit_rate slows it down, no more")
        is_(t.api("GET", "/closed/").status, 403, "deny works")
        r = t.api("POST", "/small/", b"x" * 11)
        is_(r.status, 413, "a smaller client_max_body_size is obeyed")
        is_(t.api("GET", "/data/GPL-3").status, 200,
            "nf_files with a slash at the end")


def main():
    t = Nginx(init=False)
    tested(t)
    t.remove()
    errors()
    loopback_only()
    settings()
    combined()
    done()


main()
