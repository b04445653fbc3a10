#!/bin/bash
# Certificates that have expired or are wrong, on real engines: each error is told, and regenerate-certs mends it.
source "$(dirname "$0")/lib.sh"

fresh_hosts a:engine b:engine c:engine

certs=$MACHINE_STORAGE_PATH/certs
san=(--tls-san foo.bar.tld --tls-san 10.42.42.42)

# again DAYS CERTIFICATE KEY: signs a certificate again with the store's authority, to end in DAYS.
again() {
    openssl x509 -x509toreq -copy_extensions copyall -in "$2" -signkey "$3" -out "$scratch/request.pem" 2> /dev/null
    openssl x509 -req -copy_extensions copyall -in "$scratch/request.pem" -CA "$certs/ca.pem" \
        -CAkey "$certs/ca-key.pem" -days "$1" -out "$scratch/again.pem" 2> /dev/null
    cat "$scratch/again.pem" > "$2"
}
names() { openssl x509 -in "$1" -noout -ext subjectAltName,extendedKeyUsage; }
# What the engine of a host shows to those who connect.
shown() {
    openssl s_client -connect "$(host_ip "$1"):2376" -cert "$certs/cert.pem" -key "$certs/key.pem" \
        < /dev/null 2> /dev/null | openssl x509 -noout "${@:2}"
}
# to_host NAME FILE PATH: brings a file to a host and restarts its engine with it.
to_host() {
    orch machine scp -q "$2" "$1:/tmp/file"
    on_host "$1" sh -c "cat /tmp/file > $3 && systemctl restart docker"
}
all_work() {
    local name
    for name in a b c; do orch machine env "$name" > "$scratch/env" || die "no env of $name"; done
    equal "$(orch machine ls --format '{{.Error}}' | tr -d '\n')" ""
}

step "three machines; a's engine listens where a swarm manager would, too"
orch machine create -d generic --generic-ip-address "$(host_ip a)" --generic-ssh-key "$(lab_key)" \
    --engine-opt host=tcp://0.0.0.0:3376 "${san[@]}" a
orch machine create -d generic --generic-ip-address "$(host_ip b),$(host_ip c)" --generic-ssh-key "$(lab_key)" \
    "${san[@]}" b c
all_work
contains "$(names "$MACHINE_STORAGE_PATH/machines/a/server.pem")" "DNS:foo.bar.tld"

step "regenerate-certs of three at once makes new certificates and restarts the engines; the names stay"
for name in a b c; do shown $name -serial > "$scratch/serial.$name"; done
began=$SECONDS
orch machine regenerate-certs -f a b c 2> "$scratch/said"
cat "$scratch/said"
[ $((SECONDS - began)) -lt 60 ] || die "it took $((SECONDS - began)) s"
contains "$(cat "$scratch/said")" "Regenerating TLS certificates"
for name in a b c; do
    [ "$(shown $name -serial)" != "$(cat "$scratch/serial.$name")" ] || die "$name shows its old certificate"
    contains "$(shown $name -ext subjectAltName)" "DNS:foo.bar.tld"
    contains "$(shown $name -ext subjectAltName)" "IP Address:10.42.42.42"
    contains "$(shown $name -ext subjectAltName)" "IP Address:$(host_ip $name)"
done
all_work

step "it asks first; no changes nothing, and nobody to ask is an error"
shown a -serial > "$scratch/serial.a"
said=$(echo n | orch machine regenerate-certs a 2>&1)
contains "$said" 'Regenerate TLS machine certs?  Warning: this is irreversible. (y/n): '
equal "$(shown a -serial)" "$(cat "$scratch/serial.a")"
refused any orch machine regenerate-certs a < /dev/null
contains "$said" "--force"

step "an expired server certificate"
cp "$MACHINE_STORAGE_PATH/machines/a/server.pem" "$scratch/server.pem"
again -1 "$scratch/server.pem" "$MACHINE_STORAGE_PATH/machines/a/server-key.pem"
to_host a "$scratch/server.pem" /etc/docker/server.pem
refused 1 orch machine env a
contains "$said" "There was an error validating certificates for host \"$(host_ip a):2376\": the server's certificate has expired"
contains "$said" "You can attempt to regenerate them using 'orch machine regenerate-certs [name]'."
contains "$said" "hint: orch machine regenerate-certs a"
contains "$(orch machine ls)" "There was an error validating certificates"
orch machine regenerate-certs -f a
all_work

step "a certificate for another address"
orch machine scp -q a:/etc/docker/server-key.pem "$scratch/server-key.pem"
openssl req -new -key "$scratch/server-key.pem" -subj /O=other -out "$scratch/other.csr"
openssl x509 -req -in "$scratch/other.csr" -CA "$certs/ca.pem" -CAkey "$certs/ca-key.pem" -days 9 \
    -extfile <(echo subjectAltName=IP:192.0.2.1) -out "$scratch/other.pem" 2> /dev/null
