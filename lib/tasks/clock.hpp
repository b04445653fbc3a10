// Time as a seam: production sleeps, tests advance.
#pragma once

#include <chrono>
#include <stop_token>

namespace orch::tasks {

class Clock {
  public:
    using time_point = std::chrono::steady_clock::time_point;

    virtual ~Clock() = default;
    [[nodiscard]] virtual time_point now() const = 0;

    /// Waits; throws Error(cancelled) as soon as a stop is requested. Any thread.
    virtual void sleep(std::chrono::milliseconds duration, const std::stop_token& stop) = 0;
};

class SystemClock : public Clock {
  public:
    [[nodiscard]] time_point now() const override;
    void sleep(std::chrono::milliseconds duration, const std::stop_token& stop) override;
};

/// Throws Error(cancelled, "interrupted") if a stop was requested.
void check(const std::stop_token& stop);

} // namespace orch::tasks
