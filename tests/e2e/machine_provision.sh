#!/bin/bash
# Provisioning on real hosts: every option lands, nothing is done twice, and what is right stays right after a restart.
source "$(dirname "$0")/lib.sh"

fresh_hosts a:engine u:bare v:bare

create() { # create NAME [OPTION...]
    local name=$1
    shift
    orch machine create -d generic --generic-ip-address "$(host_ip "$name")" --generic-ssh-key "$(lab_key)" "$@" "$name"
}
info() { on_host "$1" docker info --format "$2"; }
started() { on_host "$1" systemctl show -p MainPID,ActiveEnterTimestampMonotonic docker.service; }
command_line() { on_host "$1" sh -c 'tr "\0" "\n" < /proc/$(systemctl show -p MainPID --value docker.service)/cmdline'; }

# owns_its_socket HOST: dockerd listens on it itself, and systemd does not.
owns_its_socket() {
    equal "$(on_host "$1" systemctl is-active docker.socket || true)" inactive
    contains "$(on_host "$1" ss -Hxlp src /var/run/docker.sock)" '"dockerd"'
    lacks "$(on_host "$1" ss -Hxlp)" '/run/docker.sock'$'\t'
}

has_all_options() {
    local words
    words=$(command_line a)
    for word in '--max-concurrent-downloads=7' 'tcp://0.0.0.0:2376' 'unix:///var/run/docker.sock' '--tlsverify' \
        'quote=a "b" 100% $HOME `id` c\d' 'zone=north' 'provider=generic' '--log-driver=local'; do
        grep -qxF -e "$word" <<< "$words" || die "not a word of the engine's command line: $word"$'\n'"$words"
    done
    contains "$(info a '{{json .Labels}}')" '"quote=a \"b\" 100% $HOME `id` c\\d"'
    contains "$(info a '{{json .Labels}}')" '"zone=north"'
    equal "$(info a '{{.LoggingDriver}} {{.Driver}}')" "local overlay2"
    contains "$(info a '{{json .RegistryConfig}}')" '10.9.8.0/24'
    contains "$(info a '{{json .RegistryConfig.Mirrors}}')" 'https://mirror.example.test/'
    equal "$(info a '{{.NoProxy}}')" 'a $b 5%,"c" d'
}

step "all engine options land, byte for byte, beside what the host itself tells its engine"
on_host a sh -c "echo 'DOCKER_OPTS=--max-concurrent-downloads=7' > /etc/default/docker"
create a --engine-opt log-driver=local --engine-label 'quote=a "b" 100% $HOME `id` c\d' --engine-label zone=north \
    --engine-insecure-registry 10.9.8.0/24 --engine-registry-mirror https://mirror.example.test \
    --engine-storage-driver overlay2 --engine-env 'NO_PROXY=a $b 5%,"c" d'
has_all_options
contains "$(on_host a systemctl show -p ExecStart docker.service)" "--tlsverify"
owns_its_socket a

step "a second provision restarts nothing and writes nothing"
before=$(started a)
files=$(on_host a sh -c 'stat -c "%n %i %Y" /etc/docker/* /etc/systemd/system/docker.s*.d/* /etc/hostname /etc/hosts')
orch machine provision a
equal "$(started a)" "$before"
equal "$(on_host a sh -c 'stat -c "%n %i %Y" /etc/docker/* /etc/systemd/system/docker.s*.d/* /etc/hostname /etc/hosts')" "$files"

step "a changed option restarts the engine with it"
sed -i 's/zone=north/zone=south/' "$MACHINE_STORAGE_PATH/machines/a/config.json"
orch machine provision a
[ "$(started a)" != "$before" ] || die "the engine was not restarted"
contains "$(info a '{{json .Labels}}')" '"zone=south"'
sed -i 's/zone=south/zone=north/' "$MACHINE_STORAGE_PATH/machines/a/config.json"
orch machine provision a
has_all_options

step "a daemon.json that sets the same is explained and nothing is touched"
before=$(started a)
on_host a sh -c 'echo "{\"log-driver\": \"journald\", \"labels\": [\"a=b\"]}" > /etc/docker/daemon.json'
refused 1 orch machine provision a
contains "$said" '/etc/docker/daemon.json on a is in the way'
contains "$said" '"labels", "log-driver"'
on_host a rm /etc/docker/daemon.json