to_host a "$scratch/other.pem" /etc/docker/server.pem
refused 1 orch machine config a
contains "$said" "the server's certificate is not valid for $(host_ip a)"
orch machine regenerate-certs -f a
all_work

step "an expired client certificate is told as such, and mended with or without --client-certs"
again -1 "$certs/cert.pem" "$certs/key.pem"
for _ in 1 2 3 4 5; do
    refused 1 orch machine env b
    contains "$said" "the server refused our client certificate"
    contains "$said" "it expired on"
    contains "$said" "regenerate-certs --client-certs b"
done
contains "$(orch machine version b 2>&1 || true)" "There was an error validating certificates"
orch machine regenerate-certs -f b
all_work

step "--client-certs makes a good client certificate anew, and all machines of the store get it"
before=$(openssl x509 -in "$certs/cert.pem" -noout -serial)
authority=$(openssl x509 -in "$certs/ca.pem" -noout -serial)
orch machine regenerate-certs -f --client-certs a 2> "$scratch/said"
contains "$(cat "$scratch/said")" "Regenerating local certificates"
lacks "$(cat "$scratch/said")" "Next:"
[ "$(openssl x509 -in "$certs/cert.pem" -noout -serial)" != "$before" ] || die "the client certificate is the old one"
equal "$(openssl x509 -in "$certs/ca.pem" -noout -serial)" "$authority"
cmp "$certs/cert.pem" "$MACHINE_STORAGE_PATH/machines/c/cert.pem"
all_work

step "an expired authority: a new one, and the machines that are left to do are named"
again -1 "$certs/ca.pem" "$certs/ca-key.pem"
refused 1 orch machine env a
contains "$said" "the certificate authority has expired"
contains "$said" "regenerate-certs --client-certs a"
orch machine regenerate-certs -f --client-certs a b 2> "$scratch/said"
contains "$(cat "$scratch/said")" "do not trust yet: c"
contains "$(cat "$scratch/said")" "Next: orch machine regenerate-certs c"
orch machine env a > /dev/null
refused 1 orch machine env c
contains "$said" "signed by an unknown authority"
orch machine regenerate-certs -f c
all_work

step "a run that is killed leaves what the next one puts right"
command=(orch machine regenerate-certs -f --client-certs a b c)
for pause in 0.02 0.05 0.1 0.3 0.6; do
    "${command[@]}" > "$scratch/log" 2>&1 &
    pid=$!
    sleep $pause
    kill -9 $pid 2> /dev/null || true
    wait $pid 2> /dev/null || true
done
orch machine regenerate-certs -f a b c
all_work
equal "$(find "$MACHINE_STORAGE_PATH" -name '*.new')" ""

step "a swarm master keeps the right to be a client; its swarm, which is out of reach, is not asked for"
edit() { sed -i "$1" "$MACHINE_STORAGE_PATH/machines/a/config.json"; }
edit 's|"Master": false|"Master": true|; s|"IsSwarm": false|"IsSwarm": true|; s|"Discovery": ""|"Discovery": "consul://192.0.2.9:8500"|'
orch machine regenerate-certs -f a
contains "$(shown a -ext extendedKeyUsage)" "TLS Web Server Authentication, TLS Web Client Authentication"

step "env --swarm and config --swarm give the manager's port, and tell when nothing is there"
contains "$(orch machine env --swarm a)" "DOCKER_HOST=\"tcp://$(host_ip a):3376\""
contains "$(orch machine config --swarm a)" "-H=tcp://$(host_ip a):3376"
contains "$(orch machine env a)" "DOCKER_HOST=\"tcp://$(host_ip a):2376\""
edit 's|tcp://0.0.0.0:3376"|tcp://0.0.0.0:4444"|'
refused 1 orch machine env --swarm a
contains "$said" "Connection to Swarm cannot be checked but the certs are valid. Maybe swarm is not started"
edit 's|consul://192.0.2.9:8500|token://abc|'
contains "$(orch machine env --swarm a)" "DOCKER_HOST=\"tcp://$(host_ip a):2376\""
refused 1 orch machine config --swarm b
contains "$said" '"b" is not a swarm master. The --swarm flag is intended for use with swarm masters'

step "in docker-machine's own words"
ln -s "$ORCH" "$scratch/bin/docker-machine"
cp "$certs/cert.pem" "$scratch/good.pem"
again -1 "$certs/cert.pem" "$certs/key.pem"
refused 1 docker-machine env b
contains "$said" "Error checking TLS connection: Error checking and/or regenerating the certs: There was an error validating certificates for host"
contains "$said" "You can attempt to regenerate them using 'docker-machine regenerate-certs [name]'."
contains "$said" "Be advised that this will trigger a Docker daemon restart which might stop running containers."
