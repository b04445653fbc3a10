# Making root file systems from Debian packages: what the recipes have in
# common. Sourced after settings.sh.
# shellcheck shell=bash

# The release of this computer, if it is a Debian: the lab's own.
OWN_SUITE=$(. /etc/os-release && if [[ $ID == debian ]]; then printf %s "${VERSION_CODENAME:-}"; fi)
OWN_SUITE=${OWN_SUITE:-bookworm}

# release NAME: from here on everything is made from this release of Debian or
# Ubuntu. Packages of the same name and version differ between those two.
release() {
    SUITE=$1
    SOURCES=$("$LAB/apt-sources" "$SUITE")
    DEBS=$ORCHLAB_CACHE/debs
    [[ $SUITE == "$OWN_SUITE" ]] || DEBS+=-$SUITE
}
release "${ORCHLAB_RELEASE:-$OWN_SUITE}"    # said by images, for the recipe that it runs

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
    # Keys of other archives than the maker's; the maker's are in a package.
    { grep -oP 'signed-by=\K[^] ]+' <<<"$SOURCES" || true; } | sort -u | while read -r key; do
        [[ $key == */@(debian|ubuntu)-archive-keyring.* ]] || install -Dm 0644 "$key" "$root$key"
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

APT_IN_ROOT=(-q -o APT::Sandbox::User=root -o APT::Keep-Downloaded-Packages=true)

install_in() {    # install_in ROOT PACKAGE...
    local root=$1
    shift
    in_root "$root" apt-get "${APT_IN_ROOT[@]}" update
    in_root "$root" apt-get "${APT_IN_ROOT[@]}" -y install "$@"
}

# mirror_of SUITE: the first one that serves it, and what of it is used.
mirror_of() { sed -nE "s/^deb \\[[^]]*\\] ([^ ]+) $1 (.*)/\\1 \\2/p" <<<"$SOURCES" | head -n 1; }

# bootstrap ROOT KEYRING SCRIPT PACKAGE... : a minimal system of the release with
# these packages. Its Release file must be signed by a key of the keyring.
bootstrap() {
    local root=$1 keyring=$2 script=$3 mirror components
    shift 3
    read -r mirror components <<<"$(mirror_of "$SUITE")"
    configure "$root"
    # shellcheck disable=SC2016 # for the inner shell
    unshare --mount --fork sh -c 'exec "$0" "$@"' \
        debootstrap --variant=minbase --cache-dir="$DEBS" --keyring="$keyring" --force-check-gpg \
        --components="${components// /,}" --include="$(IFS=,; echo "$*")" "$SUITE" "$root" "$mirror" "$script"
    configure "$root"    # debootstrap wrote its own sources.list
}

# debian ROOT PACKAGE... : a minimal Debian.
debian() {
    local root=$1
    shift
    bootstrap "$root" /usr/share/keyrings/debian-archive-keyring.gpg "/usr/share/debootstrap/scripts/$SUITE" "$@"
}

# ubuntu ROOT PACKAGE... : a minimal Ubuntu with the fixes up to now.
ubuntu() {
    local root=$1 keyring
    shift
    keyring=$(ubuntu_keyring)
    # Debian's debootstrap knows no newer Ubuntus by name; one script does for all.
    bootstrap "$root" "$keyring" /usr/share/debootstrap/scripts/gutsy "$@"
    in_root "$root" apt-get "${APT_IN_ROOT[@]}" update
    in_root "$root" apt-get "${APT_IN_ROOT[@]}" -y upgrade
}

# The keys that sign Ubuntu, which Debian has no package of: Ubuntu's own package,
# known by its checksum. Prints the path of the keyring.
ubuntu_keyring() {
    local deb=$ORCHLAB_CACHE/ubuntu-keyring.deb keyring=$ORCHLAB_CACHE/ubuntu-archive-keyring.gpg mirror
    mirror=$(mirror_of "$SUITE")
    /usr/lib/apt/apt-helper download-file \
        "${mirror%% *}/pool/main/u/ubuntu-keyring/ubuntu-keyring_2023.11.28.1_all.deb" "$deb" \
        SHA256:36de43b15853ccae0028e9a767613770c704833f82586f28eb262f0311adb8a8 >&2 ||
        die "cannot fetch Ubuntu's keys: hosts of Ubuntu are made from ${mirror%% *}, which must be reachable"
    dpkg-deb --fsys-tarfile "$deb" | tar -xO ./usr/share/keyrings/ubuntu-archive-keyring.gpg >"$keyring"
    printf '%s\n' "$keyring"
}

