#!/bin/bash
# The compose verbs that look at or act on containers, on a real engine; docker-compose 1.29.2 beside them where it
# has the same verb.
source "$(dirname "$0")/lib.sh"

export DOCKER_HOST
DOCKER_HOST=$("$root/tests/lab/engine" host)
"$root/tests/lab/images" load busybox
reference=$(command -v docker-compose)
mkdir "$scratch/link" && ln -s "$ORCH" "$scratch/link/docker-compose"
ours=$scratch/link/docker-compose
port=${ORCH_E2E_PORT:-21150}
export COMPOSE_PROJECT_NAME=verbs-e2e-$$
name=$COMPOSE_PROJECT_NAME
mkdir "$scratch/app" && cd "$scratch/app"
at_end "cd '$scratch/app' && orch compose down -v --remove-orphans"
cat > docker-compose.yml <<YML
db:
  image: busybox
  command: sh -c 'trap "exit 0" TERM; sleep 1000 & wait'
  volumes: [/data]
web:
  image: busybox
  command: sh -c 'trap "exit 0" TERM; sleep 1000 & wait'
  links: [db]
  ports: ["127.0.0.1:$port:80", "127.0.0.1:$((port + 1)):53/udp"]
  expose: ["99"]
done:
  image: busybox
  command: sh -c 'exit 3'
YML
states() { docker ps -a --filter label=com.docker.compose.project="$name" --format '{{.Names}} {{.State}}' | sort; }
state() { docker inspect -f '{{.State.Status}}' "${name}_$1"; }
listens() { # SERVICE_N: its shell has set the trap when its child is there; before that SIGTERM is nothing to it
    within 20 sh -c "[ \"\$(docker top ${name}_$1 | wc -l)\" = 3 ]"
}
started() { # all that there is, and the one that only runs for a moment has ended
    "$reference" start && within 20 sh -c "[ \"\$(docker inspect -f {{.State.Status}} ${name}_done_1)\" = exited ]"
}

# The differences from docker-compose that are meant; what is not named here must be the same, but for the order of
# lines of things that happen at the same time, the carriage returns and how wide names are padded:
# - start names containers where docker-compose names services, and says nothing where there is nothing to start
# - a hint may follow an error; docker-compose prints a lonely 1 after some
# - pause leaves paused containers alone, unpause running ones; docker-compose tries, fails, and exits 0
# - kill with a signal that does not exist fails with 1, not 0; a negative number of scale is refused
plain() { tr -d '\r' | sed -E 's/ +\.\.\. ?/ ... /; /^hint: /d; /^1$/d; s/ +$//' | sort; }
# same ARGUMENTS...: both tools print the same on both streams and exit with the same code. Must change nothing.
same() {
    local theirs=0 mine=0
    "$reference" "$@" > "$scratch/1.out" 2> "$scratch/1.err" < /dev/null || theirs=$?
    "$ours" "$@" > "$scratch/2.out" 2> "$scratch/2.err" < /dev/null || mine=$?
    equal "$mine" "$theirs"
    diff "$scratch/1.out" "$scratch/2.out" || die "another standard output from: $*"
    diff <(plain < "$scratch/1.err") <(plain < "$scratch/2.err") || die "another standard error from: $*"
}
# alike PREPARE ARGUMENTS...: the same for commands that change something; PREPARE runs before each.
alike() {
    local prepare=$1 theirs=0 mine=0
    shift
    eval "$prepare" > /dev/null 2>&1
    "$reference" "$@" > "$scratch/1.out" 2> "$scratch/1.err" < /dev/null || theirs=$?
    states > "$scratch/1.states"
    eval "$prepare" > /dev/null 2>&1
    "$ours" "$@" > "$scratch/2.out" 2> "$scratch/2.err" < /dev/null || mine=$?
    states > "$scratch/2.states"
    equal "$mine" "$theirs"
    diff "$scratch/1.states" "$scratch/2.states" || die "another state after: $*"
    diff <(plain < "$scratch/1.err") <(plain < "$scratch/2.err") || die "another standard error from: $*"
}

