#include "compose/load/values/sizes.hpp"
#include "lib/yaml/node.hpp"

#include <doctest/doctest.h>

#include <string>

namespace values = orch::compose::load::values;

namespace {

/// The value that `text` has in a file.
orch::yaml::Node node(const std::string& text) { return orch::yaml::parse(text, "f").root; }

} // namespace

TEST_CASE("sizes: bytes with and without units") {
    struct Row {
        std::string text;
        std::int64_t bytes;
    };

    const Row rows[] = {
        {"1024", 1024},
        {"\"1024\"", 1024},
        {"512m", 536870912},
        {"512M", 536870912},
        {"10kb", 10240},
        {"1GB", 1073741824},
        {"1.5g", 1610612736},
        {"0.1k", 102},
        {"5b", 5},
        {"\"\"", 0},
        {"\"-1\"", -1},
        {"-1", -1},
        {"10.0", 10},
        {"1_000", 1000}};
    for (const auto& row : rows) {
        CAPTURE(row.text);
        const auto parsed = values::parse_bytes(node(row.text));
        CHECK(parsed.ok());
        CHECK(parsed.value == row.bytes);
    }
    for (const std::string text :
         {"10q",
          "m",
          "1.5",
          "1 m",
          "1mm",
          "1.2.3m",
          "--1",
          "1e3",
          "9999999999g",
          ".5m",
          "99999999999999999999"}) {
        CAPTURE(text);
        CHECK_FALSE(values::parse_bytes(node(text)).ok());
    }
}

TEST_CASE("sizes: integers may be written as text") {
    CHECK(values::parse_integer(node("73")).value == 73);
    CHECK(values::parse_integer(node("\" 73 \"")).value == 73);
    CHECK(values::parse_integer(node("\"0x10\"")).value == 16);
    CHECK(values::parse_integer(node("73.0")).value == 73);
    for (const char* text : {"1.5", "\"\"", "many", "\"1 2\"", ".inf", "99999999999999999999"})
        CHECK_FALSE(values::parse_integer(node(text)).ok());
}

TEST_CASE("sizes: microseconds are a number or a duration") {
    CHECK(values::parse_microseconds(node("50000")).value == 50000);
    CHECK(values::parse_microseconds(node("\"50000\"")).value == 50000);
    CHECK(values::parse_microseconds(node("50ms")).value == 50000);
    CHECK(values::parse_microseconds(node("1.5s")).value == 1500000);
    CHECK(values::parse_microseconds(node("1m30s")).value == 90000000);
    CHECK(values::parse_microseconds(node("1h2us")).value == 3600000002);
    for (const char* text : {"5 s", "s", "1s2", "5d", "\"\"", "1.5"})
        CHECK_FALSE(values::parse_microseconds(node(text)).ok());
}
