#!/bin/bash
# orch compose build, pull and push: contexts as docker-compose sends them, a real registry that wants passwords.
source "$(dirname "$0")/lib.sh"

here=$root/tests/e2e
engine=$("$root/tests/lab/engine" host)
"$root/tests/lab/images" load busybox
port=${ORCH_E2E_REGISTRY_PORT:-21500}
registry=127.0.0.1:$port
project=orchlab-images-$$
unset DOCKER_CONFIG
export DOCKER_HOST=$engine COMPOSE_PROJECT_NAME=$project
built=$project # docker-compose takes nothing off such a name

forget_images() {
    local name
    docker images --format '{{.Repository}}:{{.Tag}}' | grep -e "^$project" -e "^$registry/$project" -e "/tricky-$$" |
        while read -r name; do docker rmi -f "$name" > "$scratch/rmi.log" 2>&1 || true; done
}
at_end forget_images

mkdir -p "$scratch/app" && cd "$scratch/app"

#### contexts

mkdir "$scratch/recorded"
python3 "$here/build_recorder.py" "$scratch/recorder.sock" "$scratch/recorded" > "$scratch/recorder.log" 2>&1 &
recorder=$!
at_end "kill $recorder"
within 10 test -S "$scratch/recorder.sock"

# The last recorded build, one line for each entry.
last() { ls "$scratch/recorded"/*."$1" | sort -V | tail -1; }
# same_as_docker_compose: both send the same entries, and ask for the same.
same_as_docker_compose() {
    DOCKER_HOST=unix://$scratch/recorder.sock orch compose build --no-cache > "$scratch/out" 2>&1 || die "$(cat "$scratch/out")"
    cp "$(last txt)" "$scratch/ours.txt" && cp "$(last query)" "$scratch/ours.query"
    DOCKER_HOST=unix://$scratch/recorder.sock COMPOSE_DOCKER_CLI_BUILD=0 docker-compose build --no-cache \
        > "$scratch/out" 2>&1 || die "$(cat "$scratch/out")"
    cp "$(last txt)" "$scratch/theirs.txt" && cp "$(last query)" "$scratch/theirs.query"
    sed -i 's/\.dockerfile\.[0-9a-f]*/.dockerfile.RANDOM/' "$scratch"/ours.* "$scratch"/theirs.*
    # docker-compose leaves the comments out of a .dockerignore that it has to change.
    if grep -q RANDOM "$scratch/ours.txt"; then sed -i 's/^\(\.dockerignore\) .*/\1/' "$scratch"/ours.txt "$scratch"/theirs.txt; fi
    diff -u "$scratch/theirs.txt" "$scratch/ours.txt" || die "the contexts differ"
    equal "$(grep -e ^t= -e ^nocache= "$scratch/ours.query")" "$(grep -e ^t= -e ^nocache= "$scratch/theirs.query" | sed s/True/1/)"
}

step "a tricky context is sent as docker-compose sends it"
mkdir -p ctx/empty-dir ctx/deep/er/und/so "ctx/with space" ctx/node_modules/x ctx/logs ctx/keep/in
printf 'FROM busybox\nCOPY . /ctx\n' > ctx/Dockerfile
echo hello > "ctx/with space/ä ö ü.txt"
printf x > "ctx/$(printf 'latin-\351')"
printf long > "ctx/deep/$(printf 'n%.0s' {1..150})"
mkdir -p "ctx/$(printf 'd%.0s' {1..120})/$(printf 'e%.0s' {1..120})"
printf longer > "ctx/$(printf 'd%.0s' {1..120})/$(printf 'e%.0s' {1..120})/$(printf 'f%.0s' {1..200})"
: > ctx/empty
echo script > ctx/run.sh && chmod 4755 ctx/run.sh
echo secret > ctx/private && chmod 0600 ctx/private
chmod 1777 ctx/empty-dir
ln -s run.sh ctx/link && ln -s /nowhere ctx/dangling && ln -s deep ctx/dir-link
ln ctx/run.sh ctx/run-again.sh
mkfifo ctx/pipe
python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("ctx/socket")'
echo x > ctx/deep/er/a.log && echo x > ctx/a.log && echo x > ctx/keep/in/b.log && echo x > ctx/node_modules/x/y
echo x > ctx/deep/er/und/so/weiter.tmp && echo x > ctx/logs/1 && echo x > "ctx/[odd]" && echo x > ctx/temp1 && echo x > ctx/temp22
printf 'app:\n  build: ctx\n' > docker-compose.yml
same_as_docker_compose
contains "$(cat "$scratch/ours.txt")" $'\nrun.sh 1 '
lacks "$(cat "$scratch/ours.txt")" socket

