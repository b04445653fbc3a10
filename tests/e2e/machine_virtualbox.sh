#!/bin/bash
# Driver virtualbox against the DOUBLE of VBoxManage (tests/fakes/VBoxManage): its VMs are hosts of the lab, set up by the
# genuine cloud-init from the seed that orch wrote. VirtualBox itself does not run here.
source "$(dirname "$0")/lib.sh"

echo "NOTE: this test runs against a double of VirtualBox"
export ORCHLAB_CACHE=${ORCHLAB_CACHE:-$root/build/lab-cache}
ln -s "$root/tests/fakes/VBoxManage" "$scratch/bin/VBoxManage"
export VBOX_USER_HOME=$scratch/virtualbox VBOX_DOUBLE_NETWORKS_CONF=$scratch/networks.conf
export VIRTUALBOX_NO_VTX_CHECK=1 # the computers of the tests are virtual machines themselves
"$root/tests/lab/engine" up > /dev/null
"$root/tests/lab/hosts" down 2> /dev/null
at_end '"$root/tests/lab/hosts" down'
at_end 'VBoxManage double sweep'
"$root/tests/lab/images" load orchlab-node:cloud

# A disk image as Debian publishes them: raw and sparse, in a compressed archive. Nothing boots from it here.
mkdir "$scratch/image"
head -c 510 /dev/zero > "$scratch/image/disk.raw"
printf '\x55\xaa' >> "$scratch/image/disk.raw"
truncate -s 64M "$scratch/image/disk.raw"
tar -C "$scratch/image" --sparse -cJf "$scratch/image.tar.xz" disk.raw
export VIRTUALBOX_IMAGE=$scratch/image.tar.xz#sha512=$(sha512sum "$scratch/image.tar.xz" | cut -d' ' -f1)

dir() { printf '%s\n' "$MACHINE_STORAGE_PATH/machines/$1"; }
vm_id() { orch machine inspect --format '{{.Driver.VMId}}' "$1"; }
calls() { VBoxManage double calls; }
forget_calls() { VBoxManage double forget; }
# Nothing of a machine is left in VirtualBox, in the store, in the lab.
nothing_of() {
    lacks "$(VBoxManage list vms)" "\"$1\""
    lacks "$(VBoxManage list hdds)$(VBoxManage list dvds)" "$(dir "$1")/"
    [ ! -e "$(dir "$1")" ] || die "$(find "$(dir "$1")")"
}

step "VirtualBox is the default driver where it is"
contains "$(orch machine create --help)" "virtualbox-memory"

step "a manager and an agent, made at the same time: engines from the lab's hosts, keys and names from the seed"
token=token://$(orch machine swarm-token)
orch machine create -d virtualbox --swarm --swarm-discovery "$token" agent > "$scratch/agent.log" 2>&1 &
agent=$!
orch machine create -d virtualbox --swarm --swarm-master --swarm-discovery "$token" m
wait "$agent" || die "$(cat "$scratch/agent.log")"
orch machine ls
equal "$(orch machine ls -q --filter driver=virtualbox --filter state=Running | tr '\n' ' ')" "agent m "
equal "$(orch machine ssh m hostname)" m
equal "$(orch machine ssh m whoami)" docker
contains "$(VBoxManage showvminfo "$(vm_id m)" --machinereadable)" "Forwarding(0)=\"ssh,tcp,127.0.0.1,$(orch machine inspect --format '{{.Driver.SSHPort}}' m),,22\""
contains "$(VBoxManage double seed "$(dir m)/seed.iso")" /dev/disk/by-id/ata-VBOX_HARDDISK_orchdata
contains "$(VBoxManage double disk "$(dir m)/system.vmdk")" '"size": 67108864'
equal "$(VBoxManage list hostonlyifs | grep -c ^Name:)" 1
equal "$(VBoxManage list dhcpservers | grep -c ^NetworkName:)" 1

step "the swarm runs an app across both"
eval "$(orch machine env --swarm m)"
equal "$(orch machine swarm ps --format '{{.Hostname}} {{.Role}} {{.State}}' | sort | tr '\n' ',')" \
    "agent worker ready,m manager ready,"
