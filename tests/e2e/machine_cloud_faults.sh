#!/bin/bash
# machine_cloud_faults.sh DIALECT: a cloud's driver against the FAKE of that cloud, whose servers are nothing but an entry:
# refusals, servers that fail or vanish, and creates that are killed at any point. No failure leaves a server behind.
cloud=$1
source "$(dirname "$0")/lib.sh"
source "$root/tests/e2e/cloud/fake.sh"

serve --boot none --delay 0.1
create() { "$ORCH" machine create -d "$cloud" "${options[@]}" "$@"; }

step "credentials that are wrong make nothing"
refused 3 wrong create x
equal "$(instances)" 0

step "what the provider refuses is told in its words, and leaves nothing"
double quota -d '{"instances": 0}' > /dev/null
refused any create x
contains "$said" "$quota_words"
[ ! -d "$MACHINE_STORAGE_PATH/machines/x" ] || orch machine rm -y x # a driver may know before it makes anything
within 30 nothing_left
double quota -d '{"instances": 20}' > /dev/null

step "a server that ends in an error is told, listed and removed"
fault error_state "" 1
refused any create x
contains "$(orch machine ls)" "create did not finish"
orch machine rm -y x
refused any orch machine status x
within 30 nothing_left

step "a server that somebody else has deleted"
"$ORCH" machine create -d "$cloud" "${options[@]}" x > "$scratch/x.log" 2>&1 & pid=$!
within 30 made 1
sleep 1
kill -9 "$pid"
wait "$pid" 2> /dev/null || true
double vanish > /dev/null
orch machine rm -y x
within 30 nothing_left

step "killed at 30 points, three at a time: rm leaves nothing, every time"
kill_somewhere() { # kill_somewhere NAME
    "$ORCH" machine create -d "$cloud" "${options[@]}" "$1" > "$scratch/$1.log" 2>&1 & pid=$!
    sleep "$(python3 -c "import random; print(random.uniform(0, ${create_seconds:-1.5}))")"
    kill -9 "$pid" 2> /dev/null || die "create ended by itself: $(cat "$scratch/$1.log")"
    wait "$pid" 2> /dev/null || true
}
for i in $(seq 10); do
    lanes=()
    for name in k1 k2 k3; do kill_somewhere "$name" & lanes+=($!); done
    for lane in "${lanes[@]}"; do wait "$lane"; done
    mapfile -t left < <(orch machine ls -q)
    [ ${#left[@]} -eq 0 ] || orch machine rm -y "${left[@]}" > /dev/null
    nothing_left > "$scratch/left" || die "round $i left: $(cat "$scratch/left")"
done
