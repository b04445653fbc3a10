#include "compose/converge/notices.hpp"

#include "lib/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace orch::compose {

std::vector<const ObservedContainer*>
orphans_of(const Project& project, const std::vector<ObservedContainer>& containers) {
    std::vector<const ObservedContainer*> orphans;
    for (const auto& container : containers)
        if (!container.oneoff && project.find(container.service) == nullptr)
            orphans.push_back(&container);
    return orphans;
}

std::string orphan_warning(const std::vector<const ObservedContainer*>& orphans) {
    if (orphans.empty())
        return {};
    std::vector<std::string> names;
    for (const auto* orphan : orphans)
        names.push_back(orphan->name);
    return fmt::format(
        "Found orphan containers ({}) for this project. If you removed or renamed this service in "
        "your compose file, --remove-orphans cleans it up",
        text::join(names, ", ")
    );
}

std::string orphan_warning(const std::vector<std::string>& services) {
    return fmt::format(
        "Found orphan services ({}) for this project. If you removed or renamed this service in "
        "your compose file, --remove-orphans cleans it up",
        text::join(services, ", ")
    );
}

std::vector<std::string> scale_warnings(const Service& service, std::size_t count) {
    std::vector<std::string> warnings;
    if (count < 2)
        return warnings;
    if (!service.container_name.empty())
        warnings.push_back(fmt::format(
            "The \"{}\" service is using the custom container name \"{}\". Docker requires each "
            "container to have a unique name. Remove the custom name to scale the service",
            service.name,
            service.container_name
        ));
    const bool fixed =
        std::any_of(service.ports.begin(), service.ports.end(), [](const Port& port) {
            return !port.host_port.empty() && port.host_port.find('-') == std::string::npos;
        });
    if (fixed)
        warnings.push_back(fmt::format(
            "The \"{}\" service specifies a port on the host. If multiple containers for this "
            "service are created on a single host, the port will clash",
            service.name
        ));
    return warnings;
}

} // namespace orch::compose
