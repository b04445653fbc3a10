#include "cmd/compose/registry_auth.hpp"
#include "cmd/compose/remarks.hpp"
#include "cmd/compose/services.hpp"
#include "cmd/compose/target.hpp"
#include "cmd/compose/verbs.hpp"
#include "cmd/options.hpp"
#include "cmd/verb.hpp"
#include "compose/swarm/up.hpp"

namespace orch::cmd::compose {

namespace {

struct Options {
    std::vector<std::string> services;
    std::vector<std::string> scale;
    std::string pull = "missing";
    bool build = false;
    bool no_build = false;
    bool force_recreate = false;
    bool no_recreate = false;
    bool remove_orphans = false;
    bool dry_run = false;
    bool mixed = false;
};

void check(const Options& options) {
    if (options.force_recreate && options.no_recreate)
        throw Error(Kind::usage, "--force-recreate and --no-recreate cannot be combined.");
    if (options.build && options.no_build)
        throw Error(Kind::usage, "--build and --no-build cannot be combined.");
}

orch::compose::UpOptions up_options(const Options& options, Session& session) {
    using orch::compose::PullPolicy;
    using orch::compose::Recreate;
    return {
        .what =
            {
                .services = options.services,
                .recreate = options.force_recreate ? Recreate::always
                            : options.no_recreate  ? Recreate::never
                                                   : Recreate::changed,
                .no_build = options.no_build,
                .no_start = true,
                .remove_orphans = options.remove_orphans,
                .ignore_orphans = ignores_orphans(session),
                .scale = scale_words(options.scale),
            },
        .build = options.build,
        .pull = options.pull == "always"  ? PullPolicy::always
                : options.pull == "never" ? PullPolicy::never
                                          : PullPolicy::missing,
        .how = execute_options(session),
        .dry_run = options.dry_run,
    };
}

int run_create(const Options& options, Session& session) {
    say_deprecated(session, "create", "--no-start");
    check(options);
    auto what = up_options(options, session);
    const auto project = load_project(session);
    auto engine = connect(session);
    const auto sink = session.progress(ui::Layout::compose);
    Job job{session.stop, *sink};
    const bool services = makes_services(engine, session);
    if (services)
        what.how = service_options(engine, session);
    const auto result = services ? orch::compose::swarm::up(
                                       project,
                                       engine,
                                       {.common = what,
                                        .node_engine = what.how.services.node_engine,
                                        .warn_only = leaves_out(session),
                                        .mixed = mixes(options.mixed, session)},
                                       job
                                   )
                                 : orch::compose::up(project, engine, what, job);
    session.console.out(result.plan);
    return 0;
}

} // namespace

void add_create(CLI::App& verb, Session& session) {
    const auto options = std::make_shared<Options>();
    auto& o = *options;
    add_services(verb, session, o.services);
    verb.add_flag(
        "--mixed",
        o.mixed,
        "On a swarm: services that cannot be services there become containers of one node"
    );
    verb.add_flag("--build", o.build, "Build images first, even if they are there");
    verb.add_flag("--no-build", o.no_build, "Build nothing; a missing image is an error");
    verb.add_flag("--force-recreate", o.force_recreate, "Make all containers anew");
    verb.add_flag(
        "--no-recreate", o.no_recreate, "Make no container anew, even if its service changed"
    );
    verb.add_flag(
        "--remove-orphans", o.remove_orphans, "Remove containers whose service is not in the file"
    );
    verb.add_flag("--dry-run", o.dry_run, "Print what would be done and why; change nothing");
    add_choice(
        verb, session, "--pull", o.pull, {"always", "missing", "never"}, "When to pull images"
    );
    add_list(
        verb, "--scale", o.scale, "SERVICE=N: so many containers; others keep the number they have"
    );
    choose(verb, session, [options, &session] { return run_create(*options, session); });
}

} // namespace orch::cmd::compose
