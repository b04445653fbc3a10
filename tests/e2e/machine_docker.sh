#!/bin/bash
# Driver docker: machines that are containers on the lab's engine, from the build of their image to the last trace.
source "$(dirname "$0")/lib.sh"

host=$("$root/tests/lab/engine" up)
export ORCH_DOCKER_HOST=$host
# An engine that was here before may have the real one.
DOCKER_HOST=$host docker image inspect debian:12-slim > /dev/null 2>&1 || "$root/tests/lab/images" load debian:12-slim
net=orch-$ORCHLAB_NAME
a=$ORCHLAB_NAME-a b=$ORCHLAB_NAME-b c=$ORCHLAB_NAME-c
create=(orch machine create --docker-network "$net")

# The engine on which the machines run, whatever env points at.
outer() { env -u DOCKER_TLS_VERIFY -u DOCKER_CERT_PATH DOCKER_HOST="$host" docker "$@"; }
inside() { # inside MACHINE DOCKER-ARGUMENT...
    local machine=$1
    shift
    (eval "$(orch machine env "$machine")" && docker "$@")
}
traces() {
    outer ps -a --filter label=orch-network="$net" --format 'container {{.Names}}'
    outer volume ls --filter label=orch-machine --format 'volume {{.Name}}' | grep " orch-$ORCHLAB_NAME-" || true
    outer network ls --filter name="$net" --format 'network {{.Name}}'
}
sweep() {
    outer ps -aq --filter label=orch-network="$net" | xargs -r env DOCKER_HOST="$host" docker rm -fv
    outer volume ls -q | grep "^orch-$ORCHLAB_NAME-" | xargs -r env DOCKER_HOST="$host" docker volume rm
    outer network rm "$net" 2> /dev/null
}
at_end sweep
equal "$(traces)" ""

step "two machines at once, with no driver named; their image is built where it is missing"
"${create[@]}" "$a" "$b"
table=$(orch machine ls)
printf '%s\n' "$table"
equal "$(grep -c 'docker *Running *tcp://.*:2376 .* v[0-9]' <<< "$table")" 2
[ "$(orch machine ip "$a")" != "$(orch machine ip "$b")" ] || die "both have the same address"

step "they are hosts: systemd, ssh, sudo, their own name"
equal "$(orch machine ssh "$a" hostname)" "$a"
equal "$(orch machine ssh "$a" whoami)" docker
equal "$(orch machine ssh "$a" sudo whoami)" root
within 30 orch machine ssh "$a" systemctl is-active --quiet multi-user.target
equal "$(orch machine ssh "$a" ps -o comm= 1)" systemd

step "docker and orch compose work on them with the variables of env"
(
    eval "$(orch machine env "$a")"
    "$root/tests/lab/images" load busybox
    docker run -d --name keeper --restart always -v data:/data busybox sh -c 'trap exit TERM; sleep 9999 & wait'
    docker exec keeper sh -c 'echo precious > /data/file'
    mkdir "$scratch/app" && cd "$scratch/app"
    printf 'one:\n  image: busybox\n  command: sleep 9999\n' > docker-compose.yml
    orch compose up -d
    contains "$(orch compose ps)" app_one_1
)

step "stop and start keep the address, the data and the TLS"
address=$(orch machine ip "$a")
certificate=$(sha256sum < "$MACHINE_STORAGE_PATH/machines/$a/server.pem")
orch machine stop "$a"
equal "$(orch machine status "$a")" Stopped
refused 1 orch machine url "$a"
contains "$said" "Host is not running"
refused 1 orch machine stop "$a"
contains "$said" "Machine \"$a\" is already stopped."
orch machine start "$a" 2> "$scratch/err"
cat "$scratch/err"
for words in "Starting \"$a\"..." "Machine \"$a\" was started." "Waiting for SSH to be available..." \
    "Detecting the provisioner..." 'Started machines may have new IP addresses. You may need to re-run the'; do
    contains "$(cat "$scratch/err")" "$words"
done
equal "$(orch machine ip "$a")" "$address"
equal "$(sha256sum < "$MACHINE_STORAGE_PATH/machines/$a/server.pem")" "$certificate"
equal "$(inside "$a" exec keeper cat /data/file)" precious
refused 1 orch machine start "$a"
contains "$said" "Machine \"$a\" is already running."

step "kill and restart"
orch machine kill "$a"
equal "$(orch machine status "$a")" Stopped
orch machine restart "$a" # of a stopped one: a start
equal "$(orch machine status "$a")" Running
orch machine restart "$a" "$b" 2> "$scratch/err"
contains "$(cat "$scratch/err")" "Restarted machines may have new IP addresses."
equal "$(orch machine ip "$a")" "$address"
equal "$(inside "$a" exec keeper cat /data/file)" precious

