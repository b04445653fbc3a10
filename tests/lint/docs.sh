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

for group in machine compose; do
    page=man/orch-$group.1
    [ -f "$page" ] || { missing "$page is missing"; continue; }
    # roff writes an option's dashes as \-
    text=$(sed 's/\\-/-/g' "$page")
    verbs=$("$orch" __complete "$group" '' | cut -f1 | grep -v '^-')
    [ -n "$verbs" ] || missing "orch __complete $group names no verb"
    for verb in $verbs; do
        printf '%s\n' "$text" | grep -qE "^\.SS .*\b$verb\b" || missing "$page: no section for $verb"
        for option in $("$orch" __complete "$group" "$verb" - | cut -f1 | grep '^--'); do
            printf '%s\n' "$text" | grep -qF -- "$option" || missing "$page: $verb $option"
        done
    done
done
[ "$failures" -eq 0 ]
