#!/bin/sh
# Every source is as .clang-format (version 14) writes it. "format.sh --fix" rewrites.
set -u
cd "$(dirname "$0")/../.." || exit 1
clang_format=$(command -v clang-format-14 || command -v clang-format) || {
    echo "clang-format is missing; tests/setup installs it" >&2
    exit 1
}
mode='--dry-run --Werror'
[ "${1-}" = --fix ] && mode=-i
# shellcheck disable=SC2086 # the mode is one or two words
find cmd lib drivers machine compose tests -name '*.[ch]pp' -print0 | xargs -0 "$clang_format" $mode
