#!/bin/bash
# A machine that travels: exported to another user, renamed, in a store that moved; docker contexts; many processes.
source "$(dirname "$0")/lib.sh"

fresh_hosts a:engine
export DOCKER_CONFIG=$scratch/docker
command -v docker > /dev/null || die "the docker client is missing"

orch machine create -d generic --generic-ip-address "$(host_ip a)" --generic-ssh-key "$(lab_key)" web1

# Another user with a home and a copy of the program of its own.
[ "$(id -u)" = 0 ] || die "only root can play another user"
chmod 711 "$scratch"
mkdir -p "$scratch/other"
install -m 755 "$ORCH" "$scratch/other/orch"
chown -R nobody:nogroup "$scratch/other"
as_other() {
    (cd "$scratch/other" && env -i HOME="$scratch/other" PATH="$scratch/other:/usr/local/bin:/usr/bin:/bin" USER=bob \
        setpriv --reuid nobody --regid nogroup --clear-groups -- "$@")
}

step "another user, another path: everything works there"
orch machine export web1 > "$scratch/web1.tar"
equal "$(orch machine export web1 | cksum)" "$(cksum < "$scratch/web1.tar")"
contains "$(tar -tf "$scratch/web1.tar" | head -n 1)" orch-machines.json
lacks "$(tar -tf "$scratch/web1.tar")" ca-key.pem
as_other orch machine import - < "$scratch/web1.tar"
contains "$(as_other orch machine ls)" Running
equal "$(as_other orch machine ssh web1 echo hello)" hello
as_other orch machine provision web1
eval "$(as_other orch machine env web1)"
equal "$DOCKER_CERT_PATH" "$scratch/other/.docker/machine/machines/web1"
docker ps > /dev/null
unset DOCKER_HOST DOCKER_TLS_VERIFY DOCKER_CERT_PATH DOCKER_MACHINE_NAME
as_other orch machine doctor > /dev/null
equal "$(find "$scratch/other/.docker/machine" -type f ! -perm 600)" ""
equal "$(find "$scratch/other/.docker/machine" -type d ! -perm 700)" ""
equal "$(as_other orch machine inspect -f '{{.HostOptions.AuthOptions.CaCertPath}}' web1)" \
    "$scratch/other/.docker/machine/machines/web1/ca.pem"

step "the same file a second time, and under another name"
refused 1 as_other orch machine import - < "$scratch/web1.tar"
contains "$said" 'Docker machine "web1" already exists'
as_other orch machine import - --as copy < "$scratch/web1.tar"
equal "$(as_other orch machine ssh copy echo hello)" hello
equal "$(as_other orch machine inspect -f '{{.Driver.MachineName}}' copy)" copy

step "without private keys the address travels, no access"
orch machine export --no-keys -o "$scratch/public.tar" web1 2> "$scratch/notes"
contains "$(cat "$scratch/notes")" "private keys are left out"
lacks "$(tar -xOf "$scratch/public.tar")" "PRIVATE KEY"
as_other orch machine rm -f -y copy
as_other orch machine import --as public - < "$scratch/public.tar"
equal "$(as_other orch machine ip public)" "$(host_ip a)"
refused 1 as_other orch machine env public
as_other orch machine rm -y public > /dev/null

step "hostile archives leave nothing behind"
hostile=$scratch/hostile
mkdir -p "$hostile/machines/evil"
tar -xOf "$scratch/web1.tar" orch-machines.json | sed 's/web1/evil/' > "$hostile/orch-machines.json"
tar -xOf "$scratch/web1.tar" machines/web1/config.json > "$hostile/machines/evil/config.json"
try() { # try TEXT ENTRY...: an archive of these must be refused with that text
    local text=$1
    shift
    tar -C "$hostile" -cf "$scratch/hostile.tar" orch-machines.json "$@"
    refused 1 orch machine import "$scratch/hostile.tar"
    contains "$said" "$text"
    equal "$(orch machine ls -q)" web1
    equal "$(ls -A "$MACHINE_STORAGE_PATH/machines")" web1
}
ln -s /etc/passwd "$hostile/machines/evil/link"
ln "$hostile/machines/evil/config.json" "$hostile/machines/evil/twin"
mkfifo "$hostile/machines/evil/pipe"
mknod "$hostile/machines/evil/null" c 1 3
truncate -s 3M "$hostile/machines/evil/big"
try "is a link" machines/evil/config.json machines/evil/link
try "is a link" machines/evil/config.json machines/evil/twin
try "is no plain file" machines/evil/config.json machines/evil/pipe
try "is no plain file" machines/evil/config.json machines/evil/null
try "is too large" machines/evil/config.json machines/evil/big
try "leads out" --transform 's,machines/evil/config.json,machines/evil/../../../x,' machines/evil/config.json
try "absolute name" -P --transform 's,machines/evil/config.json,/tmp/x,' machines/evil/config.json
try "a part of it is lost"
head -c 3000 "$scratch/web1.tar" > "$scratch/cut.tar"
refused 1 orch machine import --as cut "$scratch/cut.tar"
equal "$(ls -A "$MACHINE_STORAGE_PATH/machines")" web1
refused 2 script -qec "orch machine export web1" /dev/null
contains "$said" "not written to a terminal"

