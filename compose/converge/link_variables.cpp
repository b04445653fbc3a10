#include "compose/converge/link_variables.hpp"

#include "lib/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <tuple>
#include <utility>
#include <vector>

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

using Port = std::pair<int, std::string>; // number, protocol

/// Ordered as the engine orders them: the first one is the default port.
std::vector<Port> ports_of(const engine::Container& target) {
    std::vector<Port> ports;
    for (const auto& port : target.ports)
        ports.emplace_back(port.container_port, port.protocol);
    const auto rank = [](const Port& port) {
        return std::tuple(port.first, port.second != "tcp", port.second);
    };
    std::sort(ports.begin(), ports.end(), [&](const Port& a, const Port& b) {
        return rank(a) < rank(b);
    });
    ports.erase(std::unique(ports.begin(), ports.end()), ports.end());
    return ports;
}

std::string url_of(const std::string& address, const Port& port) {
    return fmt::format("{}://{}:{}", port.second, address, port.first);
}

std::string name_of(const std::string& prefix, const Port& port) {
    return fmt::format("{}_PORT_{}_{}", prefix, port.first, upper(port.second));
}

/// The last of the ports in a row that begins at `first`, as engines count: the same number with
/// another protocol is one further.
std::size_t end_of_row(const std::vector<Port>& ports, std::size_t first) {
    auto last = first;
    while (last + 1 < ports.size() &&
           ports[last + 1].first <= ports[first].first + static_cast<int>(last + 1 - first))
        ++last;
    return last;
}

/// Three or more ports in a row have variables of their own.
void add_rows(
    const std::string& prefix,
    const std::string& address,
    const std::vector<Port>& ports,
    std::map<std::string, std::string>& variables
) {
    for (std::size_t i = 0; i < ports.size(); ++i) {
        const auto last = end_of_row(ports, i);
        if (last < i + 2)
            continue;
        const auto name = name_of(prefix, ports[i]);
        variables[name + "_START"] = url_of(address, ports[i]);
        variables[name + "_PORT_START"] = std::to_string(ports[i].first);
        variables[name + "_END"] = url_of(address, ports[last]);
        variables[name + "_PORT_END"] = std::to_string(ports[last].first);
        i = last;
    }
}

void add_ports(
    const std::string& prefix,
    const engine::Container& target,
    std::map<std::string, std::string>& variables
) {
    const auto address = link_address(target);
    if (address.empty())
        return;
    const auto ports = ports_of(target);
    add_rows(prefix, address, ports, variables);
    for (const auto& port : ports) {
        variables.try_emplace(prefix + "_PORT", url_of(address, port));
        const auto name = name_of(prefix, port);
        variables[name] = url_of(address, port);
        variables[name + "_ADDR"] = address;
        variables[name + "_PORT"] = std::to_string(port.first);
        variables[name + "_PROTO"] = port.second;
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

std::string link_address(const engine::Container& target) {
    const auto bridge = target.addresses.find("bridge");
    return bridge == target.addresses.end() ? std::string() : bridge->second;
}

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
