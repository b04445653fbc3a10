// Runs a template's tree on data.
#pragma once

#include "lib/template/tree.hpp"

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace orch::templates {

struct Script {
    std::string text; // messages count lines and columns in it
    std::vector<Node> nodes;
};

/// With a type name, `data` stands for a Go struct of that type: it has no other fields than its
/// own. Throws Error(invalid) "template: :LINE:COLUMN: executing "" at <...>: ...".
std::string evaluate(const Script& script, const nlohmann::json& data, std::string_view type_name);

} // namespace orch::templates
