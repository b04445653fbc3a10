#!/bin/bash
# orch compose run and exec on a plain engine (the lab's): streams, terminals, exit codes, what is left behind.
source "$(dirname "$0")/lib.sh"

export DOCKER_HOST
DOCKER_HOST=$("$root/tests/lab/engine" host)
"$root/tests/lab/images" load busybox
export COMPOSE_PROJECT_NAME=run-e2e-$$
mkdir "$scratch/app" && cd "$scratch/app"
at_end "cd '$scratch/app' && orch compose down -v -t 0"
at_end "docker ps -aq --filter label=com.docker.compose.project=$COMPOSE_PROJECT_NAME | xargs -r docker rm -fv"

oneoffs() {
    docker ps -aq --filter label=com.docker.compose.project="$COMPOSE_PROJECT_NAME" \
        --filter label=com.docker.compose.oneoff=True
}

cat > docker-compose.yml <<'EOF'
db:
  image: busybox
  command: sleep 1000
web:
  image: busybox
  command: sh -c 'echo from the file'
  restart: always
  ports: ["127.0.0.1:21000:80"]
  volumes: [/data]
  links: [db]
EOF

step "run brings up dependencies, prints the output and returns the exit code"
equal "$(orch compose run --rm web < /dev/null 2> "$scratch/err")" "from the file"
contains "$(docker ps --format '{{.Names}}')" "${COMPOSE_PROJECT_NAME}_db_1"
refused 7 orch compose run --rm web sh -c 'exit 7'
equal "$(oneoffs)" ""

step "output and errors stay apart; options behind the command are the command's"
equal "$(orch compose run --rm web sh -c 'echo o; echo e >&2' 2> /dev/null < /dev/null)" o
equal "$(orch compose run --rm web echo -d --rm < /dev/null 2> /dev/null)" "-d --rm"

step "a megabyte goes in and comes out intact"
head -c 1048576 /dev/urandom > "$scratch/in"
orch compose run --rm -T web cat < "$scratch/in" > "$scratch/out" 2> /dev/null
cmp "$scratch/in" "$scratch/out"
cat "$scratch/in" | orch compose exec -T db cat > "$scratch/out"
cmp "$scratch/in" "$scratch/out"
equal "$(orch compose exec -T db head -c 20000000 /dev/zero < /dev/null | wc -c)" 20000000

step "changes: -e -u -w -v -l --entrypoint --name --no-deps"
mkdir "$scratch/app/share" && echo shared > share/file
equal "$(A=here orch compose run --rm -e A -e B=2 web sh -c 'echo $A $B' < /dev/null 2> /dev/null)" "here 2"
equal "$(orch compose run --rm -u 12:13 -w /tmp web sh -c 'echo $(id -u) $(id -g) $PWD' < /dev/null 2> /dev/null)" "12 13 /tmp"
equal "$(orch compose run --rm -v ./share:/s:ro web cat /s/file < /dev/null 2> /dev/null)" shared
equal "$(orch compose run --rm --entrypoint 'echo "a  b"' web < /dev/null 2> /dev/null)" "a  b"
name=$COMPOSE_PROJECT_NAME-named
equal "$(orch compose run -d --no-deps --name "$name" -l x=y web sleep 1000 2> /dev/null)" "$name"
equal "$(docker inspect -f '{{index .Config.Labels "x"}} {{index .Config.Labels "com.docker.compose.oneoff"}} {{.HostConfig.RestartPolicy.Name}} {{index .Config.Labels "com.docker.compose.config-hash"}}' "$name" | sed 's/ *$//')" "y True"
equal "$(docker port "$name")" ""

step "ps shows a running one-off; down takes it along"
contains "$(orch compose ps)" "$name"
orch compose down -t 0
equal "$(oneoffs)" ""

step "-d prints a name with a slug; ports only when they are asked for"
name=$(orch compose run -d --service-ports web sleep 1000 2> /dev/null)
[[ $name =~ ^${COMPOSE_PROJECT_NAME}_web_run_[0-9a-f]{12}$ ]] || die "name: $name"
contains "$(docker port "$name")" 127.0.0.1:21000
docker rm -f "$name"
name=$(orch compose run -d -p 127.0.0.1:21001:81 web sleep 1000 2> /dev/null)
equal "$(docker port "$name")" "81/tcp -> 127.0.0.1:21001"
docker rm -f "$name"
refused any orch compose run --service-ports -p 1:1 web true
contains "$said" "can not be used together"

step "Ctrl-C stops and removes; exit code 1; a second one kills: 2"
orch compose run --rm -T web sleep 1000 < /dev/null > /dev/null 2>&1 &
pid=$!
within 20 sh -c "docker ps -q --filter label=com.docker.compose.oneoff=True --filter label=com.docker.compose.project=$COMPOSE_PROJECT_NAME | grep ."
kill -INT "$pid"
sleep 1
kill -INT "$pid"
status=0
wait "$pid" || status=$?
equal "$status" 2
equal "$(oneoffs)" ""
orch compose run --rm -T web sh -c 'trap "exit 0" TERM; echo up; while :; do sleep 0.1; done' < /dev/null > "$scratch/out" 2>&1 &
pid=$!
within 20 grep -q up "$scratch/out"
kill -INT "$pid"
status=0
wait "$pid" || status=$?
equal "$status" 1
equal "$(oneoffs)" ""

step "exec: exit code, -e, -u, -w, --index, --privileged, -d, no container"
orch compose up -d db 2> /dev/null
refused 9 orch compose exec -T db sh -c 'exit 9'
equal "$(orch compose exec -T -e A=1 -u 5:6 -w /tmp db sh -c 'echo $A $(id -u) $PWD' < /dev/null)" "1 5 /tmp"
# A computer that lacks capabilities itself cannot give them all: the engine's own word for it then.
rights=$(orch compose exec -T --privileged db grep CapEff /proc/self/status < /dev/null 2>&1 || true)
case $rights in
*3fffffffff* | *"1ffffffffff"*) ;;
*) contains "$rights" "unable to apply caps" ;;
esac
orch compose exec -d db touch /tmp/made
within 5 docker exec "${COMPOSE_PROJECT_NAME}_db_1" test -e /tmp/made
refused 1 orch compose exec -T --index 3 db true
contains "$said" "No container found for db_3"

step "a terminal has the size of ours, follows it, and is given back as it was"
python3 "$root/tests/e2e/compose_run_pty.py" "$ORCH"
equal "$(oneoffs)" ""
