#include "lib/yaml/source.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace orch::yaml {

namespace {

bool continuation(char c) { return (static_cast<unsigned char>(c) & 0xc0U) == 0x80U; }

/// The length of the UTF-8 sequence at the front of `text`, or 0 if there is none: also for
/// overlong forms, surrogates and values beyond U+10FFFF.
std::size_t utf8_length(std::string_view text) {
    const auto at = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const auto first = at(0);
    if (first < 0x80)
        return 1;
    const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    if (first < 0xc2 || first > 0xf4 || text.size() < length)
        return 0;
    for (std::size_t i = 1; i < length; ++i)
        if (!continuation(text[i]))
            return 0;
    const bool wrong = (first == 0xe0 && at(1) < 0xa0) || (first == 0xed && at(1) > 0x9f) ||
                       (first == 0xf0 && at(1) < 0x90) || (first == 0xf4 && at(1) > 0x8f);
    return wrong ? 0 : length;
}

bool control(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\t' && c != '\n' && c != '\r') || byte == 0x7f;
}

} // namespace

Source::Source(std::string_view text, std::string_view file)
    : text_(text), file_(std::make_shared<const std::string>(file)) {
    if (text_.starts_with("\xff\xfe") || text_.starts_with("\xfe\xff"))
        fail(0, "the file is UTF-16 text; save it as UTF-8");
    if (text_.starts_with("\xef\xbb\xbf"))
        text_.remove_prefix(3);
    check();
}

void Source::check() {
    for (std::size_t offset = 0; offset < text_.size();) {
        const auto length = utf8_length(text_.substr(offset));
        if (length == 0)
            fail(
                offset,
                fmt::format(
                    "the byte 0x{:02x} is not UTF-8 text", static_cast<unsigned char>(text_[offset])
                )
            );
        if (control(text_[offset]))
            fail(
                offset,
                fmt::format(
                    "the control character 0x{:02x} is not allowed",
                    static_cast<unsigned char>(text_[offset])
                )
            );
        offset += length;
    }
}

Mark Source::mark(std::size_t offset) {
    offset = std::min(offset, text_.size());
    if (offset < offset_)
        offset_ = 0, line_ = 1, column_ = 1;
    for (; offset_ < offset; ++offset_) {
        if (text_[offset_] == '\n')
            ++line_, column_ = 1;
        else if (!continuation(text_[offset_]))
            ++column_;
    }
    return {file_, line_, column_};
}

void Source::fail(std::size_t offset, std::string problem) {
    throw SyntaxError(mark(offset), std::move(problem));
}

} // namespace orch::yaml
