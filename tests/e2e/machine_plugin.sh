#!/bin/bash
# Driver plugins: machines whose driver is a program of its own, tests/fakes/docker-machine-driver-double. Behind the
# machine that it "makes" stands a real host of the lab.
source "$(dirname "$0")/lib.sh"

export DOUBLE_CLOUD=$scratch/cloud
mkdir "$DOUBLE_CLOUD"
cp "$root/tests/fakes/docker-machine-driver-double" "$scratch/bin/"
fresh_hosts p1:bare
address=$(host_ip p1)

# What the double calls when a machine of that name is to be started or stopped.
cat > "$scratch/hook" << END
#!/bin/bash
case \$1 in
stop | kill) exec "$root/tests/lab/hosts" stop "\$2" ;;
start) exec "$root/tests/lab/hosts" start "\$2" ;;
restart) "$root/tests/lab/hosts" stop "\$2" && exec "$root/tests/lab/hosts" start "\$2" ;;
esac
END
chmod +x "$scratch/hook"
create=(orch machine create -d double --double-ssh-key "$(lab_key)")

no_plugins_left() {
    local pid
    while read -r pid; do
        [ ! -e "/proc/$pid" ] || die "plugin $pid is still there: $(tr '\0' ' ' < "/proc/$pid/cmdline")"
    done < "$DOUBLE_CLOUD/pids"
}
config() { python3 -c 'import json,sys; c=json.load(open(sys.argv[1])); print(eval(sys.argv[2]))' \
    "$MACHINE_STORAGE_PATH/machines/$1/config.json" "$2"; }

step "help and completion know its options, and it"
help=$(orch machine create -d double --help)
contains "$help" "Options of driver double"
contains "$help" "--double-ip-address VALUE"
contains "$help" '[$DOUBLE_IP_ADDRESS]'
contains "$help" "--double-ssh-port N"
contains "$help" "made-by=double,b"
contains "$(orch __complete bash orch machine create -d double --double-)" "--double-token"
contains "$(orch __complete bash orch machine create --driver do)" "double"
lacks "$(orch machine create -d generic --help)" "--double-"
no_plugins_left

step "create: from the plugin's host to an engine that answers"
DOUBLE_IP_ADDRESS=$address DOUBLE_HOOK=$scratch/hook DOUBLE_TOKEN=s3cret \
    "${create[@]}" --double-label x=1,2 --double-label y=3 --double-fast --double-memory 0x100 p1 2> "$scratch/err" ||
    die "$(cat "$scratch/err")"
cat "$scratch/err"
contains "$(cat "$scratch/err")" "(p1) Creating instance..."
contains "$(cat "$scratch/err")" "p1: Docker is up and running!"
flags=$(tr -d ' \n' < "$DOUBLE_CLOUD/flags.json")
contains "$flags" '"double-label":["x=1,2","y=3"]'
contains "$flags" '"double-fast":true'
contains "$flags" '"double-memory":256'
contains "$flags" '"double-token":"s3cret"'
contains "$flags" '"swarm-master":false'
contains "$flags" '"engine-install-url":"https://get.docker.com"'
equal "$(config p1 "c['Driver']['InstanceID'], c['Driver']['Serial'], c['Driver']['Nothing'], 'Orch' in c['Driver']")" \
    "('i-p1', 9007199254740993, None, False)"
lacks "$(cat "$MACHINE_STORAGE_PATH/machines/p1/config.json")" s3cret
no_plugins_left
export DOUBLE_HOOK=$scratch/hook

step "ls, ip, url, status, env, ssh"
table=$(orch machine ls)
printf '%s\n' "$table"
grep -q "^p1 .* double  *Running  *tcp://$address:2376 .* v[0-9]" <<< "$table" || die "$table"
equal "$(orch machine ip p1)" "$address"
equal "$(orch machine url p1)" "tcp://$address:2376"
equal "$(orch machine status p1)" Running
equal "$(orch machine ssh p1 hostname)" p1
(eval "$(orch machine env p1)" && docker info --format '{{.Name}}' | grep -qx p1) || die "docker does not reach p1"

step "what needs no plugin starts none"
before=$(wc -l < "$DOUBLE_CLOUD/pids")
orch machine ls -q > /dev/null
orch machine inspect p1 > /dev/null
orch machine ip p1 > /dev/null
orch machine ls > /dev/null # its engine answers
eval "$(orch machine env p1)"
eval "$(orch machine env -u)"
equal "$(wc -l < "$DOUBLE_CLOUD/pids")" "$before"

step "stop, start, kill, restart"
orch machine stop p1
equal "$(orch machine status p1)" Stopped
refused 1 orch machine url p1
contains "$said" "Host is not running"
begun=$SECONDS
contains "$(orch machine ls)" Stopped
[ $((SECONDS - begun)) -lt 6 ] || die "ls waited for an engine that is off"
refused 1 orch machine stop p1
contains "$said" 'Machine "p1" is already stopped.'
orch machine start p1
equal "$(orch machine status p1)" Running
orch machine restart p1
contains "$(orch machine ls)" Running
orch machine kill p1
equal "$(orch machine status p1)" Stopped
orch machine start p1
no_plugins_left

