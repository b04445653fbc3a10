// The functions of templates and Go's way of printing values; for this room only.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace orch::templates {

[[nodiscard]] bool is_function(std::string_view name);

/// Throws Error(invalid) "error calling NAME: ..." for wrong arguments.
nlohmann::json call(std::string_view name, const std::vector<nlohmann::json>& arguments);

/// Go's idea of truth: not false, 0, "", null, or an empty list or object.
[[nodiscard]] bool is_true(const nlohmann::json& value);

/// As fmt.Print prints decoded JSON: "[a b]", "map[k:v]", null as `null_text`.
std::string go_text(const nlohmann::json& value, std::string_view null_text);

} // namespace orch::templates
