# A fake of the cloud $cloud (tests/fakes/cloud), and how tests talk to it. Its dialect's file says how orch is told of it:
# the credentials and `secret`, one of them; wrong COMMAND..., which runs it with wrong ones; endpoint PORT; make_line, "METHOD
# PATH" of the call that makes a server; id_field of the record, and no_id, an id that does not exist; quota_words, which the
# provider says when there are too many; options of create.
# shellcheck shell=bash disable=SC2034,SC2154
source "$root/tests/e2e/cloud/$cloud.sh"

serve() { # serve OPTION...: starts the fake
    "$root/tests/fakes/cloud/serve" "$cloud" "$scratch/port" "$@" 2> "$scratch/fake.log" &
    fake=$!
    at_end 'kill $fake; wait $fake'
    port=$(within 10 cat "$scratch/port")
    endpoint "$port"
}
double() { curl -fsS "http://127.0.0.1:$port/double/$1" "${@:2}"; }
fault() { double fault -d "{\"kind\": \"$1\", \"match\": \"$2\", \"times\": $3}" > /dev/null; } # fault KIND MATCH TIMES
instances() { double left | python3 -c 'import json, sys; print(len(json.load(sys.stdin)["instance"]))'; }
made() { [ "$(instances)" -ge "$1" ]; } # made COUNT
nothing_left() {
    double settle > /dev/null
    double left | python3 -c 'import json, sys; left = json.load(sys.stdin); print(left); sys.exit(any(left.values()))'
}
