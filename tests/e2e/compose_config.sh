#!/bin/bash
# What "config --format spec" prints is read and run by another program: docker-compose 1.29.2 knows the Compose
# Specification. (It does not know the top-level "name" of later years, which is taken out for it.)
source "$(dirname "$0")/lib.sh"

export DOCKER_HOST
DOCKER_HOST=$("$root/tests/lab/engine" host)
"$root/tests/lab/images" load busybox
project=$ORCHLAB_NAME-config-$$
data=$root/tests/data/compose
mkdir "$scratch/app" && cd "$scratch/app"

# spec FILE FLAG...: the converted file, in spec.yml.
spec() {
    local file=$1
    shift
    orch compose -f "$file" -p "$project" config --format spec "$@" -o spec.full.yml
    grep -v '^name: ' spec.full.yml > spec.yml
}
other() { /usr/bin/docker-compose -p "$project" -f spec.yml "$@"; }

step "the other program takes every converted file"
checked=0
for file in "$data"/good/{all_keys,commands,counter,dockchat,environment,extends,graph,ports,strings,magento,yaml}.yml \
    "$data"/spec/*.yml; do
    for flag in "" --keep-bridge; do
        printf '%s %s\n' "$(basename "$file")" "$flag"
        TAG=3 PORT=8000 spec "$file" ${flag:+"$flag"} 2> /dev/null
        other config -q || { cat spec.yml; die "docker-compose refuses $file $flag"; }
        checked=$((checked + 1))
    done
done
[ "$checked" -ge 24 ] || die "only $checked files were tried"

cat > docker-compose.yml <<'EOF'
db:
  image: busybox
  command: sh -c 'echo found > /srv/index.html; exec httpd -f -p 8080 -h /srv'
  volumes: [/srv]
web:
  image: busybox
  command: sleep 1000
  links: ["db:database"]
  environment: {GREETING: "it's $$5"}
  ulimits: {nofile: {soft: 100, hard: 200}}
EOF
at_end "cd '$scratch/app' && /usr/bin/docker-compose -p '$project' -f spec.yml down -v -t 1"

for flag in "" --keep-bridge; do
    step "up works from the converted file, and the link's name leads to its service ${flag:+($flag)}"
    spec docker-compose.yml ${flag:+"$flag"}
    other up -d
    within 20 other exec -T web wget -q -O - http://database:8080/
    equal "$(other exec -T web wget -q -O - http://database:8080/)" found
    [ -n "$flag" ] || equal "$(other exec -T web wget -q -O - http://db:8080/)" found
    equal "$(other exec -T web sh -c 'echo "$GREETING"')" "it's \$5"
    # The hard one: runc, a Go program, now and then leaves the soft limit of an exec raised to it.
    equal "$(other exec -T web sh -c 'ulimit -Hn')" 200
    other down -v -t 1
done

step "what config prints loads again, and docker-compose takes it, too"
orch compose -p "$project" config > printed.yml
orch compose -p "$project" -f printed.yml config > again.yml
cmp printed.yml again.yml
equal "$(orch compose -p "$project" -f printed.yml config --hash '*')" "$(orch compose -p "$project" config --hash '*')"
/usr/bin/docker-compose -p "$project" -f printed.yml config -q

step "a merged file with its variables means the same where they have values"
printf 'web:\n  image: busybox:${TAG}\n  volumes: ["./data:/data"]\n' > variables.yml
orch compose -f variables.yml config --no-interpolate > merged.yml
contains "$(cat merged.yml)" 'busybox:${TAG}'
equal "$(cd / && TAG=7 orch compose -f "$OLDPWD/merged.yml" config)" "$(TAG=7 orch compose -f variables.yml config)"

step "an image without a registry has no digest, and the service is named"
refused 1 orch compose config --resolve-image-digests
contains "$said" "db"
