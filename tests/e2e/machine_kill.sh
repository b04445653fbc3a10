#!/bin/bash
# kill -9 at 50 random moments of create: the store loads, ls shows the machine, rm removes it or --continue finishes it.
source "$(dirname "$0")/lib.sh"

fresh_hosts a:engine

RANDOM=${ORCH_SEED:-$$}
echo "seed ${ORCH_SEED:-$$} (ORCH_SEED repeats it)"

# A command, not a function: in the background a function would be a shell, and the kill would hit that.
create=(orch machine create -d generic --generic-ip-address "$(host_ip a)" --generic-ssh-key "$(lab_key)" victim)

# The host as before its first create, so that every round has all the work to do.
forget() { on_host a rm -rf /etc/docker /etc/systemd/system/docker.service.d; }

step "how long does an undisturbed create take?"
started=$(date +%s%N)
"${create[@]}" > "$scratch/create.log" 2>&1 || die "$(cat "$scratch/create.log")"
length=$((($(date +%s%N) - started) / 1000000))
orch machine rm -y victim > /dev/null
echo "$length ms"

seen=0 resumed=0
for round in $(seq 50); do
    # Some rounds fall into the beginning, where the files are made, the others anywhere.
    span=$((round % 3 == 0 ? 300 : length))
    pause=$((RANDOM % span + 1))
    step "round $round: killed after $pause ms"
    forget
    "${create[@]}" > "$scratch/create.log" 2>&1 &
    pid=$!
    sleep "$(printf '0.%03d' $((pause % 1000)))" "$((pause / 1000))"
    kill -9 "$pid" 2> /dev/null || true
    wait "$pid" 2> /dev/null || true
    orch machine ls > "$scratch/ls.txt" || die "ls fails after the kill"
    if [ -d "$MACHINE_STORAGE_PATH/machines/victim" ]; then
        seen=$((seen + 1))
        contains "$(cat "$scratch/ls.txt")" victim
        if [ $((round % 5)) -eq 0 ]; then
            "${create[@]}" --continue > "$scratch/create.log" 2>&1 || die "$(cat "$scratch/create.log")"
            equal "$(orch machine ls --filter state=Running -q)" victim
            resumed=$((resumed + 1))
        fi
        orch machine rm -y victim > "$scratch/rm.log" 2>&1 || die "$(cat "$scratch/rm.log")"
    fi
    equal "$(orch machine ls -q)" ""
done
[ "$seen" -gt 0 ] || die "no kill left a machine behind: the rounds were too short to prove anything"
[ "$resumed" -gt 0 ] || die "no machine was ever gone on with"
echo "$seen of 50 kills left a machine in the store, $resumed of them were finished with --continue"

step "after all kills create works"
"${create[@]}"
equal "$(orch machine status victim)" Running
orch machine rm -y victim

step "nothing half-written is left in the store"
equal "$(find "$MACHINE_STORAGE_PATH/machines" -mindepth 1)" ""
equal "$(find "$MACHINE_STORAGE_PATH/certs" -type f ! -name '*.pem')" ""
