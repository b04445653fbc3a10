// A folder as the context of a build: its .dockerignore applied, streamed as tar.
#pragma once

#include <filesystem>
#include <functional>
#include <span>
#include <string>

namespace orch::engine {

/// What Engine::build_image takes. `dockerfile` is relative to `dir`, empty for Dockerfile. Throws
/// Error(not_found) if there is no such Dockerfile, Error(unsupported) if it is outside of `dir`,
/// Error(invalid) for a broken .dockerignore.
std::function<std::size_t(std::span<char>)>
build_context(const std::filesystem::path& dir, const std::string& dockerfile);

} // namespace orch::engine
