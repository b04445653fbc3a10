#!/bin/bash
# Driver qemu: one real guest, a Debian with its cloud kernel and cloud-init, from nothing to the last trace. Where there is
# no KVM its processor is computed: this is the slow one.
source "$(dirname "$0")/lib.sh"

image=$("$root/tests/lab/guest")
m=$ORCHLAB_NAME
dir=$MACHINE_STORAGE_PATH/machines/$m
began=$SECONDS
lap() { printf '(%s s since the first create)\n' "$((SECONDS - began))"; }

pid() { cat "$dir/qemu.pid"; }
qmp() { # qmp COMMAND: asks QEMU behind orch's back
    python3 - "$dir/monitor" "$1" << 'END'
import json, socket, sys
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])
f = s.makefile("rw")
f.readline()
for command in ("qmp_capabilities", sys.argv[2]):
    f.write(json.dumps({"execute": command}) + "\n")
    f.flush()
    while "return" not in json.loads(f.readline()):
        pass
END
}
sweep() {
    local left
    for left in $(pgrep -f -- "-pidfile $MACHINE_STORAGE_PATH/"); do kill -9 "$left"; done
}
at_end sweep
create=(orch machine create -d qemu --qemu-image "$image" --qemu-localports 47110-47119 --qemu-memory 1024)

step "what cannot work is said before anything is made"
refused 2 "${create[@]}" --qemu-network userr "$m"
contains "$said" '--qemu-network takes one of user, bridge, tap, vmnet-shared, not "userr"'
refused 2 "${create[@]}" --qemu-disk-size 10 "$m"
refused any orch machine create -d qemu --qemu-image "$scratch/none.qcow2" "$m"
contains "$said" "$scratch/none.qcow2"
refused any "${create[@]}" --qemu-network bridge --qemu-network-bridge no-such-br "$m"
contains "$said" "no network interface no-such-br"
refused any "${create[@]}" --qemu-program qemu-system-nothing "$m"
contains "$said" "qemu-system-nothing, which is not installed"
[ ! -e "$dir" ] || die "a refused create left $dir"

step "create, cut short while QEMU starts: nothing is lost"
"${create[@]}" --qemu-publish 127.0.0.1:47120:80 "$m" > "$scratch/cut.log" 2>&1 &
cut=$!
until [ -e "$dir/qemu.pid" ]; do
    kill -0 "$cut" 2> /dev/null || die "$(cat "$scratch/cut.log")"
    sleep 0.1
done
kill -9 "$cut"
wait "$cut" || true
first=$(pid)
contains "$(orch machine ls 2>&1)" "$m"

step "create goes on: the half made guest goes, a new one boots to SSH and an engine with TLS"
"${create[@]}" --qemu-publish 127.0.0.1:47120:80 --continue "$m" 2>&1 | tee "$scratch/log"
log=$(cat "$scratch/log")
contains "$log" "Waiting for SSH to be available..."
contains "$log" "Docker is up and running!"
# Where guests run, there is nothing to say about it.
[ "$(orch machine inspect -f '{{.Driver.AccelInUse}}' "$m")" != tcg ] || contains "$log" "its processor is computed (tcg)"
[ ! -e "/proc/$first/cmdline" ] || ! grep -qz "$dir" "/proc/$first/cmdline" || die "the first guest still runs"
lap
table=$(orch machine ls)
printf '%s\n' "$table"
contains "$table" "qemu"
grep -q "$m .*Running *tcp://127.0.0.1:471[12][0-9] .* v[0-9]" <<< "$table" || die "not as a running machine"
equal "$(orch machine ip "$m")" 127.0.0.1
equal "$(orch machine ssh "$m" hostname)" "$m"
equal "$(orch machine ssh "$m" whoami)" orch
equal "$(orch machine ssh "$m" sudo whoami)" root
port=$(orch machine inspect -f '{{.Driver.SSHPort}}' "$m")
refused 1 "${create[@]}" "$m"
contains "$said" "Docker machine \"$m\" already exists"

step "the root file system has grown, the seed's key is the only way in"
size=$(orch machine ssh "$m" df --output=size -BM / | tail -n 1 | tr -dc 0-9)
[ "$size" -gt 18000 ] || die "the root has only $size MB"

step "an app on it, reached through the published port"
(
    eval "$(orch machine env "$m")"
    "$root/tests/lab/images" load busybox
    mkdir "$scratch/app" && cd "$scratch/app"
    printf 'web:\n  image: busybox\n  ports: ["80:80"]\n  restart: always\n%s\n' \
        '  command: sh -c "mkdir -p /www && echo hello from a guest > /www/index.html && exec httpd -f -h /www"' \
        > docker-compose.yml
    orch compose up -d
    contains "$(orch compose ps)" app_web_1
)
hello() { equal "$(curl -fsS -m 20 http://127.0.0.1:47120/)" "hello from a guest"; }
within 60 hello
lap

step "paused behind orch's back, it goes on with start"
qmp stop
equal "$(orch machine status "$m")" Paused
orch machine start "$m"
equal "$(orch machine status "$m")" Running

step "stop; a port that is taken meanwhile is replaced by another at the next start"
orch machine stop "$m" 2>&1 | tee "$scratch/log"
contains "$(cat "$scratch/log")" "Machine \"$m\" was stopped."
equal "$(orch machine status "$m")" Stopped
[ ! -e "$dir/qemu.pid" ] && [ ! -e "$dir/monitor" ] || die "a stopped machine left its pid file or socket"
lap
python3 -m http.server -b 127.0.0.1 "$port" > /dev/null 2>&1 &
squatter=$!
at_end "kill $squatter 2> /dev/null"
within 10 curl -fsS -o /dev/null "http://127.0.0.1:$port/"
orch machine start "$m"
lap
[ "$(orch machine inspect -f '{{.Driver.SSHPort}}' "$m")" != "$port" ] || die "the port is somebody else's"
equal "$(orch machine ssh "$m" hostname)" "$m"
within 60 hello
kill "$squatter"

step "QEMU killed by hand is a machine that is stopped, whoever has its number now"
kill -9 "$(pid)"
within 10 sh -c "[ \"\$(orch machine status $m)\" = Stopped ]"
echo $$ > "$dir/qemu.pid"
equal "$(orch machine status "$m")" Stopped

step "restart starts what is stopped; Ctrl-C ends the waiting at once, and kill the guest"
setsid orch machine restart "$m" > "$scratch/log" 2>&1 &
restart=$!
within 60 grep -q "Waiting for SSH" "$scratch/log"
equal "$(orch machine inspect -f '{{.Driver.MachineName}}' "$m")" "$m"
before=$EPOCHREALTIME
kill -INT "$restart"
status=0
wait "$restart" || status=$?
equal "$status" 130
[ "$(awk -v a="$before" -v b="$EPOCHREALTIME" 'BEGIN { print (b - a < 2) }')" = 1 ] || die "Ctrl-C took too long"
equal "$(orch machine status "$m")" Running
orch machine kill "$m"
equal "$(orch machine status "$m")" Stopped
lap

step "rm leaves nothing"
orch machine rm -y "$m"
[ ! -e "$dir" ] || die "$dir is still there"
equal "$(pgrep -f -- "-pidfile $MACHINE_STORAGE_PATH/" || true)" ""
equal "$(orch machine ls -q)" ""
lap
