#include "compose/load/values/env_file.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <map>
#include <optional>
#include <string>

namespace values = orch::compose::load::values;

namespace {

using Values = std::map<std::string, std::string, std::less<>>;

const orch::os::Environment environment(Values{{"HOME", "/home/user"}});

/// The one variable of a file.
std::optional<std::string> value(const std::string& text) {
    const auto file = values::parse_env_file(text, environment);
    REQUIRE(file.variables.size() == 1);
    CHECK(file.unreadable.empty());
    CHECK(file.variables[0].name == "A");
    return file.variables[0].value;
}

} // namespace

TEST_CASE("env file: a value as dotenv reads it") {
    CHECK(value("A=1") == "1");
    CHECK(
        value("\xef\xbb\xbf"
              "A=1") == "1"
    );
    CHECK(value("A=b=c") == "b=c");
    CHECK(value("  A =  b c  \r\n") == "b c");
    CHECK(value("export A=1") == "1");
    CHECK(value("A=") == "");
    CHECK(value("A= ") == "");
    CHECK(value("A") == std::nullopt);
    CHECK(value("A # comment") == std::nullopt);
    CHECK(value("'A'=1") == "1");
    CHECK(value("A=b # comment") == "b");
    CHECK(value("A=b#c") == "b#c");
    CHECK(value("A= #b") == "#b");
    CHECK(value("A='b c' # comment") == "b c");
    CHECK(value("A='it\\'s \\n'") == "it's \\n");
    CHECK(value("A=\"it's \\\"so\\\"\\n\\\\\"") == "it's \"so\"\n\\");
    CHECK(value("A='two\nlines'") == "two\nlines");
    CHECK(value("A='b\\'") == "b\\");
    CHECK(value("A=it's") == "it's");
}

TEST_CASE("env file: references are replaced, quoted or not, and a bare $ stays") {
    CHECK(value("A=${HOME}/x") == "/home/user/x");
    CHECK(value("A='${HOME}'") == "/home/user");
    CHECK(value("A=$HOME") == "$HOME");
    CHECK(value("A=${NONE}") == "");
    CHECK(value("A=${NONE:-d e}") == "d e");
    CHECK(value("A=${HOME:-d}") == "/home/user");
    CHECK(value("A=${HOME:+d}") == "${HOME:+d}");
    CHECK(value("A=${HOME") == "${HOME");
    const auto file = values::parse_env_file("HOME=/other\nA=${HOME}\nB\nC=${B}.", environment);
    CHECK(file.variables.at(1).value == "/other");
    CHECK(file.variables.at(3).value == ".");
}

TEST_CASE("env file: comments and blank lines say nothing, broken lines are named and skipped") {
    const auto file =
        values::parse_env_file("# A=1\n\n   \nB=1\n=x\nC='open\nD=2\nE=\"x\" y\nF", environment);
    std::map<std::string, std::optional<std::string>> all;
    for (const auto& variable : file.variables)
        all[variable.name] = variable.value;
    CHECK(
        all ==
        std::map<std::string, std::optional<std::string>>{
            {"B", "1"}, {"D", "2"}, {"F", std::nullopt}}
    );
    CHECK(file.unreadable == std::vector<int>{5, 6, 8});
    CHECK(values::parse_env_file("", environment).variables.empty());
}
