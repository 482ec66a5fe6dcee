#include "render/packages_script.h"

/* APT may hang on a full file system.  The image's own sources stay as they
 * are, and are not asked. */
static const char text[] =
    "set -e\n"
    "command -v apt-get > /dev/null || {\n"
    "    echo 'the image has no apt-get to install packages with' >&2\n"
    "    exit 1\n"
    "}\n"
    "set -- $(stat -f -c '%%a %%S' /)\n"
    "free=$(($1 * $2 / 1048576))\n"
    "[ $free -ge 256 ] || {\n"
    "    echo \"the written system has $free MiB left, and packages take 256 or"
    " more: it grows to its disk where nf-agent's RAM disk has resize2fs\" "
    ">&2\n"
    "    exit 1\n"
    "}\n"
    "list=$(mktemp /tmp/nodefoundry.XXXXXX.list)\n"
    "policy=/usr/sbin/policy-rc.d\n"
    "echo 'deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]"
    " http://%.*s/debian %.*s main' > $list\n"
    "chmod 644 $list\n"
    "[ -e $policy ] || {\n"
    "    printf '#!/bin/sh\\nexit 101\\n' > $policy\n"
    "    chmod 755 $policy\n"
    "    made=$policy\n"
    "}\n"
    "trap 'rm -f $list $made' EXIT\n"
    "apt() {\n"
    "    DEBIAN_FRONTEND=noninteractive apt-get -q -y"
    " -o Dir::Etc::sourcelist=$list -o Dir::Etc::sourceparts=-"
    " -o APT::Update::Error-Mode=any -o Acquire::Languages=none"
    " -o Dpkg::Use-Pty=0 -o Dpkg::Options::=--force-confold"
    " \"$@\"\n"
    "}\n"
    "apt update\n"
    "apt install%.*s\n"
    "rm -rf /var/lib/apt/lists/* /var/cache/apt/archives/*.deb\n";

struct nf_text
nf_packages_script(struct nf_build *build, struct nf_text server,
                   const struct nf_value *document)
{
    const struct nf_value *packages = nf_value_member(document, "packages");
    struct nf_text suite = nf_value_member_text(document, "suite");

    if (nf_value_count(packages) == 0) {
        return NF_TEXT("");
    }
    struct nf_text line = nf_build_join(build, packages, " ");
    return nf_build_printf(build, text, (int) server.len, server.data,
                           (int) suite.len, suite.data, (int) line.len,
                           line.data);
}
