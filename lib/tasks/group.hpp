// The one way to do things at the same time: a bounded set of tasks that is joined before its scope
// ends.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <stop_token>

namespace orch::tasks {

/// What happens to the others when one task fails.
enum class OnFailure {
    stop_siblings, // the siblings' token is stopped, tasks not begun yet are dropped
    finish_others, // they run on; wait() still rethrows the first failure
};

class Group {
  public:
    using Task = std::function<void(const std::stop_token&)>;

    /// At most `limit` tasks run at a time (0 counts as 1). A stop of `stop` reaches every task.
    Group(std::size_t limit, std::stop_token stop, OnFailure on_failure = OnFailure::stop_siblings);

    /// Stops what still runs and joins it; failures that nobody waited for are logged.
    ~Group();
    Group(const Group&) = delete;
    Group& operator=(const Group&) = delete;

    /// Adds a task; may be called from inside a task. Starts threads as needed, up to the limit.
    void spawn(Task task);

    /// Blocks until no task is left, then rethrows the first failure that is not a mere consequence
    /// of the stop that another failure caused. Call it from outside the tasks only.
    void wait();

  private:
    struct State;
    std::unique_ptr<State> state_;
    std::stop_callback<std::function<void()>>
        relay_; // passes a stop of the outside on to the tasks
};

} // namespace orch::tasks
