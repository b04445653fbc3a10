#include "lib/template/quote.hpp"

#include <fmt/core.h>

#include <charconv>
#include <cstdint>

namespace orch::templates {

namespace {

constexpr std::string_view letters = "abfnrtv\\";
constexpr std::string_view meanings = "\a\b\f\n\r\t\v\\";

/// Good enough for names and messages: controls, format characters, separators and private use
/// areas are not printable, everything else is.
bool is_printable(char32_t code) {
    if (code < 0x80)
        return code >= 0x20 && code != 0x7F;
    const bool blank = code <= 0xA0 || code == 0xAD || code == 0x1680 || code == 0x3000 ||
                       (code >= 0x2000 && code <= 0x200F) || (code >= 0x2028 && code <= 0x202F) ||
                       (code >= 0x205F && code <= 0x206F);
    const bool unassigned = (code >= 0xE000 && code <= 0xF8FF) || code == 0xFEFF ||
                            code == 0xFFFE || code == 0xFFFF || code >= 0xE0000;
    return !blank && !unassigned;
}

void append_escaped(std::string& out, char32_t code, char quote_mark) {
    if (code == static_cast<unsigned char>(quote_mark)) {
        out += {'\\', quote_mark};
    } else if (const auto at =
                   code < 0x80 ? meanings.find(static_cast<char>(code)) : std::string_view::npos;
               at != std::string_view::npos) {
        out += {'\\', letters[at]};
    } else if (is_printable(code)) {
        utf8::append(out, code);
    } else if (code < 0x80) {
        out += fmt::format("\\x{:02x}", std::uint32_t{code});
    } else {
        out += code < 0x10000 ? fmt::format("\\u{:04x}", std::uint32_t{code})
                              : fmt::format("\\U{:08x}", std::uint32_t{code});
    }
}

/// Number of digits and base of the escape that `kind` announces.
struct Digits {
    std::size_t count;
    int base;
};

Digits digits_of(char kind) {
    switch (kind) {
    case 'x':
        return {2, 16};
    case 'u':
        return {4, 16};
    case 'U':
        return {8, 16};
    default:
        return {3, 8}; // octal, without a letter
    }
}

/// Reads the escape behind a backslash and removes it from `text`.
bool take_escape(std::string_view& text, char quote_mark, std::string& out) {
    if (text.empty())
        return false;
    const char kind = text[0];
    const auto simple = letters.find(kind);
    if (simple != std::string_view::npos || kind == quote_mark) {
        out += kind == quote_mark ? kind : meanings[simple];
        text.remove_prefix(1);
        return true;
    }
    const auto digits = digits_of(kind);
    if (digits.base == 16)
        text.remove_prefix(1);
    if (text.size() < digits.count)
        return false;
    std::uint32_t code = 0;
    const auto* const end = text.data() + digits.count;
    if (std::from_chars(text.data(), end, code, digits.base).ptr != end)
        return false;
    text.remove_prefix(digits.count);
    const bool byte = kind != 'u' && kind != 'U';
    const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
    if (byte ? code > 0xFF : code > 0x10FFFF || surrogate)
        return false;
    if (byte)
        out += static_cast<char>(code);
    else
        utf8::append(out, code);
    return true;
}

} // namespace

std::string quote(std::string_view text) {
    std::string out = "\"";
    while (!text.empty()) {
        const auto rune = utf8::first_rune(text);
        if (rune.valid)
            append_escaped(out, rune.code, '"');
        else
            out += fmt::format("\\x{:02x}", static_cast<unsigned char>(text[0]));
        text.remove_prefix(rune.length);
    }
    return out + '"';
}

std::string quote_rune(char32_t code) {
    std::string out = "'";
    append_escaped(out, code <= 0x10FFFF ? code : utf8::replacement, '\'');
    return out + '\'';
}

std::string describe_rune(const utf8::Rune& rune) {
    auto text = fmt::format("U+{:04X}", std::uint32_t{rune.code});
    if (!is_printable(rune.code))
        return text;
    text += " '";
    utf8::append(text, rune.code);
    return text + "'";
}

std::optional<std::string> unquote(std::string_view literal) {
    if (literal.size() < 2 || literal.front() != literal.back())
        return std::nullopt;
    const char quote_mark = literal.front();
    auto text = literal.substr(1, literal.size() - 2);
    std::string out;
    while (!text.empty()) {
        const char c = text[0];
        text.remove_prefix(1);
        if (quote_mark == '`' && c == '\r') // Go drops them from raw strings
            continue;
        if (c != '\\' || quote_mark == '`')
            out += c;
        else if (!take_escape(text, quote_mark, out))
            return std::nullopt;
    }
    if (quote_mark == '\'' && utf8::count(out) != 1)
        return std::nullopt;
    return out;
}

} // namespace orch::templates
