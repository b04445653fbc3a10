// Values in messages, as docker-compose prints them.
#pragma once

#include "lib/yaml/node.hpp"

#include <string>

namespace orch::compose::load::values {

/// JSON: "x", 1, true, null, ["a", "b"].
std::string json_literal(const yaml::Node& value);

/// Python's repr: 'x', 1, True, None, ['a', 'b'].
std::string python_literal(const yaml::Node& value);

} // namespace orch::compose::load::values
