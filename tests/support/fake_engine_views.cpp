// Containers of a FakeEngine as the engine shows them.
#include "lib/base/text.hpp"
#include "tests/support/fake_engine_state.hpp"

#include <fmt/core.h>

#include <algorithm>

namespace orch::test {

namespace {

/// Words as the engine's list shows them: those with blanks in single quotes.
std::string command_text(const Json& config) {
    std::string text;
    for (const auto* key : {"Entrypoint", "Cmd"})
        if (config[key].is_array())
            for (const auto& word : config[key]) {
                const auto plain = word.get<std::string>();
                const bool quoted = plain.find(' ') != std::string::npos;
                text += (text.empty() ? "" : " ") + (quoted ? "'" + plain + "'" : plain);
            }
    return text;
}

/// Times never pass here, so that a test may compare the whole line.
std::string status_text(const ContainerState& container) {
    if (container.state == "running")
        return "Up Less than a second";
    if (container.state == "paused")
        return "Up Less than a second (Paused)";
    if (container.state == "exited")
        return fmt::format("Exited ({}) Less than a second ago", container.exit_code);
    return "Created";
}

Json mounts_of(const ContainerState& container, bool in_list) {
    Json mounts = Json::array();
    for (const auto& mount : container.mounts) {
        mounts.push_back(mount.view);
        if (in_list && mount.view["Type"] == "volume")
            mounts.back()["Source"] = ""; // lists leave it out
    }
    return mounts;
}

Json ports_row(const ContainerState& container) {
    Json rows = Json::array();
    for (const auto& [key, bindings] : container.ports.items()) {
        const auto slash = key.find('/');
        const Json port{
            {"PrivatePort", std::stoi(key.substr(0, slash))},
            {"Type", slash == std::string::npos ? "tcp" : key.substr(slash + 1)}};
        if (!bindings.is_array()) {
            rows.push_back(port);
            continue;
        }
        for (const auto& binding : bindings) {
            rows.push_back(port);
            rows.back()["IP"] = binding["HostIp"];
            rows.back()["PublicPort"] = std::stoi(binding["HostPort"].get<std::string>());
        }
    }
    return rows;
}

/// Whether a container is one that a filter's values ask for: any of them, but all labels.
bool selected(
    const ContainerState& container, const std::string& name, const std::vector<std::string>& values
) {
    const auto any = [&](const auto& fits) {
        return std::any_of(values.begin(), values.end(), fits);
    };
    if (name == "label") {
        const Json labels = container.labels;
        return std::all_of(values.begin(), values.end(), [&](const auto& wanted) {
            return label_matches(labels, wanted);
        });
    }
    if (name == "status")
        return any([&](const auto& wanted) { return container.state == wanted; });
    if (name == "name")
        return any([&](const auto& wanted) {
            return std::regex_search("/" + container.name, std::regex(wanted)) ||
                   std::regex_search(container.name, std::regex(wanted));
        });
    if (name == "id")
        return any([&](const auto& wanted) { return container.id.starts_with(wanted); });
    if (name == "network")
        return any([&](const auto& wanted) { return container.endpoints.contains(wanted); });
    if (name == "ancestor")
        return any([&](const auto& wanted) {
            return container.image_id == wanted ||
                   normal_reference(container.image) == normal_reference(wanted);
        });
    throw Refusal{400, fmt::format("Invalid filter '{}'", name)};
}

/// A health check is one of the commands that everybody knows; another one never ends.
std::string health_of(const Json& config) {
    if (!config.contains("Healthcheck"))
        return {};
    const auto command = config["Healthcheck"]["Test"].back();
    return command == "true" ? "healthy" : command == "false" ? "unhealthy" : "starting";
}

} // namespace

http::Response FakeEngine::State::list_containers(FakeCall& call) {
    const auto filters = call.filters();
    const bool all = call.flag("all") || filters.contains("status");
    Json rows = Json::array();
    for (auto container = all_containers.rbegin(); container != all_containers.rend();
         ++container) {
        const bool alive = container->state == "running" || container->state == "paused";
        const bool fits = std::all_of(filters.begin(), filters.end(), [&](const auto& filter) {
            return selected(*container, filter.first, filter.second);
        });
        if ((all || alive) && fits)
            rows.push_back(row(*container));
    }
    return json_response(200, rows);
}

http::Response FakeEngine::State::inspect_container(FakeCall& call) {
    return json_response(200, inspected(container(call.parts[0]), call.exchange.version));
}

Json FakeEngine::State::row(const ContainerState& container) const {
    Json names{"/" + container.name};
    for (const auto& other : all_containers)
        for (const auto& [target, alias] : other.links)
            if (target == container.id)
                names.push_back(fmt::format("/{}/{}", other.name, alias));
    return {
        {"Id", container.id},
        {"Names", names},
        {"Image", container.image},
        {"ImageID", container.image_id},
        {"Command", command_text(container.config)},
        {"Created", container.created / 1'000'000'000},
        {"Ports", ports_row(container)},
        {"Labels", container.config["Labels"]},
        {"State", container.state},
        {"Status", status_text(container)},
        {"HostConfig", {{"NetworkMode", container.host["NetworkMode"]}}},
        {"NetworkSettings", {{"Networks", network_settings(container)}}},
        {"Mounts", mounts_of(container, true)}};
}

Json FakeEngine::State::network_settings(const ContainerState& container) const {
    Json networks = Json::object();
    for (const auto& [name, endpoint] : container.endpoints) {
        const auto known = std::find_if(
            all_networks.begin(),
            all_networks.end(),
            [&name = name](const NetworkState& network) { return network.name == name; }
        );
        const bool joined = !endpoint.address.empty() && known != all_networks.end();
        Json aliases = endpoint.settings.value("Aliases", Json());
        if (known != all_networks.end() && !known->predefined) {
            if (!aliases.is_array())
                aliases = Json::array();
            aliases.push_back(container.id.substr(0, 12));
        }
        networks[name] = {
            {"IPAMConfig", nullptr},
            {"Links", endpoint.settings.value("Links", Json())},
            {"Aliases", aliases},
            {"NetworkID", known == all_networks.end() ? "" : known->id},
            {"EndpointID", joined ? hex_id(container.id + name) : ""},
            {"Gateway", joined ? fmt::format("172.{}.0.1", known->subnet) : ""},
            {"IPAddress", endpoint.address},
            {"IPPrefixLen", joined ? 16 : 0},
            {"IPv6Gateway", ""},
            {"GlobalIPv6Address", ""},
            {"GlobalIPv6PrefixLen", 0},
            {"MacAddress", joined ? "02:42:ac:11:00:02" : ""},
            {"DriverOpts", nullptr}};
    }
    return networks;
}

Json FakeEngine::State::inspected(const ContainerState& container, const std::string& version)
    const {
    const bool running = container.state == "running" || container.state == "paused";
    const auto networks = network_settings(container);
    Json settings{
        {"Bridge", ""}, {"SandboxID", ""}, {"Ports", container.ports}, {"Networks", networks}};
    if (before(version, 52)) // API 1.52 dropped the copies of the default bridge's values
        for (const auto* key : {"EndpointID", "Gateway", "IPAddress", "IPPrefixLen", "MacAddress"})
            settings[key] = networks.value("bridge", Json::object()).value(key, Json(""));
    auto words = Json::array();
    for (const auto* key : {"Entrypoint", "Cmd"})
        if (container.config[key].is_array())
            words.insert(words.end(), container.config[key].begin(), container.config[key].end());
    Json state{
        {"Status", container.state},
        {"Running", running},
        {"Paused", container.state == "paused"},
        {"Restarting", false},
        {"OOMKilled", false},
        {"Dead", false},
        {"Pid", running ? 4242 : 0},
        {"ExitCode", container.exit_code},
        {"Error", container.error},
        {"StartedAt", time_text(container.started)},
        {"FinishedAt", time_text(container.finished)}};
    if (const auto health = health_of(container.config); running && !health.empty())
        state["Health"] = {{"Status", health}};
    return {
        {"Id", container.id},
        {"Created", time_text(container.created)},
        {"Path", words.front()},
        {"Args", Json(Json::array_t(words.begin() + 1, words.end()))},
        {"State", std::move(state)},
        {"Image", container.image_id},
        {"Name", "/" + container.name},
        {"RestartCount", 0},
        {"Driver", "overlay2"},
        {"Platform", "linux"},
        {"HostConfig", container.host},
        {"Mounts", mounts_of(container, false)},
        {"Config", container.config},
        {"NetworkSettings", settings}};
}

} // namespace orch::test