step "so is a drop-in behind orch's"
on_host a sh -c 'printf "[Service]\nExecStart=\nExecStart=/usr/sbin/dockerd\n" > /etc/systemd/system/docker.service.d/override.conf'
refused 1 orch machine provision a
contains "$said" 'docker.service.d/override.conf on a sets ExecStart'
on_host a rm /etc/systemd/system/docker.service.d/override.conf
orch machine provision a
equal "$(started a)" "$before"

step "after a restart of the host all is as it was"
"$root/tests/lab/hosts" stop a
"$root/tests/lab/hosts" start a
within 30 orch machine env a > "$scratch/env"
has_all_options
owns_its_socket a
before=$(started a)
orch machine provision a
equal "$(started a)" "$before"

step "not even a start of docker.socket takes the engine's socket away"
on_host a systemctl start docker.socket
on_host a systemctl restart docker.service
owns_its_socket a
orch machine env a > "$scratch/env"

step "a port that something else holds is named by the engine's own words"
on_host a sh -c 'systemctl stop docker; cat > /root/listen' << 'PERL'
use IO::Socket::INET;
my $socket = IO::Socket::INET->new(Listen => 1, LocalPort => 2376, ReuseAddr => 1) or die;
sleep 600;
PERL
on_host a perl /root/listen &
within 10 on_host a sh -c "ss -Hltn | grep -q :2376"
refused 1 orch machine provision a
contains "$said" "address already in use"
on_host a pkill -f /root/listen
wait
orch machine provision a

step "a snap is no engine that can be configured"
on_host u mkdir -p /snap/docker/current
refused 1 create u
contains "$said" "snap remove docker"
orch machine rm -y u
on_host u rm -r /snap

step "sudo that wants a terminal is named, with what to do"
on_host u sh -c 'echo "Defaults requiretty" > /etc/sudoers.d/zz-tty && chmod 0440 /etc/sudoers.d/zz-tty'
refused 1 create u --generic-ssh-user admin
contains "$said" "you must have a tty"
contains "$said" "Defaults:admin !requiretty"
orch machine rm -y u
on_host u rm /etc/sudoers.d/zz-tty

step "without an engine and with --engine-install-url none nothing is installed"
refused 1 create u --engine-install-url none
contains "$said" "there is no Docker engine on u"
orch machine rm -y u
refused any on_host u sh -c 'command -v dockerd'

step "an Ubuntu whose package manager is busy is waited for"
on_host u sh -c 'rm /etc/os-release; cat > /etc/os-release' << 'OS'
PRETTY_NAME="Ubuntu 24.04.1 LTS"
NAME="Ubuntu"
VERSION_ID="24.04"
VERSION="24.04.1 LTS (Noble Numbat)"
VERSION_CODENAME=noble
ID=ubuntu
ID_LIKE=debian
HOME_URL="https://www.ubuntu.com/"
UBUNTU_CODENAME=noble
LOGO=ubuntu-logo
OS
# Locks as apt-get itself takes them; flock(1) takes another kind. The files say since when and until when.
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
on_host u perl /root/hold /var/lib/apt/lists/lock 6 lists &
on_host u perl /root/hold /var/lib/dpkg/lock-frontend 12 dpkg &
within 10 on_host u ls /root/lists.held /root/dpkg.held
create u --engine-install-url distro > "$scratch/u.log" 2>&1 || die "$(cat "$scratch/u.log")"
wait
on_host u sh -ec '# mtimes of package lists are those of the mirror
    [ "$(stat -c %Z /var/lib/apt/lists/*_Packages* | sort -n | head -n 1)" -ge "$(stat -c %Y /root/lists.released)" ]
    [ "$(stat -c %Z /var/lib/dpkg/info/docker.io.list)" -ge "$(stat -c %Y /root/dpkg.released)" ]' ||
    die "a lock was not waited for"
contains "$(cat "$scratch/u.log")" 'Provisioning with ubuntu(systemd)...'
orch machine env u > "$scratch/env"
owns_its_socket u

step "the engine comes from the script that --engine-install-url names"
on_host v sh -c 'cat > /root/install.sh' << 'SCRIPT'
set -e
apt-get -q update
apt-get -q -y install --no-install-recommends docker.io iptables
touch /root/installed-by-script
SCRIPT
create v --engine-install-url file:///root/install.sh
on_host v test -e /root/installed-by-script

