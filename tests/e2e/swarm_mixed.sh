#!/bin/bash
# Plain containers beside the services of a swarm of three hosts (up --mixed), and the verbs that go to single nodes.
source "$(dirname "$0")/lib.sh"

fresh_hosts a:engine b:engine c:engine

gateway=$(on_host a ip -4 route show default | awk '{print $3}') # this computer, as the hosts see it
registry=$gateway:${ORCH_E2E_REGISTRY_PORT:-21503}
swarm_of_three --engine-insecure-registry "$registry"
"$root/tests/lab/images" load busybox

mkdir "$scratch/app" && cd "$scratch/app"
export COMPOSE_PROJECT_NAME=shop
at_end "cd '$scratch/app' && orch compose down -t 1"
# Each service answers with its name; probe shares the processes of its host, which no service can.
server() { echo "sh -c 'echo $1 says hello; mkdir /w; echo $1 > /w/index.html; exec httpd -f -p $2 -h /w'"; }
cat > docker-compose.yml <<END
db:
  image: busybox
  command: $(server db 6000)
  stop_signal: SIGKILL
  environment:
    - constraint:node==c
probe:
  image: busybox
  command: $(server probe 7000)
  stop_signal: SIGKILL
  pid: host
  links: [db]
  ports: ["7100:7000"]
  environment:
    - constraint:node!=a
    - affinity:com.docker.compose.service!=db
web:
  image: busybox
  command: $(server web 8000)
  stop_signal: SIGKILL
  restart: always
  links: [probe, "probe:eye"]
