#include "cmd/ui/width.hpp"

#include <doctest/doctest.h>

namespace orch::cmd::ui {

TEST_CASE("width: counts columns, not bytes") {
    CHECK(columns("abc") == 3);
    CHECK(columns("Müller") == 6);
    CHECK(columns("日本") == 4);
    CHECK(columns("e\u0301") == 1);
    CHECK(columns("\x1b[31mred\x1b[0m") == 3);
    CHECK(columns("\xff\xfe") == 2); // not UTF-8: a column for each byte
    CHECK(columns("\xe6\x97") == 2); // cut off in the middle
}

TEST_CASE("width: cuts between characters only") {
    CHECK(cut("Müller", 2) == "Mü");
    CHECK(cut("日本", 3) == "日");
    CHECK(cut("abc", 9) == "abc");
    CHECK(cut("abc", 0).empty());
}

TEST_CASE("width: pads to columns") {
    CHECK(pad("ü", 3) == "ü  ");
    CHECK(pad("long", 2) == "long");
}

TEST_CASE("width: text of other programs cannot move the cursor") {
    CHECK(one_line("a\nb\tc\r") == "a b c");
    CHECK(one_line("\x1b[2J\x1b]0;title\aok\x1b") == "ok");
    CHECK(one_line("\x1b]0;title\x1b\\ok") == "ok");
    CHECK(one_line("x\u009b2Jy") == "x 2Jy");
    CHECK(one_line("x\x9b") == "x?");
}

} // namespace orch::cmd::ui
