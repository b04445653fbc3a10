// UTF-8 one character at a time, with Go's rule for broken text: a bad byte counts as U+FFFD.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace orch::utf8 {

constexpr char32_t replacement = 0xFFFD;

struct Rune {
    char32_t code = replacement;
    std::size_t length = 1; // in bytes
    bool valid = false;     // tells a written U+FFFD from a bad byte
};

/// The character that `text`, which is not empty, begins with.
Rune first_rune(std::string_view text);

/// Characters in `text`.
std::size_t count(std::string_view text);

/// Surrogates and what lies beyond U+10FFFF become U+FFFD.
void append(std::string& text, char32_t code);

} // namespace orch::utf8
