#include "lib/base/error.hpp"
#include "lib/process/system_runner.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <span>
#include <unistd.h>

namespace process = orch::process;
using orch::Error;
using orch::Kind;
using namespace std::chrono_literals;

namespace {

using SteadyClock = std::chrono::steady_clock;

process::Outcome sh(const std::string& script, std::string input = {}) {
    process::SystemRunner runner;
    return runner.run({.argv = {"sh", "-c", script}, .input = std::move(input)}, {});
}

Kind kind_of(const process::Command& command, const std::stop_token& stop = {}) {
    try {
        process::SystemRunner().run(command, stop);
    } catch (const Error& error) {
        return error.kind();
    }
    FAIL("no error");
    return Kind::internal;
}

} // namespace

TEST_CASE("process: exit code and both streams come back apart") {
    const auto outcome = sh("echo out; echo err >&2; exit 7");
    CHECK(outcome.code == 7);
    CHECK(outcome.out == "out\n");
    CHECK(outcome.err == "err\n");
}

TEST_CASE("process: a fatal signal is 128 plus its number") {
    CHECK(sh("kill -KILL $$").code == 128 + SIGKILL);
}

TEST_CASE("process: environment and working directory are given to the child") {
    process::SystemRunner runner(orch::os::Environment({{"PATH", "/usr/bin:/bin"}, {"A", "1"}}));
    const auto outcome = runner.run(
        {.argv = {"sh", "-c", "echo $A$B; pwd"}, .env = {{"B", "2"}}, .dir = "/usr"}, {}
    );
    CHECK(outcome.out == "12\n/usr\n");
}

TEST_CASE("process: a program that is not there is not found") {
    CHECK_THROWS_WITH_AS(
        process::SystemRunner().run({.argv = {"no-such-program"}}, {}),
        "no-such-program is not installed or not on PATH",
        Error
    );
    CHECK(kind_of({.argv = {"/no/such/program"}}) == Kind::not_found);
    CHECK(kind_of({.argv = {"true"}, .dir = "/no/such/folder"}) == Kind::not_found);
}

TEST_CASE("process: 100 MB of output arrive") {
    const auto outcome = sh("head -c 100000000 /dev/zero; head -c 1000000 /dev/zero >&2");
    CHECK(outcome.ok());
    CHECK(outcome.out.size() == 100'000'000);
    CHECK(outcome.err.size() == 1'000'000);
}

TEST_CASE("process: 10 MB go in while they come out") {
    const std::string input(10'000'000, 'x');
    const auto outcome = sh("cat", input);
    CHECK(outcome.ok());
    CHECK((outcome.out == input));
}

TEST_CASE("process: a child that closes its input early does no harm") {
    CHECK(sh("exec <&-; echo done", std::string(10'000'000, 'x')).out == "done\n");
}

TEST_CASE("process: blocked and ignored signals are not inherited") {
    sigset_t blocked;
    sigset_t before;
    ::sigemptyset(&blocked);
    ::sigaddset(&blocked, SIGTERM);
    ::pthread_sigmask(SIG_BLOCK, &blocked, &before);
    const auto old = ::signal(SIGPIPE, SIG_IGN);
    const auto outcome = sh("grep -E '^Sig(Blk|Ign)' /proc/self/status");
    ::signal(SIGPIPE, old);
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    CHECK(outcome.out.find("SigBlk:\t0000000000000000") != std::string::npos);
    const auto ignored = outcome.out.substr(outcome.out.find("SigIgn:\t") + 8, 16);
    CHECK((std::stoull(ignored, nullptr, 16) & (1ULL << (SIGPIPE - 1))) == 0);
}

TEST_CASE("process: a program that takes too long is ended") {
    const auto start = SteadyClock::now();
    CHECK(kind_of({.argv = {"sleep", "60"}, .timeout = 100ms}) == Kind::timeout);
    CHECK(SteadyClock::now() - start < 900ms);
}

TEST_CASE("process: a program deaf to SIGTERM is killed after a second, with its children") {
    const auto start = SteadyClock::now();
    const process::Command deaf{
        .argv = {"sh", "-c", "trap '' TERM; sleep 60; sleep 60"}, .timeout = 100ms};
    CHECK(kind_of(deaf) == Kind::timeout);
    const auto took = SteadyClock::now() - start;
    CHECK(took > 1s);
    CHECK(took < 5s);
}

TEST_CASE("process: a stop ends the program at once") {
    std::stop_source source;
    SteadyClock::time_point stopped;
    const process::Command command{
        .argv = {"sh", "-c", "echo ready; exec sleep 60"},
        .on_output =
            [&](std::string_view) {
                stopped = SteadyClock::now();
                source.request_stop();
            },
    };
    CHECK(kind_of(command, source.get_token()) == Kind::cancelled);
    CHECK(SteadyClock::now() - stopped < 200ms);
    CHECK(kind_of({.argv = {"true"}}, source.get_token()) == Kind::cancelled);
}

