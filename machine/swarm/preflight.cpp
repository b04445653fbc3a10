#include "machine/swarm/preflight.hpp"

#include "lib/base/text.hpp"
#include "lib/progress/sink.hpp"

#include <fmt/core.h>

#include <cstdlib>
#include <ctime>
#include <iomanip>
#include <sstream>
#include <string_view>

namespace orch::machine::swarm {

namespace {

constexpr std::string_view marker = "@@orch lack ";

constexpr std::string_view host_script = R"SH(
export LC_ALL=C PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"
lack() { printf '@@orch lack %s\n' "$*"; }
root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi; }
has_module() { # in use, built in, or there to be loaded
    [ -d "/sys/module/$1" ] || grep -q " $1_" /proc/kallsyms 2>/dev/null ||
        { [ -d "/lib/modules/$(uname -r)" ] && modprobe -n -q "$1" 2>/dev/null; }
}
[ -e /proc/net/ip_vs ] || has_module ip_vs ||
    lack "the kernel has no IPVS: services are reached by host ports and DNS, not by the ingress mesh"
has_module vxlan || lack "the kernel has no vxlan: containers on two nodes cannot talk to each other"
[ -e /proc/sys/net/bridge/bridge-nf-call-iptables ] || has_module br_netfilter ||
    lack "the kernel has no br_netfilter: published ports may not work between containers"
command -v iptables >/dev/null 2>&1 || lack "there is no iptables: ports cannot be published"
device=$(ip -o route show default 2>/dev/null | sed -n '1s/.* dev \([^ ]*\).*/\1/p')
mtu=$(cat "/sys/class/net/${device:-none}/mtu" 2>/dev/null || echo 1500)
[ "$mtu" -ge 1500 ] ||
    lack "packets may have $mtu bytes on $device: networks of the swarm need the option" \
        "com.docker.network.driver.mtu=$((mtu - 50))"
if command -v firewall-cmd >/dev/null 2>&1 && root firewall-cmd -q --state 2>/dev/null; then
    for port in 2377/tcp 7946/tcp 7946/udp 4789/udp; do
        root firewall-cmd -q --query-port="$port" || root firewall-cmd -q --add-port="$port" ||
            lack "the firewall keeps $port shut"
        root firewall-cmd -q --permanent --query-port="$port" ||
            root firewall-cmd -q --permanent --add-port="$port"
    done
fi
exit 0
)SH";

constexpr std::string_view reach_functions = R"SH(
export LC_ALL=C
lack() { printf '@@orch lack %s\n' "$*"; }
reaches() { # reaches HOST PORT
    if command -v bash >/dev/null 2>&1 && command -v timeout >/dev/null 2>&1; then
        timeout "$limit" bash -c ': < "/dev/tcp/$0/$1"' "$1" "$2" 2>/dev/null
    elif command -v nc >/dev/null 2>&1; then
        nc -z -w "$limit" "$1" "$2" 2>/dev/null
    fi
}
)SH";

std::optional<std::time_t> seconds_of(const std::string& time) {
    std::tm parts{};
    std::istringstream stream(time);
    stream >> std::get_time(&parts, "%Y-%m-%dT%H:%M:%S");
    if (stream.fail())
        return std::nullopt;
    std::time_t offset = 0; // behind a fraction: "Z" or "+02:00"
    const auto zone = time.find_first_of("+-", std::min<std::size_t>(time.size(), 19));
    if (zone != std::string::npos && time.size() >= zone + 6)
        offset = (std::strtol(time.c_str() + zone + 1, nullptr, 10) * 60 +
                  std::strtol(time.c_str() + zone + 4, nullptr, 10)) *
                 60 * (time[zone] == '-' ? -1 : 1);
    return ::timegm(&parts) - offset;
}

} // namespace

std::string preflight_script() { return std::string(host_script); }

std::string reach_script(const std::vector<std::string>& managers, int patience) {
    auto script = fmt::format("limit={}\n{}", 3 * patience, reach_functions);
    for (const auto& manager : managers) {
        const auto colon = manager.rfind(':');
        if (colon == std::string::npos)
            continue;
        const auto host = text::shell_quote(manager.substr(0, colon));
        for (const auto& port : {manager.substr(colon + 1), std::string("7946")})
            script += fmt::format(
                "reaches {0} {1} || lack it cannot reach {0} at port {1}/tcp\n",
                host,
                text::shell_quote(port)
            );
    }
    return script + "exit 0\n";
}

std::vector<std::string> lacks_in(const std::string& output) {
    std::vector<std::string> found;
    for (const auto& line : text::lines(output))
        if (line.starts_with(marker))
            found.push_back(line.substr(marker.size()));
    return found;
}

std::optional<std::chrono::seconds> difference(const std::string& a, const std::string& b) {
    const auto first = seconds_of(a);
    const auto second = seconds_of(b);
    if (!first || !second)
        return std::nullopt;
    return std::chrono::seconds(std::abs(*first - *second));
}

void preflight(const Machine& machine, ssh::Shell& shell, const std::string& script, Job& job) {
    const auto outcome =
        shell.run({.line = "sh -s", .input = script, .timeout = std::chrono::minutes(2)}, job.stop);
    for (auto& lack : lacks_in(outcome.out))
        job.progress.emit(
            {.id = machine.name, .status = progress::Status::warning, .text = std::move(lack)}
        );
}

} // namespace orch::machine::swarm
