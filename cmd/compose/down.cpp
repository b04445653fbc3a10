#include "compose/down.hpp"

#include "cmd/compose/node_engines.hpp"
#include "cmd/compose/registry_auth.hpp"
#include "cmd/compose/services.hpp"
#include "cmd/compose/target.hpp"
#include "cmd/compose/verbs.hpp"
#include "cmd/verb.hpp"
#include "compose/swarm/down.hpp"

namespace orch::cmd::compose {

namespace {

struct Options {
    bool volumes = false;
    bool remove_orphans = false;
    bool dry_run = false;
    std::string images;
    int grace = 10;
};

orch::compose::RemoveImages images_of(const std::string& word) {
    if (word.empty())
        return orch::compose::RemoveImages::none;
    if (word == "local")
        return orch::compose::RemoveImages::local;
    if (word == "all")
        return orch::compose::RemoveImages::all;
    throw Error(Kind::usage, "--rmi flag must be one of: all, local");
}

int run_down(const Options& options, Session& session) {
    const auto images = images_of(options.images);
    if (options.remove_orphans && ignores_orphans(session))
        throw Error(Kind::usage, "COMPOSE_IGNORE_ORPHANS and --remove-orphans cannot be combined.");
    const auto project = load_project(session);
    auto engine = connect(session);
    const auto sink = session.progress(ui::Layout::compose);
    Job job{session.stop, *sink};
    const orch::compose::DownOptions what{
        .volumes = options.volumes,
        .remove_orphans = options.remove_orphans,
        .ignore_orphans = ignores_orphans(session),
        .images = images,
        .grace = std::chrono::seconds(options.grace),
        .parallel = parallel_limit(session),
        .dry_run = options.dry_run};
    const bool services = makes_services(engine, session);
    if (services && images != orch::compose::RemoveImages::none)
        throw Error(Kind::unsupported, "orch compose down --rmi is not supported on a swarm")
            .hint("docker image rm on the nodes removes them");
    const auto result =
        services
            ? orch::compose::swarm::down(project, engine, what, node_engines(session, engine), job)
            : orch::compose::down(project, engine, what, job);
    session.console.out(result.plan);
    return 0;
}

} // namespace

void add_down(CLI::App& verb, Session& session) {
    const auto options = std::make_shared<Options>();
    verb.add_flag("-v,--volumes", options->volumes, "Anonymous volumes too");
    verb.add_flag(
        "--remove-orphans",
        options->remove_orphans,
        "Containers whose service is not in the file, too"
    );
    verb.add_flag("--dry-run", options->dry_run, "Print what would be done; change nothing");
    verb.add_option("--rmi", options->images, "Images too: local (those that were built) or all");
    add_grace(verb, options->grace);
    choose(verb, session, [options, &session] { return run_down(*options, session); });
}

} // namespace orch::cmd::compose
