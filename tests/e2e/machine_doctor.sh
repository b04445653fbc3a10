#!/bin/bash
# Hosts and machines that are broken in the ways that happen: doctor finds it, and its own advice mends it.
source "$(dirname "$0")/lib.sh"

fresh_hosts a:engine b:engine

for name in a b; do
    orch machine create -d generic --generic-ip-address "$(host_ip $name)" --generic-ssh-key "$(lab_key)" $name
done

verdict() { # verdict MACHINE CHECK: "ok", "warn" or "fail"; $report is the last report
    printf '%s\n' "$report" | awk -v check="$2" '$1 ~ /^(ok|warn|fail)$/ {
        line = $0; sub(/^ *[a-z]+ +/, "", line); if (index(line, check "  ") == 1) print $1 }'
}
# finds VERDICT MACHINE CHECK: what doctor says of it; $said is its report, $advice the command below it.
finds() {
    local code=0
    report=$(orch machine doctor "$2") || code=$?
    equal "$(verdict "$2" "$3")" "$1"
    [ "$1" = fail ] && equal "$code" 1
    advice=$(printf '%s\n' "$report" | grep -F -A1 "  $3  " | sed -n 's/^ *-> //p')
}

step "all is well"
report=$(orch machine doctor)
lacks "$report" "fail"
lacks "$report" "warn"
contains "$report" "a  generic  $(host_ip a)"
contains "$report" "b  generic  $(host_ip b)"
began=$(date +%s%N)
orch machine doctor > /dev/null
[ $((($(date +%s%N) - began) / 1000000)) -lt 5000 ] || die "a look at two healthy machines took seconds"

step "for programs"
orch machine doctor --format json > "$scratch/doctor.json"
python3 - "$scratch/doctor.json" << 'PY'
import json, sys
rows = json.load(open(sys.argv[1]))
assert [row["Name"] for row in rows] == ["a", "b"], rows
assert all(row["Verdict"] == "ok" for row in rows), rows
assert {check["Check"] for check in rows[0]["Checks"]} >= {"clock", "disk", "engine", "sudo"}, rows
PY

step "a stopped engine; the advice starts it"
on_host a systemctl stop docker.service docker.socket
finds fail a "engine service"
contains "$(orch machine doctor b)" "answers at"
equal "$advice" "orch machine ssh a systemctl start docker"
$advice
finds ok a "engine service"
finds ok a engine

step "a drop-in that was lost; the advice brings it back"
on_host a rm /etc/systemd/system/docker.service.d/10-machine.conf
finds fail a "engine options"
$advice
finds ok a "engine options"

step "a certificate on the host that is another"
on_host a sh -c 'echo other > /etc/docker/server.pem'
finds fail a "certificate there"
$advice
finds ok a "certificate there"

step "a server certificate that expired; one for another address"
certs=$MACHINE_STORAGE_PATH/certs dir=$MACHINE_STORAGE_PATH/machines/a
sign() { # sign EXTENSIONS DAYS...: a certificate of the store's authority in place of the server's
    rm -rf "$scratch/ca"
    mkdir -p "$scratch/ca"
    touch "$scratch/ca/index"
    openssl req -new -key "$dir/server-key.pem" -subj /O=test -out "$scratch/ca/csr" 2> /dev/null
    printf '%s\n' '[ca]' 'default_ca=x' '[x]' "database=$scratch/ca/index" "new_certs_dir=$scratch/ca" \
        'rand_serial=yes' 'default_md=sha256' 'policy=p' '[p]' 'organizationName=supplied' '[e]' "$1" > "$scratch/ca/conf"
    shift
    openssl ca -batch -config "$scratch/ca/conf" -cert "$certs/ca.pem" -keyfile "$certs/ca-key.pem" -extensions e "$@" \
        -in "$scratch/ca/csr" -out "$dir/server.pem" -notext 2> "$scratch/ca/log" || die "$(cat "$scratch/ca/log")"
}
sign "subjectAltName=IP:$(host_ip a)" -startdate 20200101000000Z -enddate 20200201000000Z
finds fail a "server certificate"
contains "$report" "expired"
$advice
finds ok a "server certificate"
sign "subjectAltName=IP:192.0.2.1" -days 100
finds fail a "server certificate"
contains "$report" "not valid for $(host_ip a)"
$advice
sign "subjectAltName=IP:$(host_ip a)" -days 10
finds warn a "server certificate"
$advice
finds ok a "server certificate"

step "a host that is set up anew has another key"
on_host b sh -c 'rm /etc/ssh/ssh_host_*; ssh-keygen -A; systemctl restart ssh' > /dev/null
finds fail b "host key"
lacks "$report" "ssh login"
contains "$report" "answers at"
eval "${advice#if the host was set up anew: }" > /dev/null 2>&1
finds ok b "host key"

step "an SSH key that is refused, a port that is closed"
on_host b sh -c 'mv /root/.ssh/authorized_keys /root/.ssh/away'
finds fail b "ssh login"
on_host b sh -c 'mv /root/.ssh/away /root/.ssh/authorized_keys'
on_host b systemctl stop ssh.socket ssh.service
finds fail b "ssh port"
contains "$report" refused
on_host b systemctl start ssh.service
finds ok b "ssh port"

step "a create that was cut short; the advice finishes it"
on_host a sh -c 'echo "{\"hosts\": [\"fd://\"]}" > /etc/docker/daemon.json'
refused 1 orch machine create -d generic --generic-ip-address "$(host_ip a)" --generic-ssh-key "$(lab_key)" half
finds fail half create
contains "$report" "daemon.json"
on_host a rm /etc/docker/daemon.json
equal "$advice" "orch machine provision half"
$advice
orch machine doctor half > /dev/null

step "a config that cannot be read hurts no other machine"
echo '{' > "$MACHINE_STORAGE_PATH/machines/half/config.json"
refused 1 orch machine doctor
contains "$said" "byte 3"
contains "$said" "answers at"
orch machine rm -f -y half > /dev/null

step "a host that is gone is told in time"
"$root/tests/lab/hosts" stop b
began=$SECONDS
refused 1 orch machine doctor -t 3
[ $((SECONDS - began)) -lt 15 ] || die "it took $((SECONDS - began)) s"
contains "$said" "fail  ssh port"
refused 1 orch machine doctor nosuch
contains "$said" "does not exist"
refused 2 orch machine doctor --format yaml
