#include "lib/tasks/retry.hpp"

#include <algorithm>

namespace orch::tasks {

Backoff::Backoff(const RetryPolicy& policy, Clock& clock)
    : clock_(clock), next_(policy.first_pause), longest_(policy.longest_pause),
      deadline_(clock.now() + policy.give_up_after) {}

bool Backoff::pause(const std::stop_token& stop) {
    check(stop);
    const auto now = clock_.now();
    if (now >= deadline_)
        return false;
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline_ - now);
    clock_.sleep(std::min(next_, left + std::chrono::milliseconds(1)), stop);
    next_ = std::min(next_ * 2, longest_);
    return true;
}

} // namespace orch::tasks
