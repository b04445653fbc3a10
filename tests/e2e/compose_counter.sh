#!/bin/bash
# compose/examples/counter on a machine, over mutual TLS; docker-compose 1.29.2 beside it.
source "$(dirname "$0")/lib.sh"

fresh_hosts a:engine

orch machine create -d generic --generic-ip-address "$(host_ip a)" --generic-ssh-key "$(lab_key)" a
eval "$(orch machine env a)"
"$root/tests/lab/images" load python:3-slim redis busybox
cd "$root/compose/examples/counter"
at_end "cd '$root/compose/examples/counter' && orch compose down"
url=http://$(host_ip a):5000/

# What a person would look at: the ids, states and start times of all containers of the project.
fingerprint() {
    docker ps -aq --no-trunc --filter label=com.docker.compose.project=counter | sort |
        xargs -r docker inspect -f '{{.Id}} {{.State.Status}} {{.State.StartedAt}} {{.Name}}'
}
count() { curl -sSf --retry 20 --retry-delay 1 --retry-all-errors "$url" | tr -dc 0-9; }

step "a dry run prints the plan and changes nothing"
plan=$(orch compose up -d --dry-run)
printf '%s\n' "$plan"
contains "$plan" "counter_redis_1"
contains "$plan" "counter_web_1"
equal "$(fingerprint)" ""

step "up builds, starts in order of the links, and the page counts"
orch compose up -d
first=$(count)
equal "$(count)" $((first + 1))

step "a second up changes nothing"
before=$(fingerprint)
contains "$(orch compose up -d 2>&1)" "counter_web_1 is up-to-date"
equal "$(fingerprint)" "$before"

step "ps shows both containers"
table=$(orch compose ps)
printf '%s\n' "$table"
contains "$table" "counter_web_1"
contains "$table" "counter_redis_1"
contains "$table" "0.0.0.0:5000->5000/tcp"

step "docker-compose 1.29.2 lists the containers that orch made"
# Its TLS check wants a host name of its own; what it says of names is not the point here.
listed=$(docker-compose --skip-hostname-check ps)
contains "$listed" "counter_web_1"
contains "$listed" "counter_redis_1"
contains "$listed" "Up"

step "logs tell whose line it is"
contains "$(orch compose logs --no-color redis)" "redis_1"
lacks "$(orch compose logs --no-color redis)" "web_1"

step "a changed dependency takes its dependants along; an unchanged one stays"
redis_before=$(docker inspect -f '{{.Id}}' counter_redis_1)
web_before=$(docker inspect -f '{{.Id}}' counter_web_1)
cat > "$scratch/override.yml" <<EOF
redis:
  environment:
    CHANGED: "1"
EOF
orch compose -f docker-compose.yml -f "$scratch/override.yml" up -d
[ "$(docker inspect -f '{{.Id}}' counter_redis_1)" != "$redis_before" ] || die "redis was not recreated"
[ "$(docker inspect -f '{{.Id}}' counter_web_1)" != "$web_before" ] || die "web was not recreated"
count > /dev/null

step "stop, start, rm and down"
orch compose stop
equal "$(docker ps -q --filter label=com.docker.compose.project=counter)" ""
orch compose start
count > /dev/null
orch compose stop
orch compose rm -f
equal "$(fingerprint)" ""
orch compose up -d
orch compose down
equal "$(fingerprint)" ""

step "orch lists and takes down what docker-compose 1.29.2 made"
mkdir "$scratch/other" && cd "$scratch/other"
cat > docker-compose.yml <<EOF
one:
  image: busybox
  command: sleep 1000
two:
  image: busybox
  command: sleep 1000
  links: [one]
EOF
docker-compose --skip-hostname-check up -d
contains "$(orch compose ps)" "other_one_1"
contains "$(orch compose ps)" "other_two_1"
orch compose down
equal "$(docker ps -aq --filter label=com.docker.compose.project=other)" ""

step "dockchat, with stand-in images under its names: web reaches db through the link"
"$root/tests/lab/images" load mongo nkhare/dockchat:v1
cd "$root/compose/examples/dockchat"
at_end "cd '$root/compose/examples/dockchat' && orch compose down"
orch compose up -d
contains "$(curl -sSf --retry 20 --retry-delay 1 --retry-all-errors "$url")" "27017"
equal "$(docker inspect -f '{{.HostConfig.PortBindings}}' dockchat_db_1)" "map[]"
orch compose down
