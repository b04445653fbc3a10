#include "machine/provision/service.hpp"

#include <fmt/core.h>

namespace orch::machine::provision {

namespace {

constexpr std::string_view systemd_functions = R"SH(
set_host_name() {
    [ "$(uname -n)" = "$1" ] && [ "$(cat /etc/hostname 2>/dev/null)" = "$1" ] && return
    # In a container /etc/hostname is a mount, which hostnamectl cannot replace.
    hostnamectl set-hostname "$1" 2>/dev/null || {
        echo "$1" > /proc/sys/kernel/hostname
        echo "$1" > /etc/hostname
    }
}
property() { TZ=UTC systemctl show -p "$1" --value docker.service; }
engine_pid() { property MainPID; }
engine_started() { date -u -d "$(property ExecMainStartTimestamp)" +%s 2>/dev/null; }
enable_engine() {
    [ -z "$changed" ] && [ "$(property NeedDaemonReload)" != yes ] || systemctl daemon-reload
    systemctl is-enabled --quiet docker.service 2>/dev/null || systemctl enable --quiet docker.service
    # Our drop-in keeps it from coming back, also where docker.service requires it.
    ! systemctl is-active --quiet docker.socket || systemctl stop docker.socket 2>/dev/null
}
restart_service() {
    systemctl reset-failed docker.service 2>/dev/null || true
    systemctl restart docker.service
}
engine_log() {
    systemctl status --no-pager --lines=0 docker.service || true
    journalctl -u docker.service -n 15 --no-pager -o cat || true
}
)SH";

// Both managers say that the engine is started before it is up.
constexpr std::string_view without_systemd = R"SH(
engine_pid() { pid=$(cat /var/run/docker.pid 2>/dev/null) && kill -0 "$pid" 2>/dev/null && echo "$pid"; }
engine_started() { stat -c %Y /var/run/docker.pid 2>/dev/null; }
engine_answers() { engine_pid >/dev/null && docker version >/dev/null 2>&1; }
wait_for_engine() {
    seconds=0
    until engine_answers; do
        [ "$seconds" -lt 30 ] || return 1
        sleep 1
        seconds=$((seconds + 1))
    done
}
)SH";

constexpr std::string_view openrc_functions = R"SH(
set_host_name() {
    [ "$(uname -n)" = "$1" ] || hostname "$1"
    [ "$(cat /etc/hostname 2>/dev/null)" = "$1" ] || echo "$1" > /etc/hostname
}
enable_engine() { rc-update -q add docker default; }
restart_service() { rc-service docker restart && wait_for_engine; }
engine_log() { tail -n 15 /var/log/docker.log 2>/dev/null; }
)SH";

// Everything outside /var/lib/boot2docker is gone with the next start; its own script starts the
// engine then.
constexpr std::string_view boot2docker_functions = R"SH(
set_host_name() {
    [ "$(uname -n)" = "$1" ] || sethostname "$1"
    mkdir -p /var/lib/boot2docker/etc
    [ "$(cat /var/lib/boot2docker/etc/hostname 2>/dev/null)" = "$1" ] ||
        echo "$1" > /var/lib/boot2docker/etc/hostname
}
enable_engine() { :; }
restart_service() { /etc/init.d/docker restart </dev/null >/dev/null && wait_for_engine; }
engine_log() {
    tail -n 15 /var/lib/boot2docker/log/docker.log 2>/dev/null ||
        tail -n 15 /var/lib/boot2docker/docker.log 2>/dev/null
}
)SH";

} // namespace

std::string service_functions(Service service) {
    switch (service) {
    case Service::systemd:
        return std::string(systemd_functions);
    case Service::openrc:
        return fmt::format("{}{}", without_systemd, openrc_functions);
    case Service::boot2docker:
        return fmt::format("{}{}", without_systemd, boot2docker_functions);
    }
    return {};
}

} // namespace orch::machine::provision
