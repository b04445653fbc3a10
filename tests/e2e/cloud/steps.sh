# What a machine of a cloud has to do, whoever the provider is: $cloud with the options in options. The machines are called
# ${prefix}m and ${prefix}w.
# shellcheck shell=bash disable=SC2154
m=${prefix}m w=${prefix}w
create() { orch machine create -d "$cloud" "${options[@]}" "$@"; }

# make_swarm OPTION...: both machines, at the same time; the options are for w.
make_swarm() {
    create --swarm --swarm-discovery "$token" "$@" "$w" > "$scratch/w.log" 2>&1 & worker=$!
    create --swarm --swarm-master --swarm-discovery "$token" "$m"
    wait "$worker" || die "$(cat "$scratch/w.log")"
    equal "$(orch machine ls --format '{{.Name}} {{.DriverName}} {{.State}} {{.Swarm}}')" "$m $cloud Running $m (master)
$w $cloud Running $m"
}

# run_app: an application on w, deployed by m.
run_app() {
    mkdir -p "$scratch/app"
    cat > "$scratch/app/docker-compose.yml" <<APP
web:
  image: busybox
  command: sh -c 'mkdir /www && hostname > /www/index.html && httpd -f -p 80 -h /www'
  ports: ["8080:80"]
  environment: ["constraint:node==$w"]
APP
    (
        cd "$scratch/app"
        eval "$(orch machine env --swarm "$m")"
        orch compose -p cloud up -d
        within 30 orch machine ssh "$w" \
            'exec 3<> /dev/tcp/127.0.0.1/8080 && printf "GET / HTTP/1.0\r\n\r\n" >&3 && grep "200 OK" <&3'
        orch compose -p cloud down
    )
}

power_cycle() {
    orch machine stop -f "$w"
    equal "$(orch machine status "$w")" Stopped
    orch machine start "$w"
    equal "$(orch machine status "$w")" Running
    orch machine restart "$w"
    orch machine kill "$w"
    equal "$(orch machine status "$w")" Stopped
    orch machine start "$w"
    orch machine ssh "$w" true
}
