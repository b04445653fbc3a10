#!/bin/bash
# What goes wrong while orch compose works: each failure is named, the other services come up, the exit code is 1, and
# the next up mends it. On a host with an engine of its own, which may be killed, stopped and filled.
source "$(dirname "$0")/lib.sh"

fresh_hosts box:engine
orch machine create -d generic --generic-ip-address "$(host_ip box)" --generic-ssh-key "$(lab_key)" box
eval "$(orch machine env box)"
"$root/tests/lab/images" load busybox
export COMPOSE_PROJECT_NAME=faults
mkdir "$scratch/app" && cd "$scratch/app"

# The names of the services that run.
running() {
    docker ps --filter label=com.docker.compose.project=faults \
        --format '{{.Label "com.docker.compose.service"}}' | sort | tr '\n' ' '
}
mended() { # mended SERVICES...: up -d brings all of them, a second one has nothing to do
    orch compose up -d -t 1 || die "the next up did not mend it"
    equal "$(running)" "$* "
    lacks "$(orch compose up -d -t 1 2>&1)" "..."
}
wait_for_engine() { within 30 docker version; }

cat > docker-compose.yml <<'END'
bad:
  image: busybox
  command: sleep 1000
good:
  image: busybox
  command: sleep 1000
needs:
  image: busybox
  command: sleep 1000
  links: [bad]
END

step "an image that is nowhere"
sed '2s/busybox/no-such-image:1/' docker-compose.yml > image.yml
refused 1 orch compose -f image.yml up -d
contains "$said" "no-such-image:1"
contains "$said" "faults_needs_1"
equal "$(running)" "good "
mended bad good needs
orch compose down -t 0

step "a port that somebody else has"
docker run -d --name foreign -p 21250:80 busybox sleep 1000 > out
sed '3a\  ports: ["21250:80"]' docker-compose.yml > port.yml
refused 1 orch compose -f port.yml up -d
contains "$said" "faults_bad_1"
contains "$said" "port is already allocated"
contains "$said" "faults_needs_1: skipped, because faults_bad_1 failed"
equal "$(running)" "good "
docker rm -f foreign > out
orch compose -f port.yml up -d
equal "$(running)" "bad good needs "
orch compose down -t 0

step "a container of somebody else that has the name"
docker create --name faults_bad_1 busybox sleep 1 > foreign.id
refused 1 orch compose up -d
contains "$said" "faults_bad_1"
contains "$said" "is already in use by container"
equal "$(docker inspect -f '{{.Id}}' faults_bad_1)" "$(cat foreign.id)"
equal "$(running)" "good "
docker rm faults_bad_1 > out
mended bad good needs

step "an engine that is slow: with a limit its call fails, without one it is waited for"
engine_pid=$(on_host box pidof dockerd)
on_host box kill -STOP "$engine_pid"
COMPOSE_HTTP_TIMEOUT=1 refused 1 orch compose up -d
contains "$said" "within 1 s"
(sleep 3 && on_host box kill -CONT "$engine_pid") &
orch compose up -d --force-recreate -t 0
wait
equal "$(running)" "bad good needs "

step "the engine dies in the middle of up: said within its time, and mended when it is back"
for i in $(seq 12); do printf 's%s:\n  image: busybox\n  command: sleep 1000\n  volumes: [/data]\n' "$i"; done > many.yml
# Engines that die while they start a container may leave its task behind, and no client can start it then: orch says what can.
up_again() {
    orch compose -f many.yml up -d -t 0 --remove-orphans > again.out 2>&1 && return
    cat again.out
    contains "$(cat again.out)" "already exists"
    contains "$(cat again.out)" "orch compose up -d --force-recreate"
    orch compose -f many.yml up -d -t 0 --force-recreate --remove-orphans
}
for pause in 0.1 0.4 1; do
    on_host box systemctl reset-failed docker # else three deaths in a minute are the last
    orch compose -f many.yml up -d --force-recreate -t 0 > dying.out 2>&1 &
    pid=$!
    sleep "$pause"
    on_host box pkill -9 dockerd || true
    status=0
    wait "$pid" || status=$?
    [ "$status" -le 1 ] || die "exit code $status: $(cat dying.out)"
    wait_for_engine > out
    up_again
    equal "$(docker ps -q --filter label=com.docker.compose.project=faults | wc -l)" 12
    equal "$(docker ps -aq --filter label=com.docker.compose.project=faults | wc -l)" 12
done
orch compose -f many.yml down -v -t 0

step "killed at random moments: the data stays, nothing is left over"
cat > docker-compose.yml <<'END'
db:
  image: busybox
  command: sleep 1000
  volumes: [/data]
web:
  image: busybox
  command: sleep 1000
  links: [db]
END
orch compose up -d
docker exec faults_db_1 sh -c 'echo kept > /data/file'
for round in $(seq 12); do
    setsid orch compose up -d --force-recreate -t 0 > killed.out 2>&1 &
    pid=$!
    sleep "0.$((RANDOM % 7))$((RANDOM % 10))"
    kill -9 "$pid" 2> /dev/null || true
    wait "$pid" 2> /dev/null || true
    [ $((round % 3)) -eq 0 ] || continue # several deaths in a row count, too
    sleep 2                              # the engine finishes what it was asked for
    mended db web
    equal "$(docker exec faults_db_1 cat /data/file)" kept
    equal "$(docker ps -aq --filter label=com.docker.compose.project=faults | wc -l)" 2
    equal "$(docker volume ls -q | wc -l)" 1
done
orch compose down -v -t 0
equal "$(docker volume ls -q)" ""

step "the engine's disk is full"
on_host box systemctl stop docker.socket docker
on_host box mount -t tmpfs -o size=64m tmpfs /var/lib/docker
on_host box systemctl start docker
wait_for_engine > out
"$root/tests/lab/images" load busybox
orch compose up -d web
on_host box sh -c 'dd if=/dev/zero of=/var/lib/docker/fill bs=64k 2> /dev/null || true'
refused 1 orch compose up -d --force-recreate -t 0
contains "$said" "no space left on device"
on_host box rm /var/lib/docker/fill
mended db web
orch compose down -v -t 0
