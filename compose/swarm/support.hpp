// What a service of an engine swarm can have of the keys of a version 1 file. The engine itself
// drops what it does not know without a word.
#pragma once

#include "compose/model/service.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace orch::compose::swarm {

struct Shortcoming {
    std::string key;
    std::string reason; // "a service cannot be privileged"
    bool fatal = false; // the service does not work without it; others are left out with a warning
    std::string instead = "it is left out";
};

/// What this service asks for and a service of an engine with this API version ("1.41") cannot
/// have, sorted by key.
std::vector<Shortcoming> shortcomings(const Service& service, std::string_view api_version);

} // namespace orch::compose::swarm
