#include "compose/load/interpolate.hpp"

#include <doctest/doctest.h>

#include <string>

namespace load = orch::compose::load;

namespace {

const orch::os::Environment variables({{"A", "1"}, {"EMPTY", ""}, {"_x9", "x"}});

std::string text(const std::string& pattern) {
    const auto result = load::interpolate(pattern, variables);
    CHECK_FALSE(result.invalid);
    CHECK_FALSE(result.missing.has_value());
    return result.text;
}

} // namespace

TEST_CASE("interpolate: the two forms of version 1") {
    CHECK(text("no variables") == "no variables");
    CHECK(text("$A") == "1");
    CHECK(text("${A}") == "1");
    CHECK(text("a$A-${A}b$_x9") == "a1-1bx");
    CHECK(text("$$A $$ ${A}$$") == "$A $ 1$");
    CHECK(text("$$$A") == "$1");
    CHECK(text("$EMPTY") == "");
}

TEST_CASE("interpolate: unset variables are blank and named") {
    const auto result = load::interpolate("$NONE-${NONE}-$A-$OTHER", variables);
    CHECK(result.text == "--1-");
    CHECK(result.unset == std::vector<std::string>{"NONE", "NONE", "OTHER"});
    CHECK(load::interpolate("$EMPTY", variables).unset.empty());
}

TEST_CASE("interpolate: defaults and alternatives of later formats") {
    CHECK(text("${A:-d}${A-d}") == "11");
    CHECK(text("${EMPTY:-d}${EMPTY-d}") == "d");
    CHECK(text("${NONE:-d}${NONE-e}${NONE:-}") == "de");
    CHECK(text("${A:+s}${A+s}${EMPTY:+s}${EMPTY+s}${NONE:+s}${NONE+s}") == "sss");
    CHECK(text("${A:?no}${EMPTY?no}") == "1");
    CHECK(text("${NONE:-${EMPTY:-${A}}}") == "1");
    CHECK(text("${NONE:-a$$b}") == "a$b");
    CHECK(text("${NONE:-a:b c}") == "a:b c");
    CHECK(load::interpolate("${NONE:-d}", variables).unset.empty());
    CHECK(load::interpolate("${NONE:?say why}", variables).missing == "say why");
    CHECK(load::interpolate("${EMPTY:?}", variables).missing == "EMPTY");
    CHECK(load::interpolate("${NONE?need $A}", variables).missing == "need 1");
}

TEST_CASE("interpolate: any other dollar is invalid") {
    for (const std::string pattern :
         {"$",
          "a$",
          "$5",
          "$ A",
          "${",
          "${}",
          "${A",
          "${5}",
          "${A b}",
          "${A!b}",
          "${A:b}",
          "${A:}",
          "$-",
          "${-a}",
          "${ A}",
          "${NONE:-${}",
          "${NONE:-$}"}) {
        CAPTURE(pattern);
        CHECK(load::interpolate(pattern, variables).invalid);
    }
}

TEST_CASE("interpolate: endless nesting is invalid, not a crash") {
    std::string pattern;
    for (int i = 0; i < 100'000; ++i)
        pattern += "${N:-";
    CHECK(load::interpolate(pattern, variables).invalid);
    CHECK(load::interpolate(pattern + std::string(100'000, '}'), variables).invalid);
}
