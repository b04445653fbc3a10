// What a process of this computer may be given at most.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace orch::os {

/// The bounding set of this process: a bit for each capability. All of them where /proc does not
/// say.
std::uint64_t bounding_capabilities();

/// The names of the bits that engines since 20.10 know, without CAP_ in front: "CHOWN" to
/// "AUDIT_READ".
std::vector<std::string> capability_names(std::uint64_t bits);

} // namespace orch::os
