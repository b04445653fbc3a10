#!/bin/bash
# orch compose on a standalone swarm of two machines. The manager is a stand-in for the hosted image, which cannot be had
# any more: it schedules and answers as far as the behaviour of release 1.2.9 is written down (tests/lab/recipe/swarm).
source "$(dirname "$0")/lib.sh"

fresh_hosts a:engine b:engine
image=orchlab/swarm-stand-in:latest
common=(-d generic --generic-ssh-key "$(lab_key)" --swarm-image "$image")
node_of() { orch compose "${@:2}" ps --format json | jq -r ".[] | select(.Name == \"$1\") | .Node"; }
nodes() { orch compose "$@" ps --format json | jq -r '.[].Node' | sort -u | tr '\n' ' '; }
file() { # file NAME: a project of that name
    mkdir -p "$scratch/$1"
    cd "$scratch/$1"
    cat > docker-compose.yml
}

step "two machines, one manager, a list of nodes"
orch machine create -d generic --generic-ssh-key "$(lab_key)" --generic-ip-address "$(host_ip b)" \
    --engine-label storage=ssd b > "$scratch/b.log" 2>&1 || die "$(cat "$scratch/b.log")"
(
    eval "$(orch machine env b)"
    "$root/tests/lab/images" load "$image" python:3-slim redis busybox
)
on_host b docker save "$image" python:3-slim busybox | on_host a docker load > /dev/null
discovery=nodes://$(host_ip a):2376,$(host_ip b):2376
orch machine create "${common[@]}" --generic-ip-address "$(host_ip a)" --engine-label storage=hdd --swarm --swarm-master \
    --swarm-discovery "$discovery" a > "$scratch/a.log" 2>&1 || die "$(cat "$scratch/a.log")"

step "swarm ps shows what the manager knows"
table=$(orch machine swarm ps a)
printf '%s\n' "$table"
contains "$table" "CONTAINERS"
contains "$table" "storage=ssd"
equal "$(orch machine swarm ps --format '{{.Hostname}} {{.State}} {{.Address}}')" \
    "a Healthy $(host_ip a):2376"$'\n'"b Healthy $(host_ip b):2376"
eval "$(orch machine env --swarm a)"
equal "$DOCKER_HOST" "tcp://$(host_ip a):3376"
# The engine makes docker_gwbridge when it comes to it.
networks_of() { on_host "$1" docker network ls --format '{{.ID}} {{.Name}}' | grep -v ' docker_gwbridge$' | sort; }
networks=$(networks_of a)
docker run -d --name bystander -e constraint:node==a busybox sleep 1000 > /dev/null

step "counter: what is linked comes to one node; the images, one built and one on b alone, come to it"
cd "$root/compose/examples/counter"
at_end "cd '$root/compose/examples/counter' && orch compose down -t 0"
cat > "$scratch/ssd.yml" << 'YML'
redis:
  environment: ["constraint:storage==hdd"]
YML
both=(-f docker-compose.yml -f "$scratch/ssd.yml")
orch compose "${both[@]}" up -d 2>&1 | tee "$scratch/up.log"
contains "$(cat "$scratch/up.log")" "Copying counter_web to "
orch compose "${both[@]}" ps
equal "$(nodes "${both[@]}")" "a "
equal "$(on_host a docker image inspect -f '{{.Id}}' counter_web)" "$(on_host b docker image inspect -f '{{.Id}}' counter_web)"
address=$(orch compose "${both[@]}" port web 5000)
equal "$address" "$(host_ip a):5000"
contains "$(orch compose "${both[@]}" ps web)" "$address->5000/tcp"
first=$(curl -sSf --retry 20 --retry-delay 1 --retry-all-errors "http://$address/" | tr -dc 0-9)
equal "$(curl -sSf "http://$address/" | tr -dc 0-9)" $((first + 1))
contains "$(orch compose "${both[@]}" up -d 2>&1)" "counter_web_1 is up-to-date"
contains "$(orch compose "${both[@]}" exec -T web env)" "REDIS_PORT_6379_TCP_ADDR="
equal "$(orch compose "${both[@]}" exec -T redis env | grep constraint || true)" ""

