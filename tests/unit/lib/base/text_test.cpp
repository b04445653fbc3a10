#include "lib/base/text.hpp"

#include <doctest/doctest.h>

namespace text = orch::text;

TEST_CASE("text: split keeps empty pieces") {
    CHECK(text::split("a::b", ':') == std::vector<std::string>{"a", "", "b"});
    CHECK(text::split("", ':') == std::vector<std::string>{""});
}

TEST_CASE("text: lines drop their ends and no empty tail") {
    CHECK(text::lines("a\r\nb\n") == std::vector<std::string>{"a", "b"});
    CHECK(text::lines("a\n\nb") == std::vector<std::string>{"a", "", "b"});
    CHECK(text::lines("").empty());
}

TEST_CASE("text: natural order compares digit runs by value and ignores case") {
    CHECK(text::natural_less("web2", "web10"));
    CHECK(text::natural_less("1", "a"));
    CHECK(text::natural_less("A1", "b1"));
    CHECK_FALSE(text::natural_less("web10", "web2"));
    CHECK_FALSE(text::natural_less("same", "same"));
    CHECK(text::natural_less("Same", "same"));
    CHECK_FALSE(text::natural_less("same", "Same"));
    CHECK(text::natural_less("a1", "a1b"));
}

TEST_CASE("text: a shell reads a quoted word as it was") {
    CHECK(text::shell_quote("plain-1.2/x") == "plain-1.2/x");
    CHECK(text::shell_quote("") == "''");
    CHECK(text::shell_quote("it's $HOME") == "'it'\\''s $HOME'");
    CHECK(text::shell_join({"echo", "a b"}) == "echo 'a b'");
}

TEST_CASE("text: nearest finds slips and nothing far away") {
    CHECK(text::nearest("port", {"ports", "image"}) == "ports");
    CHECK(text::nearest("prots", {"ports", "image"}) == "ports");
    CHECK(text::nearest("xyzzy", {"ports", "image"}).empty());
}
