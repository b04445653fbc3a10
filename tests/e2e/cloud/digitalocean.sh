# What tests/e2e/cloud/fake.sh must know of this dialect of the fake.
# shellcheck shell=bash disable=SC2034
export DIGITALOCEAN_ACCESS_TOKEN=digitalocean-token-of-the-fake
secret=$DIGITALOCEAN_ACCESS_TOKEN
wrong() { DIGITALOCEAN_ACCESS_TOKEN=wrong "$@"; }
endpoint() { export DIGITALOCEAN_ENDPOINT=http://127.0.0.1:$1/v2; }
make_line="POST /v2/droplets"
quota_words="limit"
id_field=DropletID
no_id=4711
options=(--digitalocean-firewall)
shape_options=(--digitalocean-region fra1 --digitalocean-size s-2vcpu-4gb --digitalocean-image 1301 --digitalocean-ipv6
    --digitalocean-monitoring --digitalocean-tags "a,b:c" --digitalocean-vpc-uuid 5a4981aa-9653-4bd1-bef5-d6bff52042e4
    --digitalocean-firewall --digitalocean-open-port 80 --digitalocean-open-port 53/udp
    --digitalocean-open-cidr 203.0.113.0/24 --swarm --swarm-master --swarm-discovery token://0123456789abcdef)
