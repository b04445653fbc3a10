// A file descriptor that becomes readable when a stop is requested: what poll() needs to wake up at
// once.
#pragma once

#include "lib/base/fd.hpp"

#include <functional>
#include <stop_token>

namespace orch::os {

class Wakeup {
  public:
    /// Throws Error(internal) when the system has no descriptors left.
    explicit Wakeup(const std::stop_token& stop);

    /// Readable for ever once the stop was requested.
    [[nodiscard]] int fd() const noexcept { return fd_.get(); }

  private:
    Fd fd_;
    std::stop_callback<std::function<void()>> callback_;
};

} // namespace orch::os
