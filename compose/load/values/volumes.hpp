// The grammar of `volumes`: [HOST:]CONTAINER[:MODE].
#pragma once

#include "compose/load/values/parsed.hpp"
#include "compose/model/service.hpp"
#include "lib/os/environment.hpp"

#include <filesystem>
#include <string>
#include <string_view>

namespace orch::compose::load::values {

/// The parts as written, the container's path normalised.
Parsed<Volume> parse_volume(std::string_view text);

/// Makes a host path of `volume` absolute; names of volumes stay. With `volume_driver` nothing is a
/// host path, as in docker-compose.
void resolve_source(
    Volume& volume,
    bool volume_driver,
    const std::filesystem::path& base,
    const os::Environment& environment
);

/// The text that reads as `volume`.
std::string volume_text(const Volume& volume);

} // namespace orch::compose::load::values
