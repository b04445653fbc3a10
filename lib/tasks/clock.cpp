#include "lib/tasks/clock.hpp"

#include "lib/base/error.hpp"

#include <condition_variable>
#include <mutex>

namespace orch::tasks {

Clock::time_point SystemClock::now() const { return std::chrono::steady_clock::now(); }

void SystemClock::sleep(std::chrono::milliseconds duration, const std::stop_token& stop) {
    std::mutex mutex;
    std::condition_variable_any condition;
    std::unique_lock lock(mutex);
    condition.wait_for(lock, stop, duration, [] { return false; });
    check(stop);
}

void check(const std::stop_token& stop) {
    if (stop.stop_requested())
        throw Error(Kind::cancelled, "interrupted");
}

} // namespace orch::tasks