step "nothing there: the same words and codes"
for verb in ps top images restart pause unpause kill stop rm; do same "$verb"; done
same port web 80
same down --rmi foo
refused 1 orch compose start
contains "$said" "No containers to start"

step "create makes containers and starts none"
orch compose create
equal "$(states)" "${name}_db_1 created
${name}_done_1 created
${name}_web_1 created"
contains "$("$ours" create 2>&1)" "The create command is deprecated."
refused 2 orch compose create --force-recreate --no-recreate
contains "$(orch compose create --dry-run --force-recreate)" "remove"
orch compose create --scale db=2
equal "$(state db_2)" created
orch compose create --scale db=1
orch compose start
equal "$(state web_1)" running

step "ps, top, images and port are docker-compose's, byte for byte"
same ps
same ps -q
same ps web
same ps --services
same ps --services --filter status=stopped
same ps --services --filter status=running
same ps --services --filter source=build
for wrong in status=foo source=x foo=foo foo; do same ps --services --filter "$wrong"; done
same ps -q --services
same images
same images -q
same top
same port web 80
same port --protocol udp web 53
same port web 81
same port --index 2 web 80
same port nosuch 80

step "ps: what only orch has"
equal "$(orch compose ps --status exited --format json | python3 -c 'import json,sys; print([(r["Name"], r["State"]) for r in json.load(sys.stdin)])')" "[('${name}_done_1', 'exited')]"
contains "$(orch compose ps --no-trunc)" "sleep 1000 & wait"
lacks "$(orch compose ps --filter status=running)" "${name}_done_1"
equal "$(orch compose ps --filter source=build -q)" ""
printf 'db:\n  image: busybox\n' > small.yml
lacks "$(orch compose -f small.yml ps)" "${name}_web_1"
contains "$(orch compose -f small.yml ps --orphans)" "${name}_web_1"
refused 2 orch compose ps --status foo

step "port, images, volumes, ls"
equal "$(orch compose port web 53/udp)" "127.0.0.1:$((port + 1))"
refused 1 orch compose port web 81
contains "$said" "not published"
refused 2 orch compose port web http
equal "$(orch compose images --format json db | python3 -c 'import json,sys; r=json.load(sys.stdin)[0]; print(r["Repository"], r["Tag"], r["Size"] > 100000)')" "busybox latest True"
equal "$(orch compose volumes -q | wc -l)" 1
contains "$(orch compose volumes)" "VOLUME NAME"
contains "$(orch compose volumes --format json)" '"Anonymous": true'
equal "$(orch compose ls -q --filter "name=$name")" "$name"
contains "$(orch compose ls --filter "name=$name")" "running(2)"
contains "$(orch compose ls -a --filter "name=$name")" "exited(1), running(2)"
contains "$(cd / && orch compose ls --format json --filter "name=$name")" "$scratch/app/docker-compose.yml"
refused 2 orch compose ls --filter x=y

step "pause, unpause"
alike "$reference unpause" pause
equal "$(state db_1)" paused
contains "$(orch compose ps db)" "Paused"
orch compose pause
alike "$reference pause" unpause
equal "$(state db_1)" running
orch compose unpause
alike "$reference unpause" pause web
orch compose unpause

step "restart, kill, stop, start"
alike true restart -t 1 web # done would still run for a moment
alike started kill
orch compose start
listens web_1
orch compose kill -s SIGTERM web
within 20 sh -c "[ \"\$(docker inspect -f {{.State.Status}} ${name}_web_1)\" = exited ]" > /dev/null
alike started stop -t 3
alike started stop db
orch compose start
equal "$(state db_1)" running
refused 1 orch compose kill -s FOO
contains "$said" "nvalid signal: FOO"
refused 1 orch compose stop nosuch
contains "$said" "No such service: nosuch"

