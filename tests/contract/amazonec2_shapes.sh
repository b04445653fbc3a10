#!/bin/bash
# What orch asks of EC2 and what the fake of EC2 answers, judged by AWS's own description of the service: the model and the
# parser of botocore (Debian: python3-botocore), which also talks to the fake itself. A machine's whole life is recorded for that.
cloud=amazonec2
root=$(cd "$(dirname "$0")/../.." && pwd)
source "$root/tests/e2e/lib.sh"
source "$root/tests/e2e/cloud/fake.sh"
python=/usr/bin/python3 # the one that Debian's botocore belongs to
"$python" -c 'import botocore' || die "python3-botocore is missing; tests/setup installs it"

printf '#cloud-config\n{}\n' > "$scratch/userdata"
serve --boot none --delay 0.1 --record "$scratch/record"
made_wholly() { [[ "$(orch machine inspect -f '{{.Driver.IPAddress}}' "$1" 2> /dev/null)" == *.*.*.* ]]; }

# life NAME OPTION...: a machine from create to rm. Nothing boots, so create never ends by itself.
life() {
    "$ORCH" machine create -d "$cloud" "$@" > "$scratch/life.log" 2>&1 & pid=$!
    within 30 made_wholly "${!#}"
    kill -9 "$pid"
    wait "$pid" 2> /dev/null || true
}

step "a machine with all that is usual"
life --swarm --swarm-master --swarm-discovery token://x --amazonec2-open-port 53/udp --amazonec2-open-cidr 192.0.2.0/24 \
    --amazonec2-open-cidr 2001:db8::/32 --amazonec2-tags "team,a&b=c,note,50 % + ü" --amazonec2-userdata "$scratch/userdata" \
    --amazonec2-encrypt-ebs-volume --amazonec2-kms-key alias/orch --amazonec2-iam-instance-profile worker \
    --amazonec2-monitoring --amazonec2-http-endpoint enabled --amazonec2-security-group docker-machine \
    --amazonec2-security-group more --amazonec2-ami debian-13 --amazonec2-zone b a
for verb in stop start restart kill start; do orch machine "$verb" a; done
orch machine rm -y a

step "a spot instance of an image that no parameter names"
life --amazonec2-ami ubuntu-26.04 --amazonec2-request-spot-instance --amazonec2-spot-price 0.02 --amazonec2-ipv6-address-count 1 b
refused any orch machine stop b
contains "$said" "spot instance"
orch machine rm -y b

step "refusals"
refused 3 wrong orch machine create -d "$cloud" c
refused 3 orch machine create -d "$cloud" --amazonec2-instance-type t9.none c
contains "$said" "there is no instance type t9.none in us-east-1"
refused 3 orch machine create -d "$cloud" --amazonec2-ami ami-00000000 c
refused 3 orch machine create -d "$cloud" --amazonec2-subnet-id subnet-none c
contains "$said" "The desired subnet could not be located in this region"
refused 3 orch machine create -d "$cloud" --amazonec2-zone z c
within 30 nothing_left

step "credentials from elsewhere: profile, its program, metadata service, container, web identity"
unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY
temporary_key=ASIATEMPORARY0000000 temporary_secret=amazonec2-temporary-secret
refused 3 orch machine create -d "$cloud" --amazonec2-zone z c
contains "$said" "amazonec2 driver requires AWS credentials configured with the --amazonec2-access-key"
# All get as far as the zone, which does not exist.
admitted() { refused 3 "$@" orch machine create -d "$cloud" --amazonec2-zone z c && contains "$said" "in the zone us-east-1z"; }
mkdir -p "$HOME/.aws"
printf '[work]\naws_access_key_id = AKIAFAKEOFTHECLOUD00\naws_secret_access_key=%s\n' "$secret" > "$HOME/.aws/credentials"
cat > "$scratch/bin/give" <<END
#!/bin/sh
echo '{"Version": 1, "AccessKeyId": "$temporary_key", "SecretAccessKey": "$temporary_secret", "SessionToken": "'"\$1"'"}'
END
chmod +x "$scratch/bin/give"
printf '[profile program]\ncredential_process = give "%s"\n' "amazonec2-session-token/of+the=fake==" > "$HOME/.aws/config"
admitted env AWS_PROFILE=work
admitted env AWS_PROFILE=program
admitted env AWS_EC2_METADATA_DISABLED=false AWS_EC2_METADATA_SERVICE_ENDPOINT="http://127.0.0.1:$port/"
admitted env AWS_CONTAINER_CREDENTIALS_FULL_URI="http://127.0.0.1:$port/container" \
    AWS_CONTAINER_AUTHORIZATION_TOKEN=container-token-of-the-fake
echo web-identity-token-of-the-fake > "$scratch/token"
admitted env AWS_WEB_IDENTITY_TOKEN_FILE="$scratch/token" AWS_ROLE_ARN=arn:aws:iam::123456789012:role/orch \
    AWS_ENDPOINT_URL_STS="http://127.0.0.1:$port"

step "what was said, judged by botocore"
"$python" "$root/tests/contract/amazonec2_shapes.py" "$scratch/record" "http://127.0.0.1:$port"
