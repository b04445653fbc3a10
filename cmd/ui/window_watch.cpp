#include "cmd/ui/window_watch.hpp"

#include "lib/base/error.hpp"

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace orch::cmd::ui {

namespace {

volatile sig_atomic_t notified = -1; // the descriptor of the watch that lives

void on_change(int /*signal*/) {
    const int saved = errno;
    const std::uint64_t one = 1;
    if (notified >= 0) [[maybe_unused]]
        const auto written = ::write(notified, &one, sizeof one);
    errno = saved;
}

} // namespace

WindowWatch::WindowWatch() : event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (!event_)
        throw Error(Kind::internal, "cannot create an event descriptor: {}", std::strerror(errno));
    notified = event_.get();

    struct sigaction action {};

    action.sa_handler = on_change;
    action.sa_flags = SA_RESTART;
    ::sigaction(SIGWINCH, &action, nullptr);
}

WindowWatch::~WindowWatch() {
    ::signal(SIGWINCH, SIG_DFL);
    notified = -1;
}

void WindowWatch::clear() noexcept {
    std::uint64_t count = 0;
    [[maybe_unused]] const auto size = ::read(event_.get(), &count, sizeof count);
}

} // namespace orch::cmd::ui
