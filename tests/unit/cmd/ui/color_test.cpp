#include "cmd/ui/color.hpp"

#include <doctest/doctest.h>

namespace orch::cmd::ui {

namespace {

using Variables = std::map<std::string, std::string, std::less<>>;

bool colored(Variables variables, bool terminal = true) {
    return wants_color(ColorChoice::automatic, terminal, os::Environment(std::move(variables)));
}

} // namespace

TEST_CASE("color: a terminal gets it, a pipe does not") {
    CHECK(colored({{"TERM", "xterm"}}));
    CHECK_FALSE(colored({{"TERM", "xterm"}}, false));
    CHECK_FALSE(colored({{"TERM", "dumb"}}));
    CHECK_FALSE(colored({}));
}

TEST_CASE("color: the conventions of the environment are kept, in their order") {
    CHECK_FALSE(colored({{"TERM", "xterm"}, {"NO_COLOR", "1"}}));
    CHECK(colored({{"TERM", "xterm"}, {"NO_COLOR", ""}}));
    CHECK_FALSE(colored({{"TERM", "xterm"}, {"CLICOLOR", "0"}}));
    CHECK(colored({{"CLICOLOR_FORCE", "1"}}, false));
    CHECK_FALSE(colored({{"CLICOLOR_FORCE", "0"}}, false));
    CHECK_FALSE(colored({{"CLICOLOR_FORCE", "1"}, {"NO_COLOR", "1"}}));
}

TEST_CASE("color: an explicit choice wins over everything") {
    const os::Environment none(Variables{{"NO_COLOR", "1"}});
    CHECK(wants_color(ColorChoice::always, false, none));
    CHECK_FALSE(
        wants_color(ColorChoice::never, true, os::Environment(Variables{{"CLICOLOR_FORCE", "1"}}))
    );
}

TEST_CASE("color: paint leaves text alone when disabled") {
    CHECK(paint(Paint::red, "x", false) == "x");
    CHECK(paint(Paint::red, "x", true) == "\x1b[31mx\x1b[0m");
}

} // namespace orch::cmd::ui
