#include "compose/converge/link_variables.hpp"

#include "lib/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <set>
#include <utility>

namespace orch::compose {

namespace {

std::string upper(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(), [](unsigned char letter) {
        return static_cast<char>(std::toupper(letter));
    });
    return text;
}

std::string prefix_of(const std::string& alias) {
    return text::replace_all(upper(alias), "-", "_");
}

/// Links exist on the default bridge only.
std::string address_of(const engine::Container& target) {
    const auto bridge = target.addresses.find("bridge");
    return bridge == target.addresses.end() ? std::string() : bridge->second;
}

/// Ordered as the engine orders them: the first one is the default port.
std::set<std::pair<int, std::string>> ports_of(const engine::Container& target) {
    std::set<std::pair<int, std::string>> ports; // "tcp" < "udp"
    for (const auto& port : target.ports)
        ports.emplace(port.container_port, port.protocol);
    return ports;
}

void add_ports(
    const std::string& prefix,
    const engine::Container& target,
    std::map<std::string, std::string>& variables
) {
    const auto address = address_of(target);
    if (address.empty())
        return;
    for (const auto& [port, protocol] : ports_of(target)) {
        const auto url = fmt::format("{}://{}:{}", protocol, address, port);
        variables.try_emplace(prefix + "_PORT", url);
        const auto name = fmt::format("{}_PORT_{}_{}", prefix, port, upper(protocol));
        variables[name] = url;
        variables[name + "_ADDR"] = address;
        variables[name + "_PORT"] = std::to_string(port);
        variables[name + "_PROTO"] = protocol;
    }
}

/// Whether the target has the variable from a link of its own. Engines never handed those on: a
/// chain of links would multiply them.
bool from_link(const engine::Container& target, const std::string& name) {
    return std::any_of(target.links.begin(), target.links.end(), [&](const std::string& link) {
        const auto prefix = prefix_of(link.substr(link.rfind('/') + 1));
        return name.starts_with(prefix + "_PORT") || name == prefix + "_NAME" ||
               name.starts_with(prefix + "_ENV_");
    });
}

} // namespace

void add_link_variables(
    const std::string& consumer,
    const std::string& alias,
    const engine::Container& target,
    std::map<std::string, std::string>& variables
) {
    const auto prefix = prefix_of(alias);
    variables[prefix + "_NAME"] = fmt::format("/{}/{}", consumer, alias);
    add_ports(prefix, target, variables);
    for (const auto& entry : target.env) {
        const auto equals = entry.find('=');
        const auto name = entry.substr(0, equals);
        if (equals != std::string::npos && name != "HOME" && name != "PATH" &&
            !from_link(target, name))
            variables[prefix + "_ENV_" + name] = entry.substr(equals + 1);
    }
}

} // namespace orch::compose
