// Containers of a project whose service the file no longer has.
#pragma once

#include "compose/model/project.hpp"
#include "compose/observed.hpp"

#include <string>
#include <vector>

namespace orch::compose {

/// Regular ones only.
std::vector<const ObservedContainer*>
orphans_of(const Project& project, const std::vector<ObservedContainer>& containers);

/// What a user is told about them; empty if there are none.
std::string orphan_warning(const std::vector<const ObservedContainer*>& orphans);

} // namespace orch::compose
