#include "cmd/ui/prompt.hpp"
#include "lib/base/error.hpp"
#include "tests/support/pty.hpp"
#include "tests/unit/cmd/harness.hpp"

#include <doctest/doctest.h>

#include <fcntl.h>
#include <thread>

namespace orch::cmd::ui {

namespace {

/// A pipe with `text` in it and nobody writing any more.
Fd piped(std::string_view text) {
    int pipes[2];
    REQUIRE(::pipe2(pipes, O_CLOEXEC) == 0);
    const Fd writer(pipes[1]);
    REQUIRE(::write(writer.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()));
    return Fd(pipes[0]);
}

bool confirmed(std::string_view answer) {
    test::RecordedConsole recorded;
    const auto in = piped(answer);
    return confirm("Are you sure? (y/n): ", "-y answers yes", recorded.console, {}, in.get());
}

} // namespace

TEST_CASE("prompt: only y and yes are consent") {
    for (const auto* yes : {"y\n", "Y\n", "yes\n", " YES \r\n", "y"})
        CHECK(confirmed(yes));
    for (const auto* no : {"n\n", "\n", "yikes\n", "no\n"})
        CHECK_FALSE(confirmed(no));
}

TEST_CASE("prompt: the question goes to standard error as it is") {
    test::RecordedConsole recorded;
    const auto in = piped("y\n");
    CHECK(confirm("Sure? ", "-y answers yes", recorded.console, {}, in.get()));
    CHECK(recorded.err() == "Sure? ");
    CHECK(recorded.out().empty());
}

TEST_CASE("prompt: nobody to answer is an error with a way on, never a silent yes") {
    test::RecordedConsole recorded;
    const auto in = piped("");
    try {
        (void)confirm("Sure? ", "-y answers yes", recorded.console, {}, in.get());
        FAIL("no error");
    } catch (const Error& error) {
        CHECK(error.kind() == Kind::usage);
        CHECK(error.hint() == "-y answers yes");
    }
}

TEST_CASE("prompt: each question takes one line of the input") {
    test::RecordedConsole recorded;
    const auto in = piped("n\nsecond\n");
    CHECK_FALSE(confirm("First? ", "-y answers yes", recorded.console, {}, in.get()));
    CHECK(ask("Second? ", recorded.console, in.get(), {}) == "second");
    CHECK(ask("Third? ", recorded.console, in.get(), {}) == std::nullopt);
}

TEST_CASE("prompt: an interruption ends the waiting") {
    test::Pty pty;
    const os::Environment environment;
    Console console(pty.terminal(), pty.terminal(), pty.terminal(), environment);
    std::stop_source source;
    std::jthread interrupter([&] {
        pty.read_until("Sure? ");
        source.request_stop();
    });
    try {
        (void)confirm("Sure? ", "-y answers yes", console, source.get_token(), pty.terminal());
        FAIL("no error");
    } catch (const Error& error) {
        CHECK(error.kind() == Kind::cancelled);
    }
}

} // namespace orch::cmd::ui
