// The image that machines are made of: built from a recipe of orch's own, or pulled.
#pragma once

#include "lib/engine/engine.hpp"
#include "lib/world.hpp"

#include <filesystem>
#include <string>

namespace orch::drivers::docker {

/// Makes sure that the engine has the image. The default one is built where it is missing or was
/// built from an older recipe; any other is pulled where it is missing. `lock` keeps several
/// creates from doing that at the same time. What happens is said for `machine`. Throws Error with
/// the builder's last lines as details.
void ensure_image(
    engine::Engine& engine,
    const std::string& image,
    const std::filesystem::path& lock,
    const std::string& machine,
    Job& job
);

} // namespace orch::drivers::docker
