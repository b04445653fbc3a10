// The YAML 1.1 rules for single scalars: what plain text means, and how text is written so that it
// stays text.
#pragma once

#include "lib/yaml/node.hpp"

#include <string>
#include <string_view>

namespace orch::yaml {

/// Gives `node` the type and value that PyYAML's resolver gives its plain text, `node.scalar`.
void resolve_plain(Node& node);

/// The type of `text` where it stands unquoted.
Type plain_type(std::string_view text);

/// `text` as one scalar that every YAML 1.1 and 1.2 reader takes for exactly this string: plain if
/// that is safe, else in quotes.
std::string write_string(std::string_view text);

/// The same, always in double quotes.
std::string write_quoted(std::string_view text);

} // namespace orch::yaml
