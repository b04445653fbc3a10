// Docker API versions: "1.41" compares by numbers, not as text.
#pragma once

#include "lib/engine/types.hpp"

#include <string>
#include <string_view>

namespace orch::engine {

/// What orch was written against; newer engines speak it as well. What changes above it and touches
/// orch, to be handled before this number grows:
///   1.48  "error" and "progress" of streams deprecated; orch reads errorDetail and progressDetail
///   1.52  Config.MacAddress refused on create; NetworkSettings.IPAddress and the like gone; event
///         fields status, id and from gone; empty members of an image's Config left out
/// What engines below it lack is asked for with Engine::speaks():
///   1.25  StopTimeout; MinAPIVersion in GET /version
///   1.30  ?condition= of wait; the aux object with the id of a built image
///   1.40  private IPC namespaces are the default
///   1.44  more than one network in a create call; MacAddress moves to the network's settings
inline constexpr std::string_view highest_api = "1.47";

/// HostConfig in a start call ended here, JSON errors began; engines since version 25 refuse
/// anything lower.
inline constexpr std::string_view lowest_api = "1.24";

/// Whether a < b. Throws Error(remote) for what is no version.
bool api_less(std::string_view a, std::string_view b);

/// Whether it looks like one: "1.41".
bool is_api_version(std::string_view text);

/// The highest version of the API that an engine of that version speaks: "1.41" of
/// "20.10.24+dfsg1". What cannot be read counts as the oldest that orch speaks with.
std::string api_of_engine(const std::string& version);

/// The version to speak with an engine. Throws Error(unsupported) if there is none.
std::string negotiate(const Version& engine);

} // namespace orch::engine
