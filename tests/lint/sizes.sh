#!/bin/sh
# Rooms stay small: a source of more than 500 lines or a header of more than 200 wants splitting.
set -u
cd "$(dirname "$0")/../.." || exit 1
find cmd lib drivers machine compose tests -name '*.[ch]pp' -exec wc -l {} + | awk '
    $2 == "total" { next }
    $2 ~ /\.hpp$/ && $1 > 200 || $1 > 500 { print $2 ": " $1 " lines"; bad = 1 }
    END { exit bad }'
