#!/bin/sh
# Includes point down only, and each library stays behind its fence (README.md, "The tree").
set -u
cd "$(dirname "$0")/../.." || exit 1
failures=0

fail() {
    printf '%s\n' "$2" | sed "s|^|$1: |"
    failures=$((failures + 1))
}

# forbid WHAT WHERE PATTERN [EXCEPT...]: no file below WHERE may match, except those paths.
forbid() {
    what=$1 where=$2 pattern=$3
    shift 3
    found=$(grep -rnE --include='*.cpp' --include='*.hpp' "$pattern" $where) || return 0
    for except; do
        found=$(printf '%s\n' "$found" | grep -v "^$except") || return 0
    done
    fail "$what" "$found"
}

include='#include "'
forbid "lib knows no room above it" lib "$include(drivers|machine|compose|cmd)/"
forbid "drivers know lib only" drivers "$include(machine|compose|cmd)/"
forbid "machine and compose never meet" machine "$include(compose|cmd)/"
forbid "machine and compose never meet" compose "$include(machine|drivers|cmd)/"
forbid "machine sees drivers through their interface only" machine "$include""drivers/" \
    '[^:]*:[0-9]*:#include "drivers/\(driver\|registry\|option\)\.hpp"'
forbid "cmd sees drivers through their interface only" cmd "$include""drivers/" \
    '[^:]*:[0-9]*:#include "drivers/\(driver\|registry\|option\)\.hpp"'
for driver in drivers/*/; do
    name=$(basename "$driver")
    [ "$name" = kit ] && continue
    forbid "a driver knows no other driver" "$driver" "$include""drivers/[a-z0-9]+/" \
        "[^:]*:[0-9]*:#include \"drivers/\\($name\\|kit\\)/"
done

sources="cmd lib drivers machine compose"
forbid "CLI11 only in cmd" "lib drivers machine compose" '#include <CLI/'
forbid "curl only in lib/http" "$sources" '#include <curl/' lib/http/
forbid "libssh2 only in lib/ssh" "$sources" '#include <libssh2' lib/ssh/
forbid "OpenSSL only in lib/tls, lib/ssh" "$sources" '#include <openssl/' lib/tls/ lib/ssh/
forbid "yaml-cpp only in lib/yaml" "$sources" '#include <yaml-cpp/' lib/yaml/
forbid "libarchive only in lib/archive" "$sources" '#include <archive' lib/archive/
forbid "the environment is read in one place" "$sources" '(\bgetenv\b|\benviron\b)' lib/os/ lib/process/
forbid "only cmd/ui prints" "$sources" '(std::c(out|err)\b|\bf?printf\()' cmd/ui/
forbid "no using namespace" "$sources tests" 'using namespace (orch|std;|fmt|CLI)'
forbid "no detached or bare threads" "$sources" '(std::thread\b|std::async|\.detach\(\))' lib/tasks/ \
    lib/net/dial.cpp: # getaddrinfo cannot be interrupted: after a stop its thread is left to itself

[ "$failures" -eq 0 ]
