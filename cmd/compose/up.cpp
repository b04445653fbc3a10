#include "compose/up.hpp"

#include "cmd/compose/attached.hpp"
#include "cmd/compose/registry_auth.hpp"
#include "cmd/compose/remarks.hpp"
#include "cmd/compose/services.hpp"
#include "cmd/compose/target.hpp"
#include "cmd/compose/verbs.hpp"
#include "cmd/options.hpp"
#include "cmd/ui/error_report.hpp"
#include "cmd/ui/progress_filter.hpp"
#include "cmd/verb.hpp"
#include "compose/ready.hpp"
#include "compose/swarm/up.hpp"

#include <chrono>
#include <optional>
#include <utility>

namespace orch::cmd::compose {

namespace {

struct Options {
    std::vector<std::string> services;
    bool detach = false;
    bool dry_run = false;
    bool explain = false;
    bool mixed = false;
    bool build = false;
    bool no_build = false;
    bool no_deps = false;
    bool no_start = false;
    bool no_color = false;
    bool no_log_prefix = false;
    bool timestamps = false;
    bool force_recreate = false;
    bool no_recreate = false;
    bool always_recreate_deps = false; // what orch does anyway
    bool remove_orphans = false;
    bool renew_volumes = false;
    bool abort_on_exit = false;
    bool abort_on_failure = false;
    bool attach_dependencies = false;
    bool quiet_pull = false;
    bool wait = false;
    bool yes = false; // nothing is asked
    int wait_timeout = 0;
    std::string pull = "missing";
    std::string exit_code_from;
    std::vector<std::string> attach;
    std::vector<std::string> no_attach;
    std::vector<std::string> scale;
    int grace = 10;

    [[nodiscard]] bool stays() const { return !detach && !no_start && !wait; }
};

/// Two options that exclude each other, and the words for it.
void refuse(bool both, const std::string& words) {
    if (both)
        throw Error(Kind::usage, "{}", words);
}

void check_attaching(const Options& o) {
    const bool aborts = o.abort_on_exit || o.abort_on_failure;
    refuse(
        o.detach && (aborts || o.attach_dependencies),
        "-d cannot be combined with --abort-on-container-exit or --attach-dependencies."
    );
    refuse(
        o.wait && (aborts || o.attach_dependencies || !o.attach.empty()),
        "--wait cannot be combined with --abort-on-container-exit, --attach or "
        "--attach-dependencies."
    );
    refuse(
        o.abort_on_exit && o.abort_on_failure,
        "--abort-on-container-failure and --abort-on-container-exit cannot be combined."
    );
    refuse(
        !o.attach.empty() && o.attach_dependencies,
        "--attach and --attach-dependencies cannot be combined."
    );
    const std::pair<bool, const char*> starting[] = {
        {o.detach, "--detach"},
        {o.abort_on_exit, "--abort-on-container-exit"},
        {o.abort_on_failure, "--abort-on-container-failure"},
        {o.attach_dependencies, "--attach-dependencies"},
        {o.wait, "--wait"}};
    for (const auto& [given, name] : starting)
        refuse(o.no_start && given, fmt::format("--no-start and {} cannot be combined.", name));
}

void check(const Options& o, const Session& session) {
    check_attaching(o);
    refuse(
        o.remove_orphans && ignores_orphans(session),
        "COMPOSE_IGNORE_ORPHANS and --remove-orphans cannot be combined."
    );
    refuse(
        o.force_recreate && o.no_recreate, "--force-recreate and --no-recreate cannot be combined."
    );
    refuse(
        o.no_recreate && o.renew_volumes,
        "--no-recreate and --renew-anon-volumes cannot be combined."
    );
    refuse(o.explain && !o.dry_run, "--explain needs --dry-run.");
    refuse(o.build && o.no_build, "--build and --no-build can not be combined.");
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
                .no_deps = options.no_deps,
                .no_build = options.no_build,
                .no_start = options.no_start,
                .remove_orphans = options.remove_orphans || removes_orphans(session),
                .ignore_orphans = ignores_orphans(session),
                .renew_volumes = options.renew_volumes,
                .scale = scale_words(options.scale),
                .grace = std::chrono::seconds(options.grace),
            },
        .build = options.build,
        .pull = options.pull == "always"  ? PullPolicy::always
                : options.pull == "never" ? PullPolicy::never
                                          : PullPolicy::missing,
        .how = execute_options(session),
        .dry_run = options.dry_run,
    };
}

