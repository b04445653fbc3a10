// When many things are to be done at the same time that each need a little work and perhaps a long
// wait: starts them no faster than they get past the work.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <map>
#include <mutex>

namespace orch::tasks {

/// A task counts as new until it has ended, or for `youth` after its begin: then it is one that
/// waits, and another may begin. A hundred answers that come at once are taken a few at a time, and
/// one that never comes holds up nobody. Any thread.
class Pacer {
  public:
    Pacer(std::size_t most_new, std::chrono::milliseconds youth)
        : most_new_(most_new), youth_(youth) {}

    /// Blocks until a further task may begin; its number, for end().
    std::size_t begin();

    void end(std::size_t task);

  private:
    using Clock = std::chrono::steady_clock;

    void forget_old(Clock::time_point now);

    const std::size_t most_new_;
    const std::chrono::milliseconds youth_;

    std::mutex mutex_; // guards everything below
    std::condition_variable changed_;
    std::map<std::size_t, Clock::time_point> new_; // begin, by number: in the order of begins
    std::size_t next_ = 0;
};

} // namespace orch::tasks
