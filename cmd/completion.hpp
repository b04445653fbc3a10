// `orch completion SHELL`: the scripts of completions/, for those who did not install a package.
#pragma once

namespace CLI {
class App;
}

namespace orch::cmd {

struct Session;

/// The verb `completion` of the top level.
void add_completion(CLI::App& verb, Session& session);

} // namespace orch::cmd
