// Runs a function at the end of the scope, whatever way it is left.
#pragma once

#include <utility>

namespace orch {

template <class Action>
class [[nodiscard]] Defer {
  public:
    explicit Defer(Action action) : action_(std::move(action)) {}

    ~Defer() { action_(); }

    Defer(const Defer&) = delete;
    Defer& operator=(const Defer&) = delete;

  private:
    Action action_; // must not throw
};

} // namespace orch
