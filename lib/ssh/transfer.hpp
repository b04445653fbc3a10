// Files through a shell's run(): the same for every way to reach a host.
#pragma once

#include "lib/ssh/shell.hpp"

namespace orch::ssh {

/// Shell::put over Shell::run.
void write_remote_file(
    Shell& shell,
    std::string_view content,
    const std::string& path,
    unsigned mode,
    const std::stop_token& stop
);

/// Shell::get over Shell::run.
std::string read_remote_file(Shell& shell, const std::string& path, const std::stop_token& stop);

} // namespace orch::ssh
