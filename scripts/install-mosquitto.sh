#!/bin/sh
# Install the MQTT broker as a service of the system.
set -eu

usage() {
    cat <<'EOF'
usage: scripts/install-mosquitto.sh [--listen ADDRESS] [--root DIR] [--help]

Installs mosquitto and its clients, and enables and starts the service.  `nf up`
uses a running broker; this script is only needed if the broker is to be a
separate service.

  --listen ADDRESS  also listen on the nodes' network; nodes may send reports
                    and read commands, and nothing else
  --root DIR        only write the configuration, below DIR

To do the same manually:
  apt-get install mosquitto mosquitto-clients
  systemctl enable --now mosquitto
EOF
}

address=''
root=''
while [ $# -gt 0 ]; do
    case $1 in
        --listen) address=${2:?--listen needs an address}; shift 2 ;;
        --root) root=${2:?--root needs a directory}; shift 2 ;;
        --help) usage; exit 0 ;;
        *) usage >&2; exit 2 ;;
    esac
done
case $address in
    *[!0-9.]*) echo 'install-mosquitto.sh: ADDRESS must be an IPv4 address' >&2
        exit 2 ;;
esac
[ -n "$root" ] || [ "$(id -u)" = 0 ] || {
    echo 'install-mosquitto.sh: must run as root' >&2
    exit 1
}
here=$(dirname "$0")

configure() {
    etc=$root/etc/mosquitto
    install -d "$etc/conf.d"
    # The template has no tags: the same rules serve both.
    grep -v '^# Written' "$here/../conf/config/mosquitto.acl.mustache" \
        > "$etc/nodefoundry.acl"
    chmod 644 "$etc/nodefoundry.acl"
    {
        echo '# Written by install-mosquitto.sh.'
        echo 'per_listener_settings true'
        echo 'autosave_interval 1'
        echo 'autosave_on_changes true'
        echo 'max_queued_messages 200000'
        echo 'listener 1883 127.0.0.1'
        echo 'allow_anonymous true'
        if [ -n "$address" ]; then
            echo "listener 1883 $address"
            echo 'allow_anonymous true'
            echo 'acl_file /etc/mosquitto/nodefoundry.acl'
        fi
    } > "$etc/conf.d/nodefoundry.conf"
    chmod 644 "$etc/conf.d/nodefoundry.conf"
}

configure
[ -z "$root" ] || exit 0
export DEBIAN_FRONTEND=noninteractive
apt-get -q -o DPkg::Lock::Timeout=600 install -y mosquitto mosquitto-clients
if [ -d /run/systemd/system ]; then
    systemctl enable mosquitto.service
    systemctl restart mosquitto.service
    systemctl --no-pager --lines 5 status mosquitto.service
else
    echo 'systemd does not run here: start it with  mosquitto -c /etc/mosquitto/mosquitto.conf'
fi
