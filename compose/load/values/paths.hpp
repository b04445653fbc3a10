// Paths as a file writes them, made absolute.
#pragma once

#include "lib/os/environment.hpp"

#include <filesystem>
#include <string>
#include <string_view>

namespace orch::compose::load::values {

/// `path` without ".", "..", "//" and a trailing "/", as far as its text tells.
std::string normal_path(std::string_view path);

/// "~" and "~/x" with the home directory, "~user" left alone.
std::string expand_home(std::string_view path, const os::Environment& environment);

/// `path` with its home expanded, absolute against `base`, normal.
std::string absolute_path(
    std::string_view path, const std::filesystem::path& base, const os::Environment& environment
);

} // namespace orch::compose::load::values
