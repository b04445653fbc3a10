#include "cmd/ui/width.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace orch::cmd::ui {

namespace {

/// One unit of display: bytes [0, size) of the text, `width` columns wide.
struct Glyph {
    std::size_t size = 1;
    std::size_t width = 1;
};

struct Range {
    char32_t first;
    char32_t last;
};

/// Unicode 15 East Asian Width W and F, neighbouring blocks merged; enough for names and messages.
constexpr std::array wide{
    Range{0x1100, 0x115F},
    Range{0x231A, 0x231B},
    Range{0x23E9, 0x23EC},
    Range{0x2E80, 0x303E},
    Range{0x3041, 0xA4CF},
    Range{0xA960, 0xA97C},
    Range{0xAC00, 0xD7A3},
    Range{0xF900, 0xFAFF},
    Range{0xFE30, 0xFE6F},
    Range{0xFF00, 0xFF60},
    Range{0xFFE0, 0xFFE6},
    Range{0x1F300, 0x1F64F},
    Range{0x1F680, 0x1F6FF},
    Range{0x1F900, 0x1F9FF},
    Range{0x20000, 0x3FFFD},
};

/// Combining marks, joiners and variation selectors.
constexpr std::array empty{
    Range{0x0300, 0x036F},
    Range{0x1AB0, 0x1AFF},
    Range{0x1DC0, 0x1DFF},
    Range{0x200B, 0x200F},
    Range{0x20D0, 0x20FF},
    Range{0xFE00, 0xFE0F},
    Range{0xFE20, 0xFE2F},
};

template <std::size_t Size>
bool contains(const std::array<Range, Size>& ranges, char32_t point) {
    return std::any_of(ranges.begin(), ranges.end(), [point](const Range& range) {
        return point >= range.first && point <= range.last;
    });
}

unsigned char byte(std::string_view text, std::size_t index) {
    return static_cast<unsigned char>(text[index]);
}

/// Length of the escape sequence that the text begins with: CSI, OSC, or two characters.
std::size_t escape_size(std::string_view text) {
    if (text.size() < 2)
        return text.size();
    if (text[1] == '[') {
        const auto* const end =
            std::find_if(text.begin() + 2, text.end(), [](char c) { return c >= '@' && c <= '~'; });
        return std::min(static_cast<std::size_t>(end - text.begin()) + 1, text.size());
    }
    if (text[1] == ']') {
        const auto end = text.find_first_of("\a\x1b", 2);
        if (end == std::string_view::npos)
            return text.size();
        return std::min(end + (text[end] == '\a' ? 1 : 2), text.size());
    }
    return 2;
}

/// Bytes that a UTF-8 sequence with this first byte has; 1 for a byte that begins none.
std::size_t sequence_size(unsigned char lead) {
    if (lead >= 0xF0 && lead < 0xF8)
        return 4;
    if (lead >= 0xE0)
        return lead < 0xF0 ? 3 : 1;
    return lead >= 0xC0 ? 2 : 1;
}

/// The code point, or 0xFFFD with size 1 where the bytes are no UTF-8.
std::pair<char32_t, std::size_t> decode(std::string_view text) {
    const auto lead = byte(text, 0);
    const auto size = sequence_size(lead);
    if (lead < 0x80)
        return {lead, 1};
    if (size == 1 || text.size() < size)
        return {0xFFFD, 1};
    char32_t point = lead & (0xFFU >> (size + 1));
    for (std::size_t i = 1; i < size; ++i) {
        if ((byte(text, i) & 0xC0U) != 0x80U)
            return {0xFFFD, 1};
        point = point << 6U | (byte(text, i) & 0x3FU);
    }
    return {point, size};
}

Glyph next(std::string_view text) {
    if (text[0] == '\x1b')
        return {escape_size(text), 0};
    const auto [point, size] = decode(text);
    if (point < 0x20 || (point >= 0x7F && point < 0xA0) || contains(empty, point))
        return {size, 0};
    return {size, contains(wide, point) ? 2U : 1U};
}

} // namespace

std::size_t columns(std::string_view text) {
    std::size_t total = 0;
    while (!text.empty()) {
        const auto glyph = next(text);
        total += glyph.width;
        text.remove_prefix(glyph.size);
    }
    return total;
}

std::string_view cut(std::string_view text, std::size_t width) {
    std::size_t size = 0;
    std::size_t used = 0;
    while (size < text.size()) {
        const auto glyph = next(text.substr(size));
        if (used + glyph.width > width)
            break;
        used += glyph.width;
        size += glyph.size;
    }
    return text.substr(0, size);
}

std::string pad(std::string_view text, std::size_t width) {
    std::string padded(text);
    const auto used = columns(text);
    if (used < width)
        padded.append(width - used, ' ');
    return padded;
}

std::string one_line(std::string_view text) {
    std::string line;
    while (!text.empty()) {
        if (text[0] == '\x1b') {
            text.remove_prefix(escape_size(text));
            continue;
        }
        const auto [point, size] = decode(text);
        if (point < 0x20 || (point >= 0x7F && point < 0xA0))
            line += ' ';
        else if (point == 0xFFFD && size == 1)
            line += '?';
        else
            line += text.substr(0, size);
        text.remove_prefix(size);
    }
    while (!line.empty() && line.back() == ' ')
        line.pop_back();
    return line;
}

} // namespace orch::cmd::ui
