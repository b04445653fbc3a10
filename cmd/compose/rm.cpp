#include "compose/rm.hpp"

#include "cmd/compose/offers.hpp"
#include "cmd/compose/services.hpp"
#include "cmd/compose/target.hpp"
#include "cmd/compose/verbs.hpp"
#include "cmd/verb.hpp"
#include "lib/base/text.hpp"

namespace orch::cmd::compose {

namespace {

struct Options {
    std::vector<std::string> services;
    bool force = false;
    bool volumes = false;
    bool stop = false;
    bool all = false; // one-offs are always removed; old command lines carry it
};

int run_rm(const Options& options, Session& session) {
    if (options.all && session.persona == Persona::docker_compose)
        session.console.err("--all flag is obsolete. This is now the default behavior of "
                            "`docker-compose rm`\n");
    const auto project = load_project(session);
    auto engine = connect(session);
    const auto sink = session.progress(ui::Layout::compose);
    Job job{session.stop, *sink};
    const auto confirm = [&](const std::vector<std::string>& names) {
        session.console.out("Going to remove " + text::join(names, ", ") + "\n");
        return options.force || session.confirm("Are you sure? [yN] ", "-f does not ask");
    };
    const bool services = makes_services(engine, session);
    if (services && options.volumes)
        throw Error(Kind::unsupported, "orch compose rm -v is not supported on a swarm")
            .hint("orch compose down -v removes the volumes of all services");
    const auto outcome = services ? orch::compose::swarm::rm(
                                        project,
                                        engine,
                                        {.services = options.services,
                                         .stop = options.stop,
                                         .how = service_options(engine, session),
                                         .confirm = confirm},
                                        job
                                    )
                                  : orch::compose::rm(
                                        project,
                                        engine,
                                        {.services = options.services,
                                         .volumes = options.volumes,
                                         .stop = options.stop,
                                         .parallel = parallel_limit(session),
                                         .confirm = confirm},
                                        job
                                    );
    if (outcome.found.empty())
        session.console.out("No stopped containers\n"); // where docker-compose says it
    return 0;
}

} // namespace

void add_rm(CLI::App& verb, Session& session) {
    const auto options = std::make_shared<Options>();
    add_services(verb, session, options->services, Having::stopped);
    verb.add_flag("-f,--force", options->force, "Do not ask");
    verb.add_flag("-v", options->volumes, "Anonymous volumes too");
    verb.add_flag("-s,--stop", options->stop, "Stop running ones first");
    verb.add_flag("-a,--all", options->all)->group("");
    choose(verb, session, [options, &session] { return run_rm(*options, session); });
}

} // namespace orch::cmd::compose