step "every verb finds the containers"
equal "$(printf 'hello' | orch compose "${both[@]}" exec -T web cat)" hello
refused 3 orch compose "${both[@]}" exec -T web sh -c 'exit 3'
orch compose "${both[@]}" exec -d web touch /tmp/alone
within 10 orch compose "${both[@]}" exec -T web ls /tmp/alone
contains "$(orch compose "${both[@]}" logs --no-color redis)" "redis_1"
contains "$(orch compose "${both[@]}" top web)" "python"
contains "$(orch compose "${both[@]}" images)" "counter_web"
orch compose "${both[@]}" cp web:/code/app.py "$scratch/app.py"
cmp app.py "$scratch/app.py"
contains "$(orch compose "${both[@]}" run --rm -T web env 2> /dev/null)" "/redis"
orch compose "${both[@]}" stop -t 0 web
contains "$(orch compose "${both[@]}" ps web)" "Exit"
timeout 20 "$ORCH" compose "${both[@]}" events --json > "$scratch/events" &
events=$!
sleep 2
orch compose "${both[@]}" start web
orch compose "${both[@]}" restart -t 0 web
orch compose "${both[@]}" kill web
orch compose "${both[@]}" pause redis
orch compose "${both[@]}" unpause redis
within 10 grep -q '"action": "unpause"' "$scratch/events"
kill "$events"
contains "$(cat "$scratch/events")" '"node.name": "a"'
lacks "$(cat "$scratch/events")" bystander
orch compose "${both[@]}" rm -f web
refused any orch compose "${both[@]}" events --since 10m
contains "$said" "--since is not supported"

step "down removes what is the project's, and nothing else"
orch compose "${both[@]}" down -t 0
equal "$(docker ps -aq --filter label=com.docker.compose.project=counter)" ""
equal "$(docker ps -q --filter name=bystander | wc -l)" 1
equal "$(networks_of a)" "$networks"

step "volumes survive a recreation though port and affinity belong to the old container"
file store << 'YML'
data:
  image: busybox
  command: "true"
  volumes: [/shared]
app:
  image: busybox
  command: sh -c 'echo begun >> /own/log; exec httpd -f -p 80 -h /own'
  volumes: [/own]
  volumes_from: [data]
  ports: ["23210:80"]
  environment:
    - "constraint:storage==ssd"
    - "affinity:container!=*_app_*"
YML
orch compose up -d
equal "$(nodes)" "b "
orch compose exec -T app sh -c 'echo kept > /shared/file'
sed -i 's/echo begun/echo again/' docker-compose.yml
orch compose up -d -t 0 --force-recreate
equal "$(nodes)" "b "
equal "$(orch compose exec -T app cat /shared/file)" kept
equal "$(curl -sSf --retry 10 --retry-delay 1 --retry-all-errors "http://$(orch compose port app 80)/log" | tr '\n' ' ')" "begun again "

step "one that cannot be made again leaves its volumes to a container that keeps them"
sed -i 's/storage==ssd/storage==none/' docker-compose.yml
refused any orch compose up -d -t 0
contains "$said" "Unable to find a node that satisfies the following conditions"
contains "$said" "app: "
contains "$said" "its volumes are kept"
sed -i 's/storage==none/storage==ssd/' docker-compose.yml
orch compose up -d -t 0
contains "$(orch compose exec -T app cat /own/log | tr '\n' ' ')" "begun again "
orch compose volumes
orch compose down -v -t 0
equal "$(on_host b docker volume ls -q | wc -l)" "$(on_host b docker volume ls -q --filter dangling=false | wc -l)"

step "hints: spread by affinity, a soft one that cannot be had, two that contradict each other"
file hints << 'YML'
web:
  image: busybox
  command: sleep 1000
  environment: ["affinity:container!=*hints_web*", "constraint:storage==~tape"]
YML
orch compose up -d
orch compose scale web=2
equal "$(nodes)" "a b "
refused any orch compose scale web=3
contains "$said" "[container!=*hints_web* (soft=false)]"
orch compose down -t 0
file clash << 'YML'
one:
  image: busybox
  command: sleep 1000
  environment: ["constraint:storage==hdd"]
two:
  image: busybox
  command: sleep 1000
  links: [one]
  environment: ["constraint:storage==ssd"]
YML
refused any orch compose up -d
contains "$said" "one: constraint:storage==hdd"
contains "$said" "two: constraint:storage==ssd"
equal "$(orch compose ps -q)" ""

step "a pull is done by all nodes, and each is named"
file pull << 'YML'
web: {image: "registry.invalid/none:1"}
YML
refused any orch compose --progress plain pull
contains "$said" "a: "
contains "$said" "b: "
