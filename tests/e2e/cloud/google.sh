# What tests/e2e/cloud/fake.sh must know of this dialect of the fake.
# shellcheck shell=bash disable=SC2034,SC2154
console() { curl -fsS "http://127.0.0.1:$port/console/$1"; } # console FILE: what the Cloud Console gives to download
endpoint() {
    port=$1
    export GOOGLE_ENDPOINT=http://127.0.0.1:$port/compute/v1
    GOOGLE_AUTH_ENCODED_JSON=$(console key.json | base64 -w 0)
    export GOOGLE_AUTH_ENCODED_JSON
    secret=$GOOGLE_AUTH_ENCODED_JSON
    another=$(console other.json)
}
wrong() { GOOGLE_AUTH_ENCODED_JSON=$another "$@"; }
make_line="POST /compute/v1/projects/fake-project/zones/us-central1-a/instances"
quota_words="quota"
id_field=InstanceID
no_id=4711
options=()
create_seconds=4 # operations are looked at once a second
shape_options=(--google-preemptible --google-address fixed --google-vm-labels team=a --google-tags web
    --google-open-cidr 192.0.2.0/24 --google-open-port 53/udp --google-internal-firewall-rule-prefix shop)
more_shapes() {
    begin c # an instance that is there becomes a machine of another store
    MACHINE_STORAGE_PATH=$scratch/other begin c --google-use-existing
    orch machine rm -y c
    begin d # whose instance somebody else deletes: its disk is left
    double vanish > /dev/null
    orch machine rm -y d
}
