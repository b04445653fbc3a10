#include "compose/pull.hpp"

#include "cmd/compose/registry_auth.hpp"
#include "cmd/compose/target.hpp"
#include "cmd/compose/verbs.hpp"
#include "cmd/verb.hpp"

namespace orch::cmd::compose {

namespace {

int run_pull(orch::compose::PullOptions options, Session& session) {
    options.auth = registry_auth(session);
    const auto project = load_project(session);
    auto engine = connect(session);
    const auto sink = session.progress(ui::Layout::compose);
    Job job{session.stop, *sink};
    orch::compose::pull(project, engine, options, job);
    return 0;
}

} // namespace

void add_pull(CLI::App& verb, Session& session) {
    const auto options = std::make_shared<orch::compose::PullOptions>();
    add_services(verb, session, options->services);
    verb.add_flag(
        "--include-deps", options->include_dependencies, "Services that are linked to, too"
    );
    verb.add_flag("--ignore-pull-failures", options->ignore_failures, "Pull what can be pulled");
    choose(verb, session, [options, &session] { return run_pull(*options, session); });
}

} // namespace orch::cmd::compose
