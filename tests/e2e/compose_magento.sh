#!/bin/bash
# compose/examples/magento with stand-in images under its names: data containers that end at once,
# volumes_from, links, an installer that runs once, binds below ~/ and ./.
source "$(dirname "$0")/lib.sh"

DOCKER_HOST=$("$root/tests/lab/engine" host)
export DOCKER_HOST
"$root/tests/lab/images" load mageinferno/magento2-nginx:1.9.9-0 mageinferno/magento2-php:7.0.0-fpm-0 \
    mageinferno/magento2-setup:2.0.0-0 mariadb:10.0.22 tianon/true

# The port 80 of this computer may be somebody's.
mkdir "$scratch/shop"
cp -R "$root/compose/examples/magento/." "$scratch/shop"
sed -i 's/"80:80"/"127.0.0.1::80"/' "$scratch/shop/docker-compose.yml"
cd "$scratch/shop"
export COMPOSE_PROJECT_NAME=orchmagento
at_end "cd '$scratch/shop' && orch compose down -v -t 1"

state_of() { docker inspect -f '{{.State.Status}} {{.State.ExitCode}}' "orchmagento_$1_1"; }
volume_of() { # volume_of SERVICE PATH
    docker inspect -f "{{range .Mounts}}{{if eq .Destination \"$2\"}}{{.Name}}{{end}}{{end}}" "orchmagento_$1_1"
}
page() { curl -sS --max-time 5 "http://$(docker port orchmagento_app_1 80)/"; }
shows() { contains "$(page)" "$1"; }
installed() { [ "$(state_of setup)" = "exited 0" ]; }

step "the file is right as it stands"
orch compose -f "$root/compose/examples/magento/docker-compose.yml" config -q
equal "$(orch compose config --services | sort | tr '\n' ' ')" "app appdata db dbdata phpfpm setup "

step "up: the data containers end at once, the installer runs, the page is served"
orch compose up -d
equal "$(state_of appdata)" "exited 0"
equal "$(state_of dbdata)" "exited 0"
within 20 installed
contains "$(orch compose logs setup)" "installed into database magento2"
within 10 shows "Magento stand-in at http://localhost/"
shows "with a theme"
shows "starts: 1"
equal "$(cat "$HOME/.composer/stand-in")" cached

step "all share the volumes of the data containers"
equal "$(volume_of app /src)" "$(volume_of appdata /src)"
equal "$(volume_of phpfpm /src)" "$(volume_of appdata /src)"
equal "$(volume_of db /var/lib/mysql)" "$(volume_of dbdata /var/lib/mysql)"

step "a second up runs what has ended, and keeps the rest"
app=$(docker inspect -f '{{.Id}} {{.State.StartedAt}}' orchmagento_app_1)
orch compose up -d
within 20 installed
equal "$(docker inspect -f '{{.Id}} {{.State.StartedAt}}' orchmagento_app_1)" "$app"

step "made anew, everything still has its data"
src=$(volume_of appdata /src)
mysql=$(volume_of dbdata /var/lib/mysql)
orch compose up -d --force-recreate -t 1
equal "$(volume_of app /src)" "$src"
equal "$(volume_of db /var/lib/mysql)" "$mysql"
within 10 shows "starts: 2"
within 20 installed

step "a changed database is recreated with those that depend on it, not with the data containers"
appdata=$(docker inspect -f '{{.Id}}' orchmagento_appdata_1)
sed -i 's/MYSQL_USER=magento2/MYSQL_USER=other/' docker-compose.yml
orch compose up -d -t 1
equal "$(docker inspect -f '{{.Id}}' orchmagento_appdata_1)" "$appdata"
within 10 shows "starts: 3"
within 20 installed

step "down -v takes the data away, and nothing else"
orch compose down -v -t 1
equal "$(docker ps -aq --filter label=com.docker.compose.project=orchmagento)" ""
equal "$(docker volume ls -q | grep -cxF -e "$src" -e "$mysql" || true)" 0
equal "$(cat "$HOME/.composer/stand-in")" cached