std::unique_ptr<progress::Sink> progress_of(const Options& options, const Session& session) {
    auto sink = session.progress(ui::Layout::compose);
    if (!options.quiet_pull)
        return sink;
    return std::make_unique<ui::FilteredProgress>(
        std::move(sink),
        [](const progress::Event& event) {
            return event.parent.empty() || event.status == progress::Status::failed;
        }
    );
}

/// Whose output is shown, and what makes an end of it.
AttachedOptions attached_options(const Options& options, const orch::compose::Project& project) {
    using orch::compose::Until;
    AttachedOptions attached{
        .what =
            {.services = options.services,
             .until = options.abort_on_exit      ? Until::first_exit
                      : options.abort_on_failure ? Until::first_failure
                                                 : Until::all_have_ended,
             .timestamps = options.timestamps},
        .stopped = options.services,
        .exit_code_from = options.exit_code_from,
        .grace = std::chrono::seconds(options.grace),
        .prefix = !options.no_log_prefix,
        .color = !options.no_color};
    auto& what = attached.what;
    if (options.attach_dependencies && !what.services.empty()) {
        what.services.clear();
        for (const auto* service : project.select(options.services, true))
            what.services.push_back(service->name);
    }
    if (!options.attach.empty()) {
        for (const auto* service : project.select(what.services, false))
            what.muted.insert(service->name);
        for (const auto* service : project.select(options.attach, false))
            if (what.muted.erase(service->name) == 0)
                what.services.push_back(service->name);
    }
    if (!options.no_attach.empty())
        for (const auto* service : project.select(options.no_attach, false))
            what.muted.insert(service->name);
    return attached;
}

/// Returns the containers that stayed as they were.
std::vector<std::string> bring_up(
    const orch::compose::Project& project,
    engine::Engine& engine,
    const Options& options,
    Session& session
) {
    const auto sink = progress_of(options, session);
    Job job{session.stop, *sink};
    try {
        auto result = orch::compose::up(project, engine, up_options(options, session), job);
        if (options.wait && !options.dry_run)
            orch::compose::await_ready(
                project,
                engine,
                {.services = options.services,
                 .with_dependencies = !options.no_deps,
                 .timeout = std::chrono::seconds(options.wait_timeout)},
                session.world.clock,
                job
            );
        session.console.out(result.plan);
        return std::move(result.unchanged);
    } catch (const orch::compose::ExecutionFailed& failure) {
        if (session.persona != Persona::docker_compose)
            throw;
        // Each failure was shown in a line of its own already.
        throw Error(failure.kind(), "Encountered errors while bringing up the project.");
    }
}

/// Services of a swarm: no container is spoken with, tasks are.
void bring_up_services(
    const orch::compose::Project& project,
    engine::Engine& engine,
    const Options& options,
    Session& session
) {
    const auto sink = progress_of(options, session);
    Job job{session.stop, *sink};
    if (options.renew_volumes)
        throw Error(
            Kind::unsupported, "orch compose up --renew-anon-volumes is not supported on a swarm"
        )
            .hint("orch compose down -v removes them");
    auto common = up_options(options, session);
    common.how = service_options(engine, session);
    if (options.wait_timeout > 0)
        common.how.services.limit = std::chrono::seconds(options.wait_timeout);
    const orch::compose::swarm::UpOptions what{
        .common = common,
        .node_engine = common.how.services.node_engine,
        .warn_only = leaves_out(session),
        .mixed = mixes(options.mixed, session),
        .explain = options.explain};
    const auto result = orch::compose::swarm::up(project, engine, what, job);
    session.console.out(result.plan);
}

