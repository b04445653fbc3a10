#include "compose/swarm/support.hpp"

#include "lib/engine/api_version.hpp"

#include <algorithm>

namespace orch::compose::swarm {

namespace {

constexpr std::string_view never; // no API version has it

bool has_option(const Service& service, std::string_view begin) {
    return std::any_of(
        service.security_opt.begin(),
        service.security_opt.end(),
        [&](const std::string& option) { return option.starts_with(begin); }
    );
}

/// An AppArmor profile of the host; services know only its default and none at all.
bool own_apparmor_profile(const Service& service) {
    return has_option(service, "apparmor") && !has_option(service, "apparmor:unconfined") &&
           !has_option(service, "apparmor=unconfined") &&
           !has_option(service, "apparmor:default") && !has_option(service, "apparmor=default");
}

bool newer_security(const Service& service) {
    return has_option(service, "no-new-privileges") || has_option(service, "seccomp") ||
           has_option(service, "apparmor");
}

bool loopback_port(const Service& service) {
    return std::any_of(service.ports.begin(), service.ports.end(), [](const Port& port) {
        return port.host_ip.starts_with("127.") || port.host_ip == "::1" || port.host_ip == "[::1]";
    });
}

bool addressed_port(const Service& service) {
    return !loopback_port(service) &&
           std::any_of(service.ports.begin(), service.ports.end(), [](const Port& port) {
               return !port.host_ip.empty() && port.host_ip != "0.0.0.0";
           });
}

bool port_of_a_range(const Service& service) {
    return std::any_of(service.ports.begin(), service.ports.end(), [](const Port& port) {
        return port.host_port.find('-') != std::string::npos;
    });
}

bool odd_protocol(const Service& service) {
    return std::any_of(service.ports.begin(), service.ports.end(), [](const Port& port) {
        return port.protocol != "tcp" && port.protocol != "udp" && port.protocol != "sctp";
    });
}

bool relabelled_volume(const Service& service) {
    return std::any_of(service.volumes.begin(), service.volumes.end(), [](const Volume& volume) {
        return volume.mode.find_first_of("zZ") != std::string::npos;
    });
}

bool foreign_volumes(const Service& service) {
    return std::any_of(
        service.volumes_from.begin(),
        service.volumes_from.end(),
        [](const VolumesFrom& from) { return !from.is_service; }
    );
}

bool network_is(const Service& service, std::string_view name) {
    return service.network.kind == NetworkMode::Kind::mode && service.network.name == name;
}

bool shares_network(const Service& service) {
    return service.network.kind == NetworkMode::Kind::service ||
           service.network.kind == NetworkMode::Kind::container;
}

struct Rule {
    std::string_view key;
    std::string_view since; // API version that has it
    bool fatal;
    std::string_view reason;
    bool (*asked_for)(const Service&);
    std::string_view instead = "it is left out";
};

constexpr bool fatal = true;
constexpr bool left_out = false;

/// Sorted by key. Versions and reasons: the Engine API's ServiceSpec and its history.
constexpr Rule rules[] = {
    {"cap_add",
     "1.41",
     fatal,
     "services have capabilities since engine 20.10",
     [](const Service& s) { return !s.cap_add.empty(); }},
    {"cap_drop",
     "1.41",
     fatal,
     "services have capabilities since engine 20.10",
     [](const Service& s) { return !s.cap_drop.empty(); }},
    {"cgroup_parent",
     never,
     left_out,
     "a service has none",
     [](const Service& s) { return !s.cgroup_parent.empty(); }},
    {"container_name",
     never,
     left_out,
     "the containers of a service are named by the swarm",
     [](const Service& s) { return !s.container_name.empty(); },
     "it is a name on the network"},
    {"cpu_shares",
     never,
     left_out,
     "a service has limits and reservations, no relative weight",
     [](const Service& s) { return s.cpu_shares.has_value(); }},
    {"cpuset",
     never,
     left_out,
     "a service cannot choose processors",
     [](const Service& s) { return !s.cpuset.empty(); }},
    {"devices",
     never,
     fatal,
     "a service cannot have devices",
     [](const Service& s) { return !s.devices.empty(); }},
    {"dns",
     "1.25",
     fatal,
     "services have it since engine 1.13",
     [](const Service& s) { return !s.dns.empty(); }},
    {"external_links",
     never,
     fatal,
     "a service is linked on the project's network only",
     [](const Service& s) { return !s.external_links.empty(); }},
    {"extra_hosts",
     "1.25",
     fatal,
     "services have it since engine 1.13",
     [](const Service& s) { return !s.extra_hosts.empty(); }},
    {"ipc",
     never,
     fatal,
     "a service has its own",
     [](const Service& s) { return !s.ipc.empty() && s.ipc != "private"; }},
    {"mac_address",
     never,
     left_out,
     "a service has many containers",
     [](const Service& s) { return !s.mac_address.empty(); }},
    {"mem_swappiness",
     "1.52",
     left_out,
     "services have it since API 1.52",
     [](const Service& s) { return s.mem_swappiness.has_value(); }},
    {"memswap_limit",
     "1.52",
     left_out,
     "services have it since API 1.52",
     [](const Service& s) { return s.memswap_limit.has_value(); }},
    {"net",
     never,
     fatal,
     "a service cannot share the network of another container",
     shares_network},
    {"net",
     never,
     fatal,
     "a service cannot be without a network",
     [](const Service& s) { return network_is(s, "none"); }},
    {"net",
     "1.30",
     fatal,
     "services use the host's network since engine 17.06",
     [](const Service& s) { return network_is(s, "host"); }},
    {"pid", never, fatal, "a service has its own", [](const Service& s) { return !s.pid.empty(); }},
    {"ports",
     never,
     fatal,
     "a service cannot publish on the loopback address of its node",
     loopback_port},
    {"ports", never, left_out, "a service publishes on every address of its node", addressed_port},
    {"ports",
     never,
     fatal,
     "a service publishes a port, it does not choose from a range",
     port_of_a_range},
    {"ports", never, fatal, "a service publishes tcp, udp and sctp", odd_protocol},
    {"ports",
     never,
     left_out,
     "with the host's network there is nothing to publish",
     [](const Service& s) { return network_is(s, "host") && !s.ports.empty(); }},
    {"privileged",
     never,
     fatal,
     "a service cannot be privileged; cap_add: [ALL] comes near to it",
     [](const Service& s) { return s.privileged; }},
    {"read_only",
     "1.28",
     fatal,
     "services have it since engine 17.04",
     [](const Service& s) { return s.read_only; }},
    {"security_opt",
     never,
     fatal,
     "a service cannot have an AppArmor profile of its own",
     own_apparmor_profile},
    {"security_opt", "1.44", fatal, "services have it since engine 25", newer_security},
    {"stdin_open",
     never,
     left_out,
     "nobody can attach to a service",
     [](const Service& s) { return s.stdin_open; }},
    {"stop_signal",
     "1.28",
     fatal,
     "services have it since engine 17.04",
     [](const Service& s) { return !s.stop_signal.empty(); }},
    {"ulimits",
     "1.41",
     fatal,
     "services have it since engine 20.10",
     [](const Service& s) { return !s.ulimits.empty(); }},
    {"volumes", never, fatal, "a service cannot relabel what it mounts (z, Z)", relabelled_volume},
    {"volumes_from",
     never,
     fatal,
     "a service can have volumes of services of its project only",
     foreign_volumes},
};

static_assert(std::is_sorted(std::begin(rules), std::end(rules), [](const Rule& a, const Rule& b) {
    return a.key < b.key;
}));

} // namespace

std::vector<Shortcoming> shortcomings(const Service& service, std::string_view api_version) {
    std::vector<Shortcoming> found;
    for (const auto& rule : rules) {
        const bool there = !rule.since.empty() && !engine::api_less(api_version, rule.since);
        if (!there && rule.asked_for(service))
            found.push_back(
                {std::string(rule.key),
                 std::string(rule.reason),
                 rule.fatal,
                 std::string(rule.instead)}
            );
    }
    return found;
}

} // namespace orch::compose::swarm
