#!/bin/bash
# Three bare hosts (systemd and sshd, no engine) become machines in one command.
source "$(dirname "$0")/lib.sh"

fresh_hosts a:bare b:bare c:bare

addresses=$(host_ip a),$(host_ip b),$(host_ip c)

step "one create makes three machines at the same time"
orch machine create -d generic --generic-ip-address "$addresses" --generic-ssh-key "$(lab_key)" a b c
equal "$(orch machine ls -q | tr '\n' ' ')" "a b c "

step "ls shows them running, with their engines"
table=$(orch machine ls)
printf '%s\n' "$table"
contains "$table" "NAME   ACTIVE   DRIVER    STATE"
equal "$(grep -c 'generic *Running *tcp://.*:2376 .* v[0-9]' <<< "$table")" 3

step "every engine answers over mutual TLS with the variables that env prints"
for name in a b c; do
    eval "$(orch machine env "$name")"
    equal "$DOCKER_HOST" "tcp://$(host_ip $name):2376"
    curl -sSf --cacert "$DOCKER_CERT_PATH/ca.pem" --cert "$DOCKER_CERT_PATH/cert.pem" \
        --key "$DOCKER_CERT_PATH/key.pem" "https://$(host_ip $name):2376/_ping" | grep -qx OK
done
equal "$(orch machine active)" c
unset DOCKER_HOST DOCKER_TLS_VERIFY DOCKER_CERT_PATH DOCKER_MACHINE_NAME

step "the engine's port refuses a client without our certificate"
refused any curl -sS --max-time 10 --cacert "$MACHINE_STORAGE_PATH/machines/a/ca.pem" \
    "https://$(host_ip a):2376/_ping"
refused any curl -sS --max-time 10 "https://$(host_ip a):2376/_ping"

step "it refuses a client of another authority too"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj /O=stranger \
    -keyout "$scratch/key.pem" -out "$scratch/cert.pem" 2> "$scratch/openssl.log"
refused any curl -sS --max-time 10 --cacert "$MACHINE_STORAGE_PATH/machines/a/ca.pem" \
    --cert "$scratch/cert.pem" --key "$scratch/key.pem" "https://$(host_ip a):2376/_ping"

step "private files are private, here and there"
equal "$(stat -c %a "$MACHINE_STORAGE_PATH/machines/a/key.pem")" 600
equal "$(stat -c %a "$MACHINE_STORAGE_PATH/certs/ca-key.pem")" 600
equal "$(stat -c %a "$MACHINE_STORAGE_PATH/machines/a/config.json")" 600
equal "$(on_host a stat -c %a /etc/docker/server-key.pem)" 600
equal "$(find "$MACHINE_STORAGE_PATH" -type d ! -perm 700)" ""

step "a second create of the same name is refused and the first is untouched"
before=$(cat "$MACHINE_STORAGE_PATH/machines/a/config.json")
started=$(on_host a systemctl show -p ActiveEnterTimestampMonotonic docker)
refused 1 orch machine create -d generic --generic-ip-address "$(host_ip a)" --generic-ssh-key "$(lab_key)" a
contains "$said" 'already exists'
equal "$(cat "$MACHINE_STORAGE_PATH/machines/a/config.json")" "$before"

step "provision of a machine that is right restarts nothing"
orch machine provision a
equal "$(on_host a systemctl show -p ActiveEnterTimestampMonotonic docker)" "$started"

step "provision puts right what was changed on the host"
on_host a sh -c 'echo garbage > /etc/docker/server.pem; rm /etc/systemd/system/docker.service.d/10-machine.conf'
on_host a systemctl daemon-reload
on_host a systemctl restart docker
refused 1 orch machine env a
contains "$said" "Error checking TLS connection"
orch machine provision a
orch machine env a > "$scratch/env"
contains "$(cat "$scratch/env")" "export DOCKER_HOST=\"tcp://$(host_ip a):2376\""

step "the engine survives a restart of its host with its TLS"
"$root/tests/lab/hosts" stop a
equal "$(orch machine status a)" Stopped
refused 1 orch machine url a
contains "$said" "Host is not running"
"$root/tests/lab/hosts" start a
within 30 orch machine env a > "$scratch/env"

step "the small verbs answer with bare values"
equal "$(orch machine ip a)" "$(host_ip a)"
equal "$(orch machine ip b a)" "$(host_ip b)"$'\n'"$(host_ip a)"
equal "$(orch machine url a)" "tcp://$(host_ip a):2376"
equal "$(orch machine status a)" Running
equal "$(orch machine inspect -f '{{.DriverName}} {{.Driver.IPAddress}}' a)" "generic $(host_ip a)"
contains "$(orch machine config a)" "--tlsverify"
contains "$(orch machine config a)" "-H=tcp://$(host_ip a):2376"

step "ssh runs a command, keeps its streams apart and returns its code"
equal "$(orch machine ssh a hostname)" a
equal "$(orch machine ssh a -- echo 'two  words' 2> "$scratch/err")" "two words"
equal "$(cat "$scratch/err")" ""
refused 7 orch machine ssh a exit 7
refused 1 orch machine ssh nosuch true
contains "$said" 'does not exist'

step "the host has the machine's name"
equal "$(on_host b cat /etc/hostname)" b

step "rm forgets the machine and leaves the host alone"
orch machine rm -y b c
equal "$(orch machine ls -q)" a
refused 1 orch machine inspect b
equal "$(on_host b systemctl is-active docker)" active
