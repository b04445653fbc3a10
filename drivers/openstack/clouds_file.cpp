#include "drivers/openstack/clouds_file.hpp"

#include "lib/base/error.hpp"
#include "lib/base/text.hpp"
#include "lib/fs/files.hpp"
#include "lib/yaml/node.hpp"

#include <filesystem>
#include <optional>
#include <vector>

namespace orch::drivers::openstack {

namespace {

namespace fs = std::filesystem;

std::vector<fs::path>
places(const os::Environment& environment, std::string_view variable, const std::string& name) {
    if (const auto file = environment.get_or(variable, ""); !file.empty())
        return {file};
    const auto config = environment.get_or("XDG_CONFIG_HOME", "");
    const auto home = config.empty() ? environment.home() / ".config" : fs::path(config);
    return {name, home / "openstack" / name, fs::path("/etc/openstack") / name};
}

std::optional<fs::path> first_there(const std::vector<fs::path>& files) {
    std::error_code none;
    for (const auto& file : files)
        if (fs::exists(file, none))
            return file;
    return std::nullopt;
}

void note_scalars(const yaml::Node& mapping, CloudEntry& entry) {
    for (const auto& [key, value] : mapping.entries)
        if (value.is_scalar() && !value.is(yaml::Type::null))
            entry[key.scalar] =
                value.is(yaml::Type::boolean) ? (value.boolean ? "true" : "false") : value.scalar;
}

/// Adds what the file says of the cloud; the names of its clouds.
std::vector<std::string>
note_file(const fs::path& file, const std::string& cloud, CloudEntry& entry) {
    const auto document = yaml::parse(orch::fs::read_file(file), file.string());
    std::vector<std::string> names;
    const auto* clouds = document.root.find("clouds");
    if (clouds == nullptr)
        return names;
    for (const auto& [key, value] : clouds->entries) {
        names.push_back(key.scalar);
        if (key.scalar != cloud)
            continue;
        note_scalars(value, entry);
        if (const auto* auth = value.find("auth"))
            note_scalars(*auth, entry);
    }
    return names;
}

} // namespace

CloudEntry read_cloud(const std::string& cloud, const os::Environment& environment) {
    const auto public_places = places(environment, "OS_CLIENT_CONFIG_FILE", "clouds.yaml");
    const auto file = first_there(public_places);
    if (!file) {
        Error error(Kind::not_found, "openstack: there is no clouds.yaml to find {} in", cloud);
        for (const auto& place : public_places)
            error.detail("looked for " + place.string());
        throw error;
    }
    CloudEntry entry;
    const auto names = note_file(*file, cloud, entry);
    if (entry.empty())
        throw Error(Kind::not_found, "openstack: {} names no cloud {}", file->string(), cloud)
            .hint("it has: {}", text::join(names, ", "));
    if (const auto secure =
            first_there(places(environment, "OS_CLIENT_SECURE_FILE", "secure.yaml")))
        note_file(*secure, cloud, entry);
    return entry;
}

} // namespace orch::drivers::openstack
