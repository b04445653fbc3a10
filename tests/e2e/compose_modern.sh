#!/bin/bash
# orch compose on engines newer than Debian 12's: compose_modern.sh [VARIANT...], variants of lab hosts with an engine.
# Without one it is ubuntu-engine, Engine 29. An Engine 20.10 is given the same file and shows what is expected.
source "$(dirname "$0")/lib.sh"
variants=("${@:-ubuntu-engine}")

specs=(old:engine)
for variant in "${variants[@]}"; do specs+=("$variant:$variant"); done
fresh_hosts "${specs[@]}"

use() { # use HOST: the engine of that host
    eval "$(orch machine env "$1")"
    host=$1
}
engine() { on_host "$host" docker "$@" < /dev/null; }
field() { engine inspect -f "$2" "app_$1_1"; } # field SERVICE TEMPLATE
fingerprint() { engine ps -aq --no-trunc | sort | xargs -r "$root/tests/lab/hosts" exec "$host" \
    docker inspect -f '{{.Name}} {{.Id}} {{.State.StartedAt}}' | sort; }
id_of() { field "$1" '{{.Id}}'; }
address_of() { field "$1" '{{.NetworkSettings.Networks.bridge.IPAddress}}'; }

# without_chance SERVICE...: stdin with the addresses and ids of these services' containers called by their names.
without_chance() {
    local expressions=() service
    for service; do
        expressions+=(-e "s/\b$(address_of "$service")\b/ADDRESS-OF-$service/" -e "s/\b$(id_of "$service" | cut -c1-12)\b/ID-OF-$service/")
    done
    sed "${expressions[@]}" | sort
}
variables() { engine exec "app_$1_1" env | grep -v '^HOSTNAME=' | without_chance db cache-one chain; }
names() { engine exec app_web_1 cat /etc/hosts | grep '^172\.' | grep -v webhost | without_chance db cache-one chain; }

mkdir "$scratch/app" && cd "$scratch/app"
cat > docker-compose.yml << 'YAML'
db:
  image: busybox
  command: sh -c 'trap "exit 0" TERM; echo db is up; sleep 1000 & wait'
  environment:
    PASSWORD: se=cret
    EMPTY: ""
    SPACES: "a b\tc"
  expose: ["6379", "53/udp", "7000-7002"]
  ports: ["5433"]
  volumes: [/data]
cache-one:
  image: busybox
  command: sleep 1000
  expose: ["99"]
chain:
  image: busybox
  command: sleep 1000
  links: ["db:database"]
  expose: ["81"]
  environment: [CHAIN=1]
web:
  build: .
  links: [db, "db:my-db.x", cache-one, chain]
  environment:
    DB_PORT: mine
  ports:
    - "21601:80"
    - "127.0.0.1:21602:81/udp"
    - "21610-21612:80-82"
    - "0.0.0.0::80"
    - "90-91"
  mac_address: 02:42:ac:11:65:43
  mem_limit: 64m
  memswap_limit: 128m
  mem_swappiness: 10
  cpu_shares: 77
  cpu_quota: 50000
  cpuset: "0"
  shm_size: 32m
  stop_signal: SIGUSR1
  hostname: webhost
  domainname: example.org
  dns: [9.9.9.9]
  dns_search: [example.org]
  extra_hosts: ["other:10.1.2.3"]
  cap_add: [NET_ADMIN]
  cap_drop: [MKNOD]
  security_opt: ["label:disable"]
  ulimits: {nofile: {soft: 1000, hard: 2000}, nproc: 500}
  labels: {a.b: c}
  user: "0:0"
  working_dir: /tmp
  restart: "on-failure:3"
  stdin_open: true
  tty: true
  devices: ["/dev/null:/dev/mynull:rwm"]
  log_driver: json-file
  log_opt: {max-size: 1m}
  volumes: ["/tmp:/hosttmp:ro", "named:/named", /anon]
data:
  image: busybox
  command: "true"
  volumes: [/shared]
user:
  image: busybox
  command: sleep 1000
  volumes_from: [data, "web:ro"]
side:
  image: busybox
  command: sleep 1000
  net: "container:web"
  pid: host
  ipc: host
hostnet:
  image: busybox
  command: sleep 1000
  net: host
nonet:
  image: busybox
  command: sleep 1000
  net: none
