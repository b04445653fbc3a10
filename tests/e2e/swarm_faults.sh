#!/bin/bash
# What goes wrong under an application on a swarm, and how the next up mends it: interrupted, a worker that is down,
# a node that is removed and comes back, volumes that are gone with their node, a killed manager, too little memory.
source "$(dirname "$0")/lib.sh"

fresh_hosts a:engine b:engine c:engine

swarm_of_three
"$root/tests/lab/images" load busybox

export COMPOSE_PROJECT_NAME=shop
mkdir "$scratch/app" && cd "$scratch/app"
cat > docker-compose.yml <<'EOF2'
web:
  image: busybox
  command: sh -c 'trap "exit 0" TERM; hostname > /index.html; httpd -f -p 80 -h / & wait'
  restart: always
  ports: ["8080:80"]
  links: [db]
db:
  image: busybox
  command: sh -c 'trap "exit 0" TERM; sleep 100000 & wait'
  restart: always
  environment: ["constraint:node!=a"]
cache:
  image: busybox
  command: sh -c 'trap "exit 0" TERM; sleep 100000 & wait'
  restart: always
  environment: ["affinity:container==shop_db_1"]
EOF2
at_end "cd '$scratch/app' && orch compose down"

# "db cache web web" where they all run, and on which nodes.
running() { orch compose ps --format json | python3 -c '
import json, sys
print(" ".join(sorted(r["Service"] for r in json.load(sys.stdin) if r["Status"] == "Up")))'; }
nodes_of() { orch compose ps --format json | python3 -c '
import json, sys
print(" ".join(sorted(r["Node"] for r in json.load(sys.stdin) if r["Service"] == sys.argv[1] and r["Status"] == "Up")))' "$1"; }
state_is() { [ "$(docker node ls --filter name="$1" --format '{{.Status}}')" = "$2" ]; }
stop_engine() { on_host "$1" systemctl stop docker.socket docker 2> /dev/null || on_host "$1" systemctl stop docker; }
pages() { # every node that is named serves a page of its own
    local name
    for name in "$@"; do curl -sSf --retry 10 --retry-delay 1 --retry-all-errors --max-time 5 "http://$(host_ip "$name"):8080/"; done |
        sort -u | wc -l
}

step "Ctrl-C in the middle: 130 at once, and the next up finishes it"
for moment in "Copying busybox to" "Creating shop_db" "Creating shop_web"; do
    orch compose up -d --scale web=2 > "$scratch/up.log" 2>&1 &
    pid=$!
    within 60 grep -q "$moment" "$scratch/up.log"
    kill -INT "$pid"
    started=$SECONDS status=0
    wait "$pid" || status=$?
    equal "$status" 130
    [ $((SECONDS - started)) -le 2 ] || die "it took $((SECONDS - started)) s to end"
done
orch compose up -d --scale web=2
equal "$(running)" "cache db web web"
equal "$(docker service ls -q | wc -l)" 3

step "killed, it leaves nothing that the next one cannot use"
orch compose up -d --force-recreate > "$scratch/up.log" 2>&1 &
pid=$!
within 60 grep -q "Recreating shop_db" "$scratch/up.log"
kill -KILL "$pid"
wait "$pid" 2> /dev/null || true
orch compose up -d
equal "$(running)" "cache db web web"
equal "$(nodes_of db)" "$(nodes_of cache)"

step "a worker is down, and the manager does not know yet: it is named"
victim=$(nodes_of db)
other=$([ "$victim" = b ] && echo c || echo b)
stop_engine "$victim"
refused 1 orch compose up -d
contains "$said" "the node $victim ($(host_ip "$victim")) of the swarm, machine \"$victim\", cannot be reached"
contains "$said" "orch machine doctor $victim"

step "when it knows: what can be placed is, what was there with its neighbour moves together"
within 40 state_is "$victim" Down
refused 1 orch compose up -d --scale web=3
contains "$said" "2 of them can be placed, on a, $other"
contains "$said" "$victim: is down"
orch compose up -d
equal "$(running)" "cache db web web"
equal "$(nodes_of db) $(nodes_of cache) $(nodes_of web)" "$other $other a $other"
on_host "$victim" systemctl start docker
within 40 state_is "$victim" Ready
orch compose up -d --scale web=3
equal "$(nodes_of web)" "a b c"
equal "$(pages a b c)" 3

step "a machine is removed: the rest goes on; made again, without the image, it serves again after an up"
orch machine rm -y "$other"
equal "$(pages a "$victim")" 2
orch compose up -d --scale web=2
equal "$(nodes_of db) $(nodes_of cache)" "$victim $victim"
on_host "$other" docker system prune -af > /dev/null
swarm_machine "$other" || die "$(cat "$scratch/create-$other.log")"
said=$(orch compose up -d --scale web=3 2>&1) || die "$said"
contains "$said" "Copying busybox to $other"
equal "$(nodes_of web)" "a b c"
equal "$(pages a b c)" 3
contains "$(orch compose up -d 2>&1)" "shop_web is up-to-date"

step "volumes stay on their node; when that leaves, an error says so, and a hint lets the service begin anew"
cat > store.yml <<'EOF2'
store:
  image: busybox
  command: sh -c 'trap "exit 0" TERM; sleep 100000 & wait'
  restart: always
  volumes: [/data]
  environment: ["constraint:node!=a"]
EOF2
at_end "cd '$scratch/app' && orch compose -p store -f store.yml down"
store() { orch compose -p store -f store.yml "$@"; }
store_node() { COMPOSE_PROJECT_NAME=store COMPOSE_FILE=store.yml nodes_of store; }
store up -d
home=$(store_node)
store exec -T store sh -c 'echo kept > /data/file' < /dev/null
store up -d --force-recreate
equal "$(store_node)" "$home"
equal "$(store exec -T store cat /data/file < /dev/null)" kept
orch machine swarm leave "$home"
refused 1 store up -d
contains "$said" "its volumes are on node"
contains "$said" "has left the swarm"
contains "$said" "reschedule:on-node-failure"
sed -i 's/"constraint:node!=a"/"constraint:node!=a", "reschedule:on-node-failure"/' store.yml
store up -d
equal "$(store_node)" "$([ "$home" = b ] && echo c || echo b)"
store down
orch machine swarm join --discovery "token://$token" "$home"
orch compose up -d --scale web=3
equal "$(nodes_of web)" "a b c"

step "the manager is killed: every command says so, the application goes on"
stop_engine a
on_host a systemctl kill -s KILL docker 2> /dev/null || true
for verb in "up -d" ps "logs web" "exec -T web true" down; do
    # shellcheck disable=SC2086
    refused 1 orch compose $verb
    contains "$said" "cannot connect to the Docker engine at tcp://$(host_ip a):2376"
done
equal "$(pages b c)" 2

step "it is back, and so is everything"
on_host a systemctl start docker
back() { orch compose ps > /dev/null && state_is b Ready && state_is c Ready && [ "$(running)" = "cache db web web web" ]; }
within 60 back
said=$(orch compose up -d 2>&1) || die "$said"
contains "$said" "shop_web is up-to-date"
lacks "$said" Updating
equal "$(pages a b c)" 3
for index in 1 2 3; do contains "$(orch compose port --index $index web 80)" ":8080"; done

step "more than a node has is told with sizes, before any change"
memory=$(docker node inspect b --format '{{.Description.Resources.MemoryBytes}}')
cat > large.yml <<EOF2
one:
  image: busybox
  mem_limit: $((memory * 6 / 10))
  environment: ["constraint:node==b"]
two:
  image: busybox
  mem_limit: $((memory * 6 / 10))
  environment: ["constraint:node==b"]
EOF2
refused 1 orch compose -p large -f large.yml up -d
printf '%s\n' "$said"
contains "$said" "no resources available to schedule container"
contains "$said" "GiB"
equal "$(docker service ls -q --filter name=large)" ""

orch compose down
equal "$(docker service ls -q)" ""
lacks "$(docker node inspect a b c --format '{{.Spec.Labels}}')" "orch."
