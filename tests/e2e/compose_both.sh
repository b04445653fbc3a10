#!/bin/bash
# docker-compose 1.29.2 and orch on one project, in turns: each finds, shows and changes what the other made.
source "$(dirname "$0")/lib.sh"

DOCKER_HOST=$("$root/tests/lab/engine" host)
export DOCKER_HOST COMPOSE_PROJECT_NAME=orchboth
"$root/tests/lab/images" load busybox
mkdir "$scratch/app"
cd "$scratch/app"
cat > docker-compose.yml << 'END'
db:
  image: busybox
  command: sh -c 'echo db speaks; trap exit TERM; sleep 600 & wait'
  volumes: [/data]
web:
  image: busybox
  command: sh -c 'echo web speaks; trap exit TERM; sleep 600 & wait'
  links: [db]
END
at_end "cd '$scratch/app' && orch compose down -v -t 1 > /dev/null 2>&1"

states() {
    docker ps -a --filter label=com.docker.compose.project=orchboth --format '{{.Names}} {{.State}}' | sort | tr '\n' ' '
}
ids() { docker ps -aq --no-trunc --filter label=com.docker.compose.project=orchboth | sort; }
both_running="orchboth_db_1 running orchboth_web_1 running "
both_stopped="orchboth_db_1 exited orchboth_web_1 exited "

step "what docker-compose made, orch shows, stops, starts and kills"
docker-compose up -d
equal "$(states)" "$both_running"
equal "$(orch compose ps -q | sort)" "$(ids)"
contains "$(orch compose ps)" orchboth_web_1
contains "$(orch compose logs)" "db speaks"
orch compose stop -t 1
equal "$(states)" "$both_stopped"
orch compose start
equal "$(states)" "$both_running"
orch compose kill web
equal "$(states)" "orchboth_db_1 running orchboth_web_1 exited "
orch compose rm -f web
equal "$(states)" "orchboth_db_1 running "
volume=$(docker inspect -f '{{range .Mounts}}{{.Name}}{{end}}' orchboth_db_1)

step "orch's up keeps the data of what docker-compose made"
docker exec orchboth_db_1 sh -c 'echo kept > /data/file'
orch compose up -d -t 1
equal "$(states)" "$both_running"
equal "$(docker inspect -f '{{range .Mounts}}{{.Name}}{{end}}' orchboth_db_1)" "$volume"
equal "$(docker exec orchboth_db_1 cat /data/file)" kept
before=$(ids)
orch compose up -d
equal "$(ids)" "$before"
orch compose down -t 1
equal "$(states)" ""

step "what orch made, docker-compose shows, stops, starts, scales and takes down"
orch compose up -d
equal "$(docker-compose ps -q | sort)" "$(ids)"
contains "$(docker-compose logs --no-color)" "web speaks"
docker-compose stop -t 1
equal "$(states)" "$both_stopped"
docker-compose start
equal "$(states)" "$both_running"
docker-compose up -d -t 1 --scale web=2
contains "$(states)" "orchboth_web_2 running"
contains "$(orch compose ps)" orchboth_web_2

step "both see the same of a project of both"
equal "$(orch compose ps -q | sort)" "$(docker-compose ps -q | sort)"
orch compose up -d -t 1 # keeps the number that it finds
contains "$(states)" "orchboth_web_2 running"
docker-compose down -t 1
equal "$(states)" ""

step "a container of one-off commands belongs to neither's up, and goes with down"
docker-compose run -d web sleep 600 > /dev/null
orch compose up -d
equal "$(states | tr ' ' '\n' | grep -c _run_)" 1
orch compose down -t 1
equal "$(states)" ""
