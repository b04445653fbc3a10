#include "lib/base/utf8.hpp"

namespace orch::utf8 {

namespace {

bool is_scalar(char32_t code) { return code <= 0x10FFFF && (code < 0xD800 || code > 0xDFFF); }

} // namespace

Rune first_rune(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const char32_t first = byte(0);
    if (first < 0x80)
        return {first, 1, true};
    const std::size_t length = first < 0xC0 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    if (length == 1 || length > text.size())
        return {};
    char32_t code = first & (0xFFU >> (length + 1));
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte(i) & 0xC0U) != 0x80)
            return {};
        code = (code << 6) | (byte(i) & 0x3FU);
    }
    constexpr char32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    if (first >= 0xF8 || code < smallest[length] || !is_scalar(code))
        return {};
    return {code, length, true};
}

std::size_t count(std::string_view text) {
    std::size_t runes = 0;
    for (; !text.empty(); ++runes)
        text.remove_prefix(first_rune(text).length);
    return runes;
}

void append(std::string& text, char32_t code) {
    if (!is_scalar(code))
        code = replacement;
    const auto tail = [&](unsigned shift) {
        text += static_cast<char>(0x80U | ((code >> shift) & 0x3FU));
    };
    if (code < 0x80) {
        text += static_cast<char>(code);
    } else if (code < 0x800) {
        text += static_cast<char>(0xC0U | (code >> 6));
        tail(0);
    } else if (code < 0x10000) {
        text += static_cast<char>(0xE0U | (code >> 12));
        tail(6);
        tail(0);
    } else {
        text += static_cast<char>(0xF0U | (code >> 18));
        tail(12);
        tail(6);
        tail(0);
    }
}

} // namespace orch::utf8
