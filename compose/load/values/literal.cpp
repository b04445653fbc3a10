#include "compose/load/values/literal.hpp"

#include "lib/base/text.hpp"

namespace orch::compose::load::values {

namespace {

struct Language {
    char quote;
    const char* yes;
    const char* no;
    const char* null;
};

constexpr Language json{'"', "true", "false", "null"};
constexpr Language python{'\'', "True", "False", "None"};

std::string quoted(std::string_view text, char quote) {
    std::string result(1, quote);
    for (const char c : text) {
        if (c == quote || c == '\\')
            result.append({'\\', c});
        else
            result += c;
    }
    return result + quote;
}

std::string literal(const yaml::Node& value, const Language& language) {
    std::vector<std::string> parts;
    switch (value.type) {
    case yaml::Type::null:
        return language.null;
    case yaml::Type::boolean:
        return value.boolean ? language.yes : language.no;
    case yaml::Type::integer:
    case yaml::Type::floating:
        return value.as_text();
    case yaml::Type::timestamp:
    case yaml::Type::string:
        return quoted(value.scalar, language.quote);
    case yaml::Type::sequence:
        for (const auto& item : value.items)
            parts.push_back(literal(item, language));
        return "[" + text::join(parts, ", ") + "]";
    case yaml::Type::mapping:
        for (const auto& entry : value.entries)
            parts.push_back(
                quoted(entry.key.scalar, language.quote) + ": " + literal(entry.value, language)
            );
        return "{" + text::join(parts, ", ") + "}";
    }
    return {};
}

} // namespace

std::string json_literal(const yaml::Node& value) { return literal(value, json); }

std::string python_literal(const yaml::Node& value) { return literal(value, python); }

} // namespace orch::compose::load::values
