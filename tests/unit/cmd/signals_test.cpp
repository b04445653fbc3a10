#include "cmd/signals.hpp"
#include "lib/os/wakeup.hpp"

#include <doctest/doctest.h>

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

namespace orch::cmd {

namespace {

/// Runs `body` in a process of its own; what it returns is the exit code.
template <class Body>
int in_child(const Body& body) {
    const pid_t pid = ::fork();
    REQUIRE(pid >= 0);
    if (pid == 0)
        ::_exit(body());
    int status = 0;
    REQUIRE(::waitpid(pid, &status, 0) == pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

bool stopped_within_ten_seconds(const std::stop_token& stop) {
    const os::Wakeup wakeup(stop);
    pollfd ready{wakeup.fd(), POLLIN, 0};
    return ::poll(&ready, 1, 10'000) == 1;
}

} // namespace

TEST_CASE("signals: the first one requests a stop") {
    for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
        CHECK(in_child([number] {
                  const Signals signals([] {});
                  ::kill(::getpid(), number);
                  return stopped_within_ten_seconds(signals.stop()) ? 7 : 8;
              }) == 7);
    }
}

TEST_CASE("signals: the second one ends the process after giving the terminal back") {
    int pipes[2];
    REQUIRE(::pipe(pipes) == 0);
    const Fd reader(pipes[0]);
    const Fd writer(pipes[1]);
    CHECK(in_child([&] {
              const Signals signals([&] { (void)!::write(writer.get(), "x", 1); });
              ::kill(::getpid(), SIGINT);
              stopped_within_ten_seconds(signals.stop());
              ::kill(::getpid(), SIGTERM);
              ::poll(nullptr, 0, 10'000); // a second signal must not need anybody's help
              return 8;
          }) == 130);
    pollfd ready{reader.get(), POLLIN, 0};
    CHECK(::poll(&ready, 1, 0) == 1);
}

TEST_CASE("signals: what the caller ignores stays ignored") {
    CHECK(in_child([] {
              ::signal(SIGHUP, SIG_IGN); // nohup
              const Signals signals([] {});
              ::kill(::getpid(), SIGHUP);
              ::kill(::getpid(), SIGINT);
              if (!stopped_within_ten_seconds(signals.stop()))
                  return 8;
              return 7; // two signals, one of them ignored: 130 would be wrong
          }) == 7);
}

TEST_CASE("signals: writing into a closed pipe is an error, not a death") {
    CHECK(in_child([] {
              const Signals signals([] {});
              int pipes[2];
              if (::pipe(pipes) != 0)
                  return 8;
              ::close(pipes[0]);
              return ::write(pipes[1], "x", 1) < 0 ? 7 : 9;
          }) == 7);
}

} // namespace orch::cmd
