// How many plugins run at the same time: `ls` of hundreds of machines must not start hundreds.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <stop_token>

namespace orch::drivers::plugin {

/// Any thread may call.
class Slots {
  public:
    explicit Slots(std::size_t number) : free_(static_cast<std::ptrdiff_t>(number)) {}

    /// Waits for a free one, but not for ever: whoever holds one may in turn wait for us.
    void take(const std::stop_token& stop) {
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, stop, std::chrono::seconds(20), [this] { return free_ > 0; });
        --free_;
    }

    void give() {
        const std::lock_guard lock(mutex_);
        ++free_;
        changed_.notify_one();
    }

  private:
    std::mutex mutex_; // guards what follows
    std::condition_variable_any changed_;
    std::ptrdiff_t free_;
};

} // namespace orch::drivers::plugin