TEST_CASE("process: output is shown as it comes") {
    std::string seen;
    const auto outcome = process::SystemRunner().run(
        {.argv = {"sh", "-c", "echo a; echo b >&2"},
         .on_output = [&seen](std::string_view chunk) { seen.append(chunk); }},
        {}
    );
    CHECK(outcome.out == "a\n");
    CHECK(outcome.err == "b\n");
    CHECK(seen.size() == 4);
}

TEST_CASE("process: a grandchild that keeps the pipes is not waited for") {
    const auto start = SteadyClock::now();
    const auto outcome = sh("sleep 60 & echo $!; echo gone");
    CHECK(SteadyClock::now() - start < 5s);
    CHECK(outcome.out.ends_with("gone\n"));
    CHECK(::kill(std::stoi(outcome.out), SIGKILL) == 0);
}

TEST_CASE("process: a grandchild that never stops writing is not waited for") {
    const auto outcome = sh("yes & echo $! >&2; exit 3");
    CHECK(outcome.code == 3);
    ::kill(std::stoi(outcome.err), SIGKILL);
}

TEST_CASE("process: an attached program shares the process group") {
    process::SystemRunner runner;
    const std::string script = "test \"$(ps -o pgid= -p $$ | tr -d ' ')\" = \"$1\"";
    const auto group = std::to_string(::getpgrp());
    CHECK(runner.run_attached({.argv = {"sh", "-c", script, "sh", group}}) == 0);
    CHECK(runner.run_attached({.argv = {"sh", "-c", "exit 9"}}) == 9);
    CHECK_THROWS_AS(runner.run_attached({.argv = {"no-such-program"}}), Error);
}

TEST_CASE("process: programs are found on the path given") {
    CHECK(process::find_program("sh", "/nowhere:/bin") == "/bin/sh");
    CHECK(process::find_program("/bin/sh", "") == "/bin/sh");
    CHECK_FALSE(process::find_program("sh", "/nowhere"));
    CHECK_FALSE(process::find_program("passwd", "/etc"));
    CHECK_FALSE(process::find_program("bin", "/"));
}

namespace {

/// Zeros, `left` of them.
auto zeros(std::uint64_t& left) {
    return [&left](std::span<char> buffer) {
        const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(left, buffer.size()));
        std::fill_n(buffer.begin(), size, '\0');
        left -= size;
        return size;
    };
}

} // namespace

TEST_CASE("process: a source feeds more than memory should hold, byte for byte") {
    std::uint64_t left = (200U << 20) + 5;
    process::Command command{.argv = {"wc", "-c"}};
    command.input_source = zeros(left);
    const auto outcome = process::SystemRunner().run(command, {});
    CHECK(outcome.out == "209715205\n");
    CHECK(left == 0);
}

TEST_CASE("process: a source in pieces of any size arrives in order; an empty one is an end") {
    int round = 0;
    process::Command command{.argv = {"cat"}};
    command.input_source = [&](std::span<char> buffer) -> std::size_t {
        if (round == 100)
            return 0;
        buffer[0] = static_cast<char>('0' + round++ % 10);
        return 1;
    };
    const auto outcome = process::SystemRunner().run(command, {});
    CHECK(outcome.out.size() == 100);
    CHECK(outcome.out.starts_with("0123456789012"));
    command.input_source = [](std::span<char>) -> std::size_t { return 0; };
    CHECK(process::SystemRunner().run(command, {}).out.empty());
}

TEST_CASE("process: a program that does not want all of a source ends as it likes") {
    std::uint64_t left = 1ULL << 40;
    process::Command command{.argv = {"sh", "-c", "head -c 10 >/dev/null; exec 0<&-; exit 3"}};
    command.input_source = zeros(left);
    CHECK(process::SystemRunner().run(command, {}).code == 3);
}

TEST_CASE("process: what a source throws comes out, and the program does not live on") {
    const auto start = SteadyClock::now();
    process::Command command{.argv = {"sh", "-c", "cat >/dev/null; sleep 30"}};
    command.input_source = [](std::span<char>) -> std::size_t {
        throw Error(Kind::invalid, "broken archive");
    };
    CHECK(kind_of(command) == Kind::invalid);
    CHECK(SteadyClock::now() - start < 10s);
}

TEST_CASE("process: a source without end is cancelled and timed out") {
    std::uint64_t left = 1ULL << 60;
    process::Command command{.argv = {"sh", "-c", "exec cat >/dev/null"}, .timeout = 200ms};
    command.input_source = zeros(left);
    CHECK(kind_of(command) == Kind::timeout);
    std::stop_source stop;
    stop.request_stop();
    command.timeout = 0ms;
    CHECK(kind_of(command, stop.get_token()) == Kind::cancelled);
}
