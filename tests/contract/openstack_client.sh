#!/bin/bash
# The fake of OpenStack (tests/fakes/cloud/openstack.py) is not our own opinion: OpenStack's own client, Debian's
# python3-openstackclient, judges it. It logs in to the fake by the same clouds.yaml as orch, and must see what orch made,
# with the same ids; what it does, orch must see. Nothing boots.
cloud=openstack
source "$(dirname "$0")/../e2e/lib.sh"
source "$root/tests/e2e/cloud/fake.sh"

serve --boot none --delay 0.1
at_end '[ "$status" -eq 0 ] || grep -E "\" [45][0-9][0-9] " "$scratch/fake.log" >&2'
type openstack > /dev/null || die "python3-openstackclient is missing: tests/setup installs it"
cat > "$scratch/clouds.yaml" <<YAML
clouds:
  robots:
    auth_type: v3applicationcredential
    auth:
      auth_url: $OS_AUTH_URL
      application_credential_id: cred-4711
    region_name: RegionOne
  people:
    auth:
      auth_url: $OS_AUTH_URL
      username: tester
      project_name: demo
      user_domain_name: Default
      project_domain_name: Default
    region_name: RegionOne
YAML
cat > "$scratch/secure.yaml" <<YAML
clouds:
  robots: {auth: {application_credential_secret: openstack-credential-of-the-fake}}
  people: {auth: {password: $OS_PASSWORD}}
YAML
unset OS_AUTH_URL OS_USERNAME OS_PASSWORD OS_PROJECT_NAME OS_REGION_NAME OS_USER_DOMAIN_NAME OS_PROJECT_DOMAIN_NAME
cd "$scratch" # where both look for the files
client() { OS_CLOUD=$judge openstack "$@"; }
column() { client "${@:2}" list -f value -c "$1"; } # column NAME THING...
kept() { orch machine inspect -f "{{.Driver.$1}}" web; }
stopped() { orch machine status web | grep -qx Stopped; }
ready() { grep -q 'Waiting for machine to be running' "$scratch/log"; } # the driver has done its part

rules() { client security group rule list "$1" -f value -c 'IP Protocol' -c 'Port Range' -c 'IP Range' | LC_ALL=C sort; }
token=token://$(orch machine swarm-token)

for judge in robots people; do
    step "$judge: what orch made is there for OpenStack's client, with the same ids"
    "$ORCH" machine create -d openstack --openstack-cloud "$judge" "${options[@]}" --swarm --swarm-discovery "$token" web \
        > "$scratch/log" 2>&1 & pid=$!
    within 30 ready
    kill -9 "$pid" # nothing boots: it would wait for SSH
    wait "$pid" 2> /dev/null || true
    equal "$(client server list -f value -c ID -c Name -c Status -c Image -c Flavor)" \
        "$(kept MachineId) web ACTIVE debian-12 m1.medium"
    shown=$(client server show web)
    for word in "$(kept MachineId)" "$(kept KeyPairName)" "$(kept ImageId)" "orch-machine='web'" "$(kept IPAddress)"; do
        contains "$shown" "$word"
    done
    contains "$(column ID image)" "$(kept ImageId)"
    contains "$(column ID flavor)" "$(kept FlavorId)"
    contains "$(column ID network)" "$(kept FloatingIpPoolId)"
    equal "$(column Name keypair)" "$(kept KeyPairName)"
    equal "$(client floating ip list -f value -c ID -c 'Floating IP Address')" "$(kept FloatingIpId) $(kept IPAddress)"
    contains "$(column Name security group)" "$(kept KeyPairName)"
    equal "$(rules "$(kept KeyPairName)")" "tcp 0.0.0.0/0 22:22
tcp 0.0.0.0/0 2376:2376"
    contains "$(rules orch-swarm)" "udp 0.0.0.0/0 4789:4789"

    step "$judge: what OpenStack's client does, orch sees"
    client server stop web
    within 10 stopped
    client server delete web
    refused any orch machine status web
    orch machine rm -y web
    within 10 nothing_left
    equal "$(column Name keypair)$(column ID floating ip)$(column ID server)" ""
done
