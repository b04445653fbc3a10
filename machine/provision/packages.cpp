#include "machine/provision/packages.hpp"

namespace orch::machine::provision::packages {

// The words are apt's, dnf's, zypper's, pacman's and apk's. unattended-upgrades may hold a lock for
// minutes after the first boot of a cloud's host.
const std::string_view common = R"SH(
give_up() { printf '%s\n' "$*" >&2; exit 1; }
locked='Could not get lock|Unable to lock|[Uu]nable to acquire the dpkg|unable to lock database'
locked="$locked|holding the yum lock|is locked by the application|Waiting for process with pid"
missing_of() { # sets $missing; fails if all are there
    missing=
    for package; do installed "$package" || missing="$missing $package"; done
    [ -n "$missing" ]
}
present_of() { # sets $present; without a name the managers would upgrade the whole system
    present=
    for package; do ! installed "$package" || present="$present $package"; done
    [ -n "$present" ] || give_up "none of these packages is installed: $*"
}
waited=0
patiently() {
    log=$(mktemp)
    while :; do
        { code=0; "$@" 2>&1 || code=$?; echo "$code" > "$log.code"; } | tee "$log"
        read -r code < "$log.code"
        [ "$code" != 0 ] && [ "$waited" -lt 300 ] && grep -Eq "$locked" "$log" || break
        sleep 3
        waited=$((waited + 3))
    done
    rm -f "$log" "$log.code"
    return "$code"
}
)SH";

// apt-get waits for dpkg's lock itself; for the lock of the lists it does not.
const std::string_view apt = R"SH(
export DEBIAN_FRONTEND=noninteractive
apt() { patiently apt-get -q -y -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 "$@"; }
installed() { dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null | grep -qx installed; }
install_packages() {
    ! missing_of "$@" || { apt update && apt install --no-install-recommends $missing; }
}
owner_of() {
    { dpkg-query -S "$1" || dpkg-query -S "/usr$1" || dpkg-query -S "${1#/usr}"; } 2>/dev/null |
        sed -n '1s/[:,].*//p'
}
upgrade_packages() {
    present_of "$@"
    apt update && apt install --only-upgrade -o Dpkg::Options::=--force-confold $present
}
)SH";

// dnf and yum wait for each other by themselves.
const std::string_view dnf = R"SH(
dnf() {
    [ ! -e /run/ostree-booted ] ||
        give_up "the packages of this system are part of its image: install the engine with rpm-ostree and restart the host"
    if command -v dnf >/dev/null 2>&1; then patiently command dnf -y "$@"; else patiently yum -y "$@"; fi
}
installed() { rpm -q "$1" >/dev/null 2>&1; }
install_packages() {
    ! missing_of "$@" || dnf install $missing
}
docker_repository() { # docker_repository SYSTEM: Docker's own packages for it
    file=/etc/yum.repos.d/docker-ce.repo
    [ -e "$file" ] || curl -fsSL --connect-timeout 10 --max-time 60 -o "$file" \
        "https://download.docker.com/linux/$1/docker-ce.repo" ||
        give_up "this system has no package of the engine, and Docker's repository cannot be fetched"
}
owner_of() { rpm -qf --qf '%{NAME}\n' "$1" 2>/dev/null | sed -n '/ /!p' | head -n 1; }
upgrade_packages() {
    present_of "$@"
    dnf upgrade $present
}
)SH";

const std::string_view zypper = R"SH(
export ZYPP_LOCK_TIMEOUT=300
zypper() {
    ! command -v transactional-update >/dev/null 2>&1 ||
        give_up "this system is read-only: install the engine there with 'transactional-update pkg install docker' and restart the host"
    patiently command zypper -n "$@"
}
installed() { rpm -q "$1" >/dev/null 2>&1; }
install_packages() {
    ! missing_of "$@" || zypper install $missing
}
install_suse_engine() { # on SLES the engine is in a module that may have to be switched on
    install_packages docker || {
        command -v SUSEConnect >/dev/null 2>&1 || return 1
        SUSEConnect -p "sle-module-containers/$1/$(uname -m)" ||
            give_up "the module 'Containers' cannot be switched on: is the system registered with SUSE?"
        install_packages docker
    }
}
owner_of() { rpm -qf --qf '%{NAME}\n' "$1" 2>/dev/null | sed -n '/ /!p' | head -n 1; }
upgrade_packages() {
    present_of "$@"
    zypper update $present
}
)SH";

const std::string_view pacman = R"SH(
pacman() { patiently command pacman --noconfirm --noprogressbar "$@"; }
installed() { command pacman -Q "$1" >/dev/null 2>&1; }
install_packages() {
    ! missing_of "$@" || pacman -Sy --needed $missing
}
owner_of() { command pacman -Qqo "$1" 2>/dev/null; }
upgrade_packages() {
    present_of "$@"
    pacman -Sy --needed $present
}
)SH";

const std::string_view apk = R"SH(
apk() { patiently command apk --wait 300 "$@"; }
installed() { command apk info -e "$1" >/dev/null 2>&1; }
install_packages() {
    ! missing_of "$@" || apk add --update-cache $missing || {
        grep -q '^[^#].*/community' /etc/apk/repositories ||
            echo "the repository 'community' is not in /etc/apk/repositories" >&2
        return 1
    }
}
owner_of() { command apk info -W "$1" 2>/dev/null | sed -n 's/.* is owned by \(.*\)-[^-]*-r[0-9]*$/\1/p'; }
upgrade_packages() {
    present_of "$@"
    apk add --update-cache --upgrade $present
}
)SH";

const std::string_view unknown = R"SH(
install_packages() {
    for package; do
        case $package in
        curl) command -v curl >/dev/null 2>&1 || give_up "there is no curl, and orch does not know the packages of this system" ;;
        ca-certificates) ;;
        *) give_up "orch does not know the packages of this system: install Docker there first" ;;
        esac
    done
}
owner_of() { :; }
upgrade_packages() { give_up "orch does not know the packages of this system"; }
)SH";

} // namespace orch::machine::provision::packages
