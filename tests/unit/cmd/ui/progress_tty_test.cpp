#include "cmd/ui/progress_tty.hpp"
#include "lib/tasks/group.hpp"
#include "tests/support/pty.hpp"
#include "tests/support/screen.hpp"

#include <doctest/doctest.h>

#include <thread>

namespace orch::cmd::ui {

namespace {

using namespace std::chrono_literals;
using progress::Event;
using progress::Status;
using Lines = std::vector<std::string>;

Event event(std::string id, Status status, std::string text, std::string parent = "") {
    return {
        .id = std::move(id),
        .parent = std::move(parent),
        .status = status,
        .text = std::move(text),
        .amount = {},
        .detail = {}};
}

struct Display {
    test::Pty pty{8, 60};
    os::Environment environment{{{"TERM", "xterm"}, {"NO_COLOR", "1"}}};
    Console console{pty.terminal(), pty.terminal(), pty.terminal(), environment};
    tasks::SystemClock clock;

    test::Screen screen() {
        test::Screen screen(8);
        screen.feed(pty.read_all());
        return screen;
    }
};

} // namespace

TEST_CASE("board: a line for each thing, with time, until it is done") {
    Board board({});
    const Board::time_point start{};
    CHECK(board.apply(event("web1", Status::working, "Creating"), start).empty());
    CHECK(board.apply(event("database", Status::working, "Creating"), start + 1s).empty());
    CHECK(
        board.lines(start + 2s, {}) ==
        Lines{"-  web1      Creating  2.0s", "-  database  Creating  1.0s"}
    );
    CHECK(
        board.apply(event("web1", Status::done, "Creating"), start + 3s) ==
        "+  web1  Created  3.0s\n"
    );
    CHECK(board.lines(start + 3s, {}).size() == 1);
    CHECK(
        board.apply(event("database", Status::failed, ""), start + 3s) ==
        "x  database  Creating  2.0s\n"
    );
    CHECK_FALSE(board.live());
}

TEST_CASE("board: parts are folded into what they belong to") {
    Board board({});
    const Board::time_point start{};
    board.apply(event("web", Status::working, "Pulling"), start);
    auto layer = event("abc", Status::working, "Downloading", "web");
    layer.amount = progress::Amount{500'000, 1'000'000};
    board.apply(layer, start);
    board.apply(event("def", Status::done, "Already exists", "web"), start);
    CHECK(
        board.lines(start, {}) ==
        Lines{"-  web  Pulling  1/2  [==========>         ] 500.0 kB/1.0 MB  0.0s"}
    );
    CHECK(
        board.apply(event("def", Status::failed, "no space", "web"), start) == "x  def  no space\n"
    );
    board.apply(event("web", Status::done, "Pulled"), start);
    CHECK_FALSE(board.live());
}

TEST_CASE("board: the latest word about a thing stands at its end, until the next step") {
    Board board({});
    board.apply(event("web1", Status::working, "Installing"), {});
    board.apply(event("", Status::working, "Unpacking a", "web1"), {});
    board.apply(event("", Status::working, "Unpacking b", "web1"), {});
    board.apply(event("", Status::working, "lost", "web2"), {});
    CHECK(board.lines({}, {}) == Lines{"-  web1  Installing  0.0s  Unpacking b"});
    board.apply(event("web1", Status::working, "Checking"), {});
    CHECK(board.lines({}, {}) == Lines{"-  web1  Checking  0.0s"});
}

TEST_CASE("board: a part whose whole is unknown stands for itself") {
    Board board({});
    board.apply(event("abc", Status::working, "Downloading", "web"), {});
    CHECK(board.lines({}, {}) == Lines{"-  abc  Downloading  0.0s"});
    board.apply(event("abc", Status::done, "Done", "web"), {});
    CHECK_FALSE(board.live());
}

TEST_CASE("board: never more lines or columns than the terminal has") {
    Board board({.unicode = true});
    for (int i = 0; i < 20; ++i)
        board.apply(event("döner" + std::to_string(i), Status::working, std::string(99, 'x')), {});
    const auto lines = board.lines({}, {.columns = 20, .rows = 8});
    REQUIRE(lines.size() == 6);
    CHECK(lines[0] == "⠋  döner0  xxxxxxxx");
    CHECK(lines.back() == "   and 15 more");
}

TEST_CASE("board: what other programs say cannot tear the display") {
    Board board({});
    board.apply(event("a", Status::working, "one\ntwo\x1b[2J"), {});
    CHECK(board.lines({}, {}) == Lines{"-  a  one two  0.0s"});
    auto output = event("a", Status::working, "");
    output.detail = "Step 1\n\x1b[31mStep 2\x1b[0m";
    CHECK(board.apply(output, {}) == "   Step 1\n   Step 2\n");
}

TEST_CASE("board: amounts are read at a glance") {
    CHECK(amount_text({950, 0}) == "950 B");
    CHECK(amount_text({0, 0}).empty());
    CHECK(amount_text({2'000'000, 1'000'000}) == "[====================] 2.0 MB/1.0 MB");
}

TEST_CASE("tty progress: finished lines stay, the live area goes, the cursor comes back") {
    Display display;
    {
        TtyProgress progress(display.console, display.clock);
        progress.emit(event("web1", Status::working, "Creating"));
        display.pty.read_until("Creating");
        CHECK_FALSE(display.screen().cursor_shown());
        display.console.err("debug line\n");
        progress.emit(event("web2", Status::working, "Starting"));
        display.pty.read_until("web2"); // by the refresh
        progress.emit(event("web1", Status::done, "Created"));
    }
    const auto screen = display.screen();
    REQUIRE(screen.lines().size() == 2);
    CHECK(screen.lines()[0] == "debug line");
    CHECK(screen.lines()[1].starts_with("+  web1  Created  "));
    CHECK(screen.cursor_shown());
}

TEST_CASE("tty progress: many threads may tell at once") {
    Display display;
    {
        TtyProgress progress(display.console, display.clock);
        tasks::Group group(4, {});
        std::jthread reader([&](const std::stop_token& stop) {
            while (!stop.stop_requested())
                display.pty.read_all();
        });
        for (int i = 0; i < 40; ++i)
            group.spawn([&progress, i](const std::stop_token&) {
                const auto id = "c" + std::to_string(i);
                progress.emit(event(id, Status::working, "Stopping"));
                progress.emit(event(id, Status::done, "Stopped"));
            });
        group.wait();
    }
    CHECK(display.screen().lines().size() == 40);
}

} // namespace orch::cmd::ui
