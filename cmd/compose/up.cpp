#include "compose/up.hpp"

#include "cmd/compose/log_view.hpp"
#include "cmd/compose/registry_auth.hpp"
#include "cmd/compose/target.hpp"
#include "cmd/compose/verbs.hpp"
#include "cmd/options.hpp"
#include "cmd/verb.hpp"
#include "compose/stop.hpp"
#include "lib/base/text.hpp"

#include <charconv>
#include <chrono>

namespace orch::cmd::compose {

namespace {

struct Options {
    std::vector<std::string> services;
    bool detach = false;
    bool dry_run = false;
    bool build = false;
    bool no_build = false;
    bool no_deps = false;
    bool no_start = false;
    bool no_color = false;
    bool no_log_prefix = false;
    bool force_recreate = false;
    bool no_recreate = false;
    bool remove_orphans = false;
    bool renew_volumes = false;
    bool abort_on_exit = false;
    std::string exit_code_from;
    std::vector<std::string> scale;
    int grace = 10;
};

std::map<std::string, int> scale_of(const std::vector<std::string>& words) {
    std::map<std::string, int> scale;
    for (const auto& word : words) {
        const auto equals = word.find('=');
        if (equals == std::string::npos)
            throw Error(Kind::usage, "Arguments to scale should be in the form service=num");
        int number = -1;
        const auto* end = word.data() + word.size();
        const auto parsed = std::from_chars(word.data() + equals + 1, end, number);
        const auto service = word.substr(0, equals);
        if (parsed.ec != std::errc() || parsed.ptr != end || number < 0)
            throw Error(
                Kind::usage, "Number of containers for service \"{}\" is not a number", service
            );
        scale[service] = number;
    }
    return scale;
}

void check(const Options& options) {
    if (options.force_recreate && options.no_recreate)
        throw Error(Kind::usage, "--force-recreate and --no-recreate cannot be combined.");
    if (options.build && options.no_build)
        throw Error(Kind::usage, "--build and --no-build cannot be combined.");
    if (options.detach && options.abort_on_exit)
        throw Error(Kind::usage, "-d cannot be combined with --abort-on-container-exit.");
}

orch::compose::UpOptions up_options(const Options& options, Session& session) {
    using orch::compose::Recreate;
    return {
        .what =
            {
                .services = options.services,
                .recreate = options.force_recreate ? Recreate::always
                            : options.no_recreate  ? Recreate::never
                                                   : Recreate::changed,
                .no_deps = options.no_deps,
                .no_build = options.no_build,
                .no_start = options.no_start,
                .remove_orphans = options.remove_orphans,
                .ignore_orphans = ignores_orphans(session),
                .renew_volumes = options.renew_volumes,
                .scale = scale_of(options.scale),
                .grace = std::chrono::seconds(options.grace),
            },
        .build = options.build,
        .how =
            {.parallel = parallel_limit(session),
             .auth = registry_auth(session),
             .build = build_settings(session)},
        .dry_run = options.dry_run,
    };
}

/// After Ctrl-C everything is stopped in order, under a token that a second Ctrl-C does not need:
/// the signal thread ends the process then.
void stop_all(
    const orch::compose::Project& project,
    engine::Engine& engine,
    const Options& options,
    Session& session
) {
    const auto sink = session.progress(ui::Layout::compose);
    Job job{{}, *sink};
    auto fresh = engine.with({});
    orch::compose::stop(
        project,
        fresh,
        {.services = options.services,
         .grace = std::chrono::seconds(options.grace),
         .parallel = parallel_limit(session)},
        job
    );
}

int code_of(const orch::compose::AttachResult& result, const Options& options) {
    for (const auto& exit : result.exits)
        if (options.exit_code_from.empty() || exit.source.service == options.exit_code_from)
            return exit.code;
    return 0;
}

int attach(
    const orch::compose::Project& project,
    engine::Engine& engine,
    const Options& options,
    Session& session
) {
    LogView view(session, {.prefix = !options.no_log_prefix, .color = !options.no_color});
    const auto quiet = session.progress(ui::Layout::compose);
    Job job{session.stop, *quiet};
    const auto result = orch::compose::run_attached(
        project,
        engine,
        {.services = options.services, .until_first_exit = options.abort_on_exit},
        view.handlers(),
        job
    );
    if (result.stopped) {
        session.console.out("Gracefully stopping... (press Ctrl+C again to force)\n");
        stop_all(project, engine, options, session);
        return 0;
    }
    if (!options.abort_on_exit)
        return 0;
    session.console.out("Aborting on container exit...\n");
    stop_all(project, engine, options, session);
    return code_of(result, options);
}

int run_up(Options options, Session& session) {
    if (!options.exit_code_from.empty())
        options.abort_on_exit = true;
    check(options);
    const auto project = load_project(session);
    if (!options.exit_code_from.empty() && project.find(options.exit_code_from) == nullptr)
        throw Error(
            Kind::usage,
            "No service named \"{}\" was found in your compose file.",
            options.exit_code_from
        );
    auto engine = connect(session);
    {
        const auto sink = session.progress(ui::Layout::compose);
        Job job{session.stop, *sink};
        const auto result = orch::compose::up(project, engine, up_options(options, session), job);
        if (options.dry_run) {
            session.console.out(result.plan);
            return 0;
        }
    }
    if (options.detach || options.no_start)
        return 0;
    return attach(project, engine, options, session);
}

} // namespace

void add_up(CLI::App& verb, Session& session) {
    const auto options = std::make_shared<Options>();
    auto& o = *options;
    add_services(verb, session, o.services);
    verb.add_flag("-d,--detach", o.detach, "Return when the containers have started");
    verb.add_flag("--dry-run", o.dry_run, "Print what would be done and why; change nothing");
    verb.add_flag("--build", o.build, "Build images first, even if they are there");
    verb.add_flag("--no-build", o.no_build, "Build nothing; a missing image is an error");
    verb.add_flag("--no-deps", o.no_deps, "Leave the services that are linked to alone");
    verb.add_flag("--no-start", o.no_start, "Create the containers, do not start them");
    verb.add_flag("--no-color", o.no_color, "No colours in front of log lines");
    verb.add_flag("--no-log-prefix", o.no_log_prefix, "No names in front of log lines");
    verb.add_flag("--force-recreate", o.force_recreate, "Make all containers anew");
    verb.add_flag(
        "--no-recreate", o.no_recreate, "Make no container anew, even if its service changed"
    );
    verb.add_flag(
        "--remove-orphans", o.remove_orphans, "Remove containers whose service is not in the file"
    );
    verb.add_flag(
        "-V,--renew-anon-volumes", o.renew_volumes, "Do not keep the data of anonymous volumes"
    );
    verb.add_flag(
        "--abort-on-container-exit", o.abort_on_exit, "Stop all as soon as one has ended"
    );
    verb.add_option(
        "--exit-code-from", o.exit_code_from, "Stop all when one ends; return this service's code"
    );
    add_list(
        verb, "--scale", o.scale, "SERVICE=N: so many containers; others keep the number they have"
    );
    add_grace(verb, o.grace);
    choose(verb, session, [options, &session] { return run_up(*options, session); });
}

} // namespace orch::cmd::compose
