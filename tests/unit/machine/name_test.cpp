#include "lib/base/error.hpp"
#include "machine/name.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using orch::Error;
using orch::machine::check_name;

namespace {

std::string failure(const std::string& name) {
    try {
        check_name(name);
    } catch (const Error& error) {
        CHECK(error.kind() == orch::Kind::invalid);
        return error.message();
    }
    return "";
}

} // namespace

TEST_CASE("name: letters, digits, dots and dashes are fine, short names, too") {
    for (const auto* name : {"a", "0", "web-1", "db.example.org", "A-", "x..y"})
        CHECK(failure(name).empty());
    CHECK(failure(std::string(63, 'a') + "." + std::string(63, 'b')).empty());
}

TEST_CASE("name: everything else is refused in docker-machine's words") {
    using std::string_literals::operator""s;
    for (const auto& name :
         {""s,
          "-"s,
          "."s,
          ".."s,
          "-a"s,
          ".a"s,
          "a_b"s,
          "a b"s,
          "a/b"s,
          "../a"s,
          "\u221e"s,
          "a\n"s,
          "a\0"s})
        CHECK(
            failure(name) == "Invalid hostname specified. Allowed hostname chars are: 0-9a-zA-Z . -"
        );
}

TEST_CASE("name: what is too long for a host name is refused") {
    CHECK(
        failure(std::string(64, 'a')) ==
        "the name aaaaaaaaaaaaaaaaaaaa... is too long for a host name"
    );
    std::string many_labels = "a";
    while (many_labels.size() < 254)
        many_labels += ".a";
    CHECK_FALSE(failure(many_labels).empty());
}

TEST_CASE("name: patterns stand for several names, as in shells") {
    using Names = std::vector<std::string>;
    CHECK(orch::machine::expand_names("web1") == Names{"web1"});
    CHECK(orch::machine::expand_names("node-{1..3}") == Names{"node-1", "node-2", "node-3"});
    CHECK(orch::machine::expand_names("n{3..1}x") == Names{"n3x", "n2x", "n1x"});
    CHECK(orch::machine::expand_names("n{08..10}") == Names{"n08", "n09", "n10"});
    CHECK(
        orch::machine::expand_names("{db,web}-{1..2}") == Names{"db-1", "db-2", "web-1", "web-2"}
    );
}

TEST_CASE("name: what is no pattern stays as it is") {
    for (const auto* word : {"a{b", "a}b", "{}", "{x}", "{1..}", "{1..a}", "{a..c}", "{-1..2}"}) {
        CAPTURE(word);
        CHECK(orch::machine::expand_names(word) == std::vector<std::string>{word});
    }
}

TEST_CASE("name: a slip of the fingers makes no million machines") {
    CHECK_THROWS_AS(orch::machine::expand_names("n{1..1000000}"), orch::Error);
    CHECK_THROWS_AS(orch::machine::expand_names("n{1..100}{1..100}"), orch::Error);
}
