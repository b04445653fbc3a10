#include "drivers/docker/network.hpp"

#include "lib/base/error.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <cstdint>
#include <cstdio>

namespace orch::drivers::docker {

namespace {

using Json = nlohmann::json;

struct Range {
    std::uint32_t base = 0;
    std::uint32_t size = 0; // addresses in it
};

std::optional<Range> parse_range(const std::string& subnet) {
    unsigned a = 0;
    unsigned b = 0;
    unsigned c = 0;
    unsigned d = 0;
    unsigned bits = 0;
    char rest = 0;
    if (std::sscanf(subnet.c_str(), "%u.%u.%u.%u/%u%c", &a, &b, &c, &d, &bits, &rest) != 5 ||
        a > 255 || b > 255 || c > 255 || d > 255 || bits < 8 || bits > 29)
        return std::nullopt;
    const auto size = std::uint32_t{1} << (32 - bits);
    return Range{(a << 24 | b << 16 | c << 8 | d) & ~(size - 1), size};
}

std::string text_of(std::uint32_t address) {
    return fmt::format(
        "{}.{}.{}.{}", address >> 24, address >> 16 & 255, address >> 8 & 255, address & 255
    );
}

/// What the engine itself would choose: it knows its pools and the routes of its computer.
std::string
choose_subnet(engine::Engine& engine, const std::string& name, const std::string& token) {
    const Json body{
        {"Name", name + "-" + token},
        {"CheckDuplicate", true},
        {"Driver", "bridge"},
        {"Labels", {{token_label, token}}},
    };
    const auto id = engine.create_network(body);
    const auto made = engine.inspect_network(id);
    engine.remove_network(id);
    if (!made || made->subnets.empty() || !parse_range(made->subnets[0]))
        throw Error(Kind::remote, "the engine gives networks no range of addresses");
    return made->subnets[0];
}

void create(engine::Engine& engine, const std::string& name, const std::string& subnet) {
    const auto range = parse_range(subnet).value();
    const Json pool{
        {"Subnet", subnet}, {"IPRange", upper_half(subnet)}, {"Gateway", text_of(range.base + 1)}};
    engine.create_network({
        {"Name", name},
        {"CheckDuplicate", true},
        {"Driver", "bridge"},
        {"Labels", {{own_label, "1"}}},
        {"IPAM", {{"Driver", "default"}, {"Config", Json::array({pool})}}},
    });
}

bool is_taken(const Error& error) {
    return error.kind() == Kind::conflict || // somebody made the network meanwhile
           error.message().find("overlaps") != std::string::npos; // or took the range
}

} // namespace

std::string upper_half(const std::string& subnet) {
    const auto range = parse_range(subnet).value();
    int bits = 33; // one more than the whole range has
    for (auto size = range.size; size > 1; size /= 2)
        --bits;
    return fmt::format("{}/{}", text_of(range.base + range.size / 2), bits);
}

std::optional<std::string>
free_address(const std::string& subnet, const std::set<std::string>& used) {
    const auto range = parse_range(subnet);
    for (std::uint32_t i = 2; range && i < range->size / 2; ++i)
        if (auto address = text_of(range->base + i); !used.contains(address))
            return address;
    return std::nullopt;
}

engine::NetworkDetails
ensure_network(engine::Engine& engine, const std::string& name, const std::string& token) {
    constexpr int tries = 5;
    for (int i = 1;; ++i) {
        if (auto network = engine.inspect_network(name))
            return *network;
        try {
            create(engine, name, choose_subnet(engine, name, token));
        } catch (const Error& error) {
            if (i == tries || !is_taken(error))
                throw;
        }
    }
}

std::set<std::string>
used_addresses(engine::Engine& engine, const engine::NetworkDetails& network) {
    std::set<std::string> used(network.addresses.begin(), network.addresses.end());
    const auto label = fmt::format("{}={}", network_label, network.network.name);
    for (const auto& machine : engine.list_containers({{"label", {label}}}, true))
        if (const auto address = machine.labels.find(address_label);
            address != machine.labels.end())
            used.insert(address->second);
    return used;
}

void remove_unused_network(engine::Engine& engine, const std::string& name) {
    const auto network = engine.inspect_network(name);
    if (!network || !network->network.labels.contains(own_label) || !network->addresses.empty())
        return;
    const auto label = fmt::format("{}={}", network_label, name);
    if (!engine.list_containers({{"label", {label}}}, true).empty())
        return;
    try {
        engine.remove_network(network->network.id);
    } catch (const Error& error) {
        // Another container joined it at this moment: it stays for that one.
        if (error.kind() != Kind::denied && error.kind() != Kind::conflict)
            throw;
    }
}

} // namespace orch::drivers::docker
