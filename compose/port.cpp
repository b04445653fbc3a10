#include "compose/port.hpp"

#include "compose/selection.hpp"
#include "lib/base/error.hpp"

#include <fmt/format.h>

namespace orch::compose {

std::optional<std::string>
port(const Project& project, engine::Engine& engine, const PortOptions& options) {
    const auto container = running_container(project, engine, options.service, options.index);
    const auto details = engine.inspect_container(container.id);
    if (!details)
        return std::nullopt; // it went away meanwhile
    for (const auto& binding : details->ports)
        if (binding.container_port == options.port && binding.protocol == options.protocol &&
            binding.host_port != 0)
            return fmt::format("{}:{}", binding.ip, binding.host_port);
    return std::nullopt;
}

} // namespace orch::compose
