#include "lib/base/error.hpp"
#include "lib/json/json.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <limits>
#include <string>

namespace json = orch::json;
using orch::Error;
using orch::Kind;

namespace {

std::string failure(const std::string& text) {
    try {
        json::parse_ordered(text, "a.json");
    } catch (const Error& error) {
        CHECK(error.kind() == Kind::invalid);
        return error.message();
    }
    return "nothing was thrown";
}

std::string line(const nlohmann::json& value) { return json::to_go_line(value); }

} // namespace

TEST_CASE("json: an error names the source, the byte and the reason") {
    CHECK(failure("") == "a.json: byte 1: unexpected end of input");
    CHECK(failure("{\"a\": ") == "a.json: byte 7: unexpected end of input");
    CHECK(failure("{\"a\" 1}") == "a.json: byte 6: unexpected number literal");
    CHECK(failure("[1] x") == "a.json: byte 5: invalid literal");
    CHECK(failure("[1e999]") == "a.json: number overflow parsing '1e999'");
}

TEST_CASE("json: an error does not repeat what it read: it may be a secret") {
    CHECK(
        failure("{\"Password\": \"hunter2") ==
        "a.json: byte 22: invalid string: missing closing quote"
    );
}

TEST_CASE("json: nesting without end is refused before it overflows the stack") {
    CHECK(failure(std::string(5'000'000, '[')) == "a.json: byte 1001: nested too deeply");
    const auto deep = std::string(1000, '[') + std::string(1000, ']');
    CHECK(line(json::parse(deep, "a.json")) == deep);
    CHECK(line(json::parse("\"[[\\\"[[\"", "a.json")) == "\"[[\\\"[[\"");
}

TEST_CASE("json: a file that is rewritten keeps the text of its numbers") {
    for (const std::string number :
         {"0",
          "-1",
          "9007199254740993",
          "18446744073709551615",
          "18446744073709551616",
          "1.10",
          "1e3",
          "1E-7",
          "0.05",
          "0.1234567890123456789012",
          "-0.0",
          "3.0"}) {
        const auto value = json::parse_ordered("[" + number + ",{\"a\":" + number + "}]", "t");
        CHECK(
            json::to_go_text(value) ==
            "[\n    " + number + ",\n    {\n        \"a\": " + number + "\n    }\n]"
        );
    }
    CHECK(json::parse_ordered("[1.5]", "t")[0].get<double>() == 1.5);
    CHECK(json::to_go_text(json::parse_ordered(R"({"a":1,"b":[],"a":{"c":[2]}})", "t")) == R"({
    "a": {
        "c": [
            2
        ]
    },
    "b": []
})");
    CHECK(failure("[1e999]").starts_with("a.json: number overflow"));
    CHECK(failure("{\n  \"a\": 1,\n  b\n}").starts_with("a.json: byte 15 (line 3, column 3): "));
}

TEST_CASE("json: the order of keys is kept or sorted, as asked") {
    const auto* const text = R"({"b": 1, "a": {"z": 2, "y": 3}})";
    CHECK(json::to_go_text(json::parse_ordered(text, "t")) == R"({
    "b": 1,
    "a": {
        "z": 2,
        "y": 3
    }
})");
    CHECK(line(json::parse(text, "t")) == R"({"a":{"y":3,"z":2},"b":1})");
}

TEST_CASE("json: pretty text has four spaces, closed empty lists and no final newline") {
    const auto value = json::parse(R"({"e":[],"n":null,"o":{},"l":[1,[true]]})", "t");
    CHECK(json::to_go_text(value) == R"({
    "e": [],
    "l": [
        1,
        [
            true
        ]
    ],
    "n": null,
    "o": {}
})");
}

TEST_CASE("json: strings are escaped as Go escapes them") {
    CHECK(line("<a href='x'>&</a>") == R"("\u003ca href='x'\u003e\u0026\u003c/a\u003e")");
    CHECK(
        line("\"\\/\n\r\t\b\f\x01\x1f\x7f") ==
        "\"\\\"\\\\/\\n\\r\\t\\u0008\\u000c\\u0001\\u001f\x7f\""
    );
    CHECK(line("\u2027\u2028\u2029") == "\"\u2027\\u2028\\u2029\"");
    CHECK(line("gr\u00fc\u00df \U0001F433") == "\"gr\u00fc\u00df \U0001F433\"");
    CHECK(line("bad \xff\xc3(") == "\"bad \\ufffd\\ufffd(\"");
    CHECK(line("\ufffd") == "\"\ufffd\"");
    CHECK(line({{"<k>", 1}}) == R"({"\u003ck\u003e":1})");
}

TEST_CASE("json: integers keep every digit as far as 64 bits go") {
    const auto* const text = "[9007199254740993,18446744073709551615,-9223372036854775808,0,-1]";
    CHECK(line(json::parse(text, "t")) == text);
    CHECK(line(json::parse("18446744073709551616", "t")) == "18446744073709552000");
}

TEST_CASE("json: floats are printed as Go prints them") {
    CHECK(line(0.5) == "0.5");
    CHECK(line(3.0) == "3");
    CHECK(line(-0.0) == "-0");
    CHECK(line(0.1 + 0.2) == "0.30000000000000004");
    CHECK(line(1e20) == "100000000000000000000");
    CHECK(line(-123456789012345680.0) == "-123456789012345680");
    CHECK(line(9007199254740992.0) == "9007199254740992");
    CHECK(line(1e21) == "1e+21");
    CHECK(line(-2.5e300) == "-2.5e+300");
    CHECK(line(0.000001) == "0.000001");
    CHECK(line(0.0000001) == "1e-7");
    CHECK(line(1.25e-10) == "1.25e-10");
    CHECK(line(std::numeric_limits<double>::max()) == "1.7976931348623157e+308");
    CHECK(line(std::numeric_limits<double>::denorm_min()) == "5e-324");
    CHECK(line(std::numeric_limits<double>::infinity()) == "null");
}
