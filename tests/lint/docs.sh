#!/bin/sh
# docs.sh ORCH: every verb and every option of the program is in the manual.
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
[ "$failures" -eq 0 ]
