#!/bin/bash
# orch compose on a plain engine (the lab's): attached up, logs, faults in the middle, bad files.
source "$(dirname "$0")/lib.sh"

export DOCKER_HOST
DOCKER_HOST=$("$root/tests/lab/engine" host)
"$root/tests/lab/images" load busybox
project=orchlab-e2e-$$
# All on the engine but for what the lab's hosts are made of, which come and go.
all_volumes() { docker volume ls --format '{{.Labels}} {{.Name}}' | sed '/orchlab.owner/d' | sort; }
all_containers() { docker ps -a --no-trunc --format '{{.Labels}} {{.ID}}' | sed '/orchlab.owner/d' | sort; }
volumes=$(all_volumes)
export COMPOSE_PROJECT_NAME=$project
mkdir "$scratch/app" && cd "$scratch/app"
at_end "cd '$scratch/app' && orch compose down -v"

containers() { docker ps -aq --no-trunc --filter label=com.docker.compose.project="$project" | sort; }

cat > docker-compose.yml <<'EOF'
db:
  image: busybox
  command: sh -c 'trap "exit 0" TERM; echo db is up; sleep 1000 & wait'
  volumes:
    - /data
web:
  image: busybox
  command: sh -c 'trap "exit 0" TERM; i=0; while :; do i=$$((i+1)); echo line $$i; sleep 0.1 & wait $$!; done'
  links:
    - db:database
EOF

step "attached up prefixes every line; Ctrl-C stops in order and exits 0"
orch compose up > "$scratch/up.out" 2> "$scratch/up.err" &
pid=$!
within 20 grep -q 'web_1.*line 3' "$scratch/up.out"
contains "$(cat "$scratch/up.out")" "db_1"
kill -INT "$pid"
status=0
wait "$pid" || status=$?
equal "$status" 0
equal "$(docker ps -q --filter label=com.docker.compose.project="$project")" ""
equal "$(containers | wc -l)" 2

step "logs -f follows and ends when its containers end"
orch compose up -d
orch compose logs -f --no-color > "$scratch/logs.out" &
pid=$!
within 10 grep -q 'web_1 *| line' "$scratch/logs.out"
orch compose stop -t 5
within 10 sh -c "! kill -0 $pid 2>/dev/null"

step "an anonymous volume is carried over when its container is made anew"
orch compose up -d
docker exec "${project}_db_1" sh -c 'echo kept > /data/file'
orch compose up -d --force-recreate -t 1
equal "$(docker exec "${project}_db_1" cat /data/file)" kept

step "a service whose IPC namespace another joins lends it, though the engine keeps them private"
cat > "$scratch/ipc.yml" <<'EOF'
owner:
  image: busybox
  command: sleep 1000
member:
  image: busybox
  command: sleep 1000
  ipc: service:owner
EOF
at_end "orch compose -f '$scratch/ipc.yml' -p '$project-ipc' down -t 0"
orch compose -f "$scratch/ipc.yml" -p "$project-ipc" up -d
equal "$(docker exec "${project}-ipc_member_1" readlink /proc/self/ns/ipc)" \
    "$(docker exec "${project}-ipc_owner_1" readlink /proc/self/ns/ipc)"

step "an image that cannot be had: its service fails by name, the others come up, exit code 1"
cat > "$scratch/missing.yml" <<'EOF'
good:
  image: busybox
  command: sleep 1000
bad:
  image: orchlab-no-such-image:1
EOF
refused 1 orch compose -f "$scratch/missing.yml" -p "$project-missing" up -d
at_end "orch compose -f '$scratch/missing.yml' -p '$project-missing' down"
contains "$said" "bad"
contains "$said" "orchlab-no-such-image"

step "a container that cannot start is reported with the engine's own words, and the next up mends it"
cat > "$scratch/port.yml" <<'EOF'
one:
  image: busybox
  command: sleep 1000
  ports: ["127.0.0.1:45999:80"]
two:
  image: busybox
  command: sleep 1000
  links: [one]
  ports: ["127.0.0.1:45999:81"]
EOF
at_end "orch compose -f '$scratch/port.yml' -p '$project-port' down"
refused 1 orch compose -f "$scratch/port.yml" -p "$project-port" up -d
contains "$said" "port is already allocated"
sed -i 's/45999:81/45998:81/' "$scratch/port.yml"
orch compose -f "$scratch/port.yml" -p "$project-port" up -d
equal "$(docker ps -q --filter label=com.docker.compose.project="$project-port" | wc -l)" 2

step "bad files: all findings at once, each with its place, and nothing changes on the engine"
before=$(all_containers)
printf 'web:\n  image: busybox\n  prots: ["80"]\n  links: [nosuch, web]\n  command: {a: b}\n' > bad.yml
refused 1 orch compose -f bad.yml up -d
contains "$said" "bad.yml:3:3"
contains "$said" "did you mean 'ports'"
contains "$said" "bad.yml:4:11"
contains "$said" "nosuch"
contains "$said" "bad.yml:5:"
printf 'a:\n  image: busybox\n  links: [b]\nb:\n  image: busybox\n  links: [a]\n' > cycle.yml
refused 1 orch compose -f cycle.yml up -d
contains "$said" "Circular dependency between a and b"
printf 'web:\n\timage: busybox\n' > tab.yml
refused 1 orch compose -f tab.yml up -d
contains "$said" "tab.yml:2:1"
equal "$(all_containers)" "$before"

step "an engine that is not there is named, with what to check"
DOCKER_HOST=unix://$scratch/nothing.sock refused 1 orch compose ps
contains "$said" "$scratch/nothing.sock"
contains "$said" "hint:"

step "a killed up is finished by the next one"
# The engine finishes a call whose caller has died; until then nobody can see what it is about to do.
let_engine_finish() { sleep 2; }
for pause in 0.05 0.2 0.5; do
    orch compose down -v > "$scratch/down.log" 2>&1
    orch compose up -d > "$scratch/killed.log" 2>&1 &
    pid=$!
    sleep "$pause"
    kill -9 "$pid" 2> /dev/null || true
    wait "$pid" 2> /dev/null || true
    let_engine_finish
    orch compose up -d
    equal "$(docker ps -q --filter label=com.docker.compose.project="$project" | wc -l)" 2
    orch compose up -d --force-recreate -t 1 > "$scratch/killed.log" 2>&1 &
    pid=$!
    sleep "$pause"
    kill -9 "$pid" 2> /dev/null || true
    wait "$pid" 2> /dev/null || true
    let_engine_finish
    orch compose up -d
    equal "$(docker ps -q --filter label=com.docker.compose.project="$project" | wc -l)" 2
    equal "$(containers | wc -l)" 2
done
orch compose down -v
equal "$(containers)" ""
equal "$(all_volumes)" "$volumes"
