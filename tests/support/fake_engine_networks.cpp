// Networks and volumes of a FakeEngine.
#include "tests/support/fake_engine_state.hpp"

#include <fmt/core.h>

#include <algorithm>

namespace orch::test {

namespace {

using Filters = std::map<std::string, std::vector<std::string>>;

bool any_of(const std::vector<std::string>& values, const auto& fits) {
    return std::any_of(values.begin(), values.end(), fits);
}

bool all_labels(const std::vector<std::string>& values, const Json& labels) {
    return std::all_of(values.begin(), values.end(), [&](const auto& wanted) {
        return label_matches(labels, wanted);
    });
}

bool selected(const NetworkState& network, const Filters& filters) {
    for (const auto& [name, values] : filters) {
        bool fits = false;
        if (name == "label")
            fits = all_labels(values, network.labels);
        else if (name == "name") // a part of it is enough
            fits = any_of(values, [&](const auto& wanted) {
                return network.name.find(wanted) != std::string::npos;
            });
        else if (name == "id")
            fits =
                any_of(values, [&](const auto& wanted) { return network.id.starts_with(wanted); });
        else if (name == "driver")
            fits = any_of(values, [&](const auto& wanted) { return network.driver == wanted; });
        else
            throw Refusal{400, fmt::format("Invalid filter '{}'", name)};
        if (!fits)
            return false;
    }
    return true;
}

/// The first range that a create call asks for, or none.
std::string asked_range(const Json& body) {
    const Json::json_pointer subnet("/IPAM/Config/0/Subnet");
    return body.contains(subnet) ? body.at(subnet).get<std::string>() : "";
}

std::string range_of(const NetworkState& network) {
    return network.cidr.empty() ? fmt::format("172.{}.0.0/16", network.subnet) : network.cidr;
}

Json shown(const NetworkState& network, const Json& containers) {
    Json config = Json::array();
    if (!network.cidr.empty())
        config.push_back({{"Subnet", network.cidr}});
    else if (network.driver == "bridge")
        config.push_back(
            {{"Subnet", fmt::format("172.{}.0.0/16", network.subnet)},
             {"Gateway", fmt::format("172.{}.0.1", network.subnet)}}
        );
    return {
        {"Name", network.name},
        {"Id", network.id},
        {"Created", time_text(network.created)},
        {"Scope", "local"},
        {"Driver", network.driver},
        {"EnableIPv6", false},
        {"IPAM", {{"Driver", "default"}, {"Options", nullptr}, {"Config", config}}},
        {"Internal", false},
        {"Attachable", false},
        {"Containers", containers},
        {"Options", Json::object()},
        {"Labels", network.labels}};
}

Json shown(const std::string& name, const VolumeState& volume) {
    return {
        {"CreatedAt", time_text(volume.created)},
        {"Driver", volume.driver},
        {"Labels", volume.labels},
        {"Mountpoint", "/var/lib/docker/volumes/" + name + "/_data"},
        {"Name", name},
        {"Options", nullptr},
        {"Scope", "local"}};
}

bool uses(const ContainerState& container, const std::string& volume) {
    return std::any_of(
        container.mounts.begin(),
        container.mounts.end(),
        [&](const FakeMount& mount) { return mount.view.value("Name", "") == volume; }
    );
}

} // namespace

NetworkState& FakeEngine::State::add_network(const std::string& name, const std::string& driver) {
    const auto number = static_cast<int>(++ids);
    return all_networks.emplace_back(NetworkState{
        .id = hex_id("network " + std::to_string(number)),
        .name = name,
        .driver = driver,
        .created = now(),
        .subnet = 16 + number % 200}); // the default bridge comes first: 172.17.0.0/16
}

http::Response FakeEngine::State::list_networks(FakeCall& call) {
    const auto filters = call.filters();
    Json rows = Json::array();
    for (const auto& network : all_networks)
        if (selected(network, filters))
            rows.push_back(shown(network, Json::object())); // lists leave the containers out
    return json_response(200, rows);
}

http::Response FakeEngine::State::inspect_network(FakeCall& call) {
    const auto& found = network(call.parts[0]);
    Json containers = Json::object();
    for (const auto& container : all_containers) {
        const auto endpoint = container.endpoints.find(found.name);
        if (endpoint != container.endpoints.end() && !endpoint->second.address.empty())
            containers[container.id] = {
                {"Name", container.name}, {"IPv4Address", endpoint->second.address + "/16"}};
    }
    return json_response(200, shown(found, containers));
}

http::Response FakeEngine::State::create_network(FakeCall& call) {
    const auto& body = call.exchange.body;
    const auto name = body.value("Name", "");
    if (name.empty())
        throw Refusal{400, "network name is required"};
    // Engines before 25 make a second one of that name unless they are told to look.
    const bool checked = body.value("CheckDuplicate", false) || !before(call.exchange.version, 44);
    if (checked && find_network(name) != nullptr)
        throw Refusal{409, fmt::format("network with name {} already exists", name)};
    const auto range = asked_range(body);
    for (const auto& other : all_networks)
        if (!range.empty() && range_of(other) == range)
            throw Refusal{403, "Pool overlaps with other one on this address space"};
    auto& made = add_network(name, body.value("Driver", "bridge"));
    made.cidr = range;
    if (const auto labels = body.find("Labels"); labels != body.end() && labels->is_object())
        made.labels = *labels;
    event("network", "create", made.id, {{"name", name}, {"type", made.driver}});
    return json_response(201, {{"Id", made.id}, {"Warning", ""}});
}

http::Response FakeEngine::State::remove_network(FakeCall& call) {
    const auto found = network(call.parts[0]);
    if (found.predefined)
        throw Refusal{
            403, fmt::format("{} is a pre-defined network and cannot be removed", found.name)};
    for (const auto& container : all_containers) {
        const auto endpoint = container.endpoints.find(found.name);
        if (endpoint != container.endpoints.end() && !endpoint->second.address.empty())
            throw Refusal{
                403,
                fmt::format(
                    "error while removing network: network {} id {} has active endpoints",
                    found.name,
                    found.id
                )};
    }
    all_networks.remove_if([&](const NetworkState& candidate) { return candidate.id == found.id; });
    event("network", "destroy", found.id, {{"name", found.name}, {"type", found.driver}});
    return no_content();
}

http::Response FakeEngine::State::connect(FakeCall& call) {
    const auto& joined = network(call.parts[0]);
    auto& target = container(call.exchange.body.value("Container", ""));
    if (target.endpoints.contains(joined.name))
        throw Refusal{
            403,
            fmt::format(
                "endpoint with name {} already exists in network {}", target.name, joined.name
            )};
    auto& endpoint = target.endpoints[joined.name];
    endpoint.settings = call.exchange.body.value("EndpointConfig", Json::object());
    if (target.state == "running")
        join_networks(target);
    event("network", "connect", joined.id, {{"container", target.id}, {"name", joined.name}});
    return {200, {}, {}};
}

http::Response FakeEngine::State::disconnect(FakeCall& call) {
    const auto& left = network(call.parts[0]);
    auto& target = container(call.exchange.body.value("Container", ""));
    if (target.endpoints.erase(left.name) == 0)
        throw Refusal{
            403, fmt::format("container {} is not connected to network {}", target.id, left.name)};
    event("network", "disconnect", left.id, {{"container", target.id}, {"name", left.name}});
    return {200, {}, {}};
}

http::Response FakeEngine::State::list_volumes(FakeCall& call) {
    Json rows = Json::array();
    for (const auto& [name, volume] : all_volumes) {
        bool fits = true;
        for (const auto& [filter, values] : call.filters()) {
            if (filter == "label")
                fits = fits && all_labels(values, volume.labels);
            else if (filter == "name")
                fits = fits && any_of(values, [&key = name](const auto& wanted) {
                           return key.find(wanted) != std::string::npos;
                       });
            else
                throw Refusal{400, fmt::format("Invalid filter '{}'", filter)};
        }
        if (fits)
            rows.push_back(shown(name, volume));
    }
    return json_response(200, {{"Volumes", rows}, {"Warnings", nullptr}});
}

http::Response FakeEngine::State::inspect_volume(FakeCall& call) {
    const auto found = all_volumes.find(call.parts[0]);
    if (found == all_volumes.end())
        throw Refusal{404, fmt::format("get {}: no such volume", call.parts[0])};
    return json_response(200, shown(found->first, found->second));
}

http::Response FakeEngine::State::create_volume(FakeCall& call) {
    const auto& body = call.exchange.body;
    auto name = body.value("Name", "");
    if (name.empty())
        name = new_id();
    const VolumeState made{
        .labels = body.value("Labels", Json()),
        .driver = body.value("Driver", "local"),
        .created = now()};
    const auto [volume, inserted] = all_volumes.try_emplace(name, made);
    if (inserted)
        event("volume", "create", name, {{"driver", made.driver}});
    return json_response(201, shown(name, volume->second));
}

http::Response FakeEngine::State::remove_volume(FakeCall& call) {
    const auto& name = call.parts[0];
    if (!all_volumes.contains(name))
        throw Refusal{404, fmt::format("get {}: no such volume", name)};
    for (const auto& container : all_containers)
        if (uses(container, name))
            throw Refusal{
                409, fmt::format("remove {}: volume is in use - [{}]", name, container.id)};
    all_volumes.erase(name);
    event("volume", "destroy", name, {{"driver", "local"}});
    return no_content();
}

} // namespace orch::test
