// What a machine may be called.
#pragma once

#include <string>

namespace orch::machine {

/// The name becomes a host name and a directory: letters, digits, dots and dashes, no dot or dash
/// in front, at most 63 characters between two dots. Throws Error(invalid).
void check_name(const std::string& name);

} // namespace orch::machine
