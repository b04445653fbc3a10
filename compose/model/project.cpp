#include "compose/model/project.hpp"

namespace orch::compose {

const Service* Project::find(std::string_view service) const noexcept {
    for (const auto& candidate : services)
        if (candidate.name == service)
            return &candidate;
    return nullptr;
}

} // namespace orch::compose
