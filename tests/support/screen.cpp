#include "tests/support/screen.hpp"

#include <doctest/doctest.h>

#include <algorithm>

namespace orch::test {

void Screen::feed(std::string_view bytes) {
    while (!bytes.empty()) {
        if (bytes.front() != '\x1b') {
            put(bytes.front());
            bytes.remove_prefix(1);
            continue;
        }
        REQUIRE(bytes.substr(0, 2) == "\x1b[");
        const auto final = bytes.find_first_not_of("0123456789;?", 2);
        REQUIRE(final != std::string_view::npos);
        sequence(bytes.substr(2, final - 2), bytes[final]);
        bytes.remove_prefix(final + 1);
    }
}

void Screen::put(char byte) {
    if (byte == '\r') {
        column_ = 0;
    } else if (byte == '\n') {
        column_ = 0;
        ++row_;
        lines_.resize(std::max(lines_.size(), row_ + 1));
    } else {
        auto& line = lines_[row_];
        line.resize(std::max(line.size(), column_ + 1), ' ');
        line[column_++] = byte;
    }
}

void Screen::sequence(std::string_view parameters, char final) {
    if (final == 'm')
        return;
    if (parameters == "?25" && (final == 'h' || final == 'l')) {
        cursor_shown_ = final == 'h';
    } else if (final == 'A') {
        const auto up = std::stoul(std::string(parameters));
        const auto top = lines_.size() > rows_ ? lines_.size() - rows_ : 0;
        REQUIRE(row_ >= top + up);
        row_ -= up;
    } else if (final == 'J' && parameters.empty()) {
        lines_.resize(row_ + 1);
        lines_[row_].resize(std::min(lines_[row_].size(), column_));
    } else {
        FAIL("unknown sequence ", parameters, final);
    }
}

std::vector<std::string> Screen::lines() const {
    auto lines = lines_;
    while (!lines.empty() && lines.back().empty())
        lines.pop_back();
    return lines;
}

} // namespace orch::test