step "upgrade of an engine that is the newest restarts nothing"
before=$(started v)
said=$(orch machine upgrade v 2>&1)
contains "$said" "Upgrading docker..."
contains "$said" "is the newest"
lacks "$said" "Restarting docker"
equal "$(started v)" "$before"

step "upgrade of older ones, two at a time, with what they run on kept"
orch machine rm -y v
create v --engine-label kept=yes
for host in a v; do
    # The package of the mirror, made one release older.
    on_host $host sh -ec '
        mkdir -p /var/tmp/old && cd /var/tmp/old && apt-get -q update && apt-get -q download docker.io
        dpkg-deb -R docker.io_*.deb tree
        sed -i "s/^Version: .*/Version: 20.10.23+dfsg1-1/" tree/DEBIAN/control
        sed -i "s/20\.10\.24+dfsg1/20.10.23+dfsg1/g" tree/usr/sbin/dockerd
        dpkg-deb -Znone -b tree old.deb && rm /etc/systemd/system/docker.service.d/10-machine.conf &&
        dpkg --force-downgrade --force-confold -i old.deb && cd / && rm -r /var/tmp/old' > "$scratch/old.log" 2>&1 ||
        die "$(cat "$scratch/old.log")"
    orch machine provision $host
    contains "$(orch machine version $host)" "20.10.23"
done
said=$(orch machine upgrade a v 2>&1) || die "$said"
printf '%s\n' "$said"
equal "$(grep -c 'Upgraded Docker from 20.10.23+dfsg1 to 20.10.24+dfsg1' <<< "$said")" 2
equal "$(grep -c 'Restarting docker...' <<< "$said")" 2
contains "$(orch machine version a)" "20.10.24"
has_all_options
owns_its_socket a
contains "$(info v '{{json .Labels}}')" '"kept=yes"'

step "upgrade of a host that cannot be started says so"
"$root/tests/lab/hosts" stop v
refused 1 orch machine upgrade v
contains "$said" "Starting machine so machine can be upgraded..."
contains "$said" "generic"

step "OpenRC, as on Alpine: the same engine behind another service manager"
on_host u sh -ec '
    apt-get -q -y install openrc
    systemctl disable --now docker.socket docker.service
    rm -r /etc/systemd/system/docker.*.d /etc/os-release
    mkdir -p /etc/conf.d && echo "DOCKER_OPTS=--max-concurrent-downloads=7" > /etc/conf.d/docker
    printf "ID=alpine\nVERSION_ID=3.20.3\nPRETTY_NAME=\"Alpine Linux v3.20\"\n" > /etc/os-release
    touch /run/openrc/softlevel
    cat > /etc/init.d/docker' > "$scratch/openrc.log" 2>&1 << 'INIT' || die "$(cat "$scratch/openrc.log")"
#!/usr/sbin/openrc-run
supervisor=supervise-daemon
command=/usr/sbin/dockerd
command_args="$DOCKER_OPTS"
supervise_daemon_args="--stderr /var/log/docker.log --stdout /var/log/docker.log"
retry=TERM/60/KILL/10
INIT
orch machine rm -y u
said=$(create u --engine-label "quote=it's \"a\" \$5 100% \`id\`" --engine-env 'NO_PROXY=a $b "c"' 2>&1) || die "$said"
contains "$said" 'Provisioning with alpine...'
contains "$(info u '{{json .Labels}}')" "\"quote=it's \\\"a\\\" \$5 100% \`id\`\""
equal "$(info u '{{.NoProxy}}')" 'a $b "c"'
contains "$(on_host u sh -c 'tr "\0" " " < /proc/$(cat /run/docker.pid)/cmdline')" "--max-concurrent-downloads=7"
contains "$(on_host u rc-update show default)" "docker"
before=$(on_host u cat /run/docker.pid)
orch machine provision u
equal "$(on_host u cat /run/docker.pid)" "$before"
sed -i "s/quote=it/quote=that/" "$MACHINE_STORAGE_PATH/machines/u/config.json"
orch machine provision u
contains "$(info u '{{json .Labels}}')" "quote=that's"
