#!/bin/bash
# Three hosts with an engine become an engine swarm by the command lines of the days of the token service.
source "$(dirname "$0")/lib.sh"

fresh_hosts a:engine b:engine c:engine

create() { # create NAME OPTION...
    orch machine create -d generic --generic-ip-address "$(host_ip "$1")" --generic-ssh-key "$(lab_key)" "${@:2}" "$1"
}
nodes() { orch machine swarm ps --format '{{.Hostname}} {{.Role}} {{.State}} {{.Availability}}' | tr '\n' ','; }
nodes_are() {
    local now
    now=$(nodes)
    printf '%s\n' "$now"
    [ "$now" = "$1" ]
}
node_id() { orch machine swarm ps --format '{{.Hostname}} {{.ID}}' | sed -n "s/^$1 //p"; }
all_ready="a manager ready active,b worker ready active,c worker ready active,"

step "an agent alone is told that there is nothing to join"
refused 1 create b --swarm
contains "$said" "there is no swarm master in this store"
equal "$(orch machine ls -q)" ""

step "three machines at once, the agents first: token:// names the swarm"
token=$(orch machine swarm-token)
[[ $token =~ ^[0-9a-f]{32}$ ]] || die "no token: $token"
started=$SECONDS
create b --swarm --swarm-discovery "token://$token" --engine-label zone=north > "$scratch/b.log" 2>&1 &
b=$!
create c --swarm --swarm-discovery "token://$token" > "$scratch/c.log" 2>&1 &
c=$!
within 60 grep -q "Waiting for a manager of token://$token" "$scratch/b.log"
create a --swarm --swarm-master --swarm-discovery "token://$token" 2>&1 | tee "$scratch/a.log"
wait "$b" || die "b: $(cat "$scratch/b.log")"
wait "$c" || die "c: $(cat "$scratch/c.log")"
printf 'three members after %s s\n' "$((SECONDS - started))"
equal "$(nodes)" "$all_ready"

step "what the kernel lacks is named"
if ! on_host a test -e /proc/net/ip_vs && ! grep -q ' ip_vs_' /proc/kallsyms; then
    contains "$(cat "$scratch/a.log")" "the kernel has no IPVS"
fi

step "no join token is kept or said anywhere"
refused 1 grep -rl SWMTKN "$MACHINE_STORAGE_PATH" "$scratch/a.log" "$scratch/b.log" "$scratch/c.log"

step "ls, its filter, env, config and active know the swarm"
table=$(orch machine ls)
printf '%s\n' "$table"
equal "$(awk 'NR > 1 {print $1, $2, $6, $7}' <<< "$table")" "$(printf '%s\n' \
    "a - a (master)" "b - a v$(on_host a dockerd --version | sed 's/.*version \([^,]*\),.*/\1/')" \
    "c - a v$(on_host a dockerd --version | sed 's/.*version \([^,]*\),.*/\1/')")"
equal "$(orch machine ls -q --filter swarm=a | tr '\n' ' ')" "a b c "
contains "$(orch machine config --swarm a)" "-H=tcp://$(host_ip a):2376"
refused 1 orch machine env --swarm b
contains "$said" "is not a swarm master"
eval "$(orch machine env --swarm a)"
contains "$(orch machine ls --filter name=a)" "* (swarm)"
equal "$(orch machine active)" a
unset DOCKER_HOST DOCKER_TLS_VERIFY DOCKER_CERT_PATH DOCKER_MACHINE_NAME

step "swarm ps shows roles, addresses and labels"
orch machine swarm ps
row=$(orch machine swarm ps a | grep '^b ')
contains "$row" "worker"
contains "$row" "$(host_ip b)"
contains "$row" "zone=north"
contains "$(orch machine swarm ps --format json)" '"Machine": "c"'

step "provision of a member that is right changes nothing"
before=$(node_id b)
orch machine provision b
equal "$(node_id b)" "$before"

step "a worker's engine dies and comes back"
on_host c systemctl kill -s KILL docker
on_host c systemctl stop docker docker.socket 2> /dev/null || on_host c systemctl stop docker
within 40 nodes_are "a manager ready active,b worker ready active,c worker down active,"
on_host c systemctl start docker
within 40 nodes_are "$all_ready"

