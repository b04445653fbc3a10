#include "lib/template/value.hpp"

namespace orch::templates {

std::string type_name(const nlohmann::json& json) {
    using Type = nlohmann::json::value_t;
    switch (json.type()) {
    case Type::boolean:
        return "bool";
    case Type::number_integer:
    case Type::number_unsigned:
        return "int";
    case Type::number_float:
        return "float64";
    case Type::string:
        return "string";
    case Type::array:
        return "[]interface {}";
    case Type::object:
        return "map[string]interface {}";
    default:
        return "<nil>";
    }
}

std::string type_name(const Value& value) {
    return value.boxed() ? "interface {}" : type_name(value.json());
}

bool is_true(const Value& value) {
    const auto& json = value.json();
    if (json.is_boolean())
        return json.get<bool>();
    if (json.is_number_float())
        return json.get<double>() != 0;
    if (json.is_number())
        return json != 0;
    if (json.is_string())
        return !json.get_ref<const std::string&>().empty();
    return !json.empty(); // null is empty, too
}

} // namespace orch::templates
