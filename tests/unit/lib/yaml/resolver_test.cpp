#include "lib/yaml/scalar.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <string>

namespace yaml = orch::yaml;

namespace {

yaml::Node resolved(const std::string& text) {
    yaml::Node node;
    node.scalar = text;
    yaml::resolve_plain(node);
    return node;
}

} // namespace

TEST_CASE("resolver: a plain scalar has the type that PyYAML gives it") {
    using yaml::Type;

    struct Row {
        std::string text;
        Type type;
        std::string as_text;
    };

    const Row rows[] = {
        {"", Type::null, ""},
        {"~", Type::null, "~"},
        {"null", Type::null, "null"},
        {"Null", Type::null, "Null"},
        {"NULL", Type::null, "NULL"},
        {"nUll", Type::string, "nUll"},
        {"yes", Type::boolean, "True"},
        {"Off", Type::boolean, "False"},
        {"NO", Type::boolean, "False"},
        {"tRue", Type::string, "tRue"},
        {"y", Type::string, "y"},
        {"n", Type::string, "n"},
        {"0", Type::integer, "0"},
        {"00", Type::integer, "0"},
        {"-5", Type::integer, "-5"},
        {"+7", Type::integer, "7"},
        {"1_000", Type::integer, "1000"},
        {"010", Type::integer, "8"},
        {"08", Type::string, "08"},
        {"0b1010", Type::integer, "10"},
        {"0b12", Type::string, "0b12"},
        {"0x1F", Type::integer, "31"},
        {"-0x1f", Type::integer, "-31"},
        {"0x", Type::string, "0x"},
        {"0o17", Type::string, "0o17"},
        {"22:22", Type::integer, "1342"},
        {"1:30", Type::integer, "90"},
        {"-1:30", Type::integer, "-90"},
        {"1:2:3", Type::integer, "3723"},
        {"01:30", Type::string, "01:30"},
        {"1:60", Type::string, "1:60"},
        {"5000:5000", Type::string, "5000:5000"},
        {"80:80", Type::string, "80:80"},
        {"6379:59", Type::integer, "382799"},
        {"9223372036854775807", Type::integer, "9223372036854775807"},
        {"9223372036854775808", Type::integer, "9223372036854775808"},
        {"+1_9223372036854775808", Type::integer, "19223372036854775808"},
        {"1.5", Type::floating, "1.5"},
        {"1.50", Type::floating, "1.5"},
        {"10.0", Type::floating, "10.0"},
        {".5", Type::floating, "0.5"},
        {"-.5", Type::string, "-.5"},
        {"1.", Type::floating, "1.0"},
        {"1.0e+3", Type::floating, "1000.0"},
        {"1e3", Type::string, "1e3"},
        {"1.5e3", Type::string, "1.5e3"},
        {"1.0e+16", Type::floating, "1e+16"},
        {"1.0e-5", Type::floating, "1e-05"},
        {"1_0.5", Type::floating, "10.5"},
        {"1:30.5", Type::floating, "90.5"},
        {".inf", Type::floating, "inf"},
        {"-.INF", Type::floating, "-inf"},
        {".NaN", Type::floating, "nan"},
        {"1.2.3", Type::string, "1.2.3"},
        {".", Type::string, "."},
        {"_1", Type::string, "_1"},
        {"-", Type::string, "-"},
        {"2015-01-01", Type::timestamp, "2015-01-01"},
        {"2015-1-1", Type::string, "2015-1-1"},
        {"2015-01-01 10:00:00", Type::timestamp, "2015-01-01 10:00:00"},
        {"2015-1-1t1:00:00.5Z", Type::timestamp, "2015-1-1t1:00:00.5Z"},
        {"2015-01-01 10:00:00 +01:30", Type::timestamp, "2015-01-01 10:00:00 +01:30"},
        {"2015-01-01 10:00", Type::string, "2015-01-01 10:00"},
        {"redis:3", Type::string, "redis:3"},
        {"=", Type::string, "="},
    };
    for (const auto& row : rows) {
        CAPTURE(row.text);
        const auto node = resolved(row.text);
        CHECK(node.type == row.type);
        CHECK(node.as_text() == row.as_text);
    }
}

TEST_CASE("resolver: values come with the type") {
    CHECK(resolved("on").boolean);
    CHECK_FALSE(resolved("off").boolean);
    CHECK(resolved("22:22").sexagesimal);
    CHECK_FALSE(resolved("1342").sexagesimal);
    CHECK(resolved("0x10").integer == 16);
    CHECK(resolved("16").floating == doctest::Approx(16));
    CHECK_FALSE(resolved("9223372036854775808").fits);
    CHECK_FALSE(resolved("0xffffffffffffffff").fits);
    CHECK(std::isinf(resolved("1.0e+999").floating));
}

TEST_CASE("writer: text that a reader would take for something else is quoted") {
    CHECK(yaml::write_string("redis:3.2") == "redis:3.2");
    CHECK(yaml::write_string("/a/b c") == "/a/b c");
    for (const std::string text :
         {"",    "yes", "n",    "1",    "22:22", "1.5",  "~",  "2015-01-01", "<<", "=",  "- a",
          "---", "...", "a: b", "a:",   "a ",    " a",   "#a", "a #b",       "@a", "*a", "&a",
          "!a",  "{a}", "[a]",  "a\nb", "it's",  "null", "?",  "a\tb",       "\"", "\\"}) {
        CAPTURE(text);
        const auto written = yaml::write_string(text);
        CHECK(written.front() == '"');
        CHECK(yaml::parse(written, "f").root.scalar == text);
        CHECK(yaml::parse(written, "f").root.type == yaml::Type::string);
        CHECK(yaml::parse("k: " + written, "f").root.find("k")->scalar == text);
    }
}

TEST_CASE("writer: any text survives, also as a key") {
    const std::string all = "\x01\x1f\x7f\t\r\n\"\\' \xc3\xbc\xe2\x82\xac $${}";
    const auto document = yaml::parse(yaml::write_string(all) + ": x", "f");
    CHECK(document.root.entries.at(0).key.scalar == all);
}
