#!/bin/bash
# Takes the lab of the e2e tests away; fails if anything of it is left.
set -euo pipefail
lab=$(cd "$(dirname "$0")/../lab" && pwd)
"$lab/down" --all
"$lab/leftovers"
