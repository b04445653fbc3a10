#!/bin/bash
# Applications of the days of the old tutorials on a swarm that its command lines make: dockchat, dockchat on a named
# network, magento, and counter, whose image is built once and runs on three nodes.
source "$(dirname "$0")/lib.sh"

fresh_hosts a:engine b:engine c:engine
ln -s orch "$scratch/bin/docker-machine"

step "the old tutorial: a token, then a master and two agents, all at once"
token=$(orch machine swarm-token) # once: docker run swarm create
generic() { printf '%s\n' -d generic --generic-ip-address "$(host_ip "$1")" --generic-ssh-key "$(lab_key)"; }
mapfile -t on_a < <(generic a)
mapfile -t on_b < <(generic b)
mapfile -t on_c < <(generic c)
pids=()
docker-machine create "${on_c[@]}" --swarm --swarm-discovery "token://$token" swarm-agent-01 > "$scratch/agent-01.log" 2>&1 &
pids+=($!)
docker-machine create "${on_a[@]}" --swarm --swarm-master --swarm-discovery "token://$token" swarm-master > "$scratch/master.log" 2>&1 &
pids+=($!)
docker-machine create "${on_b[@]}" --swarm --swarm-discovery "token://$token" swarm-agent-00 > "$scratch/agent-00.log" 2>&1 &
pids+=($!)
for pid in "${pids[@]}"; do wait "$pid" || die "$(tail -n 30 "$scratch"/*.log)"; done
docker-machine ls
eval "$(docker-machine env --swarm swarm-master)"
equal "$(docker node ls --format '{{.Hostname}} {{.Status}}' | sort | tr '\n' ',')" \
    "swarm-agent-00 Ready,swarm-agent-01 Ready,swarm-master Ready,"
"$root/tests/lab/images" load mongo nkhare/dockchat:v1 mageinferno/magento2-nginx:1.9.9-0 \
    mageinferno/magento2-php:7.0.0-fpm-0 mageinferno/magento2-setup:2.0.0-0 mariadb:10.0.22 tianon/true python:3-slim redis

