// A forked child process: for what only a second process can show.
#pragma once

#include <functional>
#include <string>
#include <sys/types.h>

namespace orch::test {

/// Runs `body` in a fork and takes its result as exit code; an exception gives 99. Not to be used
/// while other threads run. The destructor kills what was not waited for.
class Child {
  public:
    explicit Child(const std::function<int()>& body);
    ~Child();
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;

    [[nodiscard]] pid_t pid() const noexcept { return pid_; }

    /// The exit code, or 128 + the signal that ended it.
    int wait();

  private:
    pid_t pid_;
};

/// Lets one process wait for another: a pipe that carries one byte per signal.
class Gate {
  public:
    Gate();
    ~Gate();
    Gate(const Gate&) = delete;
    Gate& operator=(const Gate&) = delete;

    void open() const;
    /// Waits for an open() in this or another process; false when that takes over ten seconds.
    [[nodiscard]] bool pass() const;

  private:
    int ends_[2] = {-1, -1};
};

} // namespace orch::test
