#!/bin/bash
# What compose does on the single nodes of an engine swarm: images without a registry, one-off containers, and the
# verbs about the container of a task on another node.
source "$(dirname "$0")/lib.sh"

fresh_hosts a:engine b:engine c:engine

gateway=$(on_host a ip -4 route show default | awk '{print $3}') # this computer, as the hosts see it
registry=$gateway:${ORCH_E2E_REGISTRY_PORT:-21501}
swarm_of_three --engine-insecure-registry "$registry"
"$root/tests/lab/images" load busybox

mkdir "$scratch/app" && cd "$scratch/app"
export COMPOSE_PROJECT_NAME=shop
head -c 12000000 /dev/urandom > large
printf 'FROM busybox\nCOPY large /large\nCOPY small /small\n' > Dockerfile
echo one > small
cat > docker-compose.yml <<'END'
db:
  image: busybox
  command: sleep 1000
web:
  build: .
  command: sleep 1000
  links: [db]
END
oneoff() { # oneoff NODE COMMAND...: one container of run there
    orch compose --progress plain run --rm --no-deps -T -e "constraint:node==$1" web "${@:2}" < /dev/null
}
received() { on_host "$1" cat /sys/class/net/eth0/statistics/rx_bytes; }
images_of() { on_host "$1" docker images --format '{{.Repository}} {{.ID}}' | sed -n 's/^shop_web //p'; }

step "what is built on the manager reaches another node, with its name and its id"
orch compose build
id=$(images_of a)
before=$(received b)
equal "$(oneoff b cat /small 2> "$scratch/err")" one
first=$(($(received b) - before))
contains "$(cat "$scratch/err")" "shop_web to b"
equal "$(images_of b)" "$id"
equal "$(images_of c)" ""
equal "$(on_host b docker ps -aq)" ""

step "the second time nothing travels"
before=$(received b)
equal "$(oneoff b cat /small 2> "$scratch/err")" one
second=$(($(received b) - before))
contains "$(cat "$scratch/err")" "shop_web is on b already"
lacks "$(cat "$scratch/err")" "shop_web to b"
printf 'bytes to b: first %s, second %s\n' "$first" "$second"
[ "$first" -gt 12000000 ] && [ "$second" -lt 200000 ] || die "$first and then $second bytes"

step "of a new version only the new layers travel"
echo two > small
orch compose build
before=$(received b)
equal "$(oneoff b cat /small 2> "$scratch/err")" two
third=$(($(received b) - before))
contains "$(cat "$scratch/err")" "shop_web to b"
printf 'bytes to b: %s\n' "$third"
[ "$third" -lt 1000000 ] || die "$third bytes"
equal "$(images_of b)" "$(images_of a)"

step "an image that is in no registry which the node can reach is copied as well"
lacks "$(on_host c docker images)" busybox
equal "$(orch compose run --rm -T -e constraint:node==c db echo there < /dev/null 2> "$scratch/err")" there
contains "$(on_host c docker images)" busybox
oneoff c true

step "an impossible hint changes nothing"
refused 1 oneoff nowhere true
contains "$said" "Unable to find a node that satisfies the following conditions"
contains "$said" "node==nowhere"

# A service as compose makes it.
service() { # service NAME NODE REPLICAS IMAGE
    on_host a docker service create -q -d --name "shop_$1" --constraint "node.hostname==$2" --replicas "$3" \
        --no-resolve-image --endpoint-mode dnsrr --network "name=shop_default,alias=$1" \
        --label com.docker.compose.project=shop --label "com.docker.compose.service=$1" \
        --container-label com.docker.compose.project=shop \
        --container-label "com.docker.compose.service=$1" --container-label com.docker.compose.oneoff=False \
        "$(on_host "$2" docker inspect --format '{{.Id}}' "$4")" sh -c 'echo "I am here"; sleep 1000' > /dev/null
}
orch compose run --rm -T -e constraint:node==b db true < /dev/null
service db b 1 busybox
service web c 2 shop_web
# The manager hears of it a moment after the node knows.
tasks_run() { [ "$(on_host a docker service ps "shop_$1" --format '{{.CurrentState}}' | grep -c ^Running)" = "$2" ]; }
within 60 tasks_run db 1
within 60 tasks_run web 2

step "exec goes to the task's node"
equal "$(orch compose exec -T web hostname < /dev/null)" "$(on_host c docker ps --format '{{.ID}}' --filter name=shop_web.1)"
equal "$(orch compose exec -T --index 2 web hostname < /dev/null)" \
    "$(on_host c docker ps --format '{{.ID}}' --filter name=shop_web.2)"
refused 7 orch compose exec -T web sh -c 'exit 7'
head -c 1048576 /dev/urandom > "$scratch/in"
orch compose exec -T web cat < "$scratch/in" > "$scratch/out"
cmp "$scratch/in" "$scratch/out"
refused 1 orch compose exec -T --index 5 web true
contains "$said" "No container found for web_5"
contains "$said" "there is --index 1, 2"

step "logs of all nodes"
for name in db_1 web_1 web_2; do contains "$(orch compose --ansi never logs | tr -s ' ')" "$name | I am here"; done

step "cp both ways"
orch compose cp "$scratch/in" web:/tmp/
orch compose cp --index 2 web:/tmp/in "$scratch/back"
cmp "$scratch/in" "$scratch/back"

