// Trying again with growing pauses, in one place.
#pragma once

#include "lib/base/error.hpp"
#include "lib/tasks/clock.hpp"

#include <chrono>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>

namespace orch::tasks {

struct RetryPolicy {
    std::chrono::milliseconds first_pause{500};
    std::chrono::milliseconds longest_pause{5000}; // pauses double up to this
    std::chrono::milliseconds give_up_after{60000};
};

/// The pauses of one policy until its time is over.
class Backoff {
  public:
    Backoff(const RetryPolicy& policy, Clock& clock);

    /// False when the time is over; otherwise sleeps, then true. Throws Error(cancelled) on stop.
    bool pause(const std::stop_token& stop);

  private:
    Clock& clock_;
    std::chrono::milliseconds next_;
    std::chrono::milliseconds longest_;
    Clock::time_point deadline_;
};

/// Calls `attempt` until it returns a value. It returns nothing to be called again, and throws what
/// cannot get better. When the time is over, throws what `give_up` makes.
template <class Attempt, class GiveUp>
auto retry(
    const RetryPolicy& policy,
    Clock& clock,
    const std::stop_token& stop,
    Attempt&& attempt,
    GiveUp&& give_up
) {
    Backoff backoff(policy, clock);
    for (;;) {
        if (auto result = attempt())
            return *std::move(result);
        if (!backoff.pause(stop))
            throw give_up();
    }
}

} // namespace orch::tasks
