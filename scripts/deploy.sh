#!/bin/sh
# Build NodeFoundry and install it on this machine, or below a directory.
set -eu

usage() {
    cat <<'EOF'
usage: scripts/deploy.sh [--worker | --root DIR] [--help]

Installs what is needed, builds, installs into /usr and /etc/nodefoundry, makes
the account nodefoundry, and starts the service when systemd runs.  Existing
settings are kept.  Run it again to upgrade.

  --worker     for a host that drives BMCs for a bastion elsewhere: start
               nf-bmc alone, once /etc/nodefoundry/broker is there, which
               `nf workers add` on the bastion prints
  --root DIR   install below DIR and change nothing else (for packages)
EOF
}

root=''
service=nodefoundry.service
while [ $# -gt 0 ]; do
    case $1 in
        --root) root=${2:?--root needs a directory}; shift 2 ;;
        --worker) service=nodefoundry-bmc.service; shift ;;
        --help) usage; exit 0 ;;
        *) usage >&2; exit 2 ;;
    esac
done
[ -n "$root" ] || [ "$(id -u)" = 0 ] || {
    echo 'deploy.sh: must run as root (or use --root DIR)' >&2
    exit 1
}
case $root in
    '' | /*) ;;
    *) root=$PWD/$root ;;
esac
cd "$(dirname "$0")/.."

lib=$root/usr/lib/nodefoundry
share=$root/usr/share/nodefoundry
etc=$root/etc/nodefoundry
units=$root/lib/systemd/system

build() {
    [ -n "$root" ] || scripts/need run
    make -j"$(nproc)" all
}

install_completion() {
    build/bin/nf completion "$1" | install -D -m 644 /dev/stdin "$2"
}

# install(1) replaces by rename, so a program that runs may be replaced.
install_files() {
    install -D -m 755 build/bin/nf "$root/usr/bin/nf"
    install -D -m 755 -t "$lib" build/bin/nf-hook build/bin/nf-relay \
        build/bin/nf-reserve build/bin/nf-bmc
    install -D -m 644 -t "$lib" build/ngx_http_nf_module.so
    for dir in templates config; do
        (cd "conf/$dir" && find . -type f) | while read -r file; do
            install -D -m 644 "conf/$dir/$file" "$share/$dir/$file"
        done
    done
    install -D -m 644 -t "$share" conf/nodefoundry-agent.service
    install -D -m 644 -t "$units" conf/systemd/nodefoundry.service \
        conf/systemd/nodefoundry-bmc.service
    install -D -m 644 conf/logrotate "$root/etc/logrotate.d/nodefoundry"
    for page in docs/man/*.[58]; do
        install -D -m 644 -t "$root/usr/share/man/man${page##*.}" "$page"
    done
    install_completion bash "$root/usr/share/bash-completion/completions/nf"
    install_completion zsh "$root/usr/share/zsh/vendor-completions/_nf"
    install_completion fish "$root/usr/share/fish/vendor_completions.d/nf.fish"
    install -d -m 755 "$etc/templates"
    [ -e "$etc/nodefoundry.conf" ] \
        || install -m 640 conf/nodefoundry.conf "$etc/nodefoundry.conf"
    install -D -m 755 build/nf-agent \
        "$root/var/lib/nodefoundry/files/agent/amd64/nodefoundry-agent"
}

make_account() {
    getent group nodefoundry > /dev/null || groupadd --system nodefoundry
    getent passwd nodefoundry > /dev/null || useradd --system \
        --gid nodefoundry --home-dir /var/lib/nodefoundry --no-create-home \
        --shell /usr/sbin/nologin nodefoundry
    chgrp nodefoundry "$etc/nodefoundry.conf"
    for dir in /var/lib/nodefoundry /var/lib/nodefoundry/files; do
        chown nodefoundry:nodefoundry "$dir"
        chmod 2770 "$dir"
    done
}

# nf up runs a broker of its own, unless install-mosquitto.sh set one up.
free_the_broker() {
    [ -e /etc/mosquitto/conf.d/nodefoundry.conf ] \
        || systemctl disable --now mosquitto.service 2> /dev/null || true
}

# A store of an earlier version is brought up to this one's form, which takes
# that nobody uses it; what it was stays beside it.
prepare_store() {
    if nf store init; then
        return
    fi
    echo 'trying nf store migrate, as the store may be of an earlier version'
    [ ! -d /run/systemd/system ] || systemctl stop nodefoundry.service
    nf store migrate
    nf store init
}

start_service() {
    if [ ! -d /run/systemd/system ]; then
        echo "systemd does not run here: start it with  $1"
        return
    fi
    systemctl daemon-reload
    systemctl enable "$service"
    systemctl restart "$service"
    systemctl --no-pager --lines 5 status "$service"
}

build
install_files
if [ -n "$root" ]; then
    echo "installed below $root"
    exit 0
fi
make_account
if [ "$service" = nodefoundry-bmc.service ]; then
    start_service /usr/lib/nodefoundry/nf-bmc
    exit 0
fi
nf config check
prepare_store
[ ! -d /run/systemd/system ] || free_the_broker
start_service 'nf up'
