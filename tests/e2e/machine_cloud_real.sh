#!/bin/bash
# The same as machine_cloud.sh against a REAL account, for its owner to run by hand; it costs money, and CTest does not know it:
#
#     export HETZNER_API_TOKEN=...
#     ORCH_E2E_CLOUD=hetzner tests/e2e/machine_cloud_real.sh [OPTION-OF-CREATE...]
#
# Makes two servers, orch-e2e-XXm and orch-e2e-XXw, removes them, and lists what it may have left. The store outlives the run,
# in $ORCH_E2E_STORE or ~/.orch-e2e/DRIVER: after a crash, `tests/e2e/machine_cloud_real.sh --clean` with the same variables
# removes whatever its machines have made.
set -euo pipefail
cloud=${ORCH_E2E_CLOUD:?the driver, for example hetzner}
store=${ORCH_E2E_STORE:-$HOME/.orch-e2e/$cloud}
clean=
[ "${1:-}" != --clean ] || clean=yes
options=("$@")
home=$HOME
source "$(dirname "$0")/lib.sh"
export HOME=$home # has the files with the account's credentials
export MACHINE_STORAGE_PATH=$store
prefix=orch-e2e-$(od -An -N2 -tx1 /dev/urandom | tr -d ' ')
source "$root/tests/e2e/cloud/steps.sh"
ours() { orch machine ls -q | grep '^orch-e2e-' || true; }
remove_ours() {
    local names
    mapfile -t names < <(ours)
    [ ${#names[@]} -eq 0 ] || orch machine rm -y "${names[@]}"
}
if [ -n "$clean" ]; then
    remove_ours
    equal "$(ours)" ""
    exit
fi
[ -z "$(ours)" ] || die "an earlier run has left $(ours | tr '\n' ' '): remove it with --clean"
at_end remove_ours

step "a swarm of two, up to an application"
token=token://$(orch machine swarm-token)
make_swarm
run_app

step "power"
power_cycle

step "rm"
orch machine rm -y "$w" "$m"
equal "$(ours)" ""