int run_up(Options options, Session& session) {
    if (!options.exit_code_from.empty() && !options.abort_on_exit) {
        warn(session, "using --exit-code-from implies --abort-on-container-exit");
        options.abort_on_exit = true;
    }
    const auto project = load_project(session);
    if (!options.exit_code_from.empty() && project.find(options.exit_code_from) == nullptr) {
        const Error error(
            Kind::usage,
            "No service named \"{}\" was found in your compose file.",
            options.exit_code_from
        );
        ui::report(session.console, error, session.persona, false);
        return 2;
    }
    check(options, session);
    auto attached = attached_options(options, project);
    auto engine = connect(session);
    attached.services = makes_services(engine, session);
    refuse(options.explain && !attached.services, "--explain is about the nodes of a swarm");
    try {
        std::vector<std::string> unchanged;
        if (attached.services)
            bring_up_services(project, engine, options, session);
        else
            unchanged = bring_up(project, engine, options, session);
        if (options.dry_run || !options.stays())
            return 0;
        attached.what.running.insert(unchanged.begin(), unchanged.end());
    } catch (const Error& error) {
        if (error.kind() != Kind::cancelled || !options.stays() || options.dry_run)
            throw;
        return stop_gracefully(project, engine, attached, session);
    }
    return stay_attached(project, engine, attached, session);
}

void add_what(CLI::App& verb, Session& session, Options& o) {
    verb.add_flag("-d,--detach", o.detach, "Return when the containers have started");
    verb.add_flag("--dry-run", o.dry_run, "Print what would be done and why; change nothing");
    verb.add_flag(
        "--explain",
        o.explain,
        "With --dry-run on a swarm: print which nodes may run each service, and why not the others"
    );
    verb.add_flag(
        "--mixed",
        o.mixed,
        "On a swarm: services that cannot be services there become containers of one node"
    );
    verb.add_flag("--build", o.build, "Build images first, even if they are there");
    verb.add_flag("--no-build", o.no_build, "Build nothing; a missing image is an error");
    add_choice(
        verb, session, "--pull", o.pull, {"always", "missing", "never"}, "When to pull images"
    );
    verb.add_flag("--quiet-pull", o.quiet_pull, "No layers while images are pulled");
    verb.add_flag("--no-deps", o.no_deps, "Leave the services that are linked to alone");
    verb.add_flag("--no-start", o.no_start, "Create the containers, do not start them");
    verb.add_flag("--force-recreate", o.force_recreate, "Make all containers anew");
    verb.add_flag(
        "--no-recreate", o.no_recreate, "Make no container anew, even if its service changed"
    );
    verb.add_flag(
        "--always-recreate-deps",
        o.always_recreate_deps,
        "Accepted: what depends on a new container is always made anew"
    );
    verb.add_flag(
        "--remove-orphans", o.remove_orphans, "Remove containers whose service is not in the file"
    );
    verb.add_flag(
        "-V,--renew-anon-volumes", o.renew_volumes, "Do not keep the data of anonymous volumes"
    );
    add_list(
        verb, "--scale", o.scale, "SERVICE=N: so many containers; others keep the number they have"
    );
    verb.add_flag("--wait", o.wait, "Return when the containers run or are healthy");
    add_seconds(verb, "--wait-timeout", o.wait_timeout, "Seconds that --wait may take (no limit)");
    verb.add_flag("-y,--yes", o.yes, "Accepted: nothing is asked");
}

void add_attaching(CLI::App& verb, Session& session, Options& o) {
    verb.add_flag("--no-color", o.no_color, "No colours in front of log lines");
    verb.add_flag("--no-log-prefix", o.no_log_prefix, "No names in front of log lines");
    verb.add_flag("--timestamps", o.timestamps, "The engine's time in front of each line");
    verb.add_flag(
        "--attach-dependencies",
        o.attach_dependencies,
        "Show what the services that are linked to say, too"
    );
    complete_services(
        *add_list(verb, "--attach", o.attach, "Show only what this service says"), session
    );
    complete_services(
        *add_list(verb, "--no-attach", o.no_attach, "Do not show what this service says"), session
    );
    verb.add_flag(
        "--abort-on-container-exit", o.abort_on_exit, "Stop all as soon as one has ended"
    );
    verb.add_flag(
        "--abort-on-container-failure",
        o.abort_on_failure,
        "Stop all as soon as one has ended with another code than 0"
    );
    complete_services(
        *verb.add_option(
            "--exit-code-from",
            o.exit_code_from,
            "Stop all when one ends; return this service's code"
        ),
        session
    );
}

} // namespace

void add_up(CLI::App& verb, Session& session) {
    const auto options = std::make_shared<Options>();
    add_services(verb, session, options->services);
    add_what(verb, session, *options);
    add_attaching(verb, session, *options);
    add_grace(verb, options->grace);
    choose(verb, session, [options, &session] { return run_up(*options, session); });
}

} // namespace orch::cmd::compose
