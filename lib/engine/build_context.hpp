// A folder as the context of a build: its .dockerignore applied, streamed as tar.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <span>
#include <string>

namespace orch::engine {

struct BuildContext {
    /// What Engine::build_image takes: fills a buffer with the next bytes, 0 at the end.
    std::function<std::size_t(std::span<char>)> read;
    std::string dockerfile; // its path inside the stream; empty: Dockerfile
};

/// `dockerfile` is absolute or relative to `dir`, empty for Dockerfile; one outside of `dir` is
/// sent with the rest under a name that nobody has. `gzip` compresses the stream. Throws
/// Error(not_found) if there is no such folder or Dockerfile, Error(invalid) for a broken
/// .dockerignore; nothing is read yet but these two.
BuildContext
build_context(const std::filesystem::path& dir, const std::string& dockerfile, bool gzip = false);

} // namespace orch::engine
