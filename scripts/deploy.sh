#!/bin/sh
# Build NodeFoundry and install it on this machine, or below a directory.
set -eu

usage() {
    cat <<'EOF'
usage: scripts/deploy.sh [--worker] [--root DIR] [--help]
       scripts/deploy.sh --remove [--purge] [--root DIR]

Installs the required packages, builds, installs into /usr and /etc/nodefoundry,
creates the account nodefoundry, and starts the service if systemd is running.
Existing settings are kept.  Run it again to upgrade.

  --remove     stop the service and remove all files of the installed version;
               settings, store, boot files and logs are kept
  --purge      with --remove: also remove those, and the account
  --worker     for a host that controls BMCs for a bastion on another host:
               start only nf-bmc, once /etc/nodefoundry/broker exists, which
               `nf workers add` prints on the bastion
  --root DIR   install below DIR and change nothing else (for packages)
EOF
}

root=''
service=nodefoundry.service
remove='' purge=''
while [ $# -gt 0 ]; do
    case $1 in
        --remove) remove=yes; shift ;;
        --purge) purge=yes; shift ;;
        --root) root=${2:?--root needs a directory}; shift 2 ;;
        --worker) service=nodefoundry-bmc.service; shift ;;
        --help) usage; exit 0 ;;
        *) usage >&2; exit 2 ;;
    esac
done
if [ -n "$purge" ] && [ -z "$remove" ]; then
    usage >&2
    exit 2
fi
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
# The files of the version that is installed, one a line, relative to the root.
list=$lib/files

# make itself may be missing, and so may be whatever it would ask for.
build() {
    if [ -z "$root" ]; then
        scripts/need build
        scripts/need run
    fi
    make -j"$(nproc)" all
}

# put MODE FILE DEST: install(1) replaces by rename, so a program that runs may
# be replaced.
put() {
    install -D -m "$1" "$2" "$3"
    echo "${3#"$root/"}" >> "$list.new"
}

put_all() {
    mode=$1 dest=$2
    shift 2
    for file in "$@"; do
        put "$mode" "$file" "$dest/${file##*/}"
    done
}

put_tree() {
    (cd "$1" && find . -type f | sed 's|^\./||') | while read -r file; do
        put 644 "$1/$file" "$2/$file"
    done
}

put_completion() {
    build/bin/nf completion "$1" | put 644 /dev/stdin "$2"
}

put_programs() {
    put 755 build/bin/nf "$root/usr/bin/nf"
    put_all 755 "$lib" build/bin/nf-hook build/bin/nf-relay \
        build/bin/nf-reserve build/bin/nf-bmc
    put 644 build/ngx_http_nf_module.so "$lib/ngx_http_nf_module.so"
    put 755 build/nf-agent \
        "$root/var/lib/nodefoundry/files/agent/amd64/nodefoundry-agent"
    put_all 644 "$units" conf/systemd/*.service
}

put_shared() {
    put_tree conf/templates "$share/templates"
    put_tree conf/config "$share/config"
    put_all 644 "$share" conf/nodefoundry-agent.service scripts/packages
    put_all 755 "$share" scripts/need
    for file in images/*; do
        put "$(stat -c %a "$file")" "$file" "$share/$file"
    done
    put 644 conf/logrotate "$root/etc/logrotate.d/nodefoundry"
    for page in docs/man/*.[58]; do
        put_all 644 "$root/usr/share/man/man${page##*.}" "$page"
    done
    put_completion bash "$root/usr/share/bash-completion/completions/nf"
    put_completion zsh "$root/usr/share/zsh/vendor-completions/_nf"
    put_completion fish "$root/usr/share/fish/vendor_completions.d/nf.fish"
}

# What is installed now: what a version before this one's list left behind lies
# in the two folders that are ours alone.
installed() {
    [ ! -e "$list" ] || cat "$list"
    find "$lib" "$share" -type f ! -path "$list*" 2> /dev/null \
        | sed "s|^$root/||"
}

# Removes what is installed but not in the given list.
prune() {
    installed | sort -u | grep -vxFf "$1" | while read -r file; do
        rm -f "$root/$file"
    done
    find "$lib" "$share" -mindepth 1 -type d -empty -delete 2> /dev/null || true
}

install_files() {
    install -d -m 755 "$lib" "$etc/templates"
    : > "$list.new"
    put_programs
    put_shared
    prune "$list.new"
    mv "$list.new" "$list"
    [ -e "$etc/nodefoundry.conf" ] \
        || install -m 640 conf/nodefoundry.conf "$etc/nodefoundry.conf"
}

stop_services() {
    [ -z "$root" ] && [ -d /run/systemd/system ] || return 0
    systemctl disable --now nodefoundry.service nodefoundry-bmc.service \
        2> /dev/null || true
}

remove_files() {
    prune /dev/null
    rm -rf "$lib" "$share"
    [ -n "$root" ] || [ ! -d /run/systemd/system ] || systemctl daemon-reload
}

# The default places; where the settings name others, whoever chose them knows
# what else lies there.
purge_data() {
    rm -rf "$etc" "$root/var/lib/nodefoundry" "$root/var/log/nodefoundry" \
        "$root/var/cache/nodefoundry" "$root/run/nodefoundry"
    [ -z "$root" ] || return 0
    userdel nodefoundry 2> /dev/null || true
    groupdel nodefoundry 2> /dev/null || true
}

# Prints the settings' paths that are not among those that purge_data removes.
elsewhere() {
    sed -n 's|^ *\(NF_[A-Z_]*\)="\{0,1\}\(/[^"]*\).*|\1 \2|p' \
        "$etc/nodefoundry.conf" 2> /dev/null \
        | grep -vE ' /(etc|run|var/(lib|log|cache))/nodefoundry(/|$)' || true
}

remove() {
    if [ -z "$root" ] && pgrep -f '(^|/)nf up$' > /dev/null 2>&1 \
        && [ ! -d /run/systemd/system ]; then
        echo 'deploy.sh: nf up is running: stop it first' >&2
        exit 1
    fi
    stop_services
    kept=$(elsewhere)
    remove_files
    if [ -n "$purge" ]; then
        purge_data
        [ -z "$kept" ] || echo "kept, because the settings name them:
$kept"
    else
        echo "kept: $etc, $root/var/lib/nodefoundry, $root/var/log/nodefoundry"
    fi
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
    echo 'running nf store migrate, since the store may be of an earlier version'
    [ ! -d /run/systemd/system ] || systemctl stop nodefoundry.service
    if ! nf store migrate; then
        cat >&2 <<'EOF'
This version is installed, but cannot use the store, and nothing was started.
To restore a backup that was made by this version, or by an earlier one:
    nf restore FILE
    systemctl start nodefoundry      # without systemd: nf up
EOF
        exit 1
    fi
    nf store init
}

start_service() {
    if [ ! -d /run/systemd/system ]; then
        echo "systemd is not running here; start it with:  $1"
        return
    fi
    systemctl daemon-reload
    systemctl enable "$service"
    systemctl restart "$service"
    systemctl --no-pager --lines 5 status "$service"
}

if [ -n "$remove" ]; then
    remove
    exit 0
fi
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
