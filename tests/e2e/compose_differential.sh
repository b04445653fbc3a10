#!/bin/bash
# Over forty version 1 files through docker-compose 1.29.2 and through orch: the same containers come out,
# but for what tests/data/compose/differential/differences.json justifies.
source "$(dirname "$0")/lib.sh"

DOCKER_HOST=$("$root/tests/lab/engine" host)
export DOCKER_HOST COMPOSE_DOCKER_CLI_BUILD=0 FROM_HERE=here FROM_HERE_IMAGE=busybox
"$root/tests/lab/images" load busybox
data=$root/tests/data/compose/differential
equal "$(docker-compose version --short)" 1.29.2

docker rm -fv orchdiff-outside > /dev/null 2>&1 || true
docker run -d --name orchdiff-outside -v /outside busybox sleep 600 > /dev/null
at_end "docker rm -fv orchdiff-outside > /dev/null"
at_end "docker volume rm -f orchdiffnamed orchdiffdriver > /dev/null"
at_end "docker image rm -f orchdiff37_web orchdiff37_other orchdiff38_web > /dev/null; rm -rf /tmp/orch-differential"

step "the same containers"
python3 "$root/tests/e2e/compose_differential.py" "$data" "$data/differences.json" "$ORCH" "$scratch/cases"
