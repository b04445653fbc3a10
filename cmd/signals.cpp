#include "cmd/signals.hpp"

#include "lib/base/error.hpp"
#include "lib/os/wakeup.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

namespace orch::cmd {

namespace {

constexpr int interrupted = 130;

/// SIGINT and SIGTERM always: scripts send them to jobs in the background, for which their shell
/// ignores SIGINT. SIGHUP not under nohup.
sigset_t handled_signals() {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);

    struct sigaction before {};

    sigaction(SIGHUP, nullptr, &before);
    if (before.sa_handler != SIG_IGN)
        sigaddset(&set, SIGHUP);
    return set;
}

} // namespace

Signals::Signals(std::function<void()> at_once) : at_once_(std::move(at_once)) {
    const auto set = handled_signals();
    pthread_sigmask(SIG_BLOCK, &set, nullptr);
    ::signal(SIGPIPE, SIG_IGN);
    ::signal(SIGXFSZ, SIG_IGN); // a file that may not grow is an error to report, no reason to die
    signals_ = Fd(::signalfd(-1, &set, SFD_CLOEXEC));
    if (!signals_)
        throw Error(Kind::internal, "cannot wait for signals: {}", std::strerror(errno));
    thread_ = std::jthread([this](const std::stop_token& done) { wait(done); });
}

void Signals::wait(const std::stop_token& done) {
    const os::Wakeup wakeup(done);
    for (;;) {
        std::array<pollfd, 2> ready{{{signals_.get(), POLLIN, 0}, {wakeup.fd(), POLLIN, 0}}};
        if (::poll(ready.data(), ready.size(), -1) < 0 && errno != EINTR)
            return;
        if (ready[1].revents != 0)
            return;
        signalfd_siginfo info{};
        if (ready[0].revents == 0 || ::read(signals_.get(), &info, sizeof info) < 0)
            continue;
        if (source_.request_stop())
            continue;
        if (!second_wanted_ || !second_.request_stop()) {
            at_once_();
            ::_exit(interrupted);
        }
    }
}

} // namespace orch::cmd
