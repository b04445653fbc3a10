#!/bin/bash
# The standalone swarm of docker-machine's days: etcd as key-value store, a stand-in for the swarm image.
source "$(dirname "$0")/lib.sh"

fresh_hosts a:engine b:engine kv:bare

image=orchlab/swarm-stand-in:latest
common=(-d generic --generic-ssh-key "$(lab_key)" --swarm-image "$image")
load() { # load NAME: the image comes to the machine's engine
    (
        eval "$(orch machine env "$1")"
        "$root/tests/lab/images" load "$image"
    )
}
manager() { # manager PATH: asks the manager of a
    local dir=$MACHINE_STORAGE_PATH/machines/a
    curl -sSf --max-time 10 --cacert "$dir/ca.pem" --cert "$dir/cert.pem" --key "$dir/key.pem" \
        "https://$(host_ip a):3376$1"
}
id_of() { on_host "$1" docker inspect --format '{{.Id}}' "$2"; }

step "an etcd with its v2 keys"
on_host kv sh -c 'apt-get update -q && apt-get install -yq --no-install-recommends etcd-server' > "$scratch/apt.log" 2>&1 ||
    die "$(tail -n 5 "$scratch/apt.log")"
on_host kv systemctl stop etcd 2> /dev/null || true
on_host kv systemd-run -q --unit store etcd --enable-v2 --data-dir /var/tmp/store \
    --listen-client-urls http://0.0.0.0:2379 --advertise-client-urls "http://$(host_ip kv):2379"
within 30 curl -sSf "http://$(host_ip kv):2379/v2/keys/"
discovery=etcd://$(host_ip kv):2379/hive

step "an option that the image does not know is refused before its container could crash for ever"
refused any orch machine create "${common[@]}" --generic-ip-address "$(host_ip a)" --swarm --swarm-master \
    --swarm-discovery "$discovery" --swarm-opt what=1 a
contains "$said" "swarm manage has no option --what"
equal "$(orch machine ls -q)" ""

step "an image that is nowhere is an error in docker-machine's words, and provision goes on"
refused 1 orch machine create "${common[@]}" --generic-ip-address "$(host_ip a)" --swarm --swarm-master \
    --swarm-discovery "$discovery" a
contains "$said" "Unable to pull image"
orch machine create "${common[@]}" --generic-ip-address "$(host_ip b)" b
load b
on_host b docker save "$image" | on_host a docker load > /dev/null
orch machine provision a

step "the containers are docker-machine's"
equal "$(on_host a docker inspect --format '{{json .Config.Cmd}} {{.HostConfig.RestartPolicy.Name}} {{json .HostConfig.Binds}}' \
    swarm-agent-master)" \
    "[\"manage\",\"--tlsverify\",\"--tlscacert=/etc/docker/ca.pem\",\"--tlscert=/etc/docker/server.pem\",\"--tlskey=/etc/docker/server-key.pem\",\"-H\",\"tcp://0.0.0.0:3376\",\"--strategy\",\"spread\",\"--advertise\",\"$(host_ip a):3376\",\"$discovery\"] always [\"/etc/docker:/etc/docker\"]"
equal "$(on_host a docker inspect --format '{{json .Config.Cmd}}' swarm-agent)" \
    "[\"join\",\"--advertise\",\"$(host_ip a):2376\",\"$discovery\"]"

step "a machine made without joins later, and the manager uses it"
orch machine swarm join --discovery "$discovery" b 2>&1 | tee "$scratch/b.log"
lacks "$(cat "$scratch/b.log")" "does not use this machine"
info=$(manager /info)
contains "$info" "$(host_ip a):2376"
contains "$info" "$(host_ip b):2376"
contains "$(curl -sSf "http://$(host_ip kv):2379/v2/keys/hive/docker/swarm/nodes?recursive=true")" "$(host_ip b):2376"

step "env and config --swarm point at the manager; ls shows who belongs to it"
contains "$(orch machine config --swarm a)" "-H=tcp://$(host_ip a):3376"
eval "$(orch machine env --swarm a)"
equal "$DOCKER_HOST" "tcp://$(host_ip a):3376"
contains "$(orch machine ls --filter name=a)" "* (swarm)"
unset DOCKER_HOST DOCKER_TLS_VERIFY DOCKER_CERT_PATH DOCKER_MACHINE_NAME
equal "$(orch machine ls --format '{{.Name}}={{.Swarm}}' | tr '\n' ' ')" "a=a (master) b=a "

step "a network across machines: made on the master, used on both"
on_host a docker network create -d overlay --attachable between > /dev/null
on_host a docker run -d --name server --network between --entrypoint python3 "$image" -m http.server 8000 > /dev/null
within 30 on_host b docker run --rm --network between --entrypoint python3 "$image" -c \
    'import urllib.request as u; print(u.urlopen("http://server:8000/", timeout=5).status)'
on_host a docker rm -f server > /dev/null

step "provision makes only what differs"
master=$(id_of a swarm-agent-master)
agent=$(id_of a swarm-agent)
orch machine provision a
equal "$(id_of a swarm-agent-master) $(id_of a swarm-agent)" "$master $agent"
on_host a docker rm -f swarm-agent > /dev/null
orch machine provision a
equal "$(id_of a swarm-agent-master)" "$master"
[ "$(id_of a swarm-agent)" != "$agent" ] || die "the agent is the old one"

step "a machine that leaves runs none of it"
orch machine swarm leave b
refused any on_host b docker inspect swarm-agent
equal "$(on_host b docker info --format '{{.Swarm.LocalNodeState}}')" inactive
orch machine rm -y a b
equal "$(on_host a docker ps -aq)" ""
