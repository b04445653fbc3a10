// Strings as YAML scalars that read back as the same strings.
#include "lib/yaml/scalar.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace orch::yaml {

namespace {

bool letter_or_digit(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/// A letter, digit, '_' or '/', or one or two '-' before a letter: "-c", "--flag".
bool safe_start(std::string_view text) {
    const auto dashes = std::min(text.find_first_not_of('-'), text.size());
    if (dashes == text.size() || dashes > 2)
        return false;
    const char first = text[dashes];
    return letter_or_digit(first) || (dashes == 0 && (first == '_' || first == '/'));
}

/// Whether `text` needs no quotes. Narrower than YAML's own rule, so that no reader disagrees.
bool plain_is_safe(std::string_view text) {
    const auto safe = [](char c) {
        return letter_or_digit(c) ||
               std::string_view("_./@%+=,-: ~").find(c) != std::string_view::npos;
    };
    if (!safe_start(text))
        return false;
    return std::all_of(text.begin(), text.end(), safe) && text.back() != ' ' &&
           text.back() != ':' && text.find(": ") == std::string_view::npos &&
           plain_type(text) == Type::string && text != "y" && text != "n" && text != "Y" &&
           text != "N";
}

} // namespace

std::string write_quoted(std::string_view text) {
    std::string result = "\"";
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\')
            result.append({'\\', c});
        else if (c == '\n')
            result += "\\n";
        else if (c == '\t')
            result += "\\t";
        else if (byte < 0x20 || byte == 0x7f)
            result += fmt::format("\\x{:02x}", byte);
        else
            result += c;
    }
    return result + '"';
}

std::string write_string(std::string_view text) {
    return plain_is_safe(text) ? std::string(text) : write_quoted(text);
}

} // namespace orch::yaml
