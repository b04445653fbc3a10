#include "lib/yaml/node.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace orch::yaml {

namespace {

/// Python's repr: the shortest digits that read back, always with a point or an exponent.
std::string float_text(double value) {
    if (std::isnan(value))
        return "nan";
    auto text = fmt::format("{}", value);
    if (text.find_first_of(".en") == std::string::npos) // "n" is in "inf"
        text += ".0";
    return text;
}

/// An integer that no 64 bits hold: its decimal digits as Python prints them, else as written.
std::string big_integer_text(std::string text) {
    std::erase(text, '_');
    if (!text.empty() && text.front() == '+')
        text.erase(0, 1);
    return text;
}

} // namespace

std::string Mark::text() const {
    return fmt::format("{}:{}:{}", file ? *file : std::string(), line, column);
}

std::string_view type_name(Type type) {
    switch (type) {
    case Type::null:
        return "null";
    case Type::boolean:
        return "a boolean";
    case Type::integer:
        return "an integer";
    case Type::floating:
        return "a number";
    case Type::timestamp:
        return "a date";
    case Type::string:
        return "a string";
    case Type::sequence:
        return "an array";
    case Type::mapping:
        return "an object";
    }
    return "a value";
}

const Node* Node::find(std::string_view key) const noexcept {
    const auto found = std::find_if(entries.begin(), entries.end(), [key](const Entry& entry) {
        return entry.key.is_scalar() && entry.key.scalar == key;
    });
    return found == entries.end() ? nullptr : &found->value;
}

std::string Node::as_text() const {
    switch (type) {
    case Type::boolean:
        return boolean ? "True" : "False";
    case Type::integer:
        return fits ? std::to_string(integer) : big_integer_text(scalar);
    case Type::floating:
        return float_text(floating);
    default:
        return scalar;
    }
}

} // namespace orch::yaml