step "the manager's engine restarts and still is the manager"
on_host a systemctl restart docker
within 40 nodes_are "$all_ready"

step "provision brings a machine back that lost its membership"
on_host b docker swarm leave > /dev/null
orch machine provision b
within 20 nodes_are "$all_ready"
contains "$(orch machine swarm ps | grep '^b ')" "zone=north"

step "a machine leaves and joins again, as a manager"
orch machine swarm leave c
within 20 nodes_are "a manager ready active,b worker ready active,"
contains "$(on_host c docker info --format '{{.Swarm.LocalNodeState}}')" inactive
equal "$(orch machine ls --format '{{.Swarm}}' --filter name=c)" ""
orch machine swarm join --master --discovery machine://a c
within 20 nodes_are "a manager ready active,b worker ready active,c manager ready active,"
refused 1 orch machine swarm join --discovery token://other c
contains "$said" "belongs to the swarm token://$token already"

step "of two managers one is dead: the other cannot decide anything, and cannot be taken away"
on_host c systemctl stop docker
leaderless() { # the manager takes some seconds to notice
    ! orch machine swarm ps > "$scratch/ps.log" 2>&1 && grep -q "does not have a leader" "$scratch/ps.log"
}
within 60 leaderless
refused 1 orch machine rm -y a
contains "$said" "does not have a leader"
orch machine ls -q | grep -qx a
on_host c systemctl start docker
within 60 nodes_are "a manager ready active,b worker ready active,c manager ready active,"

step "a worker is removed and made again"
orch machine rm -y b
within 20 nodes_are "a manager ready active,c manager ready active,"
equal "$(on_host b docker info --format '{{.Swarm.LocalNodeState}}')" inactive
on_host a iptables -I INPUT -p udp --dport 4789 -j DROP
on_host b ip link set eth0 mtu 1400
create b --swarm 2>&1 | tee "$scratch/again.log"
within 20 nodes_are "a manager ready active,b worker ready active,c manager ready active,"

step "what is between the machines is named"
on_host a iptables -D INPUT -p udp --dport 4789 -j DROP
on_host b ip link set eth0 mtu 1500
contains "$(cat "$scratch/again.log")" "packets from b do not reach a at port 4789/udp"
lacks "$(cat "$scratch/again.log")" "from a do not reach b"
lacks "$(cat "$scratch/again.log")" "7946"
contains "$(cat "$scratch/again.log")" "com.docker.network.driver.mtu=1350"

step "a manager goes only while the rest can decide"
orch machine rm -y c
within 20 nodes_are "a manager ready active,b worker ready active,"
refused 1 orch machine rm -y a
contains "$said" "a is the last manager of its swarm that answers, and there are 1 more nodes"
orch machine ls -q | grep -qx a

step "an engine of another swarm is not torn out of it"
on_host c docker swarm init --advertise-addr "$(host_ip c)" > /dev/null
refused 1 create c --swarm
contains "$said" "c is a node of another swarm"
orch machine rm -y c
on_host c docker swarm leave --force > /dev/null

step "a swarm outside the store is joined by its token"
outside=$(on_host a docker swarm join-token -q worker)
mkdir "$scratch/other"
export ORCH_SWARM_TOKEN=$outside
MACHINE_STORAGE_PATH=$scratch/other create c --swarm --swarm-discovery "swarm://$(host_ip a)"
unset ORCH_SWARM_TOKEN
within 20 nodes_are "a manager ready active,b worker ready active,c worker ready active,"
refused 1 grep -rl SWMTKN "$scratch/other"
MACHINE_STORAGE_PATH=$scratch/other orch machine rm -y c
equal "$(on_host c docker info --format '{{.Swarm.LocalNodeState}}')" inactive

within 40 nodes_are "a manager ready active,b worker ready active,c worker down active,"

step "all of it goes with one command, the manager last; a dead stranger in its list is no hindrance"
orch machine rm -y a b
for name in a b; do
    equal "$(on_host $name docker info --format '{{.Swarm.LocalNodeState}}')" inactive
done
equal "$(orch machine ls -q)" ""
