#!/bin/bash
# Attached up and logs on a plain engine (the lab's): whose lines, whole lines, ends and exit codes.
source "$(dirname "$0")/lib.sh"

export DOCKER_HOST
DOCKER_HOST=$("$root/tests/lab/engine" host)
"$root/tests/lab/images" load busybox
export COMPOSE_PROJECT_NAME=up-e2e-$$
project=$COMPOSE_PROJECT_NAME
ln -s "$ORCH" "$scratch/bin/docker-compose"
mkdir "$scratch/app" && cd "$scratch/app"
at_end "cd '$scratch/app' && orch compose down -v -t 0 --remove-orphans"

running() { docker ps -q --filter label=com.docker.compose.project="$project" | wc -l; }
state_of() { docker inspect -f '{{.State.Status}} {{.State.ExitCode}}' "${project}_$1_1"; }

step "a second Ctrl-C kills and ends with 2; what is said while containers stop is shown"
cat > docker-compose.yml <<'END'
deaf:
  image: busybox
  command: sh -c 'trap "echo I heard it" TERM; echo here; while :; do sleep 0.2; done'
END
rm -f up.out
orch compose up -t 60 > up.out 2> up.err &
pid=$!
within 20 grep -q 'deaf_1 | here' up.out
kill -INT "$pid"
within 20 grep -q 'deaf_1 | I heard it' up.out
contains "$(cat up.out)" "Gracefully stopping... (press Ctrl+C again to force)"
kill -INT "$pid"
status=0
wait "$pid" || status=$?
equal "$status" 2
contains "$(cat up.err)" "Killing ${project}_deaf_1"
equal "$(state_of deaf)" "exited 137"

step "SIGTERM does what Ctrl-C does; another life's words are not shown again"
sed -i 's/echo I heard it/exit 0/' docker-compose.yml
for life in 1 2; do
    rm -f up.out
    docker-compose up > up.out 2> up.err &
    pid=$!
    within 20 grep -q 'here' up.out
    kill -TERM "$pid"
    status=0
    wait "$pid" || status=$?
    equal "$status" 0
    equal "$(grep -c here up.out)" 1
    equal "$(running)" 0
done
orch compose down -t 0

step "exit codes: all have ended, the first that ends, one service's, the first that fails"
cat > docker-compose.yml <<'END'
long:
  image: busybox
  command: sh -c 'trap "exit 9" TERM; sleep 1000 & wait'
quick:
  image: busybox
  command: sh -c 'sleep 0.5; exit 7'
well:
  image: busybox
  command: sh -c 'exit 0'
END
code=0 && orch compose up quick well > up.out 2>&1 || code=$?
equal "$code" 0
contains "$(cat up.out)" "${project}_quick_1 exited with code 7"
code=0 && orch compose up --abort-on-container-exit quick long > up.out 2>&1 || code=$?
equal "$code" 7
contains "$(cat up.out)" "Aborting on container exit..."
equal "$(running)" 0
code=0 && docker-compose up --exit-code-from long quick long > up.out 2>&1 || code=$?
equal "$code" 9
code=0 && orch compose up --abort-on-container-failure > up.out 2>&1 || code=$?
equal "$code" 7
contains "$(cat up.out)" "${project}_well_1 exited with code 0"
equal "$(running)" 0
orch compose down -t 0

step "up --wait: healthy, unhealthy, ended, too slow"
cat > Dockerfile <<'END'
FROM busybox
HEALTHCHECK --interval=0.2s --start-period=3s --retries=2 CMD test -e /healthy
CMD sh -c 'sleep 1; touch /healthy; sleep 1000'
END
printf 'web:\n  build: .\n' > docker-compose.yml
at_end "docker rmi -f '${project}_web'"
orch compose up -d > up.out 2>&1
orch compose down -t 0
orch compose up --wait --wait-timeout 30 > up.out 2>&1
equal "$(docker inspect -f '{{.State.Health.Status}}' "${project}_web_1")" healthy
orch compose start --wait
printf 'web:\n  build: .\n  command: sleep 1000\n' > docker-compose.yml
refused 1 orch compose up --wait -t 0
contains "$said" "container ${project}_web_1 is unhealthy"
printf 'web:\n  image: busybox\n  command: "false"\n' > docker-compose.yml
refused 1 orch compose up --wait -t 0
contains "$said" "container ${project}_web_1 exited (1)"
orch compose down -t 0

