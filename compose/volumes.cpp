#include "compose/volumes.hpp"

#include "compose/converge/carry.hpp"
#include "compose/observe.hpp"
#include "compose/selection.hpp"

#include <set>

namespace orch::compose {

std::vector<VolumeRow>
volumes(const Project& project, engine::Engine& engine, const std::vector<std::string>& services) {
    std::set<std::pair<std::string, std::string>> used; // name and node
    for (const auto& container : containers_of(
             project, observe_containers(engine, project.name), services, Oneoffs::without
         ))
        for (const auto& mount : container.mounts)
            if (mount.type == "volume")
                used.insert({mount.name, container.host});
    std::vector<VolumeRow> rows;
    for (const auto& [name, node] : used) {
        const auto shown = node.empty() ? name : node + "/" + name; // each node has its own
        if (const auto volume = engine.inspect_volume(shown))
            rows.push_back(
                {.name = shown, .driver = volume->driver, .anonymous = is_anonymous(name)}
            );
    }
    return rows;
}

} // namespace orch::compose