# What an image does not need: caches, and what must differ between hosts.
slim() {
    local root=$1
    rm -rf "$root"/var/cache/{apt,debconf,ldconfig}/* "$root"/var/lib/apt/lists/* "$root"/var/log/* \
        "$root"/usr/share/{doc,info,lintian,locale,man}/* "$root"/{tmp,run,var/tmp}/* \
        "$root"/etc/ssh/ssh_host_* "$root"/var/lib/dbus/machine-id "$root"/debootstrap
    : >"$root/etc/machine-id"
}

# extract ROOT PACKAGE... : the files of these packages and of what they depend
# on, without a package manager and without running any of their scripts. Small
# images come of that, in seconds.
extract() {
    local root=$1 apt deb name version arch dir
    shift
    mkdir -p "$ORCHLAB_CACHE/apt/lists/partial" "$root/etc"
    printf '%s\n' "$SOURCES" >"$ORCHLAB_CACHE/apt/sources.list"
    printf '%s\n' "$APT_CONF" >"$ORCHLAB_CACHE/apt/apt.conf"
    # An apt that knows nothing of this computer: not its sources, not what is
    # installed.
    apt=(env "APT_CONFIG=$ORCHLAB_CACHE/apt/apt.conf" apt-get -q
        -o "Dir::Etc::SourceList=$ORCHLAB_CACHE/apt/sources.list" -o Dir::Etc::SourceParts=/dev/null
        -o "Dir::State::Lists=$ORCHLAB_CACHE/apt/lists" -o Dir::State::Status=/dev/null
        -o "Dir::Cache::Archives=$DEBS" -o APT::Sandbox::User=root -o APT::Install-Recommends=false
        -o Acquire::Languages=none)
    "${apt[@]}" update
    "${apt[@]}" -y --download-only install "$@"

    # The layout of a Debian today; packages may still say /lib.
    for dir in bin sbin lib lib64; do
        mkdir -p "$root/usr/$dir"
        ln -sfn "usr/$dir" "$root/$dir"
    done
    while read -r name version arch; do
        deb=$DEBS/${name}_${version/:/%3a}_$arch.deb
        dpkg-deb --fsys-tarfile "$deb" |
            tar -C "$root" --keep-directory-symlink --exclude='./usr/share/'{doc,info,lintian,locale,man}/'*' -xf -
    done < <("${apt[@]}" -s install "$@" |
        sed -nE 's/^Inst ([^ ]+) .*\(([^ ]+) .*\[([a-z0-9]+)\]\).*/\1 \2 \3/p' | grep -vE "^($NOT_RUN) ")
    ldconfig -r "$root"
}

# What packages depend on for being installed, or for services of an operating
# system, and not for running in a container.
NOT_RUN='.*-perl|perl.*|libperl.*|libgdbm.*|dpkg|tar|debconf|adduser|passwd|usrmerge|lsb-base|gcc-.*-base'
NOT_RUN+='|init-system-helpers|sysvinit-utils|libpam.*|libaudit.*|libsemanage.*|libsepol.*|libjs-.*|readline-common'

# applets ROOT: busybox with all its names, for a root that has no other shell.
applets() {
    local root=$1 name
    extract "$root" busybox-static
    for name in $("$root/bin/busybox" --list); do
        [[ -e $root/bin/$name || -e $root/sbin/$name ]] || ln -s busybox "$root/bin/$name"
    done
    mkdir -p "$root"/{dev,etc,proc,root,sys,tmp,var}
    chmod 1777 "$root/tmp"
    echo 'root:x:0:0:root:/root:/bin/sh' >"$root/etc/passwd"
    echo 'root:x:0:' >"$root/etc/group"
}
