#!/bin/bash
# Many machines at once: patterns of names, what happens when one of them fails, going on, asking twice, and a list of a
# hundred of which some never answer.
source "$(dirname "$0")/lib.sh"

names=(f1 f2 f3 f4 f5)
fresh_hosts "${names[@]/%/:engine}"
addresses=$(for name in "${names[@]}"; do host_ip "$name"; done | paste -sd,)
create=(orch machine create -d generic --generic-ip-address "$addresses" --generic-ssh-key "$(lab_key)" "f{1..5}")

step "one of five fails: the others become machines, and the end says what to do about it"
on_host f3 sh -c 'mkdir -p /etc/docker && echo "{\"hosts\": [\"unix:///var/run/docker.sock\"]}" > /etc/docker/daemon.json'
refused 1 "${create[@]}"
printf '%s\n' "$said"
contains "$said" '/etc/docker/daemon.json on f3 is in the way'
contains "$said" 'Not ready, 1 of 5: f3'
contains "$said" 'orch machine create --continue f3'
for name in f1 f2 f4 f5; do contains "$said" "$name: Docker is up and running!"; done
equal "$(orch machine ls --filter state=Running -q | paste -sd' ')" "f1 f2 f4 f5"
contains "$(orch machine ls)" 'create did not finish: /etc/docker/daemon.json'

step "what is unfinished can be gone on with, by its name alone"
on_host f3 rm /etc/docker/daemon.json
orch machine create --continue f3
equal "$(orch machine ls --filter state=Running -q | paste -sd' ')" "f1 f2 f3 f4 f5"

step "asking again for the same machines is a success that does nothing"
started=$(on_host f1 systemctl show -p ActiveEnterTimestampMonotonic docker)
"${create[@]}" --if-missing
"${create[@]}" --continue
equal "$(on_host f1 systemctl show -p ActiveEnterTimestampMonotonic docker)" "$started"
refused 1 "${create[@]}" --if-missing --engine-label zone=north
contains "$said" 'machine "f1" exists, but --engine-label is [], not [zone=north]'

step "a verb on five machines does not lose four because of one"
on_host f2 systemctl stop ssh
refused 1 orch machine provision "${names[@]}"
contains "$said" f2
for name in f1 f3 f4 f5; do contains "$said" "$name: Provisioned"; done
on_host f2 systemctl start ssh

step "a list of a hundred machines, five of which never answer, is there within the timeout"
store=$MACHINE_STORAGE_PATH/machines
for ((i = 1; i <= 90; i++)); do cp -r "$store/f1" "$store/copy-$i"; done
python3 -c '
import socket, time
server = socket.create_server(("127.0.0.1", 0), backlog=64)
print(server.getsockname()[1], flush=True)
time.sleep(600)' > "$scratch/port" &
silent=$!
at_end "kill $silent"
within 10 test -s "$scratch/port"
for i in {1..5}; do orch machine create -d none --url "tcp://127.0.0.1:$(cat "$scratch/port")" "silent-$i"; done
began=$EPOCHREALTIME
orch machine ls --timeout 5 > "$scratch/list"
took=$(awk -v a="$began" -v b="$EPOCHREALTIME" 'BEGIN { printf "%d", (b - a) * 1000 }')
printf 'ls of 100 machines took %s ms\n' "$took"
[ "$took" -lt 7000 ] || die "ls --timeout 5 took $took ms"
equal "$(grep -c ' Running  *tcp://.* v[0-9]' "$scratch/list")" 95
equal "$(grep -c '^silent-.* Timeout ' "$scratch/list")" 5
equal "$(sed -n 2,4p "$scratch/list" | cut -d' ' -f1 | paste -sd' ')" "copy-1 copy-2 copy-3"

step "without the silent ones it takes no wait at all"
orch machine rm -f silent-{1..5} > /dev/null
orch machine ls --timeout 20 > "$scratch/list"
equal "$(grep -c ' Running  *tcp://.* v[0-9]' "$scratch/list")" 95
