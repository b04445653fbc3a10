#!/bin/bash
# orch machine on a real Ubuntu 24.04: the engine from its package, TLS, a restart, and the upgrade over five releases.
source "$(dirname "$0")/lib.sh"

fresh_hosts u:ubuntu v:ubuntu

create() { # create NAME [OPTION...]
    local name=$1
    shift
    orch machine create -d generic --generic-ip-address "$(host_ip "$name")" --generic-ssh-key "$(lab_key)" "$@" "$name"
}
started() { on_host "$1" systemctl show -p MainPID,ActiveEnterTimestampMonotonic docker.service; }
files_of() { on_host "$1" sh -c 'stat -c "%n %i %Y" /etc/docker/* /etc/systemd/system/docker.s*.d/* /etc/hostname /etc/hosts'; }
version_of() { on_host "$1" docker version --format '{{.Server.Version}}'; }
answers_with_tls() { # answers_with_tls NAME: to us, and to nobody else
    (eval "$(orch machine env "$1")" && curl -sSf --cacert "$DOCKER_CERT_PATH/ca.pem" --cert "$DOCKER_CERT_PATH/cert.pem" \
        --key "$DOCKER_CERT_PATH/key.pem" "https://$(host_ip "$1"):2376/_ping" | grep -qx OK) || die "no answer from $1"
    refused any curl -sSk --max-time 10 "https://$(host_ip "$1"):2376/_ping"
}

step "the engine of the distribution is installed, once its package manager is free"
# As apt-daily and unattended-upgrades hold it when a new host starts; flock(1) takes another kind of lock.
on_host u sh -c 'cat > /root/hold' << 'PERL'
use Fcntl qw(F_SETLK F_WRLCK);
my ($path, $seconds, $name) = @ARGV;
open(my $file, '>>', $path) or die;
my $lock = pack('s s x4 q q i x4', F_WRLCK, 0, 0, 0, 0);
fcntl($file, F_SETLK, $lock) or die "cannot lock $path";
open(my $begin, '>', "/root/$name.held");
sleep $seconds;
open(my $end, '>', "/root/$name.released");
PERL
on_host u perl /root/hold /var/lib/apt/lists/lock 4 lists &
on_host u perl /root/hold /var/lib/dpkg/lock-frontend 8 dpkg &
within 10 on_host u ls /root/lists.held /root/dpkg.held
create u --engine-install-url distro > "$scratch/u.log" 2>&1 || die "$(cat "$scratch/u.log")"
wait
contains "$(cat "$scratch/u.log")" 'Provisioning with ubuntu(systemd)...'
on_host u sh -ec '[ "$(stat -c %Z /var/lib/dpkg/info/docker.io.list)" -ge "$(stat -c %Y /root/dpkg.released)" ]' ||
    die "the lock was not waited for"
answers_with_tls u
contains "$(orch machine ls)" "v$(version_of u)"
contains "$(orch machine version u)" "$(version_of u)"

step "a second provision restarts nothing and writes nothing"
before=$(started u)
files=$(files_of u)
orch machine provision u
equal "$(started u)" "$before"
equal "$(files_of u)" "$files"

step "after a restart of the host all is as it was"
"$root/tests/lab/hosts" stop u
equal "$(orch machine status u)" Stopped
"$root/tests/lab/hosts" start u
within 30 orch machine env u > "$scratch/env"
answers_with_tls u
equal "$(on_host u systemctl is-active docker.socket || true)" inactive
before=$(started u)
orch machine provision u
equal "$(started u)" "$before"

step "an engine that is the newest is not upgraded"
said=$(orch machine upgrade u 2>&1) || die "$said"
contains "$said" "is the newest"
equal "$(started u)" "$before"

step "an older engine is taken as it is"
on_host v sh -ec '
    cp /etc/apt/sources.list /root && sed -i "/ noble-/d" /etc/apt/sources.list
    apt-get -q update && DEBIAN_FRONTEND=noninteractive apt-get -qy install docker.io
    cp /root/sources.list /etc/apt/' > "$scratch/old.log" 2>&1 || die "$(cat "$scratch/old.log")"
equal "$(version_of v)" 24.0.7
create v --engine-label kept=yes
equal "$(version_of v)" 24.0.7
answers_with_tls v
# What runs there: something of one's own, with an image that must survive.
(eval "$(orch machine env v)" && "$root/tests/lab/images" load busybox)
on_host v docker run -d --restart always --name mine busybox sleep 100000

step "upgrade brings the newest of the distribution, over five releases, with its configuration kept"
said=$(orch machine upgrade v 2>&1) || die "$said"
contains "$said" "Upgraded Docker from 24.0.7"
contains "$said" "Restarting docker..."
equal "$(version_of v)" "$(version_of u)"
[ "$(version_of v | cut -d . -f 1)" -ge 29 ] || die "the newest engine is $(version_of v) only"
answers_with_tls v
contains "$(on_host v docker info --format '{{json .Labels}}')" '"kept=yes"'
within 20 sh -c "'$root/tests/lab/hosts' exec v docker inspect -f '{{.State.Running}}' mine | grep -qx true"
before=$(started v)
orch machine provision v
equal "$(started v)" "$before"

step "where Docker's own script cannot be had, the distribution's package is installed and a line says so"
orch machine rm -y u
on_host u sh -ec 'echo 127.0.0.1 get.docker.com >> /etc/hosts
    systemctl disable --now docker.socket docker.service
    DEBIAN_FRONTEND=noninteractive apt-get -qy purge docker.io && rm -rf /etc/docker /etc/systemd/system/docker.*.d' \
    > "$scratch/purge.log" 2>&1 || die "$(cat "$scratch/purge.log")"
said=$(create u 2>&1) || die "$said"
contains "$said" "cannot fetch https://get.docker.com"
contains "$said" "installing the distribution's own engine package"
answers_with_tls u
