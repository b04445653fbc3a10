// What a machine may be called.
#pragma once

#include <string>
#include <vector>

namespace orch::machine {

/// The name becomes a host name and a directory: letters, digits, dots and dashes, no dot or dash
/// in front, at most 63 characters between two dots. Throws Error(invalid).
void check_name(const std::string& name);

/// Every name that a pattern in the manner of shells stands for: "node-{1..3}" is node-1, node-2
/// and node-3, "{01..10}" keeps its width, "{db,web}" are two. A word without such braces stands
/// for itself. Throws Error(usage) for a range of more than 1000.
std::vector<std::string> expand_names(const std::string& pattern);

} // namespace orch::machine