"$root/tests/lab/images" load python:3-slim redis
cp -R "$root/compose/examples/counter" "$scratch/counter"
cd "$scratch/counter"
orch compose up -d --scale web=2 > "$scratch/up.log" 2>&1 || die "$(cat "$scratch/up.log")"
seen=()
for name in m agent; do
    seen[${#seen[@]}]=$(curl -sSf --retry 20 --retry-delay 1 --retry-all-errors "http://$(orch machine ip "$name"):5000/" | tr -dc 0-9)
done
equal "${seen[*]}" "1 2"
orch compose down > /dev/null 2>&1
cd /
eval "$(orch machine env -u)"

step "ip, url, status, ls come from VirtualBox"
address=$(orch machine ip agent)
mac=$(VBoxManage showvminfo "$(vm_id agent)" --machinereadable | sed -n 's/^macaddress2="\(.*\)"/\1/p')
contains "$(VBoxManage dhcpserver findlease --network=HostInterfaceNetworking-vboxnet0 --mac-address="$mac")" "$address"
equal "$(orch machine url agent)" "tcp://$address:2376"
equal "$(orch machine status agent)" Running

step "stopped by its power button, started, killed, restarted"
orch machine stop agent
equal "$(orch machine status agent)" Stopped
refused 1 orch machine stop agent
contains "$said" 'Machine "agent" is already stopped.'
orch machine start agent
equal "$(orch machine ssh agent whoami)" docker
orch machine kill agent
equal "$(orch machine status agent)" Stopped
VBoxManage double fault locked modifyvm 4
orch machine start agent
orch machine restart agent
equal "$(orch machine status agent)" Running

step "paused and saved by somebody else"
VBoxManage controlvm "$(vm_id agent)" pause
equal "$(orch machine status agent)" Paused
orch machine start agent
equal "$(orch machine status agent)" Running
VBoxManage controlvm "$(vm_id agent)" savestate > /dev/null
equal "$(orch machine status agent)" Saved
refused 1 orch machine stop --force agent
contains "$said" "machine agent is saved, not running"
orch machine start agent
equal "$(orch machine ssh agent whoami)" docker

step "a VM that died or is gone is told"
VBoxManage double abort agent
within 10 sh -c '[ "$(orch machine status agent)" = Stopped ]'
orch machine rm -y agent
nothing_of agent
VBoxManage controlvm "$(vm_id m)" poweroff > /dev/null
VBoxManage unregistervm "$(vm_id m)" --delete > /dev/null
refused 1 orch machine start m
contains "$said" "no longer exists at virtualbox"
orch machine rm -y -f m > /dev/null 2>&1
nothing_of m

step "what VirtualBox does not allow, or has already, is said before anything is made"
refused 3 orch machine create -d virtualbox --virtualbox-hostonly-cidr 192.168.99.1/24 old
contains "$said" "does not allow the host-only network 192.168.99.1/24"
contains "$said" "* 192.168.99.0/24"
VBoxManage createvm --name taken --basefolder "$scratch/elsewhere" --register > /dev/null
refused 3 orch machine create -d virtualbox taken
contains "$said" "VirtualBox has a VM taken already"
refused any orch machine rm -y taken
contains "$(VBoxManage list vms)" '"taken"'
VBoxManage unregistervm taken --delete > /dev/null

step "faults that pass are waited for; others leave a machine that rm removes"
VBoxManage double fault not_ready createvm 2
VBoxManage double fault silent storagectl 1
refused 1 orch machine create -d virtualbox broken
contains "$said" "VBoxManage storagectl failed: Failed, and nobody says so by an exit code"
contains "$(orch machine ls)" broken
orch machine rm -y broken
nothing_of broken
unset VIRTUALBOX_NO_VTX_CHECK
VBoxManage double fault vtx startvm 1
if grep -qE 'vmx|svm' /proc/cpuinfo; then
    refused 1 orch machine create -d virtualbox dark
else
    refused 3 orch machine create -d virtualbox dark
fi
contains "$said" "VT-X/AMD-v"
orch machine rm -y -f dark > /dev/null 2>&1 || true
forget_calls
export VIRTUALBOX_NO_VTX_CHECK=1

export VBOX_DOUBLE_VERSION=7.0.20
step "killed at any point: rm cleans up, or create --continue finishes"
for point in createvm storageattach startvm; do
    VBoxManage double forget
    VBoxManage double fault slow "$point" 1
    orch machine create -d virtualbox victim > "$scratch/victim.log" 2>&1 &
    pid=$!
    for _ in $(seq 300); do
        if grep -q "\"$point\"" "$VBOX_USER_HOME/double.calls"; then break; fi
        kill -0 "$pid" 2> /dev/null || die "$(cat "$scratch/victim.log")"
        sleep 0.1
    done
    kill -9 "$pid" 2> /dev/null || true
    wait "$pid" 2> /dev/null || true
    VBoxManage list vms > /dev/null # what VirtualBox had begun, it finishes first
    contains "$(orch machine ls)" victim
    if [ "$point" = storageattach ]; then
        orch machine create -d virtualbox --continue victim > "$scratch/victim.log" 2>&1 || die "$(cat "$scratch/victim.log")"
        equal "$(orch machine status victim)" Running
    fi
    orch machine rm -y victim
    nothing_of victim
done

export VBOX_DOUBLE_VERSION=6.1.50
step "boot2docker's way: the CD, a disk that says format-me, the key on it"
truncate -s 64K "$scratch/b2d.iso"
printf '\x01CD001' | dd of="$scratch/b2d.iso" bs=1 seek=32768 conv=notrunc status=none
printf 'Boot2Docker-v19.03.12           ' | dd of="$scratch/b2d.iso" bs=1 seek=32808 conv=notrunc status=none
forget_calls
orch machine create -d virtualbox --virtualbox-boot2docker-url "file://$scratch/b2d.iso" --virtualbox-disk-size 200 \
    --virtualbox-share-folder "$scratch/counter:code" b2d
said=$(calls)
contains "$said" "[\"convertfromraw\", \"stdin\", \"$(dir b2d)/disk.vmdk\", \"209715200\", \"--format\", \"VMDK\"]"
contains "$said" "\"--medium\", \"$(dir b2d)/boot2docker.iso\"]"
contains "$said" '"--boot1", "dvd"]'
contains "$said" "\"--name\", \"code\", \"--hostpath\", \"$scratch/counter\", \"--automount\"]"
equal "$(orch machine ssh b2d hostname)" b2d
cmp "$scratch/b2d.iso" "$(dir b2d)/boot2docker.iso"
orch machine rm -y b2d
nothing_of b2d

step "nothing is left but the network, which the next machine uses"
equal "$(VBoxManage list vms)" ""
equal "$(VBoxManage list hdds)" ""
equal "$("$root/tests/lab/hosts" list)" ""
equal "$(pgrep -f "$scratch/bin/VBoxManage" || true)" ""
