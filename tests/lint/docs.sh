#!/bin/sh
# docs.sh ORCH: every verb and every option of the program is in the manual, and every key of a service.
set -u
orch=$1
cd "$(dirname "$0")/../.." || exit 1
failures=0

missing() {
    echo "$1"
    failures=$((failures + 1))
}

# complete WORDS...: what the last word may become, as a shell would ask.
complete() { "$orch" __complete bash orch "$@" | cut -f1 | sed 's/ *$//'; }

# roff writes an option's dashes as \-
plain() { sed 's/\\-/-/g' "$1"; }

for group in machine compose; do
    page=man/orch-$group.1
    verbs=$(complete "$group" '' | grep -v '^-')
    [ -n "$verbs" ] || missing "orch __complete names no verb of $group"
    for verb in $verbs; do
        [ "$verb" = help ] && continue
        plain "$page" | grep -qE "^\.SS $verb\$" || missing "$page: no section for $verb"
        for option in $(complete "$group" "$verb" --); do
            # Options of all verbs stand in orch.1, those of drivers in orch-drivers.7.
            { plain "$page"; plain man/orch.1; plain man/orch-drivers.7; } | grep -qF -e "$option" ||
                missing "$page: $verb $option"
        done
    done
done

keys=$(sed -n '/^constexpr Key keys\[\]/,/^};/s/.*\(name = \|list(\|mapping(\)"\([a-z_]*\)".*/\2/p' compose/load/keys.cpp)
[ "$(echo "$keys" | wc -l)" -ge 49 ] || missing "only these keys are found in compose/load/keys.cpp: $keys"
for key in $keys; do
    grep -qx "\.SS $key" man/orch-compose-file.5 || missing "man/orch-compose-file.5: no entry for $key"
done
[ "$failures" -eq 0 ]
