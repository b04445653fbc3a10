#include "compose/exec.hpp"

#include "compose/observe.hpp"
#include "lib/base/error.hpp"

namespace orch::compose {

ObservedContainer running_container(
    const Project& project, engine::Engine& engine, const std::string& service, int number
) {
    static_cast<void>(project.select({service}, false)); // throws if there is no such service
    for (auto& container : observe_containers(engine, project.name))
        if (container.service == service && !container.oneoff && container.number == number &&
            container.running())
            return container;
    throw Error(Kind::not_found, "No container found for {}_{}", service, number)
        .hint("containers that run: orch compose ps {}", service);
}

} // namespace orch::compose
