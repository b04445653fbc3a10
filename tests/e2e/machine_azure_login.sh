#!/bin/bash
# The ways to log in at Azure, against its FAKE and a double of the program az (nothing boots): each makes a machine as far as
# there is nobody to log in to, and removes it.
cloud=azure
source "$(dirname "$0")/lib.sh"
source "$root/tests/e2e/cloud/fake.sh"

serve --boot none --delay 0.1
authority=$AZURE_AUTHORITY_HOST
made_and_removed() { # made_and_removed OPTION...
    "$ORCH" machine create -d azure "$@" x > "$scratch/x.log" 2>&1 & pid=$!
    within 60 made 1 || die "$(cat "$scratch/x.log")"
    kill -9 "$pid"
    wait "$pid" 2> /dev/null || true
    lacks "$(cat "$MACHINE_STORAGE_PATH/machines/x/config.json")" "$secret"
    orch machine rm -y x
    within 30 nothing_left
}

step "a secret, at the tenant that the subscription names, and at one that is named"
made_and_removed
made_and_removed --azure-tenant-id 11111111-2222-4333-8444-555555555555
refused 3 env AZURE_TENANT_ID=99999999-2222-4333-8444-555555555555 "$ORCH" machine create -d azure x
contains "$said" AADSTS90002
refused 3 env AZURE_SUBSCRIPTION_ID=nobodys "$ORCH" machine create -d azure x
contains "$said" 'there is no subscription "nobodys"'

step "the token of another issuer"
unset AZURE_CLIENT_SECRET
printf 'a-token-of-another-issuer\n' > "$scratch/federated"
AZURE_FEDERATED_TOKEN_FILE=$scratch/federated made_and_removed

step "the identity of this computer"
AZURE_POD_IDENTITY_AUTHORITY_HOST=$authority made_and_removed --azure-managed-identity

step "the program az, which has logged in or has not, or is not there"
unset AZURE_CLIENT_ID
PATH=$root/tests/fakes/azure-cli-double:$PATH
refused 3 "$ORCH" machine create -d azure x
contains "$said" "Please run 'az login'"
AZURE_DOUBLE_AUTHORITY=$authority AZURE_DOUBLE_TENANT=11111111-2222-4333-8444-555555555555 \
    AZURE_DOUBLE_CLIENT=c11e4700-aaaa-4bbb-8ccc-dddddddddddd AZURE_DOUBLE_SECRET=$secret made_and_removed

step "a token that expires on the way"
export AZURE_CLIENT_ID=c11e4700-aaaa-4bbb-8ccc-dddddddddddd AZURE_CLIENT_SECRET=$secret
fault expired /usages 2
made_and_removed