step "scale"
alike "$reference scale db=1" scale db=3
same scale db=3
alike "$reference scale db=3" scale db=1
for wrong in db db=x zz=1; do same scale "$wrong"; done
refused 2 orch compose scale db=-1
orch compose scale db=0
lacks "$(states)" "_db_"
orch compose scale db=2 done=1
orch compose stop db
orch compose scale db=1
equal "$(docker ps -q --filter label=com.docker.compose.project="$name" --filter label=com.docker.compose.service=db | wc -l)" 1
equal "$(docker ps -aq --filter label=com.docker.compose.project="$name" --filter label=com.docker.compose.service=db | wc -l)" 2
refused 1 orch compose scale web=2
contains "$said" "The \"web\" service specifies a port on the host"
contains "$said" "port is already allocated"
orch compose down -t 1
orch compose up -d

step "events: docker-compose's lines"
"$reference" events > "$scratch/1.events" & one=$!
"$ours" events > "$scratch/2.events" 2> "$scratch/2.err" & two=$!
"$reference" events --json > "$scratch/1.json" & three=$!
"$ours" events --json web > "$scratch/2.json" 2> "$scratch/4.err" & four=$!
for file in 1.events 2.events 1.json 2.json; do # pauses, until every one of them listens
    within 30 sh -c "docker pause ${name}_web_1 && docker unpause ${name}_web_1 && grep -q unpause '$scratch/$file'" > /dev/null
done
sleep 1.1 # seconds are whole here
since=$(date +%s)
orch compose restart -t 1 web
within 10 grep -q restart "$scratch/1.events"
within 10 grep -q restart "$scratch/2.events"
within 10 grep -q restart "$scratch/1.json"
within 10 grep -q restart "$scratch/2.json"
kill "$one" "$two" "$three" "$four"
wait "$one" "$two" "$three" "$four" 2> /dev/null || true
equal "$(cat "$scratch/2.err" "$scratch/4.err")" "Aborting.
Aborting." # docker-compose says it after Ctrl-C and dies without a word of SIGTERM
unpaused() { grep -v pause "$scratch/$1"; }
diff <(unpaused 1.events) <(unpaused 2.events)
diff <(unpaused 1.json) <(unpaused 2.json)
equal "$(orch compose events --since "$since" --until "$(($(date +%s) + 1))" db)" ""
contains "$(orch compose events --since 10m --until "$(date +%s)" web)" "container restart"
refused 2 orch compose events --since yesterday

step "stats"
table=$(orch compose stats --no-stream)
contains "$table" "CPU %"
contains "$table" "${name}_web_1"
lacks "$table" "${name}_done_1"
contains "$(orch compose stats --no-stream -a)" "${name}_done_1"
orch compose stats --no-stream --format json db | python3 -c 'import json,sys; r=json.load(sys.stdin); assert "MiB" in r["MemUsage"] or "KiB" in r["MemUsage"], r; assert r["CPUPerc"].endswith("%")'
orch compose stats web > "$scratch/stats.out" & pid=$!
within 15 sh -c "[ \$(grep -c '${name}_web_1' '$scratch/stats.out') -ge 2 ]"
kill -INT "$pid"
status=0
wait "$pid" || status=$?
equal "$status" 130

step "cp there and back"
mkdir -p tree/sub && echo one > tree/a && echo two > tree/sub/b && ln -s a tree/link && chmod 640 tree/a
head -c 20000000 /dev/urandom > tree/big
orch compose cp tree web:/tmp
docker exec "${name}_web_1" test -L /tmp/tree/link
equal "$(docker exec "${name}_web_1" stat -c '%u:%g %a' /tmp/tree/a)" "0:0 640"
orch compose cp tree/. web:/tmp/new-name
equal "$(docker exec "${name}_web_1" cat /tmp/new-name/sub/b)" two
orch compose cp web:/tmp/tree back
diff -r tree back
orch compose cp web:/tmp/tree back
diff -r tree back/tree
orch compose cp -L web:/tmp/tree/link followed
equal "$(cat followed)" one
orch compose cp tree/a web:/etc/renamed
orch compose cp web:/etc/renamed - | tar tf - | grep -qx renamed
tar cf - -C tree sub | orch compose cp - web:/tmp
equal "$(docker exec "${name}_web_1" cat /tmp/sub/b)" two
chown 1234:1234 tree/a
orch compose cp -a tree/a web:/tmp/owned
equal "$(docker exec "${name}_web_1" stat -c %u:%g /tmp/owned)" 1234:1234
orch compose cp -a web:/tmp/owned owned
equal "$(stat -c %u:%g owned)" 1234:1234
orch compose cp done:/etc/passwd passwd # a container that does not run
grep -q root passwd
orch compose scale db=2
orch compose cp tree/a db:/tmp/x # to all
equal "$(docker exec "${name}_db_2" cat /tmp/x)" one
orch compose cp --index 2 tree/a db:/tmp/y
docker exec "${name}_db_1" test ! -e /tmp/y
docker exec "${name}_db_2" test -e /tmp/y
refused 1 orch compose cp web:/nosuch x
contains "$said" "there is no /nosuch"
refused 1 orch compose cp tree web:/etc/passwd
refused 1 orch compose cp tree/a web:/no/such/dir
refused 1 orch compose cp --index 7 web:/etc/passwd x
contains "$said" "No container found for web_7"
refused 2 orch compose cp web:/a db:/b

