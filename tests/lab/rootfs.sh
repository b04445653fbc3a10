# Making root file systems from Debian packages: what the recipes have in
# common. Sourced after settings.sh.
# shellcheck shell=bash

DEBS=$ORCHLAB_CACHE/debs

# The release that everything is made from: this computer's, if it is a Debian.
SUITE=$(. /etc/os-release && if [[ $ID == debian ]]; then printf %s "${VERSION_CODENAME:-}"; fi)
SUITE=${SUITE:-bookworm}
SOURCES=$("$LAB/apt-sources" "$SUITE")
# The part of apt's configuration that says how to reach the sources (proxies,
# checks of dates); the rest belongs to this computer alone.
APT_CONF=$(apt-config dump | grep -E '^Acquire::(http|https|ftp|Check|Max|Retries|ForceIP|AllowInsecure)' || true)

# What dpkg does in the roots: no fsync after each file of a tree that is thrown
# away when the computer stops, and nothing that only people read.
configure() {
    local root=$1 key
    mkdir -p "$root"/etc/{apt/apt.conf.d,dpkg/dpkg.cfg.d}
    printf '%s\n' "$SOURCES" >"$root/etc/apt/sources.list"
    printf '%s\nAcquire::Languages "none";\nAPT::Install-Recommends "false";\n' "$APT_CONF" \
        >"$root/etc/apt/apt.conf.d/90lab"
    printf '%s\n' force-unsafe-io path-exclude=/usr/share/{doc,info,lintian,locale,man}/'*' \
        >"$root/etc/dpkg/dpkg.cfg.d/lab"
    # Keys of other archives than Debian's; those of Debian's are in a package.
    { grep -oP 'signed-by=\K[^] ]+' <<<"$SOURCES" || true; } | sort -u | while read -r key; do
        [[ $key == */debian-archive-keyring.* ]] || install -Dm 0644 "$key" "$root$key"
    done
}

# in_root ROOT COMMAND... : runs it in ROOT with network, /proc and the package
# cache. The mounts are in a namespace of their own, so they end with the
# command, even if it is killed.
in_root() {
    local root=$1
    shift
    printf '#!/bin/sh\nexit 101\n' | install -m 0755 /dev/stdin "$root/usr/sbin/policy-rc.d"
    cp -L /etc/resolv.conf "$root/etc/resolv.conf"
    mkdir -p "$root/var/cache/apt/archives"
    # shellcheck disable=SC2016 # for the inner shell
    unshare --mount --pid --fork --kill-child sh -euc '
        root=$1 debs=$2; shift 2
        mount -t proc proc "$root/proc"
        mount --bind "$debs" "$root/var/cache/apt/archives"
        exec chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 \
            DEBIAN_FRONTEND=noninteractive "$@"' sh "$root" "$DEBS" "$@"
    rm -f "$root/usr/sbin/policy-rc.d" "$root/etc/resolv.conf"
}

install_in() {    # install_in ROOT PACKAGE...
    local root=$1
    shift
    in_root "$root" apt-get -q -o APT::Sandbox::User=root -o APT::Keep-Downloaded-Packages=true update
    in_root "$root" apt-get -qy -o APT::Sandbox::User=root -o APT::Keep-Downloaded-Packages=true install "$@"
}

# debian ROOT PACKAGE... : a minimal Debian with these packages.
debian() {
    local root=$1 mirror
    shift
    mirror=$(awk -v suite="$SUITE" '$(NF - 1) == suite { print $(NF - 2); exit }' <<<"$SOURCES")
    configure "$root"
    # shellcheck disable=SC2016 # for the inner shell
    unshare --mount --fork sh -c 'exec "$0" "$@"' \
        debootstrap --variant=minbase --cache-dir="$DEBS" --include="$(IFS=,; echo "$*")" \
        "$SUITE" "$root" "$mirror"
    configure "$root"    # debootstrap wrote its own sources.list
}

# What an image does not need: caches, and what must differ between hosts.
slim() {
    local root=$1
    rm -rf "$root"/var/cache/{apt,debconf,ldconfig}/* "$root"/var/lib/apt/lists/* "$root"/var/log/* \
        "$root"/usr/share/{doc,info,lintian,locale,man}/* "$root"/{tmp,run,var/tmp}/* \
        "$root"/etc/ssh/ssh_host_* "$root"/var/lib/dbus/machine-id "$root"/debootstrap
    : >"$root/etc/machine-id"
}
