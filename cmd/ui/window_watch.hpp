// Notices when the terminal's window changes its size.
#pragma once

#include "lib/base/fd.hpp"

namespace orch::cmd::ui {

/// While it lives, a descriptor becomes readable with every SIGWINCH. One at a time.
class WindowWatch {
  public:
    /// Throws Error(internal) when the system has no descriptors left.
    WindowWatch();
    ~WindowWatch();
    WindowWatch(const WindowWatch&) = delete;
    WindowWatch& operator=(const WindowWatch&) = delete;

    [[nodiscard]] int fd() const noexcept { return event_.get(); }

    /// Makes it unreadable until the next change.
    void clear() noexcept;

  private:
    Fd event_;
};

} // namespace orch::cmd::ui