step "top, images, stats"
top=$(orch compose top)
printf '%s\n' "$top"
for name in shop_db_1 shop_web_1 shop_web_2; do contains "$top" "$name"; done
table=$(orch compose images)
printf '%s\n' "$table"
equal "$(awk '/shop_/ {print $1, $2}' <<< "$table")" \
    "$(printf '%s\n' "shop_db_1 busybox" "shop_web_1 shop_web" "shop_web_2 shop_web")"
contains "$(orch compose stats --no-stream)" shop_web_2

step "run talks with services on other nodes, by name and by the links' variables"
equal "$(orch compose run --rm -T web sh -c 'ping -c 1 -W 5 db > /dev/null && echo $DB_NAME' < /dev/null 2> /dev/null)" /shop_web_1/db
equal "$(orch compose run -d --name shop_keeper --no-deps -e constraint:node==b web 2> /dev/null)" shop_keeper
contains "$(on_host b docker ps --format '{{.Names}}')" shop_keeper
contains "$(orch compose top web)" shop_keeper
on_host b docker rm -f shop_keeper > /dev/null
refused 5 orch compose run --rm -T --no-deps -e constraint:node==c web sh -c 'exit 5'
equal "$(on_host c docker ps -aq --filter label=com.docker.compose.oneoff=True)" ""

step "wait ends with a task on another node"
orch compose wait db > "$scratch/wait" 2>&1 &
waiting=$!
sleep 1
on_host b docker ps -q --filter name=shop_db | xargs -I{} "$root/tests/lab/hosts" exec b docker kill {} > /dev/null
status=0
wait "$waiting" || status=$?
equal "$status $(cat "$scratch/wait")" "137 shop_db_1 exited with code 137"

step "of a registry that wants a password the nodes pull by themselves, with the credentials from here"
htpasswd -Bbn keeper secret > "$scratch/htpasswd"
cat > "$scratch/registry.yml" << END
version: 0.1
log: {level: error, accesslog: {disabled: true}}
storage: {filesystem: {rootdirectory: $scratch/registry}}
http: {addr: "$registry"}
auth: {htpasswd: {realm: test, path: $scratch/htpasswd}}
END
docker-registry serve "$scratch/registry.yml" > "$scratch/registry.log" 2>&1 &
at_end "kill $!"
within 20 curl -s -o "$scratch/curl.out" "http://$registry/v2/"
mkdir -p "$HOME/.docker"
printf '{"auths": {"%s": {"auth": "%s"}}}' "$registry" "$(printf keeper:secret | base64 -w0)" > "$HOME/.docker/config.json"
orch compose push --registry "$registry" > "$scratch/out" 2>&1 || die "$(cat "$scratch/out")"
on_host a docker rmi "$registry/shop_web" > /dev/null
printf 'far:\n  image: %s/shop_web\n' "$registry" > far.yml
equal "$(orch compose -f far.yml run --rm -T -e constraint:node==b far cat /small < /dev/null 2> "$scratch/err")" two
contains "$(cat "$scratch/err")" "Pulling $registry/shop_web on b ... done"
lacks "$(cat "$scratch/err")" Copying
contains "$(on_host b docker images --digests)" "$registry/shop_web"
on_host c docker image inspect "$registry/shop_web" > /dev/null 2>&1 && die "it is where nobody wanted it"
rm "$HOME/.docker/config.json"
on_host b docker rmi -f "$(on_host b docker images -q "$registry/shop_web")" > /dev/null
equal "$(orch compose -f far.yml run --rm -T -e constraint:node==b far cat /small < /dev/null 2> "$scratch/err")" two
contains "$(cat "$scratch/err")" "$registry/shop_web on b cannot be pulled there"
contains "$(cat "$scratch/err")" "Copying $registry/shop_web to b ... done"

step "a node that no machine is"
refused 1 env MACHINE_STORAGE_PATH="$scratch/none" orch compose exec -T web true
contains "$said" "no machine of this store is the node c ($(host_ip c)) of the swarm"
contains "$said" "--generic-ip-address $(host_ip c)"

step "the manager through ssh, its nodes through the store"
printf '#!/bin/sh\nexec /usr/bin/ssh -i %s -o UserKnownHostsFile=%s -o StrictHostKeyChecking=accept-new "$@"\n' \
    "$(lab_key)" "$scratch/known_hosts" > "$scratch/bin/ssh"
chmod +x "$scratch/bin/ssh"
equal "$(env -u DOCKER_TLS_VERIFY -u DOCKER_CERT_PATH DOCKER_HOST="ssh://root@$(host_ip a)" \
    orch compose exec -T web cat /small < /dev/null)" two

step "a stop ends a transfer at once"
head -c 100000000 /dev/urandom > large
orch compose build > /dev/null
oneoff b true > "$scratch/err" 2>&1 &
sending=$!
within 60 grep -q "shop_web to b" "$scratch/err"
kill -INT "$(pgrep -P "$sending" -x orch || printf '%s' "$sending")"
started=$SECONDS
wait "$sending" && die "it was not interrupted"
[ $((SECONDS - started)) -le 3 ] || die "it took $((SECONDS - started)) s"

on_host a docker service rm shop_web shop_db > /dev/null
orch machine rm -y a b c
