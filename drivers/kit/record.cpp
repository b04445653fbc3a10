#include "drivers/kit/record.hpp"

#include <fmt/core.h>

namespace orch::drivers::kit {

Record base_record(const Access& access) {
    return {
        {"IPAddress", ""},
        {"MachineName", access.machine},
        {"SSHUser", ""},
        {"SSHPort", 0},
        {"SSHKeyPath", ""},
        {"StorePath", access.store.string()},
        {"SwarmMaster", false},
        {"SwarmHost", ""},
        {"SwarmDiscovery", ""},
    };
}

void note_swarm(const Request& request, Record& record) {
    record["SwarmMaster"] = request.swarm_master;
    record["SwarmHost"] = request.swarm_host;
    record["SwarmDiscovery"] = request.swarm_discovery;
}

std::string text(const Record& record, std::string_view field, std::string fallback) {
    const auto found = record.find(field);
    return found != record.end() && found->is_string() ? found->get<std::string>()
                                                       : std::move(fallback);
}

int integer(const Record& record, std::string_view field, int fallback) {
    const auto found = record.find(field);
    return found != record.end() && found->is_number() ? found->get<int>() : fallback;
}

long long number(const Record& record, std::string_view field) {
    const auto found = record.find(field);
    return found != record.end() && found->is_number_integer() ? found->get<long long>() : 0;
}

ssh::Address ssh_address(const Access& access, const Record& record) {
    const auto user = text(record, "SSHUser");
    const auto port = integer(record, "SSHPort", 0);
    return {
        .host = text(record, "IPAddress"),
        .port = port == 0 ? 22 : port,
        .user = user.empty() ? "root" : user,
        .key = text(record, "SSHKeyPath"),
        .known_hosts = access.dir / "known_hosts",
    };
}

std::string engine_url(std::string_view address, int port) {
    if (address.empty())
        return {};
    const bool bare_ipv6 = address.find(':') != std::string_view::npos && address.front() != '[';
    return bare_ipv6 ? fmt::format("tcp://[{}]:{}", address, port)
                     : fmt::format("tcp://{}:{}", address, port);
}

} // namespace orch::drivers::kit