step "so it is with a .dockerignore"
cat > ctx/.dockerignore <<'EOI'
# a comment
*.log
**/*.tmp
/node_modules/
!keep/in/b.log
logs
!logs/1
logs/./../logs/2
temp?
[p]rivate
deep/../with space
Dockerfile
.dockerignore
EOI
same_as_docker_compose
lacks "$(cat "$scratch/ours.txt")" node_modules
contains "$(cat "$scratch/ours.txt")" "logs/1 "
contains "$(cat "$scratch/ours.txt")" "Dockerfile "

step "a Dockerfile of another name, and one outside of the context"
printf 'FROM busybox\n' > other.docker && printf 'FROM busybox\n' > ctx/deep/Webfile
printf 'app:\n  build: ctx\n  dockerfile: deep/Webfile\n' > docker-compose.yml
same_as_docker_compose
equal "$(grep ^dockerfile= "$scratch/ours.query")" "dockerfile=deep/Webfile"
printf 'app:\n  build: ctx\n  dockerfile: ../other.docker\n' > docker-compose.yml
same_as_docker_compose
equal "$(grep ^dockerfile= "$scratch/ours.query")" "dockerfile=.dockerfile.RANDOM"

step "a URL is passed on as it is"
printf 'app:\n  build: https://example.invalid/x.git#main:dir\n' > docker-compose.yml
DOCKER_HOST=unix://$scratch/recorder.sock orch compose build 2> "$scratch/out" > "$scratch/out"
equal "$(grep ^remote= "$(last query)")" "remote=https://example.invalid/x.git#main:dir"
equal "$(stat -c %s "$(last tar)")" 0

step "a Dockerfile that is not there is named before anything is sent"
before=$(ls "$scratch/recorded" | wc -l)
mkdir none && printf 'app:\n  build: none\n' > docker-compose.yml
DOCKER_HOST=unix://$scratch/recorder.sock refused 1 orch compose build
contains "$said" "Service 'app' failed to build"
contains "$said" "$scratch/app/none/Dockerfile"
equal "$(ls "$scratch/recorded" | wc -l)" "$before"

step "memory stays flat whatever the context holds"
mkdir big && printf 'FROM busybox\n' > big/Dockerfile && truncate -s 300M big/zeros
printf 'app:\n  build: big\n' > docker-compose.yml
peak=$(DOCKER_HOST=unix://$scratch/recorder.sock python3 -c '
import resource, subprocess, sys
subprocess.run(["orch", "compose", "build", "-q"], check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)')
[ "$peak" -le 24 ] || die "a context of 300 MB took $peak MiB of memory"
rm -r big "$scratch/recorded"/*.tar

#### builds on the engine

step "build: the builder's words on standard output, the rest on standard error"
printf 'FROM busybox\nARG WHAT=nothing\nARG FROM_HERE\nCOPY . /ctx\nRUN echo "$WHAT $FROM_HERE $HTTP_PROXY" > /args\n' > ctx/Dockerfile
rm ctx/pipe ctx/socket
cat > docker-compose.yml <<'EOI'
app:
  build: ctx
  command: sleep 1000
db:
  image: busybox
  command: sleep 1000
EOI
FROM_HERE=there orch compose build --build-arg WHAT=this --build-arg FROM_HERE > "$scratch/out" 2> "$scratch/err"
equal "$(cat "$scratch/err")" $'db uses an image, skipping\nBuilding app'
contains "$(cat "$scratch/out")" "Step 1/5 : FROM busybox"
contains "$(cat "$scratch/out")" "Successfully tagged ${built}_app:latest"
equal "$(docker run --rm "${built}_app" cat /args)" "this there "
equal "$(docker run --rm "${built}_app" ls /ctx/logs /ctx/keep/in | tr '\n' ' ')" "/ctx/keep/in: b.log  /ctx/logs: 1 "
docker run --rm "${built}_app" test -x /ctx/run.sh
equal "$(orch compose build -q 2>&1)" ""

step "build: proxies of docker's configuration for builds and containers"
mkdir -p "$HOME/.docker"
echo '{"proxies": {"default": {"httpProxy": "http://proxy.invalid:3128"}}}' > "$HOME/.docker/config.json"
orch compose build --no-cache app > "$scratch/out" 2>&1
equal "$(docker run --rm "${built}_app" cat /args)" "nothing  http://proxy.invalid:3128"
orch compose up -d
at_end "cd '$scratch/app' && orch compose down -t 1"
contains "$(docker exec "${project}_db_1" env)" "http_proxy=http://proxy.invalid:3128"
orch compose down -t 1
rm "$HOME/.docker/config.json"

step "up: builds what is missing and says so; --no-build does not; --build does always"
docker rmi "${built}_app" > "$scratch/rmi.log"
refused 1 orch compose up -d --no-build
contains "$said" "needs to be built, but --no-build was passed"
said=$(orch compose up -d 2>&1)
contains "$said" "Image for service app was built because it did not already exist"
echo more > ctx/more
orch compose up -d --build -t 1 > "$scratch/out" 2>&1
equal "$(docker exec "${project}_app_1" cat /ctx/more)" more
lacks "$(cat "$scratch/out")" "was built because"

step "build: a failing step ends it with its code; with --parallel the others go on"
mkdir bad && printf 'FROM busybox\nRUN exit 7\n' > bad/Dockerfile
printf 'bad:\n  build: bad\ngood:\n  build: ctx\n' > bad.yml
refused 1 orch compose -f bad.yml build --force-rm
contains "$said" "Service 'bad' failed to build: The command '/bin/sh -c exit 7' returned a non-zero code: 7"
lacks "$said" "Successfully tagged"
refused 1 orch compose -f bad.yml build --force-rm --parallel
contains "$said" "Successfully tagged ${built}_good:latest"

#### the registry

step "a registry that wants a password"
htpasswd -Bbn keeper 'right:pass' > "$scratch/htpasswd"
cat > "$scratch/registry.yml" <<EOI
version: 0.1
log: {level: error, accesslog: {disabled: true}}
storage: {filesystem: {rootdirectory: $scratch/registry}}
http: {addr: "$registry"}
auth: {htpasswd: {realm: test, path: $scratch/htpasswd}}
EOI
docker-registry serve "$scratch/registry.yml" > "$scratch/registry.log" 2>&1 &
server=$!
at_end "kill $server"
within 20 curl -s -o "$scratch/curl.out" "http://$registry/v2/"
equal "$(curl -s -o "$scratch/curl.out" -w '%{http_code}' "http://$registry/v2/")" 401

login() { # login PASSWORD: as docker login writes it
    printf '{"auths": {"%s": {"auth": "%s"}}}' "$registry" "$(printf 'keeper:%s' "$1" | base64 -w0)" > "$HOME/.docker/config.json"
}
pulls=$scratch/pulls.yml
printf 'one:\n  image: %s/%s_app\n' "$registry" "$built" > "$pulls"

step "push: wants a registry, and a password there"
refused 2 orch compose push
contains "$said" "a name without a registry cannot be pushed"
contains "$said" "--registry"
refused 1 orch compose push --registry "$registry"
contains "$said" "docker login"
login wrong
refused 1 orch compose push --registry "$registry"
login 'right:pass'
orch compose push --registry "$registry" > "$scratch/out" 2> "$scratch/err"
contains "$(cat "$scratch/err")" "Pushing $registry/${built}_app:latest ... done"
contains "$(cat "$scratch/err")" "db uses an image that is not built here, skipping"
equal "$(curl -su 'keeper:right:pass' "http://$registry/v2/${built}_app/tags/list")" "{\"name\":\"${built}_app\",\"tags\":[\"latest\"]}"
digest=$(docker image inspect -f '{{index .RepoDigests 0}}' "$registry/${built}_app" | sed 's/.*@//')

gone() { docker rmi -f "$registry/${built}_app" > "$scratch/rmi.log" 2>&1 || true; }
there() { docker image inspect -f '{{.Id}}' "$registry/${built}_app"; }

step "pull: with the password of config.json, not without"
gone
orch compose -f "$pulls" pull 2> "$scratch/err"
equal "$(cat "$scratch/err")" $'Pulling one ... \nPulling one ... done'
there > "$scratch/id"
gone
login wrong
refused 1 orch compose -f "$pulls" pull
contains "$said" "docker login"
lacks "$said" "$(printf 'keeper:wrong' | base64 -w0)"
mkdir "$scratch/elsewhere" && login 'right:pass' && mv "$HOME/.docker/config.json" "$scratch/elsewhere/"
refused 1 orch compose -f "$pulls" pull
DOCKER_CONFIG=$scratch/elsewhere orch compose -f "$pulls" pull -q > "$scratch/out" 2>&1
equal "$(cat "$scratch/out")" ""
equal "$(there)" "$(cat "$scratch/id")"

step "pull: with the password of a helper; one that is missing or does not know it"
ln -s "$here/fake-docker-credential-helper" "$scratch/bin/docker-credential-faked"
export FAKE_CREDENTIALS=$scratch/credentials
echo "$registry keeper right:pass" > "$FAKE_CREDENTIALS"
gone
echo "{\"credHelpers\": {\"$registry\": \"faked\"}}" > "$HOME/.docker/config.json"
orch compose -f "$pulls" pull
there
gone
echo '{"credsStore": "faked"}' > "$HOME/.docker/config.json"
orch compose --debug=all -f "$pulls" pull > "$scratch/debug" 2>&1
there
lacks "$(cat "$scratch/debug")" right
echo "elsewhere keeper right:pass" > "$FAKE_CREDENTIALS"
refused 1 orch compose -f "$pulls" pull
contains "$said" "docker login"
echo '{"credsStore": "absent"}' > "$HOME/.docker/config.json"
refused 1 orch compose -f "$pulls" pull
contains "$said" "docker-credential-absent is not on PATH"

step "build: the base image comes from the registry, with the helper's password"
echo "$registry keeper right:pass" > "$FAKE_CREDENTIALS"
echo '{"credsStore": "faked"}' > "$HOME/.docker/config.json"
gone
mkdir from && printf 'FROM %s/%s_app\n' "$registry" "$built" > from/Dockerfile
printf 'from:\n  build: from\n' > from.yml
orch compose -f from.yml build --pull > "$scratch/out" 2>&1 || die "$(cat "$scratch/out")"
contains "$(cat "$scratch/out")" "Successfully tagged ${built}_from:latest"

step "pull: several at the same time, by digest too; what is missing does not stop the rest"
login 'right:pass'
for name in a b c; do
    printf 'FROM busybox\nLABEL n=%s\nRUN echo %s > /n\n' "$name" "$name" > from/Dockerfile
    printf '%s:\n  build: from\n' "$name" > from.yml
    orch compose -f from.yml build > "$scratch/out" 2>&1
    orch compose -f from.yml push --registry "$registry" > "$scratch/out" 2>&1
    docker rmi "$registry/${built}_$name" "${built}_$name" > "$scratch/rmi.log"
done
gone
{
    for name in a b c; do printf '%s:\n  image: %s/%s_%s\n' "$name" "$registry" "$built" "$name"; done
    printf 'fixed:\n  image: %s/%s_app@%s\n' "$registry" "$built" "$digest"
    printf 'missing:\n  image: %s/%s_none:7\n' "$registry" "$built"
} > many.yml
refused 1 orch compose -f many.yml pull
contains "$said" "ERROR: for missing"
contains "$said" "check the"
for name in a b c fixed; do contains "$said" "Pulling $name"; done
docker image inspect "$registry/${built}_"{a,b,c} "$registry/${built}_app@$digest" > "$scratch/out"
orch compose -f many.yml pull --ignore-pull-failures > "$scratch/out" 2>&1
contains "$(cat "$scratch/out")" "warning: "
said=$(orch compose -f many.yml pull --policy missing a b 2>&1)
equal "$said" $'a has its image, skipping\nb has its image, skipping'

step "pull: one after the other, with the engine's words on standard output"
docker rmi "$registry/${built}_a" > "$scratch/rmi.log"
orch compose -f many.yml pull --no-parallel a fixed > "$scratch/out" 2> "$scratch/err"
equal "$(cat "$scratch/err")" "Pulling a ($registry/${built}_a:latest)..."$'\n'"Pulling fixed ($registry/${built}_app@$digest)..."
contains "$(cat "$scratch/out")" "Status: Downloaded newer image for $registry/${built}_a:latest"
lacks "$(cat "$scratch/out")" "Downloading"

step "pull: Ctrl-C ends it at once"
kill -STOP "$server"
at_end "kill -CONT $server"
orch compose -f many.yml pull b > "$scratch/out" 2>&1 &
pid=$!
within 10 grep -q Pulling "$scratch/out"
started=$SECONDS
kill -INT "$pid"
status=0
wait "$pid" || status=$?
kill -CONT "$server"
equal "$status" 130
[ $((SECONDS - started)) -le 2 ] || die "it took $((SECONDS - started)) s"

step "under docker-compose's name a version 1 file has nothing to push"
ln -s "$ORCH" "$scratch/bin/docker-compose"
equal "$(docker-compose push 2>&1)" ""
