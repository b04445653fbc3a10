#include "cmd/ui/progress.hpp"
#include "tests/support/pty.hpp"
#include "tests/unit/cmd/harness.hpp"

#include <doctest/doctest.h>

namespace orch::cmd::ui {

using progress::Event;
using progress::Status;

TEST_CASE("progress: auto is live on a terminal that can move its cursor, else plain") {
    const test::Pty pty;
    const os::Environment xterm(test::Variables{{"TERM", "xterm"}});
    const os::Environment dumb(test::Variables{{"TERM", "dumb"}});
    const Console terminal(0, 1, pty.terminal(), xterm);
    const test::RecordedConsole recorded;
    CHECK(progress_mode("auto", terminal, xterm) == Mode::tty);
    CHECK(progress_mode("auto", terminal, dumb) == Mode::plain);
    CHECK(progress_mode("auto", recorded.console, xterm) == Mode::plain);
    CHECK(progress_mode("json", terminal, xterm) == Mode::json);
    CHECK(progress_mode("quiet", terminal, xterm) == Mode::quiet);
    CHECK(progress_mode("plain", terminal, xterm) == Mode::plain);
}

TEST_CASE("progress: json is one object per event, whatever bytes a detail has") {
    test::RecordedConsole recorded;
    const tasks::SystemClock clock;
    const auto sink = make_progress(Mode::json, {}, recorded.console, clock);
    sink->emit(
        {.id = "abc",
         .parent = "web",
         .status = Status::working,
         .text = "Downloading",
         .amount = progress::Amount{5, 10},
         .detail = {}}
    );
    sink->emit(
        {.id = "web",
         .parent = {},
         .status = Status::failed,
         .text = {},
         .amount = {},
         .detail = "bad \xff byte"}
    );
    CHECK(
        recorded.err() ==
        "{\"id\":\"abc\",\"parent\":\"web\",\"status\":\"working\",\"text\":\"Downloading\","
        "\"current\":5,\"total\":10}\n"
        "{\"id\":\"web\",\"status\":\"failed\",\"detail\":\"bad \xef\xbf\xbd byte\"}\n"
    );
}

TEST_CASE("progress: quiet tells failures only") {
    test::RecordedConsole recorded;
    const tasks::SystemClock clock;
    const auto sink = make_progress(Mode::quiet, {}, recorded.console, clock);
    Event event{
        .id = "web1",
        .parent = {},
        .status = Status::working,
        .text = "Starting",
        .amount = {},
        .detail = {}};
    sink->emit(event);
    event.status = Status::done;
    sink->emit(event);
    CHECK(recorded.err().empty());
    event.status = Status::failed;
    event.detail = "no route";
    sink->emit(event);
    CHECK(recorded.err() == "web1: Starting: no route\n");
}

} // namespace orch::cmd::ui
