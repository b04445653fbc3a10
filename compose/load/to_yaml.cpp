// A project as a version 1 file, in YAML and in JSON.
#include "compose/load/common_keys.hpp"
#include "compose/load/load.hpp"
#include "lib/yaml/scalar.hpp"

#include <nlohmann/json.hpp>

#include <map>

namespace orch::compose::load {

namespace {

using Json = nlohmann::ordered_json;

std::string network_text(const NetworkMode& network) {
    switch (network.kind) {
    case NetworkMode::Kind::bridge:
        return {};
    case NetworkMode::Kind::mode:
        return network.name;
    case NetworkMode::Kind::service:
    case NetworkMode::Kind::container:
        return "container:" + network.name;
    }
    return {};
}

std::string from_text(const VolumesFrom& from) {
    return from.mode == "rw" ? from.source : from.source + ":" + from.mode;
}

void write_service(const Service& service, KeyWriter& out) {
    write_common(service, out);
    out.text("image", service.image);
    if (service.build) {
        out.text("build", service.build->context);
        out.text("dockerfile", service.build->dockerfile);
    }
    out.text("log_driver", service.log_driver);
    out.mapping("log_opt", service.log_opt, quoted_text);
    out.text("net", network_text(service.network));
    out.list("links", each(service.links, link_text));
    out.list("external_links", each(service.external_links, link_text));
    out.list("volumes_from", each(service.volumes_from, from_text));
    out.text("volume_driver", service.volume_driver);
    out.mapping("environment", service.environment, variable_text);
    out.list("security_opt", service.security_opt);
}

Json json_of(const yaml::Node& node) {
    Json result;
    switch (node.type) {
    case yaml::Type::null:
        break;
    case yaml::Type::boolean:
        result = node.boolean;
        break;
    case yaml::Type::integer:
        result = node.integer;
        break;
    case yaml::Type::floating:
        result = node.floating;
        break;
    case yaml::Type::timestamp:
    case yaml::Type::string:
        result = node.scalar;
        break;
    case yaml::Type::sequence:
        result = Json::array();
        for (const auto& item : node.items)
            result.push_back(json_of(item));
        break;
    case yaml::Type::mapping:
        result = Json::object();
        for (const auto& entry : node.entries)
            result[entry.key.scalar] = json_of(entry.value);
        break;
    }
    return result;
}

} // namespace

std::string to_yaml(const Project& project) {
    std::map<std::string, std::string> blocks; // by service
    for (const auto& service : project.services) {
        KeyWriter out(2);
        write_service(service, out);
        blocks[service.name] = yaml::write_string(service.name) + ":\n" + out.finish();
    }
    std::string result;
    for (const auto& [name, block] : blocks)
        result += block;
    return result.empty() ? "{}\n" : result;
}

std::string to_json(const Project& project) {
    const auto document = yaml::parse(to_yaml(project), "config");
    return json_of(document.root).dump(2) + "\n";
}

} // namespace orch::compose::load