step "lines are whole, from both streams, long, without an end, from a terminal"
cat > docker-compose.yml <<'END'
a:
  image: busybox
  command: sh -c 'for i in $$(seq 2000); do echo "aaaaaaaaaaaaaaaaaaaa $$i"; echo "AAAAAAAAAAAAAAAAAAAA $$i" >&2; done'
b:
  image: busybox
  command: sh -c 'for i in $$(seq 2000); do echo "bbbbbbbbbbbbbbbbbbbb $$i"; done; head -c 100000 /dev/zero | tr "\0" x; echo; printf end'
t:
  image: busybox
  tty: true
  command: sh -c 'echo terminal; [ -t 1 ] && echo yes'
none:
  image: busybox
  log_driver: none
  command: echo unseen
END
orch compose up > up.out 2> up.err
equal "$(grep -ac '^a_1    | aaaaaaaaaaaaaaaaaaaa [0-9]*$' up.out)" 2000
equal "$(grep -ac '^a_1    | AAAAAAAAAAAAAAAAAAAA [0-9]*$' up.out)" 2000
equal "$(grep -ac '^b_1    | bbbbbbbbbbbbbbbbbbbb [0-9]*$' up.out)" 2000
equal "$(awk 'length > 1000 { print length }' up.out)" $((100000 + 9))
equal "$(grep -ac '^b_1    | end$' up.out)" 1
equal "$(grep -ac '^t_1    | yes' up.out)" 1
lacks "$(tr -d "\0" < up.out)" unseen
for service in a b t none; do contains "$(cat up.out)" "${project}_${service}_1 exited with code 0"; done

step "logs: the last lines, since, until, one container, timestamps; output that nobody reads"
equal "$(orch compose logs --no-log-prefix -n 1 b)" "$(printf 'Attaching to %s_b_1\nend' "$project")"
equal "$(orch compose logs --since 2000-01-01 --until 2000-01-02 a)" "Attaching to ${project}_a_1"
equal "$(orch compose logs --since 1h a | wc -l)" 4001
contains "$(orch compose logs -t --tail 1 --index 1 b)" "T"
{ orch compose logs a 2> head.err || true; } | head -n 1 > head.out
equal "$(cat head.err)" ""
equal "$(wc -l < head.out)" 1
orch compose down -t 0

step "containers that are started again, and those that come later, are followed"
cat > docker-compose.yml <<'END'
web:
  image: busybox
  command: sh -c 'trap "exit 0" TERM; echo "up as $$(hostname)"; sleep 1000 & wait'
END
rm -f up.out
orch compose up --no-color > up.out 2> up.err &
pid=$!
within 20 grep -q 'web_1 | up as' up.out
orch compose up -d --scale web=2 > scale.out 2>&1
within 20 grep -q 'web_2 | up as' up.out
docker restart -t 2 "${project}_web_1" > restart.out
within 20 sh -c "[ \$(grep -c 'web_1 | up as' up.out) -eq 2 ]"
contains "$(cat up.out)" "${project}_web_1 exited with code 0"
kill -INT "$pid"
status=0
wait "$pid" || status=$?
equal "$status" 0
equal "$(running)" 0
orch compose down -t 0

step "options of attached up: named services, their dependencies, some only, all but one"
cat > docker-compose.yml <<'END'
db:
  image: busybox
  command: sh -c 'echo I am db; sleep 0.7'
web:
  image: busybox
  links: [db]
  command: sh -c 'echo I am web; sleep 0.7'
END
orch compose up web > up.out 2>&1
contains "$(cat up.out)" "I am web"
lacks "$(cat up.out)" "I am db"
orch compose up --attach-dependencies web > up.out 2>&1
contains "$(cat up.out)" "I am db"
orch compose up --attach db > up.out 2>&1
contains "$(cat up.out)" "I am db"
lacks "$(cat up.out)" "I am web"
orch compose up --no-attach db --timestamps > up.out 2>&1
lacks "$(cat up.out)" "I am db"
contains "$(cat up.out)" "Z I am web"

step "docker-compose and orch see each other's containers and say the same"
sed -i 's/sleep 0.7/exec sleep 1000/' docker-compose.yml
orch compose down -t 0
if [ -x /usr/bin/docker-compose ]; then
    for tool in /usr/bin/docker-compose "$scratch/bin/docker-compose"; do
        {
            "$tool" up -d
            "$tool" up -d
            "$tool" --no-ansi logs --tail 1 --no-color web
        } 2>&1 | tr -d '\r' > same.now
        [ ! -e same.before ] || diff same.before same.now || die "docker-compose and orch differ"
        mv same.now same.before
        equal "$("$tool" ps -q | wc -l)" 2
        orch compose down -t 0
    done
fi
