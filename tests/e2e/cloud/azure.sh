# What tests/e2e/cloud/fake.sh must know of this dialect of the fake.
# shellcheck shell=bash disable=SC2034
export AZURE_SUBSCRIPTION_ID=0a0a0a0a-1b1b-4c1c-8d1d-2e2e2e2e2e2e
export AZURE_CLIENT_ID=c11e4700-aaaa-4bbb-8ccc-dddddddddddd
export AZURE_CLIENT_SECRET=azure-secret~of.the-fake
secret=$AZURE_CLIENT_SECRET
wrong() { AZURE_CLIENT_SECRET=wrong "$@"; }
endpoint() { export AZURE_ENDPOINT=http://127.0.0.1:$1 AZURE_AUTHORITY_HOST=http://127.0.0.1:$1; }
make_line="PUT /subscriptions/$AZURE_SUBSCRIPTION_ID/resourceGroups/docker-machine/providers/Microsoft.Compute/virtualMachines"
quota_words="Cores quota"
id_field=VMID
no_id=4711
create_seconds=2.5
options=()
shape_options=(--azure-spot --azure-spot-price 0.05 --azure-availability-zone 1 --azure-open-port 80 --azure-open-port 53/udp
    --azure-open-cidr 192.0.2.0/24 --azure-dns orch-shape --azure-tags color=blue --azure-deallocate-on-stop
    --swarm --swarm-master --swarm-discovery token://abc --azure-private-ip-address 192.168.0.9 --azure-vnet docker-machine-vnet)
more_shapes() {
    orch machine adopt -d azure --id nothing v && die "adopted what is not there"
    printf '#!/bin/sh\ntrue\n' > "$scratch/data"
    begin c --azure-availability-set spread --azure-no-public-ip --azure-custom-data "$scratch/data" --azure-deallocate-on-stop
    begin d --azure-subnet other --azure-subnet-prefix 192.168.7.0/24 --azure-size Standard_B2ps_v2
    orch machine stop c
    orch machine kill d
    orch machine rm -y c d
}