step "a paused machine says so, and starts"
outer pause "orch-$b"
equal "$(orch machine status "$b")" Paused
orch machine start "$b"
equal "$(orch machine status "$b")" Running

step "a new address gets a new certificate"
orch machine stop "$b"
moved=${address%.*}.77
outer network disconnect "$net" "orch-$b"
outer network connect --ip "$moved" "$net" "orch-$b"
orch machine start "$b" 2> "$scratch/err"
contains "$(cat "$scratch/err")" "to $moved; the engine gets a new certificate"
equal "$(orch machine ip "$b")" "$moved"
inside "$b" ps

step "a foreign container of the same name is refused and left alone"
outer create --name "orch-$c" orch-machine:debian-12 true
refused 3 "${create[@]}" "$c"
contains "$said" "has a container orch-$c already"
lacks "$(orch machine ls -q)" "$c"
equal "$(outer inspect -f '{{.State.Status}}' "orch-$c")" created
outer rm "orch-$c"

step "a machine of another store is refused and left alone, too"
refused 3 env MACHINE_STORAGE_PATH="$scratch/other" "${create[@]}" "$b"
contains "$said" "a machine of another store"
inside "$b" ps

step "an image that nobody has is named, and rm cleans up"
refused 1 "${create[@]}" --docker-image nosuch.invalid/image:1 "$c"
contains "$said" "nosuch.invalid/image:1"
orch machine rm -y "$c"

step "Ctrl-C in the middle of a create: ls shows it, rm removes it"
"${create[@]}" "$c" > "$scratch/create.log" 2>&1 &
pid=$!
within 30 outer inspect "orch-$c" > /dev/null
kill -INT "$pid"
status=0
wait "$pid" || status=$?
equal "$status" 130
contains "$(orch machine ls)" "$c"
orch machine rm -y "$c"
lacks "$(traces)" "orch-$c"

step "kill -9 at ten moments of a create: rm always finds what was made"
for tenths in 0 1 1 2 2 3 4 6 9 15; do
    "${create[@]}" "$c" > "$scratch/create.log" 2>&1 &
    pid=$!
    sleep "$((tenths / 10)).$((tenths % 10))5"
    kill -9 "$pid" 2> /dev/null || true
    wait "$pid" 2> /dev/null || true
    orch machine ls > "$scratch/ls.log" || die "ls fails after the kill"
    sleep 0.5 # the engine may still be doing what the killed one asked for
    if [ -d "$MACHINE_STORAGE_PATH/machines/$c" ]; then orch machine rm -y "$c"; fi
    lacks "$(traces)" "orch-$c"
done
"${create[@]}" --docker-memory 1g --docker-cpu-count 1 --docker-volume "$scratch:/mnt/scratch:ro" "$c"
equal "$(orch machine ssh "$c" sudo ls -d /mnt/scratch/store)" /mnt/scratch/store
equal "$(outer inspect -f '{{.HostConfig.Memory}} {{.HostConfig.NanoCpus}}' "orch-$c")" "1073741824 1000000000"

step "a machine whose container is gone is not found, and rm forgets it"
outer rm -f "orch-$c"
refused 1 orch machine status "$c"
refused 1 orch machine start "$c"
contains "$said" "no longer exists"
orch machine rm -y "$c"

step "on an engine that is reached by TCP, machines are reached by published ports"
cat > "$scratch/forward.py" <<'PYTHON'
"""forward.py SOCKET PORTFILE: a TCP port of the loopback interface in front of a unix socket."""
import socket, sys, threading

def pump(source, target):
    try:
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass

server = socket.create_server(("127.0.0.1", 0))
with open(sys.argv[2], "w") as file:
    file.write(str(server.getsockname()[1]))
while True:
    client, _ = server.accept()
    engine = socket.socket(socket.AF_UNIX)
    engine.connect(sys.argv[1])
    for ends in ((client, engine), (engine, client)):
        threading.Thread(target=pump, args=ends, daemon=True).start()
PYTHON
python3 "$scratch/forward.py" "${host#unix://}" "$scratch/port" &
forward=$!
at_end "kill $forward"
within 10 test -s "$scratch/port"
"${create[@]}" --docker-host "tcp://127.0.0.1:$(cat "$scratch/port")" "$c"
equal "$(orch machine ip "$c")" 127.0.0.1
contains "$(orch machine url "$c")" tcp://127.0.0.1:
lacks "$(orch machine url "$c")" :2376
inside "$c" ps
orch machine restart "$c"
equal "$(orch machine ssh "$c" hostname)" "$c"
inside "$c" ps

step "rm leaves nothing: no container, no volume, no network"
orch machine rm -y "$a"
contains "$(traces)" "network $net"
orch machine rm -y "$b" "$c"
equal "$(traces)" ""
equal "$(orch machine ls -q)" ""
