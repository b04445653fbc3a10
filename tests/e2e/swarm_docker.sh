#!/bin/bash
# Machines of driver docker as an engine swarm: what a stop, a start and a restart of a node mean.
source "$(dirname "$0")/lib.sh"

host=$("$root/tests/lab/engine" up)
export ORCH_DOCKER_HOST=$host
DOCKER_HOST=$host docker image inspect debian:12-slim > /dev/null 2>&1 || "$root/tests/lab/images" load debian:12-slim
net=orch-$ORCHLAB_NAME-swarm
m=$ORCHLAB_NAME-m w=$ORCHLAB_NAME-w
sweep() {
    DOCKER_HOST=$host docker ps -aq --filter label=orch-network="$net" | xargs -r env DOCKER_HOST="$host" docker rm -fv
    DOCKER_HOST=$host docker volume ls -q | grep -E "^orch-($m|$w)-" | xargs -r env DOCKER_HOST="$host" docker volume rm
    DOCKER_HOST=$host docker network rm "$net" 2> /dev/null
}
at_end sweep
nodes() { orch machine swarm ps --format '{{.Hostname}} {{.Role}} {{.State}}' | tr '\n' ','; }
nodes_are() {
    local now
    now=$(nodes)
    printf '%s\n' "$now"
    [ "$now" = "$1" ]
}
both="$m manager ready,$w worker ready,"

step "a manager and a worker, made at the same time"
token=token://$(orch machine swarm-token)
orch machine create --docker-network "$net" --swarm --swarm-discovery "$token" "$w" > "$scratch/w.log" 2>&1 &
worker=$!
orch machine create --docker-network "$net" --swarm --swarm-master --swarm-discovery "$token" "$m"
wait "$worker" || die "$(cat "$scratch/w.log")"
nodes_are "$both"

step "a worker that is stopped leaves first, and joins again when it starts"
orch machine stop "$w"
nodes_are "$m manager ready,"
orch machine start "$w"
nodes_are "$both"

step "a restart is no leaving"
id() { orch machine swarm ps --format '{{.Hostname}} {{.ID}}' | sed -n "s/^$w //p"; }
before=$(id)
orch machine restart "$w"
within 60 nodes_are "$both"
equal "$(id)" "$before"

step "the only manager is not stopped under its workers, unless it must be; it still is the manager then"
refused 1 orch machine stop "$m"
contains "$said" "$m is the last manager of its swarm that answers"
equal "$(orch machine status "$m")" Running
orch machine stop --force "$m"
equal "$(orch machine status "$m")" Stopped
orch machine start "$m"
within 60 nodes_are "$both"

step "killed and back"
orch machine kill "$w"
within 60 nodes_are "$m manager ready,$w worker down,"
orch machine start "$w"
within 60 nodes_are "$both"

step "all of it goes with one command"
orch machine rm -y "$m" "$w"
equal "$(orch machine ls -q)" ""
