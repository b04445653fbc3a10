// Which volumes of a container go along to the one that replaces it.
#pragma once

#include "compose/observed.hpp"
#include "compose/plan.hpp"

#include <string>
#include <vector>

namespace orch::compose {

/// Whether the engine made up the volume's name, because nobody gave one.
bool is_anonymous(const std::string& volume);

/// Fills in `carried` and `carried_anonymous` of the call. `image_volumes`: paths that the old
/// container's image declares. Adds a warning for every mapping of the file that a carried volume
/// hides.
void carry_volumes(
    const Service& service,
    const ObservedContainer& old,
    const std::vector<std::string>& image_volumes,
    CreateContainer& call,
    std::vector<std::string>& warnings
);

} // namespace orch::compose
