#include "compose/load/values/volumes.hpp"

#include "compose/load/values/paths.hpp"
#include "lib/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace orch::compose::load::values {

Parsed<Volume> parse_volume(std::string_view text) {
    const auto parts = text::split(text, ':');
    const bool blank =
        std::any_of(parts.begin(), parts.end(), [](const auto& part) { return part.empty(); });
    if (parts.size() > 3 || blank)
        return Parsed<Volume>::failure(
            fmt::format("Volume {} has incorrect format, should be external:internal[:mode]", text)
        );
    Volume volume{
        .source = parts.size() > 1 ? parts[0] : "",
        .target = normal_path(parts[parts.size() > 1 ? 1 : 0]),
        .mode = parts.size() > 2 ? parts[2] : "rw"};
    if (!volume.target.starts_with('/') || volume.target == "/")
        return Parsed<Volume>::failure(fmt::format(
            "Volume {} has incorrect format, the path in the container, {}, must be absolute and "
            "below /",
            text,
            volume.target
        ));
    return {std::move(volume), {}};
}

void resolve_source(
    Volume& volume,
    bool volume_driver,
    const std::filesystem::path& base,
    const os::Environment& environment
) {
    if (volume.anonymous())
        return;
    if (!volume_driver && volume.source.starts_with('.'))
        volume.source = absolute_path(volume.source, base, environment);
    else if (!volume_driver)
        volume.source = normal_path(expand_home(volume.source, environment));
    else
        volume.source = normal_path(volume.source);
}

std::string volume_text(const Volume& volume) {
    if (volume.anonymous())
        return volume.target;
    return fmt::format("{}:{}:{}", volume.source, volume.target, volume.mode);
}

} // namespace orch::compose::load::values
