// Mounts, links, networks and ports of a container in a FakeEngine.
#include "lib/base/text.hpp"
#include "tests/support/fake_engine_state.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <iterator>

namespace orch::test {

namespace {

constexpr int first_random_port = 49153;

Json list_of(const Json& object, const char* key) {
    const auto found = object.find(key);
    return found != object.end() && found->is_array() ? *found : Json::array();
}

Json object_of(const Json& object, const char* key) {
    const auto found = object.find(key);
    return found != object.end() && found->is_object() ? *found : Json::object();
}

Json volume_view(const std::string& name, const std::string& destination, const std::string& mode) {
    return {
        {"Type", "volume"},
        {"Name", name},
        {"Source", "/var/lib/docker/volumes/" + name + "/_data"},
        {"Destination", destination},
        {"Driver", "local"},
        {"Mode", mode},
        {"RW", mode.find("ro") == std::string::npos},
        {"Propagation", ""}};
}

Json bind_view(const std::string& source, const std::string& destination, const std::string& mode) {
    return {
        {"Type", "bind"},
        {"Source", source},
        {"Destination", destination},
        {"Mode", mode},
        {"RW", mode.find("ro") == std::string::npos},
        {"Propagation", "rprivate"}};
}

bool has_mount_at(const ContainerState& container, const std::string& destination) {
    return std::any_of(
        container.mounts.begin(),
        container.mounts.end(),
        [&](const FakeMount& mount) { return mount.view["Destination"] == destination; }
    );
}

/// "8000" or "8000-8010"; empty: none in particular.
std::pair<int, int> port_range(const std::string& text) {
    if (text.empty())
        return {first_random_port, 65535};
    const auto dash = text.find('-');
    const int first = std::stoi(text.substr(0, dash));
    return {first, dash == std::string::npos ? first : std::stoi(text.substr(dash + 1))};
}

} // namespace

void FakeEngine::State::wire_mounts(ContainerState& container) {
    for (const auto& bind : list_of(container.host, "Binds")) {
        const auto parts = text::split(bind.get<std::string>(), ':');
        if (parts.size() < 2)
            throw Refusal{400, fmt::format("invalid volume specification: '{}'", parts[0])};
        const auto mode = parts.size() > 2 ? parts[2] : "";
        if (parts[0].starts_with('/')) {
            container.mounts.push_back({bind_view(parts[0], parts[1], mode)});
        } else {
            all_volumes.try_emplace(parts[0], VolumeState{.created = now()});
            container.mounts.push_back({volume_view(parts[0], parts[1], mode.empty() ? "z" : mode)}
            );
        }
    }
    for (const auto& from : list_of(container.host, "VolumesFrom")) {
        const auto parts = text::split(from.get<std::string>(), ':');
        const auto* source = find_container(parts[0]);
        if (source == nullptr)
            throw Refusal{400, "No such container: " + parts[0]};
        for (auto mount : source->mounts) {
            mount.view["RW"] = mount.view["RW"] == true && (parts.size() < 2 || parts[1] != "ro");
            mount.anonymous = false; // it belongs to the source
            if (!has_mount_at(container, mount.view["Destination"]))
                container.mounts.push_back(mount);
        }
    }
    const auto declared = object_of(container.config, "Volumes");
    for (const auto& volume : declared.items()) {
        if (has_mount_at(container, volume.key()))
            continue;
        const auto name = new_id();
        all_volumes.try_emplace(name, VolumeState{.created = now()});
        container.mounts.push_back({volume_view(name, volume.key(), ""), true});
    }
}

void FakeEngine::State::wire_links(ContainerState& container) {
    const auto links = list_of(container.host, "Links");
    if (!links.empty() && container.host["NetworkMode"] == "host")
        throw Refusal{
            400,
            "conflicting options: host type networking can't be used with links. This would result "
            "in undefined behavior"};
    Json shown = Json::array();
    for (const auto& link : links) {
        const auto text = link.get<std::string>();
        const auto colon = text.find(':');
        const auto name = text.substr(0, colon);
        const auto* target = find_container(name);
        if (target == nullptr)
            throw Refusal{
                400,
                fmt::format("could not get container for {}: No such container: {}", name, name)};
        const auto alias = colon == std::string::npos ? target->name : text.substr(colon + 1);
        container.links.emplace_back(target->id, alias);
        shown.push_back(fmt::format("/{}:/{}/{}", target->name, container.name, alias));
    }
    if (!shown.empty())
        container.host["Links"] = shown;
}

void FakeEngine::State::wire_networks(ContainerState& container, const std::string& version) {
    const auto mode = container.host.value("NetworkMode", "default");
    if (mode.starts_with("container:"))
        return; // it has none of its own
    const auto given =
        object_of(object_of(container.posted, "NetworkingConfig"), "EndpointsConfig");
    if (given.size() > 1 && before(version, 44))
        throw Refusal{400, "Container cannot be connected to network endpoints"};
    container.endpoints[mode == "default" ? "bridge" : mode];
    for (const auto& [name, settings] : given.items())
        if (settings.is_object())
            container.endpoints[name == "default" ? "bridge" : name].settings = settings;
        else
            container.endpoints[name];
}

void FakeEngine::State::check_links(const ContainerState& container) {
    for (const auto& [id, alias] : container.links) {
        const auto* target = find_container(id);
        if (target == nullptr)
            continue; // the engine forgets links to what was removed
        if (target->state != "running")
            throw Refusal{
                500,
                fmt::format(
                    "Cannot link to a non running container: /{} AS /{}/{}",
                    target->name,
                    container.name,
                    alias
                )};
    }
}

void FakeEngine::State::join_networks(ContainerState& container) {
    const auto mode = container.host.value("NetworkMode", "default");
    if (mode.starts_with("container:")) {
        const auto name = mode.substr(mode.find(':') + 1);
        const auto* other = find_container(name);
        if (other == nullptr)
            throw Refusal{404, "No such container: " + name};
        if (other->state != "running")
            throw Refusal{
                409, fmt::format("cannot join network of a non running container: {}", other->id)};
    }
    const auto position = std::find_if(
        all_containers.begin(),
        all_containers.end(),
        [&](const ContainerState& candidate) { return candidate.id == container.id; }
    );
    const auto host_number = 2 + std::distance(all_containers.begin(), position);
    for (auto& [name, endpoint] : container.endpoints) {
        const auto& joined = network(name);
        if (joined.driver == "host" || joined.driver == "null")
            continue;
        const Json::json_pointer wish("/IPAMConfig/IPv4Address");
        if (!endpoint.settings.contains(wish)) {
            endpoint.address = fmt::format("172.{}.0.{}", joined.subnet, host_number);
            continue;
        }
        if (joined.cidr.empty())
            throw Refusal{
                400,
                "user specified IP address is supported only when connecting to networks with user "
                "configured subnets"};
        const auto asked = endpoint.settings.at(wish).get<std::string>();
        for (const auto& other : all_containers)
            if (other.id != container.id && other.endpoints.contains(name) &&
                other.endpoints.at(name).address == asked)
                throw Refusal{403, "Address already in use"};
        endpoint.address = asked;
    }
}

void FakeEngine::State::bind_ports(ContainerState& container) {
    const auto taken = [&](int port) {
        return occupied_ports.contains(port) || std::any_of(
                                                    all_containers.begin(),
                                                    all_containers.end(),
                                                    [&](const ContainerState& other) {
                                                        const auto text = std::to_string(port);
                                                        for (const auto& bindings : other.ports)
                                                            for (const auto& binding : bindings)
                                                                if (binding["HostPort"] == text)
                                                                    return true;
                                                        return false;
                                                    }
                                                );
    };
    const auto bind = [&](const std::string& port, std::string ip, const std::string& wanted) {
        const auto [first, last] = port_range(wanted);
        int chosen = first;
        while (chosen <= last && taken(chosen))
            ++chosen;
        if (ip.empty())
            ip = "0.0.0.0";
        if (chosen > last)
            throw Refusal{
                500,
                fmt::format(
                    "driver failed programming external connectivity on endpoint {} ({}): Bind for "
                    "{}:{} failed: port is already allocated",
                    container.name,
                    container.id,
                    ip,
                    first
                )};
        auto& shown = container.ports[port];
        shown.push_back({{"HostIp", ip}, {"HostPort", std::to_string(chosen)}});
        if (ip == "0.0.0.0")
            shown.push_back({{"HostIp", "::"}, {"HostPort", std::to_string(chosen)}});
    };
    container.ports = Json::object();
    const auto exposed = object_of(container.config, "ExposedPorts");
    for (const auto& port : exposed.items())
        container.ports[port.key()] = nullptr;
    const auto bindings = object_of(container.host, "PortBindings");
    for (const auto& [port, wishes] : bindings.items())
        for (const auto& wish : wishes.is_array() ? wishes : Json::array({Json::object()}))
            bind(port, wish.value("HostIp", ""), wish.value("HostPort", ""));
    if (container.host.value("PublishAllPorts", false))
        for (const auto& port : exposed.items())
            if (!bindings.contains(port.key()))
                bind(port.key(), "", "");
}

} // namespace orch::test
