#include "compose/pull.hpp"

#include "cmd/compose/registry_auth.hpp"
#include "cmd/compose/target.hpp"
#include "cmd/compose/verbs.hpp"
#include "cmd/options.hpp"
#include "cmd/verb.hpp"

namespace orch::cmd::compose {

namespace {

struct Options {
    orch::compose::PullOptions pull;
    std::string policy = "always";
    bool parallel = false;
    bool quiet = false;
    bool ignore_buildable = false; // they are never pulled
};

int run_pull(Options options, Session& session) {
    if (options.quiet)
        session.globals.progress = "quiet";
    if (options.parallel && options.pull.in_turn)
        throw Error(Kind::usage, "--parallel and --no-parallel cannot be combined.");
    if (options.parallel && session.persona == Persona::docker_compose)
        session.console.err(
            "WARNING: --parallel option is deprecated and will be removed in future versions.\n"
        );
    options.pull.only_missing = options.policy == "missing";
    options.pull.auth = registry_auth(session);
    if (ui::progress_mode(session.globals.progress, session.console, session.environment) ==
        ui::Mode::plain)
        options.pull.output = [&session](std::string_view line) { session.console.out(line); };
    const auto project = load_project(session);
    auto engine = connect(session);
    const auto sink = session.progress(ui::Layout::compose);
    Job job{session.stop, *sink};
    orch::compose::pull(project, engine, options.pull, job);
    return 0;
}

} // namespace

void add_pull(CLI::App& verb, Session& session) {
    const auto options = std::make_shared<Options>();
    auto& pull = options->pull;
    add_services(verb, session, pull.services);
    verb.add_flag("--include-deps", pull.include_dependencies, "Services that are linked to, too");
    verb.add_flag("--ignore-pull-failures", pull.ignore_failures, "Pull what can be pulled");
    verb.add_flag("--parallel", options->parallel, "Several at the same time; so it is anyway");
    verb.add_flag("--no-parallel", pull.in_turn, "One after the other, up to the first failure");
    verb.add_flag("-q,--quiet", options->quiet, "Print errors only");
    add_choice(
        verb,
        session,
        "--policy",
        options->policy,
        {"always", "missing"},
        "missing: leave images alone that the engine has (always)"
    );
    verb.add_flag(
        "--ignore-buildable", options->ignore_buildable, "No effect: what is built is never pulled"
    );
    choose(verb, session, [options, &session] { return run_pull(*options, session); });
}

} // namespace orch::cmd::compose
