# What tests/e2e/cloud/fake.sh must know of this dialect of the fake.
# shellcheck shell=bash disable=SC2034
export AWS_ACCESS_KEY_ID=AKIAFAKEOFTHECLOUD00 AWS_SECRET_ACCESS_KEY=amazonec2-secret-of-the-fake
export AWS_EC2_METADATA_DISABLED=true
unset AWS_SESSION_TOKEN AWS_PROFILE AWS_DEFAULT_REGION AWS_REGION
secret=$AWS_SECRET_ACCESS_KEY
wrong() { AWS_SECRET_ACCESS_KEY=wrong "$@"; }
endpoint() { export AWS_ENDPOINT=http://127.0.0.1:$1; }
make_line="POST /RunInstances"
quota_words="VcpuLimitExceeded"
id_field=InstanceId
no_id=i-00000000deadbeef0
options=()
