#include "machine/swarm/advertise.hpp"

#include "lib/base/error.hpp"
#include "lib/net/lookup.hpp"

namespace orch::machine::swarm {

namespace {

constexpr auto any_address = "0.0.0.0:2377";

/// The port behind an address; empty if there is none. Interfaces and bare IPv6 addresses have
/// none.
std::string port_of(const std::string& address) {
    const auto colon = address.rfind(':');
    if (colon == std::string::npos)
        return {};
    const bool bare_v6 = address.find(':') != colon && address.find(']') == std::string::npos;
    return bare_v6 || address.ends_with(']') ? "" : address.substr(colon + 1);
}

} // namespace

std::string cluster_address(const Machine& machine, const drivers::Reach& reach) {
    if (!machine.swarm.address.empty())
        return machine.swarm.address;
    return reach.cluster.empty() ? reach.address : reach.cluster;
}

std::string advertised(const Machine& machine, const drivers::Reach& reach) {
    if (!machine.swarm.address.empty())
        return machine.swarm.address;
    const auto address = net::lookup(cluster_address(machine, reach));
    if (address == "::1" || address.starts_with("127."))
        throw Error(
            Kind::invalid,
            "the other machines of a swarm cannot reach {} at {}",
            machine.name,
            reach.address
        )
            .hint("say where they can: --swarm-addr ADDRESS or the name of a network interface");
    return address;
}

std::string listen_address(const std::string& advertised) {
    const auto port = port_of(advertised);
    return port.empty() ? any_address : "0.0.0.0:" + port;
}

} // namespace orch::machine::swarm
