// What writing tar archives and CD images from memory has in common. For this room only.
#pragma once

#include "lib/archive/libarchive.hpp"
#include "lib/archive/tar_write.hpp"

#include <functional>
#include <string>
#include <vector>

namespace orch::archive {

/// All members in the order given, all times 0. `choose` sets format and options. Throws
/// Error(internal) with the library's words.
std::string write_members(
    const std::vector<TarMember>& members, const std::function<void(struct archive*)>& choose
);

/// Throws Error(internal) "cannot pack PATH: reason" for a result that is an error.
void require_written(struct archive* archive, la_ssize_t result, const std::string& path);

} // namespace orch::archive
