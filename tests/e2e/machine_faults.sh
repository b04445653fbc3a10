#!/bin/bash
# Hosts that are wrong in every way a host can be: a clear error in time, a machine that ls shows and rm removes.
source "$(dirname "$0")/lib.sh"

fresh_hosts a:engine

create() { # create NAME ADDRESS KEY [OPTION...]
    local name=$1 address=$2 key=$3
    shift 3
    orch machine create -d generic --generic-ip-address "$address" --generic-ssh-key "$key" "$@" "$name"
}

# The machine is in ls as an error, whose text contains $2; rm takes it away; the name is free again.
half_made() { # half_made NAME TEXT
    contains "$(orch machine ls)" "Error"
    contains "$(orch machine ls)" "$2"
    orch machine rm -y "$1"
    equal "$(orch machine ls -q)" ""
}

step "a host that does not answer"
began=$SECONDS
refused 1 create gone "$(host_ip a)" "$(lab_key)" --generic-ssh-port 1
[ $((SECONDS - began)) -lt 90 ] || die "it took $((SECONDS - began)) s"
contains "$said" "waiting for SSH"
contains "$said" "refused"
half_made gone "refused"

step "a wrong key is refused at once, naming user and host"
ssh-keygen -q -t ed25519 -N '' -f "$scratch/wrong"
began=$SECONDS
refused 1 create wrong "$(host_ip a)" "$scratch/wrong"
[ $((SECONDS - began)) -lt 20 ] || die "it took $((SECONDS - began)) s"
contains "$said" "root@$(host_ip a)"
half_made wrong "root@"

step "a key file that does not exist is found before anything is made, exit code 3 as docker-machine's"
refused 3 create nokey "$(host_ip a)" "$scratch/nosuch"
contains "$said" "SSH key does not exist"
equal "$(orch machine ls -q)" ""

step "a user without sudo is told what to do"
on_host a sh -c 'id plain >/dev/null 2>&1 || useradd -m -s /bin/sh plain
    mkdir -p /home/plain/.ssh && cp /root/.ssh/authorized_keys /home/plain/.ssh/ && chown -R plain /home/plain/.ssh'
refused 1 create plain "$(host_ip a)" "$(lab_key)" --generic-ssh-user plain
contains "$said" "sudo"
contains "$said" "NOPASSWD"
half_made plain "sudo"

step "a full disk on the host"
on_host a mkdir -p /etc/docker
on_host a mount -t tmpfs -o size=4k tmpfs /etc/docker
at_end on_host a umount /etc/docker
refused 1 create full "$(host_ip a)" "$(lab_key)"
contains "$said" "No space left on device"
half_made full "failed on full"
on_host a umount /etc/docker
cleanups=()

step "a daemon.json that sets the same options is explained, not broken"
on_host a sh -c 'echo "{\"hosts\": [\"fd://\"]}" > /etc/docker/daemon.json'
refused 1 create clash "$(host_ip a)" "$(lab_key)"
contains "$said" 'daemon.json'
contains "$said" '"hosts"'
half_made clash "daemon.json"
on_host a rm /etc/docker/daemon.json

step "an engine that cannot start shows its own last words"
refused 1 create dead "$(host_ip a)" "$(lab_key)" --engine-opt no-such-option=1
contains "$said" "no-such-option"
half_made dead "failed on dead"

step "after all that a plain create works"
create well "$(host_ip a)" "$(lab_key)"
equal "$(orch machine status well)" Running

step "an engine that dies is an error in ls, and its machine can be removed"
on_host a systemctl stop docker
contains "$(orch machine ls)" "Unable to query docker version"
refused 1 orch machine env well
contains "$said" "Error checking TLS connection"
on_host a systemctl start docker
orch machine env well > /dev/null

step "a changed host key stops every login"
on_host a sh -c 'rm /etc/ssh/ssh_host_*; ssh-keygen -A; systemctl restart ssh'
refused 1 orch machine provision well
contains "$said" "host key"
said=$(orch machine ssh well true 2>&1) && die "ssh went through a changed host key"
contains "$said" "has changed"
orch machine rm -y well

step "Ctrl-C ends a create at once and leaves a machine that rm removes"
orch machine create -d generic --generic-ip-address "$(host_ip a)" --generic-ssh-port 1 \
    --generic-ssh-key "$(lab_key)" slow > "$scratch/slow.log" 2>&1 &
pid=$!
within 10 test -f "$MACHINE_STORAGE_PATH/machines/slow/config.json"
kill -INT "$pid"
began=$SECONDS status=0
wait "$pid" || status=$?
equal "$status" 130
[ $((SECONDS - began)) -lt 3 ] || die "it took $((SECONDS - began)) s to stop"
half_made slow "interrupted"
