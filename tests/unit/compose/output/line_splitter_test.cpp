#include "compose/output/line_splitter.hpp"

#include <doctest/doctest.h>

#include <vector>

namespace compose = orch::compose;

namespace {

struct Lines {
    std::vector<std::string> all;
    compose::LineSplitter splitter{[this](std::string_view line) { all.emplace_back(line); }};
};

} // namespace

TEST_CASE("line splitter: lines are put together across pieces") {
    Lines lines;
    for (const char* piece : {"o", "ne\ntw", "o\n", "\nthree\nfo"})
        lines.splitter.add(piece);
    CHECK(lines.all == std::vector<std::string>{"one", "two", "", "three"});
    lines.splitter.finish();
    CHECK(lines.all.back() == "fo");
    lines.splitter.finish();
    CHECK(lines.all.size() == 5);
}

TEST_CASE("line splitter: a line without an end does not fill the memory") {
    Lines lines;
    const std::string piece(1000, 'x');
    for (std::size_t sent = 0; sent < 3 * compose::LineSplitter::longest_line; sent += piece.size())
        lines.splitter.add(piece);
    CHECK(lines.all.size() >= 2);
    CHECK(lines.all.front().size() < compose::LineSplitter::longest_line + piece.size());
}
