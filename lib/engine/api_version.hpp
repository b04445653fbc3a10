// Docker API versions: "1.41" compares by numbers, not as text.
#pragma once

#include "lib/engine/types.hpp"

#include <string>
#include <string_view>

namespace orch::engine {

/// What orch was written against; newer engines speak it as well.
inline constexpr std::string_view highest_api = "1.47";
/// Engines since version 25 refuse anything lower.
inline constexpr std::string_view lowest_api = "1.24";

/// Whether a < b. Throws Error(remote) for what is no version.
bool api_less(std::string_view a, std::string_view b);

/// The version to speak with an engine. Throws Error(unsupported) if there is none.
std::string negotiate(const Version& engine);

} // namespace orch::engine
