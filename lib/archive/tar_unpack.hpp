// A tar stream unpacked to the disk, with suspicion: it never writes outside of its directory.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <span>
#include <string>

namespace orch::archive {

struct UnpackStyle {
    bool whole = false;      // names are taken as they are; else their first part is replaced
    std::string as{};        // by this; empty: it is left out
    bool keep_owner = false; // else everything belongs to who unpacks it
};

/// `read` fills a buffer with the next bytes, 0 at the end. `dir` must exist. Files that are there
/// are replaced; mode and mtime are kept. Throws Error(invalid), naming `source` and the entry, for
/// names that lead out, also through symbolic links, for devices, and for what is no archive;
/// Error(denied) for what cannot be written.
void unpack_tar(
    const std::function<std::size_t(std::span<char>)>& read,
    const std::string& source,
    const std::filesystem::path& dir,
    const UnpackStyle& style
);

} // namespace orch::archive
