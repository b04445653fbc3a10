// The verbs of Go's fmt, for the values that templates handle.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace orch::templates {

using Args = std::vector<nlohmann::json>;

/// As fmt.Sprintf, with its remarks on wrong verbs ("%!d(string=x)"). Without %p, hexadecimal
/// floats, Go syntax (%#v) and argument numbers (%[1]d).
std::string format(std::string_view directives, const Args& args);

/// As fmt.Sprint: spaces between neighbours that are both no strings.
std::string print(const Args& args);

/// As fmt.Sprintln: spaces between all, and a newline.
std::string print_line(const Args& args);

} // namespace orch::templates
