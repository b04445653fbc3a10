// One file: read, parsed, its shape checked, its variables replaced, its services checked.
#pragma once

#include "compose/load/context.hpp"
#include "compose/load/raw.hpp"

#include <filesystem>
#include <string>
#include <string_view>

namespace orch::compose::load {

/// The text of a compose file. Throws Error "cannot read compose file NAME: reason".
std::string read_text(const std::filesystem::path& path, const std::string& shown);

/// Everything wrong with the text goes to the findings.
RawFile parse_file(
    std::string_view text,
    const std::filesystem::path& path,
    const std::string& shown,
    const std::filesystem::path& base,
    Context& context
);

} // namespace orch::compose::load