step "docker-machine's own machine of a plugin driver, without orch's notes"
python3 - "$MACHINE_STORAGE_PATH/machines/p1/config.json" << 'END'
import json, sys
config = json.load(open(sys.argv[1]))
del config["Orch"]
json.dump(config, open(sys.argv[1], "w"), indent=4)
END
equal "$(orch machine ip p1)" "$address"
equal "$(orch machine url p1)" "tcp://$address:2376"
contains "$(orch machine ls)" "tcp://$address:2376"
equal "$(orch machine ssh p1 hostname)" p1
eval "$(orch machine env p1)"
equal "$DOCKER_HOST" "tcp://$address:2376"
eval "$(orch machine env -u)"
orch machine provision p1
equal "$(config p1 "c['Orch']['Driver']['URL']")" "tcp://$address:2376"
no_plugins_left

step "without the plugin on PATH"
mv "$scratch/bin/docker-machine-driver-double" "$scratch/away"
refused 1 orch machine stop p1
contains "$said" 'Driver "double" not found. Do you have the plugin binary accessible in your PATH?'
refused 1 "${create[@]}" p2
contains "$said" 'Driver "double" not found. Do you have the plugin binary "docker-machine-driver-double" accessible in your PATH?'
contains "$(orch machine ls)" 'Driver "double" not found'
equal "$(orch machine ls -q)" p1
mv "$scratch/away" "$scratch/bin/docker-machine-driver-double"

step "rm"
orch machine rm -y p1
[ ! -e "$DOUBLE_CLOUD/p1.json" ] || die "the host is still there"
equal "$(orch machine ls -q)" ""
no_plugins_left

step "killed in the middle of create: what was made is known, and goes with rm"
DOUBLE_CREATE_SECONDS=60 "${create[@]}" p2 2> "$scratch/err" &
creator=$!
within 20 grep -q i-p2 "$MACHINE_STORAGE_PATH/machines/p2/config.json"
kill -9 "$creator"
wait "$creator" 2> /dev/null || true
plugin=$(tail -n 1 "$DOUBLE_CLOUD/pids")
within 15 test ! -e "/proc/$plugin" # nobody sends it heartbeats
contains "$(orch machine ls)" "create did not finish"
orch machine rm -y p2
[ ! -e "$DOUBLE_CLOUD/p2.json" ] || die "the host of p2 is still there"

step "interrupted in the middle of create: it ends at once, and what was made is known"
DOUBLE_CREATE_SECONDS=60 "${create[@]}" p2 2> "$scratch/err" &
creator=$!
within 20 test -e "$DOUBLE_CLOUD/p2.json"
begun=$SECONDS
kill -INT "$creator"
wait "$creator" && die "an interrupted create succeeded"
[ $((SECONDS - begun)) -lt 5 ] || die "it took $((SECONDS - begun)) s"
equal "$(config p2 "c['Driver']['InstanceID']")" i-p2
no_plugins_left
orch machine rm -y p2

step "create --continue makes it again, with the options it was asked for"
DOUBLE_FAULT=die-create refused 1 "${create[@]}" --double-ip-address 192.0.2.9 --double-tag t p2
contains "$said" "the plugin docker-machine-driver-double does not work: it ended with exit code 7"
contains "$said" "(p2) DBG | panic: about to die"
rm "$DOUBLE_CLOUD/flags.json"
DOUBLE_FAULT=refuse-create refused 1 orch machine create --continue p2
contains "$said" "quota exceeded"
contains "$(tr -d ' \n' < "$DOUBLE_CLOUD/flags.json")" '"double-tag":["t"]'
contains "$(cat "$DOUBLE_CLOUD/flags.json")" 192.0.2.9
DOUBLE_FAULT=refuse-remove refused 1 orch machine rm -y p2
contains "$said" "the provider says no"
DOUBLE_FAULT=refuse-remove orch machine rm -f p2 2> "$scratch/err"
contains "$(cat "$scratch/err")" "the provider says no"
equal "$(orch machine ls -q)" ""
no_plugins_left

step "a plugin that does not work ends in an error in time"
for fault in rubbish die-start foreign version2 nonsense huge-message wrong-seq half-close bad-flags hang-start; do
    begun=$SECONDS
    DOUBLE_FAULT=$fault refused 1 orch machine create -d double --help
    contains "$said" "the plugin docker-machine-driver-double does not work: "
    [ $((SECONDS - begun)) -le 15 ] || die "$fault: it took $((SECONDS - begun)) s"
    no_plugins_left
done
begun=$SECONDS
DOUBLE_FAULT=hang-start orch __complete bash orch machine create -d double --doub
[ $((SECONDS - begun)) -le 4 ] || die "completion took $((SECONDS - begun)) s"
no_plugins_left
