#include "drivers/hetzner/server.hpp"

#include "drivers/kit/record.hpp"

#include <algorithm>

namespace orch::drivers::hetzner {

namespace {

struct StateRow {
    std::string_view status;
    State state;
};

// https://docs.hetzner.cloud/reference/cloud#servers
constexpr StateRow states[] = {
    {"initializing", State::starting},
    {"starting", State::starting},
    {"running", State::running},
    {"stopping", State::stopping},
    {"off", State::stopped},
    {"deleting", State::stopping},
    {"rebuilding", State::starting},
    {"migrating", State::starting},
};

/// First address of a /64: "2001:db8:1::/64" is a network, its "...::1" the server.
std::string first_of_network(std::string network) {
    network.erase(std::min(network.find('/'), network.size()));
    return network.ends_with("::") ? network + "1" : network;
}

} // namespace

State state_of(const Json& server) {
    const auto status = server.value("status", "");
    for (const auto& row : states)
        if (row.status == status)
            return row.state;
    return State::error;
}

std::string string_at(const Json& object, std::string_view pointer) {
    const Json::json_pointer place{std::string(pointer)};
    return object.contains(place) && object[place].is_string() ? object[place].get<std::string>()
                                                               : "";
}

void note_addresses(const Json& server, Record& record) {
    const auto own = string_at(server, "/private_net/0/ip");
    auto address =
        record.value("UsePrivateNetwork", false) ? own : string_at(server, "/public_net/ipv4/ip");
    if (address.empty())
        address = first_of_network(string_at(server, "/public_net/ipv6/ip"));
    record["IPAddress"] = address;
    record["PrivateIPAddress"] = own;
}

} // namespace orch::drivers::hetzner
