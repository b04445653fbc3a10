#include "lib/base/error.hpp"
#include "machine/name.hpp"

#include <doctest/doctest.h>

#include <string>

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
