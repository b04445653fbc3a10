// What the system says about a file, as an Error that names the file.
#pragma once

#include "lib/base/error.hpp"

#include <filesystem>
#include <string_view>

namespace orch::fs {

/// "cannot DEED PATH: reason" for an errno value: not_found, denied, invalid (the path itself is
/// wrong) or internal.
Error failure(std::string_view deed, const std::filesystem::path& file, int code);

} // namespace orch::fs
