// What a user is told beside the plan: orphans, and services that will not scale.
#pragma once

#include "compose/model/project.hpp"
#include "compose/observed.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace orch::compose {

/// Regular containers of a project whose service the file no longer has.
std::vector<const ObservedContainer*>
orphans_of(const Project& project, const std::vector<ObservedContainer>& containers);

/// What a user is told about them; empty if there are none.
std::string orphan_warning(const std::vector<const ObservedContainer*>& orphans);

/// The same about services of a swarm.
std::string orphan_warning(const std::vector<std::string>& services);

/// Why a service that is to have `count` containers may fail to.
std::vector<std::string> scale_warnings(const Service& service, std::size_t count);

} // namespace orch::compose
