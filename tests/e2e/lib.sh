# Sourced by the e2e tests: a scratch home, the program under test, and checks that say what they expected.
# Every test gets a store and hosts of its own and removes what it made, so that several can run at the same time.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
ORCH=${ORCH:-$root/build/default/orch}
export ORCHLAB_NAME=${ORCHLAB_NAME:-$(basename "$0" .sh | tr _ -)}
export ORCHLAB_DIR=${ORCHLAB_DIR:-$root/build/lab}

scratch=$(mktemp -d "${TMPDIR:-/tmp}/orch-e2e.XXXXXX")
export HOME=$scratch/home MACHINE_STORAGE_PATH=$scratch/store
mkdir -p "$HOME"
unset REQUESTS_CA_BUNDLE CURL_CA_BUNDLE SSL_CERT_FILE SSL_CERT_DIR
unset DOCKER_HOST DOCKER_TLS_VERIFY DOCKER_CERT_PATH DOCKER_MACHINE_NAME DOCKER_CONTEXT COMPOSE_FILE \
    COMPOSE_PROJECT_NAME
export PATH=$scratch/bin:$PATH
mkdir -p "$scratch/bin"
ln -s "$ORCH" "$scratch/bin/orch"

cleanups=()
at_end() { cleanups+=("$*"); }
finish() {
    status=$?
    trap - EXIT
    for ((i = ${#cleanups[@]} - 1; i >= 0; i--)); do eval "${cleanups[i]}" || true; done
    rm -rf "$scratch"
    [ "$status" -eq 0 ] || printf '\nFAILED in step: %s\n' "${current_step:-start}" >&2
    exit "$status"
}
trap finish EXIT

step() {
    current_step=$1
    printf '\n--- %s\n' "$1"
}

die() {
    printf 'FAILED: %s\n' "$*" >&2
    exit 1
}

contains() { # contains HAYSTACK NEEDLE
    case $1 in
    *"$2"*) ;;
    *) die "expected to find: $2"$'\n'"in: $1" ;;
    esac
}
lacks() { # lacks HAYSTACK NEEDLE
    case $1 in
    *"$2"*) die "did not expect: $2"$'\n'"in: $1" ;;
    esac
}
equal() { # equal ACTUAL EXPECTED
    [ "$1" = "$2" ] || die "expected: $2"$'\n'"got: $1"
}

# refused CODE COMMAND...: the command must fail, with that exit code unless CODE is "any"; what it said is in $said.
refused() {
    local code=$1 status=0
    shift
    said=$("$@" 2>&1) || status=$?
    [ "$code" = any ] && code=$((status == 0 ? 1 : status))
    [ "$status" -eq "$code" ] || die "expected exit code $code, got $status from: $* "$'\n'"$said"
}

# within SECONDS COMMAND...: tries until the command succeeds.
within() {
    local deadline=$((SECONDS + $1))
    shift
    until "$@" > "$scratch/within.out" 2>&1; do
        [ "$SECONDS" -lt "$deadline" ] || die "not within the time: $*"$'\n'"$(cat "$scratch/within.out")"
        sleep 0.2
    done
    cat "$scratch/within.out"
}

# fresh_hosts NAME:VARIANT...: hosts that nobody has touched, their answers checked by the lab. They go at the end.
fresh_hosts() {
    "$root/tests/lab/hosts" down 2> /dev/null
    at_end '"$root/tests/lab/hosts" down'
    "$root/tests/lab/hosts" up --share "$root/compose/examples" "$@"
}
lab_key() { printf '%s\n' "$ORCHLAB_DIR/id_ed25519"; }
host_ip() { "$root/tests/lab/hosts" ip "$1"; }
on_host() { "$root/tests/lab/hosts" exec "$@"; }

# swarm_machine NAME OPTION...: the host becomes a machine of the test's swarm, which is called $token.
swarm_machine() {
    orch machine create -d generic --generic-ip-address "$(host_ip "$1")" --generic-ssh-key "$(lab_key)" --swarm \
        --swarm-discovery "token://$token" "${@:2}" "$1" > "$scratch/create-$1.log" 2>&1
}
# swarm_of_three OPTION...: the hosts a, b, c become machines with these options, all at once: a is the manager. The
# environment points at it.
swarm_of_three() {
    local pid pids=()
    token=$(orch machine swarm-token)
    swarm_machine b "$@" & pids+=($!)
    swarm_machine c "$@" & pids+=($!)
    swarm_machine a --swarm-master "$@" & pids+=($!)
    for pid in "${pids[@]}"; do wait "$pid" || die "$(cat "$scratch"/create-*.log)"; done
    eval "$(orch machine env --swarm a)"
}
