// The functions that a template may call.
#pragma once

#include "lib/template/value.hpp"

#include <cstddef>
#include <limits>
#include <string_view>
#include <vector>

namespace orch::templates {

struct Function {
    static constexpr auto any_number = std::numeric_limits<std::size_t>::max();

    std::string_view name;
    std::size_t least; // arguments
    std::size_t most;
    std::size_t texts; // so many of the first arguments must be strings
    /// Throws Error(invalid) with the reason alone. Null for "and" and "or": they stop evaluating
    /// their arguments once the result is known.
    Value (*call)(const std::vector<Value>& args);
};

/// Null if there is no function of that name.
const Function* find_function(std::string_view name);

} // namespace orch::templates
