#!/bin/bash
# machine_cloud.sh DIALECT: a cloud's driver against the FAKE of that cloud (tests/fakes/cloud), whose servers are real hosts
# of the lab, set up by the genuine cloud-init: a create that is killed goes on, an API in trouble, a swarm of two up to an
# application, power. No provider is asked.
cloud=$1
export ORCHLAB_NAME=${ORCHLAB_NAME:-cloud-$cloud}
source "$(dirname "$0")/lib.sh"
source "$root/tests/e2e/cloud/fake.sh"

"$root/tests/lab/engine" up > /dev/null
"$root/tests/lab/hosts" down 2> /dev/null
at_end '"$root/tests/lab/hosts" down'
serve
prefix=
source "$root/tests/e2e/cloud/steps.sh"

step "killed when there is a server already: the list shows its id, and create --continue goes on"
token=token://$(orch machine swarm-token)
"$ORCH" machine create -d "$cloud" "${options[@]}" --swarm --swarm-discovery "$token" w > "$scratch/w.log" 2>&1 & pid=$!
within 60 made 1
sleep 1
kill -9 "$pid"
wait "$pid" 2> /dev/null || true
contains "$(orch machine ls)" "create did not finish (host "

step "a swarm of two, made at the same time while the API is in trouble, up to an application"
fault many GET 2
fault trouble GET 2
fault busy "$make_line" 1
fault lost "$make_line" 1
make_swarm --continue
equal "$(instances)" 2
engine=$("$root/tests/lab/engine" host)
DOCKER_HOST=$engine "$root/tests/lab/images" load busybox:latest
DOCKER_HOST=$engine docker save -o "$scratch/busybox.tar" busybox:latest
for name in m w; do orch machine ssh "$name" sudo docker load < "$scratch/busybox.tar"; done
run_app

step "the secret is in no file but one, which is the owner's"
equal "$(grep -rl --fixed-strings "$secret" "$MACHINE_STORAGE_PATH" | sort)" \
    "$(printf '%s\n' "$MACHINE_STORAGE_PATH"/machines/{m,w}/credentials.json)"
equal "$(stat -c %a "$MACHINE_STORAGE_PATH/machines/m/credentials.json")" 600
lacks "$(orch machine --debug status w 2>&1)" "$secret"

step "power"
power_cycle

step "a name that is taken"
refused 3 env MACHINE_STORAGE_PATH="$scratch/other" "$ORCH" machine create -d "$cloud" "${options[@]}" m
equal "$(instances)" 2

step "adopt: the server becomes a machine of another store, which removes it"
id=$(orch machine inspect -f "{{.Driver.$id_field}}" w)
elsewhere() { MACHINE_STORAGE_PATH=$scratch/other orch machine "$@"; }
refused any elsewhere adopt -d "$cloud" "${options[@]}" --id "$no_id" v
equal "$(elsewhere ls -q)" ""
cp "$MACHINE_STORAGE_PATH/machines/w/id_rsa" "$scratch/key"
elsewhere adopt -d "$cloud" "${options[@]}" --id "$id" --ssh-key "$scratch/key" v
equal "$(elsewhere ls --format '{{.Name}} {{.DriverName}} {{.State}}')" "v $cloud Running"
(eval "$(elsewhere env v)" && docker info > /dev/null)
elsewhere rm -y v
double settle > /dev/null # some providers answer before the server is gone
equal "$(instances)" 1
equal "$(orch machine ls --format '{{.Name}} {{.State}}')" "m Running
w NotFound"

step "rm, of what is gone already too"
orch machine rm -y w m
within 60 nothing_left
