// A host at the other end of a shell, as provisioning sees it: facts, scripts, and what is said
// meanwhile.
#pragma once

#include "lib/ssh/shell.hpp"
#include "machine/context.hpp"
#include "machine/provision/facts.hpp"

#include <chrono>
#include <string>
#include <string_view>

namespace orch::machine::provision {

class Host {
  public:
    Host(const Machine& machine, ssh::Shell& shell, Job& job);

    void say(std::string text) const;
    void note(std::string text) const;
    void warn(std::string text) const;

    [[nodiscard]] Facts facts() const;

    /// Returns when cloud-init is done; what it could not do is a warning. Throws Error(timeout).
    void wait_for_first_boot() const;

    /// Runs a script as root; what it prints is shown as the current line, its notes stay. Returns
    /// its output. Throws Error(remote) with the last lines of what it printed.
    std::string script(
        const Facts& facts,
        std::string_view doing_what,
        std::string content,
        std::chrono::milliseconds limit
    ) const;

  private:
    void show_last_line(std::string_view chunk) const;

    const Machine& machine_;
    ssh::Shell& shell_;
    Job& job_;
};

} // namespace orch::machine::provision
