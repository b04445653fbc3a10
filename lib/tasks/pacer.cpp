#include "lib/tasks/pacer.hpp"

namespace orch::tasks {

std::size_t Pacer::begin() {
    std::unique_lock lock(mutex_);
    for (;;) {
        const auto now = Clock::now();
        forget_old(now);
        if (new_.size() < most_new_) {
            new_.emplace(next_, now);
            return next_++;
        }
        changed_.wait_until(lock, new_.begin()->second + youth_);
    }
}

void Pacer::end(std::size_t task) {
    const std::lock_guard lock(mutex_);
    new_.erase(task);
    changed_.notify_all();
}

void Pacer::forget_old(Clock::time_point now) {
    while (!new_.empty() && new_.begin()->second + youth_ <= now)
        new_.erase(new_.begin());
}

} // namespace orch::tasks
