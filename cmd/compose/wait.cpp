#include "compose/wait.hpp"

#include "cmd/compose/node_engines.hpp"
#include "cmd/compose/offers.hpp"
#include "cmd/compose/registry_auth.hpp"
#include "cmd/compose/target.hpp"
#include "cmd/compose/verbs.hpp"
#include "cmd/verb.hpp"
#include "compose/down.hpp"
#include "compose/swarm/down.hpp"

#include <fmt/format.h>

namespace orch::cmd::compose {

namespace {

struct Options {
    std::vector<std::string> services;
    bool down_project = false;
};

int run_wait(const Options& options, Session& session) {
    const auto project = load_project(session);
    auto engine = connect(session);
    const auto sink = session.progress(ui::Layout::compose);
    Job job{session.stop, *sink};
    const auto hosts = hosts_of(session, engine);
    const auto code = orch::compose::wait(
        project,
        hosts,
        {.services = options.services, .first = options.down_project},
        [&](const std::string& container, int status) {
            session.console.out(fmt::format("{} exited with code {}\n", container, status));
        },
        job
    );
    const orch::compose::DownOptions down{
        .ignore_orphans = ignores_orphans(session), .parallel = parallel_limit(session)};
    if (options.down_project && hosts.swarm())
        orch::compose::swarm::down(project, engine, down, hosts.nodes(), job);
    else if (options.down_project)
        orch::compose::down(project, engine, down, job);
    return code;
}

} // namespace

void add_wait(CLI::App& verb, Session& session) {
    const auto options = std::make_shared<Options>();
    add_services(verb, session, options->services, Having::running);
    verb.add_flag(
        "--down-project",
        options->down_project,
        "As soon as the first one has ended, take the project down"
    );
    choose(verb, session, [options, &session] { return run_wait(*options, session); });
}

} // namespace orch::cmd::compose