END
on_node() { on_host "$1" docker ps -a --format '{{.Names}} {{.State}}'; }
row() { orch compose ps --format json | python3 -c '
import json, sys
print(*[" ".join((r["Name"], r["Node"], r["State"])) for r in json.load(sys.stdin) if r["Service"] == sys.argv[1]], sep="\n")' "$1"; }
row_is() { [ "$(row "$1")" = "$2" ]; }

step "without --mixed nothing is changed; with it the plan names the node"
refused 1 orch compose up -d
contains "$said" "--mixed"
equal "$(docker service ls -q)" ""
contains "$(orch compose up --mixed --dry-run)" "create shop_probe_1 on b"
contains "$(orch compose up --mixed --dry-run --explain)" "probe     1 (plain)   b"
equal "$(docker service ls -q)$(on_node b)" ""

step "run brings up what is linked to first"
equal "$(ORCH_COMPOSE_MIXED=1 orch compose run --rm -T web wget -qO- eye:7000 < /dev/null)" probe

step "up: links work in both directions"
orch compose up --mixed -d
equal "$(on_node b)" "shop_probe_1 running"
equal "$(orch compose exec -T web wget -qO- eye:7000)" probe
equal "$(orch compose exec -T web wget -qO- shop_probe_1:7000)" probe
equal "$(orch compose exec -T probe wget -qO- db:6000)" db
contains "$(orch compose exec -T probe env)" "DB_1_NAME="
equal "$(curl -sSf "http://$(orch compose port probe 7000)/")" probe

step "up once more changes nothing and needs no flag; a change makes a new container"
id=$(on_host b docker ps -q)
contains "$(orch compose up -d 2>&1)" "shop_probe_1 is up-to-date"
equal "$(on_host b docker ps -q)" "$id"
sed -i 's/7100:7000/7101:7000/' docker-compose.yml
contains "$(orch compose up -d 2>&1)" "Recreating shop_probe_1"
equal "$(curl -sSf "http://$(host_ip b):7101/")" probe

step "every command handles it"
equal "$(row probe)" "shop_probe_1 b running"
contains "$(orch compose logs --no-color)" "probe_1"
contains "$(orch compose logs --no-color)" "web says hello"
contains "$(orch compose top probe)" shop_probe_1
contains "$(orch compose images)" shop_probe_1
contains "$(orch compose stats --no-stream)" shop_probe_1
contains "$(orch compose ls)" "running(3)"
orch compose cp docker-compose.yml probe:/copied
equal "$(on_host b docker exec shop_probe_1 cat /copied | md5sum)" "$(md5sum < docker-compose.yml)"
orch compose stop -t 1 probe
equal "$(row probe)" "shop_probe_1 b exited"
orch compose start probe
orch compose restart -t 1 probe
equal "$(row probe)" "shop_probe_1 b running"
orch compose scale web=2

step "pause, unpause and kill reach tasks on their nodes"
orch compose pause web probe
contains "$(on_host b docker ps)" "(Paused)"
orch compose unpause web probe
lacks "$(on_host b docker ps)" "(Paused)"
orch compose events > "$scratch/events" 2>&1 &
pid=$!
sleep 1
task=$(orch compose ps -q web | sed -n 1p)
orch compose kill web
new_task() { [[ $(orch compose ps -q web) != *"$task"* ]] && [ "$(row web | grep -c running)" = 2 ]; }
within 30 new_task
kill "$pid"
contains "$(cat "$scratch/events")" "container die"
contains "$(cat "$scratch/events")" "com.docker.swarm.task"

step "a container of run is shown, and goes with rm"
orch compose run -d --no-deps --name shop_left -e constraint:node==c web true > /dev/null
within 10 grep -q shop_left <(orch compose ps -a)
equal "$(orch compose ps -a --format json | python3 -c '
import json, sys
print(*[r["Node"] for r in json.load(sys.stdin) if r["Name"] == "shop_left"])')" c
orch compose rm -f
lacks "$(orch compose ps -a)" shop_left

step "a task that moves: its node pulls with the credentials from here, and logs -f goes on"
htpasswd -Bbn keeper secret > "$scratch/htpasswd"
cat > "$scratch/registry.yml" << END
version: 0.1
log: {level: error}
storage: {filesystem: {rootdirectory: $scratch/registry}}
http: {addr: "$registry"}
auth: {htpasswd: {realm: test, path: $scratch/htpasswd}}
END
docker-registry serve "$scratch/registry.yml" > "$scratch/registry.log" 2>&1 &
at_end "kill $!"
within 20 curl -s -o "$scratch/curl.out" "http://$registry/v2/"
mkdir -p "$HOME/.docker"
printf '{"auths": {"%s": {"auth": "%s"}}}' "$registry" "$(printf keeper:secret | base64 -w0)" > "$HOME/.docker/config.json"
mkdir far && printf 'FROM busybox\nLABEL far=yes\n' > far/Dockerfile
docker build -q -t "$registry/far" far > /dev/null
docker push -q "$registry/far"
docker rmi "$registry/far" > /dev/null
cat > far.yml <<END
far:
  image: $registry/far
  command: sh -c 'trap "exit 0" TERM; hostname; while sleep 0.2; do date; done'
  restart: always
END
at_end "cd '$scratch/app' && orch compose -f far.yml -p far down -t 1"
orch compose -f far.yml -p far up -d
far_node() { orch compose -f far.yml -p far ps --status running --format json | python3 -c 'import json, sys; print(*[r["Node"] for r in json.load(sys.stdin)])'; }
other=$([ "$(far_node)" = c ] && echo b || echo c)
[ -n "$(on_host "$other" docker images -q "$registry/far")" ] || die "a node that may run it lacks it"
on_host "$other" docker rmi -f "$(on_host "$other" docker images -q "$registry/far")" > /dev/null
orch compose -f far.yml -p far logs -f --no-color > "$scratch/far.log" 2>&1 &
pid=$!
within 20 grep -q UTC "$scratch/far.log"
for node in a b c; do [ "$node" = "$other" ] || docker node update --availability drain "$node" > /dev/null; done
far_is() { [ "$(far_node)" = "$other" ]; }
within 40 far_is
told_twice() { [ "$(grep -cE '[0-9a-f]{12}$' "$scratch/far.log")" = 2 ]; }
within 20 told_twice
kill "$pid"
for node in a b c; do docker node update --availability active "$node" > /dev/null; done
on_host "$other" docker images | grep "$registry/far"
orch compose -f far.yml -p far down -t 1

step "what a failing task said is in the error"
printf 'bad:\n  image: busybox\n  command: sh -c "echo disk is full; exit 3"\n' > failing.yml
refused 1 orch compose -f failing.yml -p failing up -d
contains "$said" "non-zero exit (3)"
contains "$said" "disk is full"
orch compose -f failing.yml -p failing down

step "one host port for two services: different nodes, or an error before any change"
for service in one two three four; do
    printf '%s:\n  image: busybox\n  command: sleep 1000\n  stop_signal: SIGKILL\n  ports: ["7200:80"]\n' "$service"
done > ports.yml
refused 1 orch compose -f ports.yml -p ports up -d
contains "$said" "both publish port 7200/tcp of their host"
equal "$(docker service ls -q --filter name=ports_)" ""
orch compose -f ports.yml -p ports up -d one two three
equal "$(docker stack ps ports --format '{{.Node}}' | sort | xargs)" "a b c"
orch compose -f ports.yml -p ports down

step "down leaves nothing, on no node"
orch compose down -t 1
nothing_left() { [ -z "$(docker service ls -q)$(on_node a)$(on_node b)$(on_node c)" ]; }
within 30 nothing_left # the containers of tasks go a little after these
equal "$(docker network ls -q --filter name=shop_default)" ""
lacks "$(docker node inspect a b c --format '{{.Spec.Labels}}')" "orch."

step "wait --down-project takes all away after the first end"
printf 'short:\n  image: busybox\n  command: sh -c "sleep 8; exit 4"\n' > short.yml
orch compose -f short.yml -p short up -d
refused 4 orch compose -f short.yml -p short wait --down-project
equal "$(docker service ls -q --filter name=short)" ""
