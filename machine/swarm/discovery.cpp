#include "machine/swarm/discovery.hpp"

#include "lib/base/error.hpp"
#include "machine/name.hpp"
#include "machine/swarm_endpoint.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <random>
#include <string_view>

namespace orch::machine::swarm {

namespace {

constexpr auto examples =
    "it looks like token://ID, machine://NAME, swarm://JOINTOKEN@HOST:2377 or "
    "consul://HOST:8500/PATH";

[[noreturn]] void refuse(const std::string& text) {
    throw Error(
        Kind::invalid,
        "Error parsing swarm discovery: Swarm Discovery URL was in the wrong format: {}",
        text
    )
        .hint("{}", examples);
}

/// "HOST" means the port that engines listen on for each other.
std::string with_port(std::string host) {
    const auto bracket = host.rfind(']');
    const auto colon = host.rfind(':');
    const bool has_port =
        colon != std::string::npos && (bracket == std::string::npos || colon > bracket);
    return has_port ? host : host + ":2377";
}

Discovery outside(const std::string& rest) {
    const auto at = rest.rfind('@');
    const auto host = rest.substr(at == std::string::npos ? 0 : at + 1);
    if (host.empty())
        refuse("swarm://***@");
    Discovery found{.kind = ClusterKind::outside, .rest = with_port(host), .token = {}, .kept = {}};
    if (at != std::string::npos)
        found.token = Secret(rest.substr(0, at));
    found.kept = "swarm://" + found.rest;
    return found;
}

} // namespace

Discovery parse_discovery(const std::string& text) {
    const auto mark = text.find("://");
    if (mark == std::string::npos || mark == 0 || mark + 3 == text.size())
        refuse(text);
    const auto scheme = text.substr(0, mark);
    const auto rest = text.substr(mark + 3);
    if (scheme == "swarm")
        return outside(rest);
    if (scheme == "token")
        return {.kind = ClusterKind::token, .rest = rest, .token = {}, .kept = text};
    if (scheme == "machine")
        return {.kind = ClusterKind::machine, .rest = rest, .token = {}, .kept = text};
    if (is_standalone_swarm(text))
        return {.kind = ClusterKind::standalone, .rest = rest, .token = {}, .kept = text};
    throw Error(Kind::invalid, "no swarm can be found by \"{}\"", text).hint("{}", examples);
}

std::string new_token() {
    std::random_device device; // the kernel's, not a seed
    std::string token;
    for (int i = 0; i < 4; ++i)
        token += fmt::format("{:08x}", static_cast<unsigned>(device()));
    return token;
}

} // namespace orch::machine::swarm
