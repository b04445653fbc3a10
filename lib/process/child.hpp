// One child process: started with exactly the descriptors it is given, waited for with poll().
#pragma once

#include "lib/base/fd.hpp"

#include <filesystem>
#include <string>
#include <sys/types.h>
#include <vector>

namespace orch::process {

struct Pipe {
    Fd read;
    Fd write;
};

/// Closed on exec, and never one of the descriptors 0, 1, 2. Throws Error(internal).
Pipe make_pipe();

struct Launch {
    std::filesystem::path program; // absolute
    std::vector<std::string> argv;
    std::vector<std::string> environment; // all of it, "NAME=value"
    std::filesystem::path dir{};          // empty: inherited
    int in = -1;                          // becomes descriptor 0; -1: inherited; so for out and err
    int out = -1;
    int err = -1;
    bool own_group = false; // leader of a new process group
};

class Child {
  public:
    /// Returns once the program runs. Its signal mask is empty and SIGPIPE has its default again.
    /// Throws Error: not_found (not executable, no such directory), internal (no more processes).
    explicit Child(const Launch& launch);

    /// Kills and reaps a child that was not waited for.
    ~Child();

    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;

    /// Readable once the child has ended.
    [[nodiscard]] int fd() const noexcept { return handle_.get(); }

    /// To the whole group if the child leads one. Nothing once it was waited for.
    void signal(int number) const noexcept;

    /// To the child itself, whatever it started goes on.
    void signal_alone(int number) const noexcept;

    /// Blocks until it has ended: exit code, or 128 + signal.
    int wait();

  private:
    pid_t pid_ = -1;
    bool own_group_ = false;
    Fd handle_; // a pidfd
};

} // namespace orch::process
