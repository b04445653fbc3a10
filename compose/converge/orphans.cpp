#include "compose/converge/orphans.hpp"

#include "lib/base/text.hpp"

#include <fmt/format.h>

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

} // namespace orch::compose
