// Splits a command line into words as a POSIX shell does, without expanding anything.
#pragma once

#include "compose/load/values/parsed.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace orch::compose::load::values {

/// Quotes and backslashes as in Python's shlex.split, which both docker-compose versions use.
Parsed<std::vector<std::string>> split_words(std::string_view line);

} // namespace orch::compose::load::values
