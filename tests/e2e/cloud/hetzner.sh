# What tests/e2e/cloud/fake.sh must know of this dialect of the fake.
# shellcheck shell=bash disable=SC2034
export HETZNER_API_TOKEN=hetzner-token-of-the-fake
secret=$HETZNER_API_TOKEN
wrong() { HETZNER_API_TOKEN=wrong "$@"; }
endpoint() { export HETZNER_ENDPOINT=http://127.0.0.1:$1/v1; }
make_line="POST /v1/servers"
quota_words="resource_limit_exceeded"
id_field=ServerID
no_id=4711
options=(--hetzner-own-firewall)
shape_options=(--hetzner-server-location fsn1 --hetzner-auto-spread --hetzner-server-label a=b --hetzner-key-label c=d
    --hetzner-user-data "#cloud-config" --hetzner-open-port 80 --hetzner-open-port 53/udp --hetzner-open-cidr 203.0.113.0/24
    --swarm --swarm-master --swarm-discovery token://0123456789abcdef)
