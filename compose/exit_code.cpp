#include "compose/exit_code.hpp"

#include "compose/observe.hpp"
#include "compose/selection.hpp"

namespace orch::compose {

std::optional<int>
exit_code_of(const Project& project, engine::Engine& engine, const std::string& service) {
    std::optional<int> code;
    const auto containers = containers_of(
        project, observe_containers(engine, project.name), {service}, Oneoffs::without
    );
    for (const auto& observed : containers) {
        const auto container = engine.inspect_container(observed.id);
        if (container && code.value_or(0) == 0)
            code = container->exit_code;
    }
    return code;
}

} // namespace orch::compose
