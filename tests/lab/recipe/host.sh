# What every host has: sourced by the recipes of hosts, after rootfs.sh.
# shellcheck shell=bash disable=SC2034 # used where it is sourced

HOST_PACKAGES=(systemd systemd-sysv dbus openssh-server sudo iproute2 iptables
    ca-certificates curl procps kmod)

# host ROOT: makes a host of a root file system that has these packages.
host() {
    local root=$1 unit
    # Tests log in as root, and as one who must say sudo.
    in_root "$root" useradd --create-home --shell /bin/bash admin
    echo 'admin ALL=(ALL) NOPASSWD:ALL' >"$root/etc/sudoers.d/admin"
    chmod 0440 "$root/etc/sudoers.d/admin"

    # Each host makes its own keys when it starts for the first time.
    mkdir -p "$root/etc/systemd/system/ssh.service.d"
    printf '[Service]\nExecStartPre=\nExecStartPre=/usr/bin/ssh-keygen -A\nExecStartPre=/usr/sbin/sshd -t\n' \
        >"$root/etc/systemd/system/ssh.service.d/host-keys.conf"

    # A host has nearly all rights over this computer: it must not take its consoles,
    # nor set what all containers share of its kernel.
    for unit in console-getty.service getty@.service autovt@.service serial-getty@.service \
        systemd-sysctl.service systemd-modules-load.service systemd-binfmt.service \
        proc-sys-fs-binfmt_misc.automount dev-hugepages.mount sys-kernel-{config,debug,tracing}.mount; do
        ln -s /dev/null "$root/etc/systemd/system/$unit"
    done

    install -m 0755 "$LAB/recipe/node-init" "$root/usr/local/sbin/node-init"
}
