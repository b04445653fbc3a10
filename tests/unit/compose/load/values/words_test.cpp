#include "compose/load/values/words.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace values = orch::compose::load::values;
using Words = std::vector<std::string>;

TEST_CASE("words: a line is split as a shell would, without expansion") {
    CHECK(values::split_words("").value == Words{});
    CHECK(values::split_words("  \t\n").value == Words{});
    CHECK(values::split_words("python app.py").value == Words{"python", "app.py"});
    CHECK(values::split_words("a  b\nc").value == Words{"a", "b", "c"});
    CHECK(values::split_words("sh -c 'echo \"$X\" *'").value == Words{"sh", "-c", "echo \"$X\" *"});
    CHECK(values::split_words("a''b \"\"").value == Words{"ab", ""});
    CHECK(values::split_words(R"("a \" \\ \n")").value == Words{R"(a " \ \n)"});
    CHECK(values::split_words(R"('a \')").value == Words{R"(a \)"});
    CHECK(values::split_words(R"(a\ b \'c)").value == Words{"a b", "'c"});
    CHECK(values::split_words("echo #no comment").value == Words{"echo", "#no", "comment"});
}

TEST_CASE("words: an open quote or a last backslash is an error") {
    CHECK(values::split_words("echo 'a").problem == "No closing quotation");
    CHECK(values::split_words("echo \"a\\\"").problem == "No closing quotation");
    CHECK(values::split_words("echo \\").problem == "No escaped character");
}