YAML
cat > Dockerfile << 'DOCKERFILE'
FROM busybox
ENV FROMIMAGE=yes DATABASE_NAME=image
EXPOSE 70
RUN mkdir /www
COPY index.html /www/
VOLUME /imgvol
CMD ["sh", "-c", "trap 'echo bye; exit 0' USR1; echo web is up; httpd -f -p 80 -h /www & while :; do wait; done"]
DOCKERFILE

# What the engine has of a container that both engines must have alike.
settings() {
    local name
    for name in CapAdd CapDrop CpuQuota CpuShares CpusetCpus Devices Dns DnsSearch ExtraHosts IpcMode LogConfig \
        Memory MemorySwap MemorySwappiness PidMode PortBindings Privileged ReadonlyRootfs SecurityOpt ShmSize Ulimits; do
        printf '%s {{json .HostConfig.%s}}\n' "$name" "$name"
    done
    for name in Cmd Domainname ExposedPorts Hostname OpenStdin StopSignal Tty User WorkingDir; do
        printf '%s {{json .Config.%s}}\n' "$name" "$name"
    done
    printf '%s\n' 'MacAddress {{json .NetworkSettings.Networks.bridge.MacAddress}}' \
        'RestartPolicy {{json .HostConfig.RestartPolicy}}' '{{range .Mounts}}mount {{.Destination}} {{.RW}}' '{{end}}'
}
settings_of() { field "$1" "$(settings)" | sort; }