step "wait"
orch compose wait web > "$scratch/wait.out" & pid=$!
sleep 1
orch compose kill web
status=0
wait "$pid" || status=$?
contains "$(cat "$scratch/wait.out")" "${name}_web_1 exited with code $status"
refused 1 orch compose wait web

step "rm: asks, says what docker-compose says, takes one-offs along"
orch compose up -d
docker run -d --name "${name}_web_run_1" --label com.docker.compose.project="$name" \
    --label com.docker.compose.service=web --label com.docker.compose.oneoff=True busybox true > /dev/null
docker wait "${name}_web_run_1" > /dev/null
contains "$(orch compose ps -a)" "${name}_web_run_1"
lacks "$(orch compose ps)" "${name}_web_run_1"
out=$(printf 'n\n' | orch compose rm web 2> "$scratch/rm.err")
contains "$out" "Going to remove ${name}_web_run_1"
contains "$(cat "$scratch/rm.err")" "Are you sure? [yN] "
orch compose rm -f web
lacks "$(states)" "_run_"
refused any orch compose rm done < /dev/null
contains "$said" "-f"
orch compose rm -fsv
equal "$(states)" ""
equal "$(orch compose rm -f)" "No stopped containers"

step "down: images, orphans, one-offs, volumes"
orch compose up -d
volume=$(orch compose volumes -q)
docker run -d --name "${name}_web_run_1" --label com.docker.compose.project="$name" \
    --label com.docker.compose.service=web --label com.docker.compose.oneoff=True busybox sleep 1000 > /dev/null
COMPOSE_IGNORE_ORPHANS=1 refused 2 orch compose down --remove-orphans
contains "$said" "cannot be combined"
contains "$(orch compose -f small.yml down -t 1 2>&1)" "Found orphan containers"
contains "$(states)" "${name}_web_1"
orch compose down -t 1
equal "$(states)" "" # the one-off went along
alike "$reference up -d" down -t 1
orch compose down -v -t 1
equal "$(states)" ""
docker volume inspect "$volume" > /dev/null # left by the down without -v
docker volume rm "$volume" > /dev/null
orch compose up -d
volume=$(orch compose volumes -q)
orch compose down -v -t 1 --remove-orphans
refused any docker volume inspect "$volume"

step "wait --down-project takes the project down with the first that ends"
orch compose up -d
orch compose wait --down-project web db > "$scratch/wait.out" & pid=$!
sleep 1
listens db_1
docker kill -s TERM "${name}_db_1" > /dev/null
wait "$pid"
contains "$(cat "$scratch/wait.out")" "${name}_db_1 exited with code 0"
equal "$(states)" ""

step "completion offers services by what they do"
orch compose up -d
offers() { orch __complete bash orch compose "$1" '' | sort | tr '\n' ' '; }
equal "$(offers start)" "done "
equal "$(offers stop)" "db web "
equal "$(offers pause)" "db web "
equal "$(offers unpause)" ""
orch compose pause db
equal "$(offers unpause)" "db "
contains "$(orch help compose cp)" "--follow-link"
contains "$(orch compose help cp)" "--follow-link"
orch compose unpause
orch compose down -v -t 1
