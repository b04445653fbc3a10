// A pseudo terminal: what a program shows to people, and what they type.
#pragma once

#include "lib/base/fd.hpp"

#include <map>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

namespace orch::test {

class Pty {
  public:
    explicit Pty(unsigned short rows = 24, unsigned short columns = 80);

    /// The side that a program sees as its terminal.
    [[nodiscard]] int terminal() const noexcept { return terminal_.get(); }

    /// All output so far, once `text` has appeared in it; fails the test after ten seconds.
    std::string read_until(std::string_view text);

    /// All output up to now.
    std::string read_all();

    void type(std::string_view keys);

    void resize(unsigned short rows, unsigned short columns);

  private:
    bool read_some(int timeout_ms);

    Fd keyboard_;
    Fd terminal_;
    std::string output_;
};

/// A program in a session of its own, with the pty as its controlling terminal and standard
/// streams. Killed with its test.
class PtyProcess {
  public:
    PtyProcess(
        Pty& pty,
        const std::vector<std::string>& argv,
        const std::map<std::string, std::string>& environment
    );
    ~PtyProcess();
    PtyProcess(const PtyProcess&) = delete;
    PtyProcess& operator=(const PtyProcess&) = delete;

    [[nodiscard]] pid_t pid() const noexcept { return pid_; }

    /// The exit code, 128 + signal if a signal ended it.
    int wait();

  private:
    pid_t pid_;
};

} // namespace orch::test
