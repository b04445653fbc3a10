// `security_opt`: profiles that the engine wants as text, not as the name of a file.
#pragma once

#include "compose/load/values/parsed.hpp"
#include "lib/os/environment.hpp"

#include <filesystem>
#include <string>
#include <string_view>

namespace orch::compose::load::values {

/// "seccomp:FILE" and "seccomp=FILE" with the file's JSON in its place, or with `read` off the
/// file's absolute path; anything else as it is.
Parsed<std::string> resolve_security_option(
    std::string_view text,
    const std::filesystem::path& base,
    const os::Environment& environment,
    bool read = true
);

} // namespace orch::compose::load::values
