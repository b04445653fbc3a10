#include "compose/converge/carry.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace orch::compose {

namespace {

const engine::Mount* volume_at(const ObservedContainer& container, const std::string& path) {
    for (const auto& mount : container.mounts)
        if (mount.type == "volume" && mount.destination == path && !mount.name.empty())
            return &mount;
    return nullptr;
}

const Volume* mapped_at(const Service& service, const std::string& path) {
    for (const auto& volume : service.volumes)
        if (!volume.anonymous() && volume.target == path)
            return &volume;
    return nullptr;
}

/// Paths at which a new container would get an empty volume of its own.
std::set<std::string>
anonymous_paths(const Service& service, const std::vector<std::string>& image_volumes) {
    std::set<std::string> paths(image_volumes.begin(), image_volumes.end());
    for (const auto& volume : service.volumes)
        if (volume.anonymous())
            paths.insert(volume.target);
    return paths;
}

std::string masked(const Service& service, const Volume& mapping) {
    return fmt::format(
        "Service \"{0}\" is using volume \"{1}\" from the previous container. Host mapping \"{2}\" "
        "has no effect. Remove the existing containers (with `rm {0}`) to use the mapping",
        service.name,
        mapping.target,
        mapping.source
    );
}

} // namespace

bool is_anonymous(const std::string& volume) {
    return volume.size() == 64 && volume.find_first_not_of("0123456789abcdef") == std::string::npos;
}

void carry_volumes(
    const Service& service,
    const ObservedContainer& old,
    const std::vector<std::string>& image_volumes,
    CreateContainer& call,
    std::vector<std::string>& warnings
) {
    for (const auto& path : anonymous_paths(service, image_volumes)) {
        const auto* mount = volume_at(old, path);
        if (mount == nullptr)
            continue;
        const auto& carried = old.carried_volumes;
        const bool anonymous =
            is_anonymous(mount->name) ||
            std::find(carried.begin(), carried.end(), mount->name) != carried.end();
        if (const auto* mapping = mapped_at(service, path)) {
            if (!anonymous || mapping->source == mount->name)
                continue; // the file's own mapping, then and now
            warnings.push_back(masked(service, *mapping));
        }
        call.carried.push_back({mount->name, path, mount->writable ? "rw" : "ro"});
        if (anonymous)
            call.carried_anonymous.push_back(mount->name);
    }
}

} // namespace orch::compose
