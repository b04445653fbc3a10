// What CLI11 complains about, in orch's words.
#pragma once

#include "cmd/session.hpp"
#include "lib/base/error.hpp"

namespace CLI {
class ParseError;
}

namespace orch::cmd {

/// `root` has just failed to parse with `complaint`.
Error usage_error(const CLI::ParseError& complaint, CLI::App& root, const Session& session);

} // namespace orch::cmd
