# shellcheck shell=bash
# Sourced: a Debian kernel, unpacked but never installed, in a cache directory.

# kernel_package FLAVOUR CACHE: the package that linux-image-FLAVOUR stands for
# now; without package lists, the newest one that was fetched before.
kernel_package() {
    local cache=$2 name
    name=$(apt-cache depends "linux-image-$1" 2> /dev/null \
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

# kernel_unpack FLAVOUR CACHE: fetches and unpacks once; prints the directory,
# which holds boot/vmlinuz-VERSION and lib/modules/VERSION with modules.dep.
kernel_unpack() {
    local cache=$2 name dir fresh version
    name=$(kernel_package "$1" "$cache") || return 1
    dir=$cache/$name
    if [ ! -d "$dir" ]; then
        fresh=$(mktemp -d "$cache/unpack.XXXXXX")
        (cd "$fresh" && apt-get -q -o APT::Sandbox::User=root \
            download "$name" >&2) || return 1
        dpkg-deb -x "$fresh"/linux-image-*.deb "$fresh/tree"
        version=$(ls "$fresh/tree/lib/modules")
        /sbin/depmod -b "$fresh/tree" "$version"
        mv -T "$fresh/tree" "$dir" 2> /dev/null || [ -d "$dir" ]
        rm -rf "$fresh"
    fi
    echo "$dir"
}
