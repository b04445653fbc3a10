#!/bin/bash
# The lab of the e2e tests: "hosts.sh up" before the first, "hosts.sh down" after the last.
set -euo pipefail
lab=$(cd "$(dirname "$0")/../lab" && pwd)
top=$(cd "$lab/../.." && pwd)
export ORCHLAB_NAME=test ORCHLAB_DIR=$top/build/lab

case $1 in
bare) "$lab/hosts" up a:bare b:bare c:bare ;;
engine) "$lab/hosts" up --share "$top/compose/examples" a:engine ;;
fresh) # the tests that follow want hosts that nobody has touched
    "$lab/hosts" down
    "$0" "$2" ;;
up) "$lab/engine" up ;;
down)
    "$lab/down" --all
    "$lab/leftovers" ;;
esac