step "docker contexts"
orch machine context web1
docker --context web1 ps > /dev/null
equal "$(docker --context web1 info --format '{{.Name}}')" web1
contains "$(docker context ls)" "orch machine web1"
refused 1 orch machine context --as default web1
docker context create theirs --docker host=tcp://192.0.2.1:2375 > /dev/null
refused 1 orch machine context --as theirs web1
contains "$said" "that orch did not write"
orch machine context --as second web1
orch machine context --rm web1
equal "$(docker context ls -q | sort | xargs)" "default theirs"
orch machine context web1

step "a rename moves everything"
orch machine rename web1 app
equal "$(orch machine ls -q)" app
equal "$(orch machine ssh app hostname)" web1
docker --context app ps > /dev/null
equal "$(docker context ls -q | sort | xargs)" "app default theirs"
orch machine provision app
equal "$(orch machine ssh app hostname)" app
docker --context app ps > /dev/null
equal "$(orch machine inspect -f '{{.Name}} {{.Driver.MachineName}}' app)" "app app"
lacks "$(cat "$MACHINE_STORAGE_PATH/machines/app/config.json")" machines/web1
refused 1 orch machine rename app a_b
refused 1 orch machine rename nosuch other
orch machine create -d none --url tcp://192.0.2.1:2375 taken
refused 1 orch machine rename app taken
contains "$said" 'Docker machine "taken" already exists'
orch machine rm -y taken > /dev/null

step "kill -9 at any moment of a rename leaves a machine that works"
RANDOM=${ORCH_SEED:-$$}
echo "seed ${ORCH_SEED:-$$} (ORCH_SEED repeats it)"
name=app
for _ in $(seq 30); do
    next=$([ "$name" = app ] && echo web1 || echo app)
    orch machine rename "$name" "$next" > /dev/null 2>&1 &
    pid=$!
    sleep "0.00$((RANDOM % 10))"
    kill -9 "$pid" 2> /dev/null || true
    wait "$pid" 2> /dev/null || true
    name=$(orch machine ls -q)
    case $name in app | web1) ;; *) die "after a kill the store has: $name" ;; esac
    equal "$(orch machine ip "$name")" "$(host_ip a)"
done
equal "$(orch machine ssh "$name" echo hello)" hello
orch machine provision "$name"
[ "$name" = web1 ] || orch machine rename app web1
orch machine context web1 # a kill may have come between the machine and its context
docker --context web1 ps > /dev/null

step "kill -9 at any moment of an import leaves all of it or nothing"
orch machine rename web1 kept
for _ in $(seq 30); do
    orch machine import "$scratch/web1.tar" > /dev/null 2>&1 &
    pid=$!
    sleep "0.00$((RANDOM % 10))"
    kill -9 "$pid" 2> /dev/null || true
    wait "$pid" 2> /dev/null || true
    if [ "$(orch machine ls -q | xargs)" != kept ]; then
        equal "$(orch machine ssh web1 echo hello)" hello
        orch machine rm -y web1 > /dev/null
    fi
done
orch machine import "$scratch/web1.tar"
orch machine rm -y web1 > /dev/null
equal "$(ls -A "$MACHINE_STORAGE_PATH/machines")" kept
orch machine rename kept web1

step "a store that moved"
mv "$MACHINE_STORAGE_PATH" "$scratch/moved"
equal "$(orch machine -s "$scratch/moved" ssh web1 echo hello)" hello
contains "$(orch machine -s "$scratch/moved" env web1)" "$scratch/moved/machines/web1"
orch machine -s "$scratch/moved" provision web1
lacks "$(cat "$scratch/moved/machines/web1/config.json")" "$MACHINE_STORAGE_PATH/"

step "a copy of it belongs to another user, who cannot read the first"
rm -rf "$scratch/other/.docker"
mkdir -p "$scratch/other/.docker"
cp -r "$scratch/moved" "$scratch/other/.docker/machine"
chown -R nobody:nogroup "$scratch/other/.docker"
equal "$(as_other orch machine ssh web1 echo hello)" hello
contains "$(as_other orch machine env web1)" "$scratch/other/.docker/machine/machines/web1"
mv "$scratch/moved" "$MACHINE_STORAGE_PATH"
docker --context web1 ps > /dev/null

step "many processes on one machine"
workers=()
work() { for _ in $(seq 6); do "$@" > /dev/null 2>&1 || [ "$1 $3" = "orch provision" ] || exit 1; done; }
for _ in 1 2; do
    work orch machine inspect web1 & workers+=($!)
    work orch machine ip web1 & workers+=($!)
    work orch machine ls & workers+=($!)
    work orch machine provision web1 & workers+=($!)
done
for worker in "${workers[@]}"; do wait "$worker" || die "a worker failed"; done
orch machine doctor web1 > /dev/null

step "a disk that is full keeps the old file"
small=$scratch/small
mkdir -p "$small"
mount -t tmpfs -o size=64k tmpfs "$small"
at_end umount "$small"
mkdir "$small/store"
orch machine -s "$small/store" create -d none --url tcp://192.0.2.1:2375 n1
before=$(cat "$small/store/machines/n1/config.json")
head -c 1M /dev/zero > "$small/fill" 2> /dev/null || true
refused 1 orch machine -s "$small/store" provision n1
contains "$said" "the disk is full"
equal "$(cat "$small/store/machines/n1/config.json")" "$before"
equal "$(ls -A "$small/store/machines/n1")" config.json
refused 1 orch machine -s "$small/store" import "$scratch/web1.tar"
equal "$(orch machine -s "$small/store" ls -q)" n1

step "rm takes the context along, not that of others"
orch machine rm -y web1 > /dev/null
equal "$(docker context ls -q | sort | xargs)" "default theirs"
