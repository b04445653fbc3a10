// A few files that exist only in memory, as a tar archive: the same bytes every time.
#pragma once

#include <string>
#include <vector>

namespace orch::archive {

struct TarMember {
    std::string path;      // relative; a directory ends with '/'
    std::string content{}; // of a file
    unsigned mode = 0644;
    int owner = 0; // user and group
};

/// The whole archive in ustar format (pax only for what that cannot hold), all times 0. Throws
/// Error(internal) for a path that no archive can hold.
std::string tar_of(const std::vector<TarMember>& members);

} // namespace orch::archive
