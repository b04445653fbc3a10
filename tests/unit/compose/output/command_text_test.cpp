#include "compose/output/command_text.hpp"

#include <doctest/doctest.h>

namespace compose = orch::compose;

TEST_CASE("command text: the quotes around a word with spaces are taken away") {
    CHECK(compose::unquoted_command("redis-server --port 1") == "redis-server --port 1");
    CHECK(compose::unquoted_command("sh -c 'echo a; exec b'") == "sh -c echo a; exec b");
    CHECK(compose::unquoted_command("sh -c 'echo a' b") == "sh -c echo a b");
}

TEST_CASE("command text: quotes with more than one reading are left to an inspect call") {
    CHECK_FALSE(compose::unquoted_command("sh -c 'echo 'a''"));
    CHECK_FALSE(compose::unquoted_command("a 'b c' 'd e'"));
    CHECK_FALSE(compose::unquoted_command("it's"));
    CHECK_FALSE(compose::unquoted_command("echo 'word'"));
}
