// Small tar files read into memory, with suspicion.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>

namespace orch::archive {

struct TarFile {
    std::string name; // relative, '/' between its parts, none of them empty, "." or ".."
    std::string content;
    unsigned mode = 0;
};

struct TarLimits {
    std::size_t files = 10'000;
    std::uint64_t file_size = 1 << 20;
    std::uint64_t total_size = 256 << 20;
};

/// Reads an archive to its end mark and hands over its plain files; directories are passed over.
/// `read` fills a buffer with the next bytes, 0 at the end. Throws Error(invalid), naming `source`
/// and the entry, for absolute names and such that lead out, links, devices, entries beyond the
/// limits, names that come twice, an archive that is cut off or none at all.
void read_tar(
    const std::function<std::size_t(std::span<char>)>& read,
    const std::string& source,
    const TarLimits& limits,
    const std::function<void(TarFile)>& visit
);

} // namespace orch::archive
