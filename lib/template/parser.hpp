// From the text of a template to its tree.
#pragma once

#include "lib/template/tree.hpp"

#include <functional>
#include <string_view>
#include <vector>

namespace orch::templates {

/// Whether a template may call a function of that name.
using IsFunction = std::function<bool(std::string_view name)>;

/// Throws Error(invalid) "template parsing error: template: :LINE: ..." with Go's sentences.
std::vector<Node> parse(std::string_view text, const IsFunction& is_function);

} // namespace orch::templates
