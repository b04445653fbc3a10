#include "compose/placement/expression.hpp"
#include "tests/support/error_of.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace placement = orch::compose::placement;

using Candidates = std::vector<std::string>;

namespace {

struct Match {
    const char* text;
    Candidates candidates;
    bool holds;
};

const Match matches[] = {
    // whole texts, case and all
    {"storage==ssd", {"ssd"}, true},
    {"storage==ssd", {"SSD"}, false},
    {"storage==ssd", {"ssd2"}, false},
    {"storage==ssd", {"xssd"}, false},
    {"storage!=ssd", {"ssd"}, false},
    {"storage!=ssd", {"hdd"}, true},
    {"operatingsystem==Debian GNU/Linux 12 (bookworm)", {"Debian GNU/Linux 12 bookworm"}, true},
    {"image==redis:7", {"redis", "redis:7"}, true},
    {"container==a:b", {"a:b"}, true},
    // a dot is any character, as it always was
    {"kernelversion==6.1", {"6.1"}, true},
    {"kernelversion==6.1", {"6x1"}, true},
    {"kernelversion==6.1", {"6.10"}, false},
    // globs
    {"node==*", {""}, true},
    {"node==db*", {"db1"}, true},
    {"node==db*", {"db"}, true},
    {"node==db*", {"mydb"}, false},
    {"node==*db", {"mydb"}, true},
    {"node==*b*", {"abc"}, true},
    {"node==a*c", {"abbbc"}, true},
    {"node==a*c", {"abcd"}, false},
    {"node!=db*", {"db1"}, false},
    {"node!=db*", {"web"}, true},
    // what else a regular expression knows is live in them
    {"node==db[12]", {"db1"}, true},
    {"node==db[12]", {"db3"}, false},
    {"node==dbs?", {"db"}, true},
    {"node==db+", {"dbbb"}, true},
    {"node==(db|web)1", {"web1"}, true},
    {"node==a|b", {"axx"}, true}, // "^a" or "b$"
    {"node==a|b", {"xxb"}, true},
    {"node==a|b", {"xax"}, false},
    {"node==^db$", {"db"}, true},
    {"node==\\d+", {"42"}, true},
    {"node==\\d+", {"4x"}, false},
    {"node==(?i)DB1", {"db1"}, true},
    // regular expressions are searched for
    {"node==/b/", {"abc"}, true},
    {"node==/^b/", {"abc"}, false},
    {"node==/^[ab]$/", {"a"}, true},
    {"node==/^[ab]$/", {"ab"}, false},
    {"node==/(?i)AB/", {"xabx"}, true},
    {"node==//", {""}, true},
    {"node==//", {"anything"}, true},
    {"node!=//", {"anything"}, false},
    {"node==/a.c/", {"xabcx"}, true},
    {"node==/^db-[0-9]+$/", {"db-07"}, true},
    {"node==/a/b/", {"a/b"}, true},
    // one that is broken matches nothing
    {"node==/[/", {"["}, false},
    {"node!=/[/", {"["}, true},
    {"node==*(", {"("}, false},
    {"node==/(/", {"("}, false},
    // several candidates: one is enough, for "!=" none may match
    {"node==b", {"id-1", "b"}, true},
    {"node!=b", {"id-1", "b"}, false},
    {"node!=c", {"id-1", "b"}, true},
    {"container!=web", {}, true},
    {"container==web", {}, false},
    {"container==*", {}, false},
    // nothing is an empty text
    {"absent!=x", {""}, true},
    {"absent==*", {""}, true},
    {"absent==.+", {""}, false},
    // soft ones match alike
    {"storage==~ssd", {"ssd"}, true},
    {"storage==~ssd", {"hdd"}, false},
    {"storage!=~ssd", {"hdd"}, true},
    {"node==~/^d/", {"db"}, true},
    {"node===x", {"=x"}, true},
    {"node==!x", {"!x"}, true},
};

struct Refusal {
    const char* text;
    const char* message;
};

constexpr Refusal refusals[] = {
    {"", "One of operator ==, != is expected"},
    {"storage", "One of operator ==, != is expected"},
    {"storage=ssd", "One of operator ==, != is expected"},
    {"storage<ssd", "One of operator ==, != is expected"},
    {"==ssd", "Key '' is invalid"},
    {"a==ssd", "Key 'a' is invalid"},
    {"1a==ssd", "Key '1a' is invalid"},
    {"-ab==ssd", "Key '-ab' is invalid"},
    {"storage ==ssd", "Key 'storage ' is invalid"},
    {"sto rage==ssd", "Key 'sto rage' is invalid"},
    {"stor@ge==ssd", "Key 'stor@ge' is invalid"},
    {"ab!=cd==ef", "Key 'ab!=cd' is invalid"},
    {"storage==", "Value '' is invalid"},
    {"storage==~", "Value '~' is invalid"},
    {"storage==~~ssd", "Value '~~ssd' is invalid"},
    {"storage==s~d", "Value 's~d' is invalid"},
    {"storage==a,b", "Value 'a,b' is invalid"},
    {"storage==a@b", "Value 'a@b' is invalid"},
    {"storage=={a}", "Value '{a}' is invalid"},
    {"storage==\"ssd\"", "Value '\"ssd\"' is invalid"},
    {"storage==/", "Value '/' is invalid"},
    {"storage!=", "Value '' is invalid"},
};

} // namespace

TEST_CASE("expression: what holds for what") {
    for (const auto& row : matches) {
        CAPTURE(row.text);
        CHECK(placement::parse_expression(row.text).holds_for(row.candidates) == row.holds);
    }
}

TEST_CASE("expression: its parts") {
    const auto hard = placement::parse_expression("com.example.disk_type-1!=ssd");
    CHECK(hard.key == "com.example.disk_type-1");
    CHECK(hard.value == "ssd");
    CHECK(hard.negated);
    CHECK_FALSE(hard.soft);
    const auto soft = placement::parse_expression("_x==~ a b ");
    CHECK(soft.key == "_x");
    CHECK(soft.value == " a b "); // blanks count
    CHECK(soft.soft);
    CHECK_FALSE(placement::parse_expression("ab==!~x").soft);
}

TEST_CASE("expression: a literal value means itself") {
    for (const auto* text : {"node==db1", "node==a-b_c:d", "os==Debian Linux", "node!=x"})
        CHECK(placement::parse_expression(text).literal());
    for (const auto* text : {"node==db*", "node==/db/", "node==6.1", "node==a|b", "node==a?"})
        CHECK_FALSE(placement::parse_expression(text).literal());
}

TEST_CASE("expression: what is none is refused in the words of the standalone swarm") {
    for (const auto& row : refusals) {
        CAPTURE(row.text);
        const auto error = orch::test::error_of([&] { placement::parse_expression(row.text); });
        CHECK(error.message() == row.message);
        CHECK(error.kind() == orch::Kind::invalid);
    }
}
