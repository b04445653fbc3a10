// The command tree and one run through it.
#pragma once

#include "cmd/session.hpp"

#include <memory>
#include <string>
#include <vector>

namespace orch::cmd {

/// The tree of the session's persona. It refers to the session, and must not outlive it.
std::unique_ptr<CLI::App> make_root(Session& session);

/// Parses `words` (without the program's name), runs what they chose, reports what fails; the exit
/// code of the process.
int run(const std::vector<std::string>& words, Session& session);

} // namespace orch::cmd