for host in old "${variants[@]}"; do
    step "$host: the whole file comes up, its image made by the classic builder"
    orch machine create -d generic --generic-ip-address "$(host_ip "$host")" --generic-ssh-key "$(lab_key)" "$host" \
        > "$scratch/create.log" 2>&1 || die "$(cat "$scratch/create.log")"
    use "$host"
    "$root/tests/lab/images" load busybox
    echo first > index.html
    said=$(orch compose up -d 2>&1) || die "$said"
    contains "$said" "Step 1/7 : FROM busybox"
    contains "$said" "Creating app_side_1"
    engine version --format "engine {{.Server.Version}}, API {{.Server.APIVersion}} from {{.Server.MinAPIVersion}}"

    step "$host: variables and names of links, and all settings"
    { variables web && echo "== chain" && variables chain; } > "$scratch/variables.$host"
    names > "$scratch/names.$host"
    settings_of web > "$scratch/settings.$host"
    for what in variables names settings; do
        [ -s "$scratch/$what.$host" ] || die "there are no $what"
        diff -u "$scratch/$what.old" "$scratch/$what.$host" || die "the $what differ from those of an Engine 20.10"
    done
    grep -qx 'DB_PORT_7000_TCP_PORT_END=7002' "$scratch/variables.$host"
    [ "$host" = old ] && continue

    step "$host: a second up changes nothing, and builds nothing anew"
    engine wait app_data_1
    orch compose stop data > "$scratch/stop.log" 2>&1
    before=$(fingerprint | grep -v /app_data_1)
    said=$(orch compose up -d 2>&1)
    contains "$said" "app_web_1 is up-to-date"
    lacks "$said" "Recreating"
    said=$(orch compose up -d --build 2>&1)
    contains "$said" "Using cache"
    lacks "$said" "Recreating"
    equal "$(fingerprint | grep -v /app_data_1)" "$before"

    step "$host: namespaces and volumes are shared as the file says"
    mac=02:42:ac:11:65:43
    equal "$(engine exec app_web_1 cat /sys/class/net/eth0/address)" "$mac"
    equal "$(engine exec app_side_1 cat /sys/class/net/eth0/address)" "$mac"
    engine exec app_side_1 ps | grep -q dockerd || die "side does not see the host's processes"
    engine exec app_hostnet_1 ls /sys/class/net | grep -qx docker0
    equal "$(engine exec app_nonet_1 ls /sys/class/net)" lo
    engine exec app_web_1 sh -c 'echo kept > /anon/file; echo named > /named/file; echo lost > /layer'
    equal "$(engine exec app_user_1 cat /anon/file /named/file)" kept$'\n'named
    refused any engine exec app_user_1 touch /anon/other
    engine exec app_user_1 touch /shared/file
    refused any engine exec app_web_1 touch /hosttmp/other

    step "$host: ports of all forms are open"
    for port in 21601 21610 "$(engine port app_web_1 80/tcp | grep -vE ':216' | head -n 1 | sed 's/.*://')"; do
        equal "$(curl -sS --max-time 10 "http://$(host_ip "$host"):$port/")" first
    done
    contains "$(engine port app_web_1 81/udp)" "127.0.0.1:21602"
    contains "$(orch compose ps)" "0.0.0.0:21612->82/tcp"

    step "$host: logs, and the signal that stops"
    contains "$(orch compose logs --no-color web)" "web is up"
    orch compose stop web > "$scratch/stop.log" 2>&1
    equal "$(field web '{{.State.ExitCode}}')" 0
    contains "$(orch compose logs --no-color web)" "bye"
    orch compose up -d > "$scratch/up.log" 2>&1
    equal "$(engine exec app_web_1 cat /layer)" lost

    step "$host: a changed image recreates its service and what is tied to it, and carries the volumes"
    echo second > index.html
    db=$(id_of db)
    web=$(id_of web)
    side=$(id_of side)
    said=$(orch compose up -d --build 2>&1)
    contains "$said" "Recreating app_web_1"
    equal "$(id_of db)" "$db"
    [ "$(id_of web)" != "$web" ] || die "web was not recreated"
    [ "$(id_of side)" != "$side" ] || die "side has lost its namespace"
    equal "$(curl -sS --max-time 10 "http://$(host_ip "$host"):21601/")" second
    equal "$(engine exec app_web_1 cat /anon/file)" kept
    refused any engine exec app_web_1 cat /layer
    variables web > "$scratch/again"
    diff -u <(sed '/^== chain/,$d' "$scratch/variables.old") "$scratch/again" || die "the variables are not as before"

    step "$host: addresses change when the engine restarts; the variables follow at the next up"
    then=$(address_of db)
    orch compose stop -t 2 > "$scratch/stop.log" 2>&1
    on_host "$host" systemctl restart docker
    # The engine gives the lowest free address: others take them until the one that db had is among them.
    intruders=()
    taken=
    until [ "$taken" = "$then" ]; do
        [ ${#intruders[@]} -lt 20 ] || die "nobody was given $then, the last was given $taken"
        intruders+=("$(engine run -d busybox sleep 1000)")
        taken=$(engine inspect -f '{{.NetworkSettings.Networks.bridge.IPAddress}}' "${intruders[-1]}")
    done
    said=$(orch compose up -d 2>&1) || die "$said"
    [ "$(address_of db)" != "$then" ] || die "two containers have the address $then"
    equal "$(engine exec app_web_1 sh -c 'echo $DB_PORT_6379_TCP_ADDR')" "$(address_of db)"
    equal "$(engine exec app_chain_1 sh -c 'echo $DATABASE_PORT_6379_TCP_ADDR')" "$(address_of db)"
    equal "$(engine exec app_web_1 sh -c 'echo $CHAIN_PORT_81_TCP_ADDR')" "$(address_of chain)"
    engine rm -f "${intruders[@]}" > "$scratch/rm.log"

    step "$host: attached up follows, and Ctrl-C stops all in order"
    orch compose stop -t 2 > "$scratch/stop.log" 2>&1
    orch compose up -t 2 db cache-one chain > "$scratch/attached.out" 2>&1 &
    pid=$!
    within 20 grep -q 'db_1.*db is up' "$scratch/attached.out"
    kill -INT "$pid"
    status=0
    wait "$pid" || status=$?
    equal "$status" 0
    equal "$(engine ps -q)" ""

    step "$host: what the engine refuses is said in its own words"
    printf 'thief:\n  image: busybox\n  command: sleep 1000\n  ports: ["21601:1"]\n' > thief.yml
    orch compose up -d web > "$scratch/up.log" 2>&1
    refused 1 orch compose -f thief.yml -p thief up -d
    contains "$said" "port is already allocated"
    orch compose -f thief.yml -p thief down > "$scratch/down.log" 2>&1

    step "$host: down leaves nothing"
    orch compose down -v --rmi all -t 2 > "$scratch/down.log" 2>&1 || die "$(cat "$scratch/down.log")"
    equal "$(engine ps -aq)" ""
    lacks "$(engine image ls)" "app_web"
    equal "$(engine volume ls -q)" named # which the file does not declare, so it may be another's
done
