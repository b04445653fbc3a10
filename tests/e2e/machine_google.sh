#!/bin/bash
# Driver google against the FAKE of Google: its ways to log in, each with real tokens. Nothing is made: a zone that does not
# exist is what is complained of once the API has let orch in.
cloud=google
source "$(dirname "$0")/lib.sh"
source "$root/tests/e2e/cloud/fake.sh"

serve --boot none --delay 0.1
key=$GOOGLE_AUTH_ENCODED_JSON
unset GOOGLE_AUTH_ENCODED_JSON
export GOOGLE_PROJECT=fake-project NO_GCE_CHECK=true
let_in() { # let_in VARIABLE=VALUE...: orch gets in with these
    refused 3 env "$@" "$ORCH" machine create -d google --google-zone us-central1-z x
    contains "$said" "there is no zone us-central1-z"
}
user() { # user REFRESH-TOKEN: what gcloud auth application-default login writes
    printf '{"type": "authorized_user", "client_id": "client-of-the-fake", "client_secret": "secret-of-the-fake",
        "refresh_token": "%s", "token_uri": "%s"}\n' "$1" "http://127.0.0.1:$port/token"
}
gcloud() { # gcloud WORDS ANSWER: a gcloud that understands these words
    printf '#!/bin/sh\n[ "$*" = "%s" ] && echo "%s"\n' "$1" "$2" > "$scratch/bin/gcloud"
    chmod +x "$scratch/bin/gcloud"
}

step "no credentials at all"
gcloud "" ""
refused 3 orch machine create -d google x
contains "$said" "hint: run gcloud auth login"

step "the key of a service account: in base64, as it is, as a file"
let_in GOOGLE_AUTH_ENCODED_JSON="$key"
let_in GOOGLE_APPLICATION_CREDENTIALS_ENCODED_JSON="$(base64 -d <<< "$key")"
base64 -d <<< "$key" > "$scratch/key.json"
let_in GOOGLE_APPLICATION_CREDENTIALS="$scratch/key.json"
sed 's/orch@fake/other@fake/' "$scratch/key.json" > "$scratch/foreign.json"
refused 3 env GOOGLE_APPLICATION_CREDENTIALS="$scratch/foreign.json" orch machine create -d google x
contains "$said" "invalid_grant"
refused 3 env GOOGLE_APPLICATION_CREDENTIALS="$scratch/none.json" orch machine create -d google x
contains "$said" "there is no file of credentials $scratch/none.json"

step "what gcloud has written for its user"
mkdir -p "$HOME/.config/gcloud"
user refresh-of-the-fake > "$HOME/.config/gcloud/application_default_credentials.json"
let_in HOME="$HOME"
user another > "$HOME/.config/gcloud/application_default_credentials.json"
refused 3 orch machine create -d google x
contains "$said" "invalid_grant"
rm -r "$HOME/.config/gcloud"

step "the metadata server of Google's servers"
let_in GCE_METADATA_HOST="127.0.0.1:$port"

step "gcloud itself, and for what only gcloud understands"
token=$(curl -fsS -H 'Metadata-Flavor: Google' \
    "http://127.0.0.1:$port/computeMetadata/v1/instance/service-accounts/default/token" |
    python3 -c 'import json, sys; print(json.load(sys.stdin)["access_token"])')
gcloud "auth print-access-token" "$token"
let_in HOME="$HOME"
gcloud "auth application-default print-access-token" "$token"
echo '{"type": "external_account"}' > "$scratch/external.json"
let_in GOOGLE_APPLICATION_CREDENTIALS="$scratch/external.json"

step "a token that ends before its time is replaced"
fault expired GET 1
let_in GOOGLE_AUTH_ENCODED_JSON="$key"
equal "$(instances)" 0
