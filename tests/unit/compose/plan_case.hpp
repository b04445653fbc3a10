// A case of tests/data/compose/plans: what the file says and what the engine has, as JSON. Only the
// keys that matter for plans; a container is what the file asks for unless it says otherwise.
#pragma once

#include "compose/hash.hpp"
#include "compose/reconcile.hpp"
#include "lib/base/text.hpp"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace orch::test {

using Json = nlohmann::json;

inline std::string slurp(const std::filesystem::path& file) {
    std::ifstream in(file);
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

/// Ids in the cases are short words; those of an engine have 64 digits.
inline std::string full_id(const std::string& word) {
    return word + std::string(64 - word.size(), '0');
}

inline compose::Link read_link(const std::string& text) {
    const auto parts = text::split(text, ':');
    return {parts.front(), parts.back()};
}

inline compose::Volume read_volume(const std::string& text) {
    const auto parts = text::split(text, ':');
    if (parts.size() == 1)
        return {"", parts[0], "rw"};
    return {parts[0], parts[1], parts.size() > 2 ? parts[2] : "rw"};
}

inline compose::NetworkMode read_network(const Json& json) {
    using Kind = compose::NetworkMode::Kind;
    if (json.contains("net_service"))
        return {Kind::service, json["net_service"]};
    if (json.contains("net_container"))
        return {Kind::container, json["net_container"]};
    if (json.contains("net"))
        return {Kind::mode, json["net"]};
    return {};
}

inline compose::Service read_service(const Json& json) {
    compose::Service service;
    service.name = json.at("name");
    if (json.contains("build"))
        service.build = compose::Build{.context = json["build"], .dockerfile = ""};
    else
        service.image = json.value("image", "redis");
    service.container_name = json.value("container_name", "");
    service.network = read_network(json);
    for (const std::string link : json.value("links", Json::array()))
        service.links.push_back(read_link(link));
    for (const std::string link : json.value("external_links", Json::array()))
        service.external_links.push_back(read_link(link));
    for (const std::string volume : json.value("volumes", Json::array()))
        service.volumes.push_back(read_volume(volume));
    const auto environment = json.value("environment", Json::object());
    for (const auto& [name, value] : environment.items())
        service.environment[name] = value.get<std::string>();
    for (const int port : json.value("ports", Json::array()))
        service.ports.push_back({"", std::to_string(port), port});
    for (const std::string source : json.value("volumes_from", Json::array()))
        service.volumes_from.push_back({source, "rw", !json.value("volumes_from_outside", false)});
    return service;
}

inline compose::Project read_project(const Json& json) {
    compose::Project project{
        .name = "p", .dir = "/w", .files = {"/w/docker-compose.yml"}, .services = {}};
    for (const auto& service : json.at("services"))
        project.services.push_back(read_service(service));
    return project;
}

inline compose::ObservedContainer
read_container(const Json& json, const compose::Project& project, const compose::Observed& seen) {
    compose::ObservedContainer container;
    container.id = full_id(json.at("id"));
    container.service = json.at("service");
    container.number = json.value("number", 1);
    container.name = json.at("name");
    container.state = json.value("state", "running");
    container.oneoff = json.value("oneoff", false);
    container.created = json.value("created", 0);
    for (const std::string id : json.value("depends_on", Json::array()))
        container.depends_on.push_back(full_id(id));
    const auto volumes = json.value("volumes", Json::object());
    for (const auto& [path, name] : volumes.items())
        container.mounts.push_back(
            {.type = "volume",
             .name = name,
             .source = "",
             .destination = path,
             .mode = "",
             .writable = true}
        );
    if (const auto* service = project.find(container.service)) {
        container.config_hash = json.value("hash", compose::config_hash(*service));
        const auto image = seen.images.find(project.image_of(*service));
        if (image != seen.images.end())
            container.image_id = image->second.id;
    }
    container.image_id = json.value("image_id", container.image_id);
    container.host = json.value("host", "");
    return container;
}

inline compose::Observed read_observed(const Json& json, const compose::Project& project) {
    compose::Observed observed;
    const auto images = json.value("images", Json::object());
    const auto outsiders = json.value("outsiders", Json::object());
    for (const auto& [reference, image] : images.items())
        observed.images[reference] = {
            .id = image.at("id"),
            .tags = {},
            .volumes = image.value("volumes", std::vector<std::string>{}),
            .exposed = {},
            .env = {}};
    for (const auto& container : json.value("containers", Json::array()))
        observed.containers.push_back(read_container(container, project, observed));
    for (const auto& [name, id] : outsiders.items())
        observed.outsiders[name] = {
            .id = full_id(id), .running = true, .host = json.value("outsiders_host", "")};
    if (json.contains("nodes")) { // of a standalone swarm
        observed.standalone.emplace();
        for (const std::string name : json["nodes"])
            observed.standalone->nodes.push_back(
                {.name = name, .address = name + ":2376", .status = "Healthy", .cpus = "0 / 2"}
            );
    }
    observed.node_images = json.value("node_images", observed.node_images);
    return observed;
}

inline compose::ReconcileOptions read_options(const Json& json) {
    compose::ReconcileOptions options;
    options.services = json.value("services", options.services);
    options.no_deps = json.value("no_deps", false);
    options.no_build = json.value("no_build", false);
    options.no_start = json.value("no_start", false);
    options.remove_orphans = json.value("remove_orphans", false);
    options.renew_volumes = json.value("renew_volumes", false);
    options.scale = json.value("scale", options.scale);
    if (json.value("force_recreate", false))
        options.recreate = compose::Recreate::always;
    if (json.value("no_recreate", false))
        options.recreate = compose::Recreate::never;
    return options;
}

/// The plan of one case, as text.
inline std::string plan_of(const std::filesystem::path& file) {
    const auto json = Json::parse(slurp(file));
    const auto project = read_project(json);
    const auto observed = read_observed(json, project);
    const auto options = read_options(json.value("options", Json::object()));
    return compose::to_text(compose::reconcile(project, observed, options));
}

} // namespace orch::test
