# What tests/e2e/cloud/fake.sh must know of this dialect of the fake.
# shellcheck shell=bash disable=SC2034
export OS_USERNAME=tester OS_PASSWORD=openstack-password-of-the-fake OS_PROJECT_NAME=demo OS_REGION_NAME=RegionOne
export OS_USER_DOMAIN_NAME=Default OS_PROJECT_DOMAIN_NAME=Default
export OS_FLAVOR_NAME=m1.medium OS_IMAGE_NAME=debian-12 OS_FLOATINGIP_POOL=public
secret=$OS_PASSWORD
wrong() { OS_PASSWORD=wrong "$@"; }
endpoint() { export OS_AUTH_URL=http://127.0.0.1:$1/identity; }
make_line="POST /compute/v2.1/servers"
quota_words="quota"
id_field=MachineId
no_id=00000000-0000-4000-8000-000000000000
create_seconds=3.5
options=(--openstack-sec-group-create)
