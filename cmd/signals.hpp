// Interruption: signals become a stop request, so that everything ends in an orderly way.
#pragma once

#include "lib/base/fd.hpp"

#include <atomic>
#include <functional>
#include <stop_token>
#include <thread>

namespace orch::cmd {

/// Takes over SIGINT, SIGTERM and SIGHUP (not those the caller ignores, as nohup does) and ignores
/// SIGPIPE. Make it before any other thread: threads inherit what is blocked.
class Signals {
  public:
    /// `at_once` runs on the signal thread before a second signal ends the process with 130.
    explicit Signals(std::function<void()> at_once);

    /// Stopped by the first signal.
    [[nodiscard]] std::stop_token stop() const noexcept { return source_.get_token(); }

    /// Stopped by the second signal, which from now on does not end the process; a third one does.
    [[nodiscard]] std::stop_token second() noexcept {
        second_wanted_ = true;
        return second_.get_token();
    }

  private:
    void wait(const std::stop_token& done);

    std::function<void()> at_once_;
    std::stop_source source_;
    std::stop_source second_;
    std::atomic<bool> second_wanted_ = false;
    Fd signals_;
    std::jthread thread_; // last: it uses the others
};

} // namespace orch::cmd
