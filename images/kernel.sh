# shellcheck shell=bash
# Sourced: a Debian kernel and other packages, unpacked but never installed, in
# a cache directory, for this machine's architecture or another one.

# The lists of another architecture are its own, so that this machine's
# architectures, lists and installed packages stay as they are.
apt_options=()
apt_for() {
    local arch=$1 lists=$2/apt-$1
    apt_options=(-q -o APT::Sandbox::User=root)
    [ "$arch" = "$(dpkg --print-architecture)" ] && return
    mkdir -p "$lists/lists/partial" "$lists/cache/archives/partial"
    : > "$lists/status"
    apt_options+=(-o "APT::Architecture=$arch" -o "APT::Architectures=$arch"
        -o "Dir::State::lists=$lists/lists" -o "Dir::Cache=$lists/cache"
        -o "Dir::State::status=$lists/status")
    if [ -z "$(find "$lists/updated" -mmin -720 2> /dev/null)" ]; then
        apt-get "${apt_options[@]}" update >&2 && touch "$lists/updated"
    fi
}

# The version that would be installed now; "" where the lists do not tell.
package_version() {
    apt-cache "${apt_options[@]}" policy "$1" 2> /dev/null \
        | awk '$1 == "Candidate:" && $2 != "(none)" {print $2}'
}

# package_unpack ARCH CACHE PACKAGE: prints the directory that holds its files;
# it is made once for each version.
package_unpack() {
    local arch=$1 cache=$2 name=$3 dir fresh version
    dir=$cache/$name
    [ "$arch" = "$(dpkg --print-architecture)" ] || dir=$dir-$arch
    apt_for "$arch" "$cache" > /dev/null 2>&1 || [ -d "$dir" ] || return 1
    version=$(package_version "$name")
    if [ -n "$version" ] && [ "$(cat "$dir/.version" 2> /dev/null)" != "$version" ]; then
        rm -rf "$dir"
    fi
    if [ ! -d "$dir" ]; then
        fresh=$(mktemp -d "$cache/unpack.XXXXXX")
        (cd "$fresh" && apt-get "${apt_options[@]}" download "$name" >&2) \
            || return 1
        dpkg-deb -x "$fresh"/*.deb "$fresh/tree"
        echo "$version" > "$fresh/tree/.version"
        mv -T "$fresh/tree" "$dir" 2> /dev/null || [ -d "$dir" ]
        rm -rf "$fresh"
    fi
    echo "$dir"
}

# kernel_package FLAVOUR CACHE [ARCH]: the package that linux-image-FLAVOUR
# stands for now; without package lists, the newest that was fetched before.
kernel_package() {
    local cache=$2 arch=${3:-$(dpkg --print-architecture)} name
    apt_for "$arch" "$cache" > /dev/null 2>&1
    name=$(apt-cache "${apt_options[@]}" depends "linux-image-$1" 2> /dev/null \
        | awk '$1 == "Depends:" && $2 ~ /^linux-image-[0-9]/ {print $2; exit}')
    if [ -z "$name" ]; then
        name=$(find "$cache" -maxdepth 1 -name "linux-image-[0-9]*-$1" \
            -printf '%f\n' | grep -E "^linux-image-[0-9.]+-[0-9]+-$1\$" \
            | sort -V | tail -n 1)
    fi
    [ -n "$name" ] || {
        echo "${0##*/}: no package stands for linux-image-$1" >&2
        return 1
    }
    echo "$name"
}

# kernel_unpack FLAVOUR CACHE [ARCH]: prints the directory, which holds
# boot/vmlinuz-VERSION and lib/modules/VERSION with modules.dep.
kernel_unpack() {
    local cache=$2 arch=${3:-$(dpkg --print-architecture)} name dir
    name=$(kernel_package "$1" "$cache" "$arch") || return 1
    dir=$(package_unpack "$arch" "$cache" "$name") || return 1
    if [ ! -e "$dir/.depmod" ]; then
        /sbin/depmod -b "$dir" "$(ls "$dir/lib/modules")"
        touch "$dir/.depmod"
    fi
    echo "$dir"
}

# busybox_find ARCH CACHE: prints the path of a static busybox.
busybox_find() {
    if [ "$1" = "$(dpkg --print-architecture)" ]; then
        echo /bin/busybox
    else
        echo "$(package_unpack "$1" "$2" busybox-static)/bin/busybox"
    fi
}
