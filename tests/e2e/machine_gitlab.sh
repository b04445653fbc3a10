#!/bin/bash
# What GitLab Runner's docker+machine executor does with a machine, from its create to its rm, under docker-machine's name.
source "$(dirname "$0")/lib.sh"

host=$("$root/tests/lab/engine" up)
export ORCH_DOCKER_HOST=$host
DOCKER_HOST=$host docker image inspect debian:12-slim > /dev/null 2>&1 || "$root/tests/lab/images" load debian:12-slim
ln -s "$ORCH" "$scratch/bin/docker-machine"
name=runner-$ORCHLAB_NAME-0a1b2c3d
at_end "orch machine rm -f $name > /dev/null 2>&1"

# Its client puts this in front of every command, and takes standard output as it is.
runner() { docker-machine --bugsnag-api-token=no-report "$@"; }

step "create: options first, the name last; the value of MACHINE_STORAGE_PATH/machines is read by the runner itself"
runner create --driver docker "--docker-network=orch-$ORCHLAB_NAME" --engine-label=pool=ci "$name"
test -f "$MACHINE_STORAGE_PATH/machines/$name/config.json"
refused 1 runner create --driver docker "$name"
contains "$said" "Docker machine \"$name\" already exists"

step "the queries answer with the value and nothing else"
ip=$(runner ip "$name" 2> "$scratch/err")
[[ $ip =~ ^[0-9.]+$ ]] || die "ip: $ip"
equal "$(runner url "$name" 2>> "$scratch/err")" "tcp://$ip:2376"
equal "$(runner status "$name" 2>> "$scratch/err")" Running
certificates=$(runner inspect "$name" -f '{{.HostOptions.AuthOptions.StorePath}}' 2>> "$scratch/err")
equal "$certificates" "$MACHINE_STORAGE_PATH/machines/$name"
equal "$(cat "$scratch/err")" ""
runner inspect "$name" > "$scratch/out"
runner config "$name" > "$scratch/out"
refused 1 runner inspect "$name-not"
refused 1 runner config "$name-not"

step "a job reaches the engine with the certificates that it finds there"
curl -sSf --cacert "$certificates/ca.pem" --cert "$certificates/cert.pem" --key "$certificates/key.pem" \
    "https://$ip:2376/info" > "$scratch/info"
contains "$(cat "$scratch/info")" '"pool=ci"'
contains "$(cat "$scratch/info")" '"provider=docker"'

step "provision, stop and rm end well"
runner provision "$name"
runner stop "$name"
equal "$(runner status "$name")" Stopped
refused 1 runner config "$name"
contains "$said" "Host is not running"
refused 1 runner url "$name"
runner rm -y "$name"
[ ! -e "$MACHINE_STORAGE_PATH/machines/$name" ] || die "the machine is still in the store"
