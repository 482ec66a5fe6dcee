# shellcheck shell=bash
# Sourced, with $top being the folder above images: where things lie.  That is a
# tree that is being worked on, or /usr/share/nodefoundry, where
# `nf images make` gives NF_FILES_DIR and NF_IMAGES_CACHE.

# shellcheck disable=SC2034,SC2154  # for and of who sources this
if [ -d "$top/conf" ]; then
    cache=${NF_IMAGES_CACHE:-$top/build/cache}
    unit=$top/conf/nodefoundry-agent.service
else
    cache=${NF_IMAGES_CACHE:?}
    unit=$top/nodefoundry-agent.service
fi

# agent_of ARCH: prints the path of nf-agent.
agent_of() {
    if [ ! -d "$top/conf" ]; then
        echo "${NF_FILES_DIR:?}/agent/$1/nodefoundry-agent"
    elif [ "$1" = amd64 ]; then
        echo "$top/build/nf-agent"
    else
        echo "$top/build/$1/nf-agent"
    fi
}

# step NAME: the part of the work that begins now, for who shows it.
step() {
    [ -z "${NF_IMAGES_STEPS:-}" ] || echo "$1" >> "$NF_IMAGES_STEPS"
}

# done_with PATH...: removed at once where nothing is kept for the next time, so
# that a bastion needs no room for all of it together.
done_with() {
    [ -z "${NF_IMAGES_ONCE:-}" ] || rm -rf "$@"
}

# A cached copy of packages is made anew after a week: nodes are not to be
# installed with what was current once.
is_fresh() {
    [ -n "$(find "$1" -maxdepth 0 -mtime -7 2> /dev/null)" ]
}

# Replaces the file only when it changed, so that a second run leaves it be.
publish() {
    if ! cmp -s "$1" "$2"; then
        install -m 644 "$1" "$2.new"
        mv "$2.new" "$2"
    fi
}

# pack LEVEL ROOT FILE: the tree as an initramfs.  The same input gives the same
# bytes: sorted names, no times, no inodes.
pack() {
    find "$2" -exec touch -h -d @0 {} +
    (cd "$2" && find . | LC_ALL=C sort \
        | cpio --quiet --reproducible -o -H newc -R 0:0) \
        | zstd -q "-$1" -T1 -o "$3"
}
