#include "cmd/ui/console.hpp"
#include "lib/base/error.hpp"
#include "tests/support/pty.hpp"
#include "tests/support/screen.hpp"
#include "tests/unit/cmd/harness.hpp"

#include <doctest/doctest.h>

#include <fcntl.h>
#include <signal.h>
#include <termios.h>

namespace orch::cmd::ui {

namespace {

using Lines = std::vector<std::string>;

struct Terminal {
    test::Pty pty{10, 40};
    os::Environment environment{test::Variables{{"TERM", "xterm"}}};
    Console console{pty.terminal(), pty.terminal(), pty.terminal(), environment};

    test::Screen screen() {
        test::Screen screen(10);
        screen.feed(pty.read_all());
        return screen;
    }
};

} // namespace

TEST_CASE("console: a file gets the text and no escape sequences") {
    test::RecordedConsole recorded;
    recorded.console.out("answer\n");
    recorded.console.err("news\n");
    recorded.console.live({"live"}, "above\n");
    CHECK(recorded.out() == "answer\n");
    CHECK(recorded.err() == "news\nabove\n");
    CHECK(recorded.console.out_size().columns == 80);
}

TEST_CASE("console: a full disk is reported, a closed pipe ends quietly") {
    const os::Environment environment;
    const Fd full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
    REQUIRE(full);
    Console disk(0, full.get(), full.get(), environment);
    CHECK_THROWS_WITH_AS(
        disk.out("x"), "standard output cannot be written: No space left on device", Error
    );
    CHECK_NOTHROW(disk.err("x"));

    ::signal(SIGPIPE, SIG_IGN);
    int pipes[2];
    REQUIRE(::pipe2(pipes, O_CLOEXEC) == 0);
    ::close(pipes[0]);
    const Fd writer(pipes[1]);
    Console pipe(0, writer.get(), writer.get(), environment);
    CHECK_THROWS_AS(pipe.out("x"), OutputClosed);
    CHECK_NOTHROW(pipe.err("x"));
}

TEST_CASE("console: lines scroll above the live area") {
    Terminal terminal;
    terminal.console.live({"one", "two"});
    terminal.console.err("log\n");
    terminal.console.out("answer\n");
    CHECK(terminal.screen().lines() == Lines{"log", "answer", "one", "two"});
    CHECK_FALSE(terminal.screen().cursor_shown());
    terminal.console.live({"two"}, "one is done\n");
    CHECK(terminal.screen().lines() == Lines{"log", "answer", "one is done", "two"});
    terminal.console.live({});
    CHECK(terminal.screen().lines() == Lines{"log", "answer", "one is done"});
    CHECK(terminal.screen().cursor_shown());
}

TEST_CASE("console: the live area waits while a line is unfinished") {
    Terminal terminal;
    terminal.console.live({"live"});
    terminal.console.out("half");
    terminal.console.live({"live 2"});
    CHECK(terminal.screen().lines() == Lines{"half"});
    terminal.console.out(" done\n");
    CHECK(terminal.screen().lines() == Lines{"half done", "live 2"});
}

TEST_CASE("console: an interactive child has the terminal for itself") {
    Terminal terminal;
    terminal.console.live({"live"});
    {
        const Console::Handover handover(terminal.console);
        terminal.console.live({"live 2"});
        CHECK(terminal.screen().lines().empty());
        CHECK(terminal.screen().cursor_shown());
    }
    CHECK(terminal.screen().lines() == Lines{"live 2"});
}

TEST_CASE("console: restore gives back the cursor, the area and the line discipline") {
    Terminal terminal;
    termios before{};
    REQUIRE(::tcgetattr(terminal.pty.terminal(), &before) == 0);
    const Console::RawInput raw(terminal.console);
    termios now{};
    REQUIRE(::tcgetattr(terminal.pty.terminal(), &now) == 0);
    CHECK((now.c_lflag & (ICANON | ECHO)) == 0);
    terminal.console.live({"live"});
    terminal.console.restore();
    REQUIRE(::tcgetattr(terminal.pty.terminal(), &now) == 0);
    CHECK(now.c_lflag == before.c_lflag);
    CHECK(terminal.screen().lines().empty());
    CHECK(terminal.screen().cursor_shown());
}

TEST_CASE("console: the size is that of the terminal at the moment") {
    Terminal terminal;
    CHECK(terminal.console.err_size().columns == 40);
    terminal.pty.resize(5, 33);
    CHECK(terminal.console.err_size().columns == 33);
    CHECK(terminal.console.err_size().rows == 5);
}

TEST_CASE("console: the locale's name says whether the terminal shows UTF-8") {
    const auto unicode = [](test::Variables variables) {
        const os::Environment environment(std::move(variables));
        return Console(0, 1, 2, environment).unicode();
    };
    CHECK(unicode({{"LANG", "de_DE.UTF-8"}}));
    CHECK(unicode({{"LC_ALL", "C.utf8"}, {"LANG", "C"}}));
    CHECK_FALSE(unicode({{"LC_ALL", "C"}, {"LANG", "de_DE.UTF-8"}}));
    CHECK_FALSE(unicode({}));
}

} // namespace orch::cmd::ui
