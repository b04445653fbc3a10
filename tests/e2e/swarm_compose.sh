#!/bin/bash
# orch compose on an engine swarm of three hosts: placement, traffic, rolling updates, a node that goes away.
source "$(dirname "$0")/lib.sh"

fresh_hosts a:engine b:engine c:engine

create() { # create NAME OPTION...
    orch machine create -d generic --generic-ip-address "$(host_ip "$1")" --generic-ssh-key "$(lab_key)" "${@:2}" "$1"
}
token=$(orch machine swarm-token)
create a --swarm --swarm-master --swarm-discovery "token://$token"
create b --swarm --swarm-discovery "token://$token" --engine-label storage=ssd
create c --swarm --swarm-discovery "token://$token" --engine-label storage=disk
eval "$(orch machine env --swarm a)"
"$root/tests/lab/images" load busybox redis python:3-slim

export COMPOSE_PROJECT_NAME=counter
mkdir "$scratch/app" && cd "$scratch/app"
at_end "cd '$scratch/app' && orch compose down -t 1"

# Names of the nodes that run tasks of a service, sorted.
nodes_of() { orch compose ps --format json | python3 -c '
import json, sys
rows = [r for r in json.load(sys.stdin) if r["Service"] == sys.argv[1] and r["Status"] == "Up"]
print(" ".join(sorted(r["Node"] for r in rows)))' "$1"; }
nodes_are() { [ "$(nodes_of "$1")" = "$2" ]; }
# Ids of all tasks that are meant to run.
tasks() { docker stack ps counter --filter desired-state=running -q --no-trunc | sort; }
count() { curl -sSf --retry 20 --retry-delay 1 --retry-all-errors "http://$(host_ip "$1"):5000/" | tr -dc 0-9; }

# The counter, all images on all nodes already.
cp -r "$root/compose/examples/counter/." .
docker build -q -t counter_web . > /dev/null
docker save counter_web redis busybox > "$scratch/images.tar"
for machine in b c; do
    (eval "$(orch machine env $machine)" && docker load -qi "$scratch/images.tar" > /dev/null)
done
cat > docker-compose.yml <<'EOF'
web:
  build: .
  command: python app.py
  ports:
    - "5000:5000"
  links:
    - redis
  environment:
    - affinity:container!=counter_redis_1
redis:
  image: redis
  environment:
    - constraint:node==b
EOF

step "an explanation says which nodes may run what, and changes nothing"
table=$(orch compose up --dry-run --explain --scale web=2)
printf '%s\n' "$table"
contains "$table" "constraint:node==b: a, c"
contains "$table" "a, c    apart from redis: b"
contains "$(orch compose up -d --dry-run)" "create service counter_web"
equal "$(docker service ls -q)$(docker network ls -q --filter name=counter_default)" ""

step "impossible is an error before anything changes"
cat > impossible.yml <<'EOF'
web:
  image: busybox
  environment:
    - constraint:node==nowhere
EOF
refused 1 orch compose -f impossible.yml up -d
contains "$said" "Unable to find a node that satisfies the following conditions: [constraint:node==nowhere]"
contains "$said" "a: ruled out by constraint:node==nowhere"
printf 'web:\n  image: busybox\n  privileged: true\n' > privileged.yml
refused 1 orch compose -f privileged.yml up -d
contains "$said" "--mixed"
printf 'web:\n  image: busybox\n  mem_limit: 900g\n' > huge.yml
refused 1 orch compose -f huge.yml up -d
contains "$said" "no resources available to schedule container"
equal "$(docker service ls -q)$(docker network ls -q --filter name=counter_default)" ""

step "a worker names its managers"
refused 1 orch compose --machine b up -d
contains "$said" "$(host_ip a):2377 is the machine a"
contains "$said" 'eval $(orch machine env --swarm a)'

step "up: redis where it is pinned, web on the other two nodes"
orch compose up -d --scale web=2
orch compose ps
equal "$(nodes_of redis)" b
equal "$(nodes_of web)" "a c"

step "both nodes count in the same redis, over the network of the project"
first=$(count a)
equal "$(count c)" $((first + 1))
equal "$(orch compose port --index 1 web 5000 | sed 's/.*://')" 5000

step "docker stack knows it"
contains "$(docker stack ls)" "counter"
contains "$(docker stack ps counter --format '{{.Name}} {{.Node}}')" "counter_redis.1 b"

step "a second up changes nothing"
before=$(tasks)
contains "$(orch compose up -d 2>&1)" "counter_web is up-to-date"
equal "$(tasks)" "$before"

step "a changed service is updated, the other one stays"
redis_before=$(docker stack ps counter -q --filter name=counter_redis --filter desired-state=running)
sed -i 's/command: python app.py/command: python -u app.py/' docker-compose.yml
said=$(orch compose up -d 2>&1)
contains "$said" "Updating counter_web"
contains "$said" "counter_redis is up-to-date"
equal "$(docker stack ps counter -q --filter name=counter_redis --filter desired-state=running)" "$redis_before"
equal "$(nodes_of web)" "a c"
equal "$(count a)" $((first + 2))

step "logs tell whose line it is"
contains "$(orch compose logs --no-color web)" "web_1"
contains "$(orch compose logs --no-color web)" "web_2"
lacks "$(orch compose logs --no-color redis)" "web_"

step "scale: beyond the nodes it says how many can be placed"
refused 1 orch compose scale web=3
contains "$said" "2 of them can be placed, on a, c"
orch compose scale web=1
equal "$(nodes_of web | wc -w)" 1
orch compose scale web=2
equal "$(nodes_of web)" "a c"

step "stop remembers, start brings back, restart makes new tasks"
orch compose stop web
contains "$(orch compose ps)" "Stopped"
equal "$(nodes_of web)" ""
orch compose start web
equal "$(nodes_of web)" "a c"
before=$(tasks)
orch compose restart redis
[ "$(tasks)" != "$before" ] || die "restart has made no new task"

step "affinity:container!= spreads the tasks of a service"
cat > spread.yml <<'EOF'
idle:
  image: busybox
  command: sleep 1000
  restart: always
  environment:
    - affinity:container!=spread_idle_*
EOF
at_end "cd '$scratch/app' && orch compose -f spread.yml -p spread down"
orch compose -f spread.yml -p spread up -d --scale idle=3
equal "$(COMPOSE_PROJECT_NAME=spread COMPOSE_FILE=spread.yml nodes_of idle)" "a b c"
refused 1 orch compose -f spread.yml -p spread scale idle=4
orch compose -f spread.yml -p spread down
equal "$(docker service ls -q --filter name=spread)" ""

step "a node goes away: its tasks move"
cat > moving.yml <<'EOF'
idle:
  image: busybox
  command: sleep 1000
  restart: always
  environment:
    - constraint:node!=a
EOF
at_end "cd '$scratch/app' && orch compose -f moving.yml -p moving down"
orch compose -f moving.yml -p moving up -d
moving_is() { COMPOSE_PROJECT_NAME=moving COMPOSE_FILE=moving.yml nodes_are idle "$1"; }
from=$(COMPOSE_PROJECT_NAME=moving COMPOSE_FILE=moving.yml nodes_of idle)
to=$([ "$from" = b ] && echo c || echo b)
on_host "$from" systemctl stop docker.socket docker 2> /dev/null || on_host "$from" systemctl stop docker
within 60 moving_is "$to"
on_host "$from" systemctl start docker
ready() { [ "$(docker node ls --filter name="$from" --format '{{.Status}}')" = Ready ]; }
within 60 ready
orch compose -f moving.yml -p moving down

step "what fails again and again is told, with what the engine says of it"
printf 'bad:\n  image: busybox\n  command: sh -c "exit 3"\n' > failing.yml
refused 1 orch compose -f failing.yml -p failing up -d
contains "$said" "non-zero exit (3)"
orch compose -f failing.yml -p failing down

step "attached up shows the tasks; Ctrl-C takes them away and exits 0"
cat > talk.yml <<'EOF'
talk:
  image: busybox
  command: sh -c 'trap "exit 0" TERM; i=0; while :; do i=$$((i+1)); echo line $$i; sleep 0.2 & wait $$!; done'
EOF
at_end "cd '$scratch/app' && orch compose -f talk.yml -p talk down"
orch compose -f talk.yml -p talk up > "$scratch/up.out" 2> "$scratch/up.err" &
pid=$!
within 60 grep -q 'talk_1.*line 3' "$scratch/up.out"
kill -INT "$pid"
status=0
wait "$pid" || status=$?
equal "$status" 0
equal "$(docker service ls --filter name=talk_talk --format '{{.Replicas}}')" 0/0
orch compose -f talk.yml -p talk rm -f
equal "$(docker service ls -q --filter name=talk_talk)" ""
orch compose -f talk.yml -p talk down

step "down takes services, network and labels away"
orch compose down
equal "$(docker service ls -q)" ""
equal "$(docker network ls -q --filter name=counter_default)" ""
lacks "$(docker node inspect a b c --format '{{.Spec.Labels}}')" "orch."
