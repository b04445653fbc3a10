#include "compose/volumes.hpp"

#include "compose/converge/carry.hpp"
#include "compose/observe.hpp"
#include "compose/selection.hpp"

#include <set>

namespace orch::compose {

std::vector<VolumeRow>
volumes(const Project& project, engine::Engine& engine, const std::vector<std::string>& services) {
    std::set<std::string> used;
    for (const auto& container : containers_of(
             project, observe_containers(engine, project.name), services, Oneoffs::without
         ))
        for (const auto& mount : container.mounts)
            if (mount.type == "volume")
                used.insert(mount.name);
    std::vector<VolumeRow> rows;
    for (const auto& name : used)
        if (const auto volume = engine.inspect_volume(name))
            rows.push_back({.name = name, .driver = volume->driver, .anonymous = is_anonymous(name)}
            );
    return rows;
}

} // namespace orch::compose
