# What all scripts of the lab share: where things are, how they are named, and
# how they speak. Sourced by each of them, which then runs as root.
# shellcheck shell=bash disable=SC2034 # what is set here is used there

shopt -s inherit_errexit    # set -e holds in $(...) too

LAB=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)

# debootstrap, bridges and dockerd need root; the caller's words stay the same.
if ((EUID != 0)); then
    exec sudo --preserve-env=ORCHLAB_NAME,ORCHLAB_DIR,ORCHLAB_CACHE,DOCKER_HOST,DOCKER_TLS_VERIFY,DOCKER_CERT_PATH \
        "$(cd "$(dirname "$0")" && pwd -P)/${0##*/}" "$@"
fi
PATH=$PATH:/usr/sbin:/sbin

ORCHLAB_NAME=${ORCHLAB_NAME:-test}
ORCHLAB_DIR=$(realpath -m "${ORCHLAB_DIR:-$LAB/../../build/lab}")
ORCHLAB_CACHE=$(realpath -m "${ORCHLAB_CACHE:-$LAB/../../build/lab-cache}")

# The label that marks whatever the lab makes in an engine. Its value is the
# checkout and the name, so two checkouts on one engine never clean up each other.
OWNER=$(printf %s "$ORCHLAB_DIR" | sha256sum | cut -c1-7)
LABEL=orchlab.owner=$OWNER
LABEL_NAME=orchlab.name=$ORCHLAB_NAME
PREFIX=orchlab-$ORCHLAB_NAME

say() { printf 'lab: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

# took START TEXT...: says how many seconds the step took that began at START
# (a value of EPOCHREALTIME).
took() {
    local start=$1
    shift
    say "$* ($(awk -v a="$start" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.1f", b - a }') s)"
}

# locked NAME: from here to the end of the script only one process at a time.
# Programs started to stay must close descriptor 9, or they keep the lock.
locked() {
    mkdir -p "$ORCHLAB_DIR"
    exec 9>"$ORCHLAB_DIR/$1.lock"
    flock 9
}

# What the user made under sudo belongs to the user, above all the private key.
give_back() {
    [[ -z ${SUDO_UID:-} ]] || chown "$SUDO_UID:${SUDO_GID:-0}" "$@"
}

answers() {    # answers unix:///path: does an engine live there?
    [[ $1 == unix://* ]] &&
        curl -fsS -m 5 -o /dev/null --unix-socket "${1#unix://}" http://engine/_ping 2>/dev/null
}

# The runtime directory of this checkout's private engine, if there is one. It is
# found by what it says about itself, so a lost build tree loses no engine.
run_dir() {
    local dir
    for dir in /run/orchlab.*/; do
        if [[ -r $dir/owner && $(<"$dir/owner") == "$OWNER" ]]; then
            printf '%s\n' "${dir%/}"
            return
        fi
    done
    return 1
}

# The address of the engine that the lab uses: its own if it has one, else one
# that runs. Only local ones qualify: the hosts must be reachable from here, and
# a DOCKER_HOST with TLS most likely points into a machine under test.
find_engine() {
    local dir url
    if dir=$(run_dir) && answers "unix://$dir/docker.sock"; then
        printf '%s\n' "unix://$dir/docker.sock"
        return
    fi
    for url in "${DOCKER_HOST:-}" unix:///var/run/docker.sock; do
        if answers "$url"; then
            printf '%s\n' "$url"
            return
        fi
    done
    return 1
}

# From here on `docker` means the lab's engine, whatever the caller's
# environment points at.
use_engine() {
    local url
    url=$("$LAB/engine" up) || die "there is no engine"
    unset DOCKER_TLS_VERIFY DOCKER_CERT_PATH DOCKER_CONTEXT
    export DOCKER_HOST=$url
}

# free_net NET: no route of this computer leads into or around NET (other than
# the default route).
free_net() {
    [[ -z $(ip -4 route show table all root "$1") ]] &&
        ! ip -4 route show table all match "$1" | grep -qv '^default'
}

# own_link LINK: marks a network interface as made by this checkout.
own_link() { ip link set dev "$1" alias "orchlab $OWNER"; }

own_links() {
    local link
    for link in /sys/class/net/orchlab*/ifalias; do
        [[ $(cat "$link" 2>/dev/null || true) != "orchlab $OWNER" ]] || basename "${link%/ifalias}"
    done
}

# The processes of the engine at RUN: those that name its directory, and all
# that its containers started.
processes() {
    local run=$1 dir
    pgrep -f -- "$run/" || true
    find /sys/fs/cgroup -maxdepth 2 -type d -name "${run##*/}" 2>/dev/null | while read -r dir; do
        find "$dir" -name cgroup.procs -exec cat {} + 2>/dev/null || true
    done | sort -u
}

# The kernel's list of mounts, deepest first, below the directories given.
mounts_below() {
    local dir
    for dir in "$@"; do
        awk -v dir="$dir/" 'index($2 "/", dir) == 1 { print $2 }' /proc/self/mounts
    done | sort -ru
}