# Addresses of the nodes that run tasks of a service, sorted.
addresses_of() { orch compose ps --format json | python3 -c '
import json, sys
rows = [r for r in json.load(sys.stdin) if r["Service"] == sys.argv[1] and r["Status"] == "Up"]
print("\n".join(sorted(r["Node"] for r in rows)))' "$1" | xargs -r -n 1 orch machine ip; }
page() { curl -sSf --max-time 5 "http://$1$2"; }
shows() { page "$1" "$2" | grep -F -- "$3"; }
published() { orch compose port "$1" "$2" | grep -vx ''; }

step "dockchat"
cd "$root/compose/examples/dockchat"
at_end "cd '$root/compose/examples/dockchat' && orch compose down"
orch compose up -d
within 10 shows "$(published web 5000)" / "reached db:27017"
orch compose down

step "dockchat on a network that has a name, with the name of its container in it"
mkdir "$scratch/named" && cd "$scratch/named"
cat > docker-compose.yml <<'END'
web:
  image: nkhare/dockchat:v1
  net: chat
  ports:
    - "5000:5000"
store:
  image: mongo
  container_name: db
  command: --smallfiles
  net: chat
END
refused 1 orch compose up -d
contains "$said" "network chat of service web does not exist"
contains "$said" "docker network create -d overlay"
docker network create -d overlay chat > /dev/null
orch compose up -d > "$scratch/up.log" 2>&1 || die "$(cat "$scratch/up.log")"
contains "$(cat "$scratch/up.log")" "container_name"
within 10 shows "$(published web 5000)" / "reached db:27017"
equal "$(docker network ls -q --filter name=named_default)" ""
orch compose down
equal "$(docker network ls --filter name=chat --format '{{.Name}}')" chat # it is not ours
docker network rm chat > /dev/null

step "magento: a folder that only this computer has is told before anything changes"
cp -R "$root/compose/examples/magento" "$scratch/magento"
cd "$scratch/magento"
refused 1 orch compose up -d
contains "$said" "appdata: volumes: $scratch/magento/theme is not on"
contains "$said" "--compatibility=warn"
equal "$(docker service ls -q)$(docker network ls -q --filter name=magento_default)" ""

step "magento: six services around two data containers are on one node"
cd "$root/compose/examples/magento" # which the hosts share
at_end "cd '$root/compose/examples/magento' && orch compose down -v"
orch compose up -d
orch compose ps
equal "$(docker service ps -f desired-state=running --format '{{.Node}}' magento_app magento_phpfpm | sort -u | wc -l)" 1
node=$(addresses_of app)
on_node() { ssh -i "$(lab_key)" -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR "root@$node" "$@"; }
within 20 shows "$node" / "Magento stand-in at http://localhost/"
shows "$node" / "with a theme"
contains "$(orch compose logs setup)" "installed into database magento2"
contains "$(orch compose ps -a)" "Exit 0"
equal "$(on_node cat "$HOME/.composer/stand-in")" cached # a folder that was made there
equal "$(on_node docker volume ls -q | grep -c ^magento_)" 2

step "a second up runs what has ended, and keeps the rest and the data"
app=$(docker service ps -q -f desired-state=running magento_app)
orch compose up -d
equal "$(docker service ps -q -f desired-state=running magento_app)" "$app"
within 20 shows "$node" / "Magento stand-in at http://localhost/"

step "down -v takes the volumes away, on their node"
orch compose down -v
equal "$(docker service ls -q)" ""
equal "$(on_node docker volume ls -q | grep -c ^magento_ || true)" 0

step "counter: an image that is built here reaches all nodes; the folder that only we have is in it"
cp -R "$root/compose/examples/counter" "$scratch/counter"
cd "$scratch/counter"
at_end "cd '$scratch/counter' && orch compose down"
orch compose up -d --scale web=3 > "$scratch/up.log" 2>&1 || die "$(cat "$scratch/up.log")"
cat "$scratch/up.log"
contains "$(cat "$scratch/up.log")" "Copying counter_web to swarm-agent-00 ... done"
contains "$(cat "$scratch/up.log")" "Copying counter_web to swarm-agent-01 ... done"
contains "$(cat "$scratch/up.log")" "/code has what its image was built with"
orch compose ps
equal "$(addresses_of web | wc -l)" 3
before=0
for address in $(addresses_of web); do
    seen=$(curl -sSf --retry 20 --retry-delay 1 --retry-all-errors "http://$address:5000/" | tr -dc 0-9)
    equal "$seen" $((before + 1))
    before=$seen
done

step "a second up copies and changes nothing"
said=$(orch compose up -d 2>&1)
printf '%s\n' "$said"
lacks "$said" Copying
contains "$said" "counter_web is up-to-date"
contains "$said" "counter_redis is up-to-date"

step "a new version of the code comes to all nodes"
sed -i 's/Hello!/Hello again!/' app.py
orch compose up -d --build > "$scratch/up.log" 2>&1 || die "$(cat "$scratch/up.log")"
for address in $(addresses_of web); do within 20 shows "$address:5000" / "Hello again!"; done

step "exec goes into the task on each node, run begins beside them"
for index in 1 2 3; do orch compose exec -T --index $index web hostname < /dev/null; done | sort -u > "$scratch/names"
equal "$(wc -l < "$scratch/names")" 3
equal "$(orch compose exec -T --index 2 web python -c 'print(open("/code/app.py").read().count("again"))' < /dev/null)" 1
equal "$(orch compose run --rm -T -e constraint:node==swarm-agent-01 web ls app.py < /dev/null 2> "$scratch/err")" app.py
contains "$(cat "$scratch/err")" "/code has what the image was built with"

step "all of it goes"
orch compose down
docker-machine rm -y swarm-master swarm-agent-00 swarm-agent-01
equal "$(docker-machine ls -q)" ""
