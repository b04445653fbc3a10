#include "cmd/compose/target.hpp"
#include "cmd/compose/verbs.hpp"
#include "cmd/verb.hpp"
#include "compose/load/load.hpp"

#include <set>

namespace orch::cmd::compose {

namespace {

struct Options {
    bool quiet = false;
    bool services = false;
    bool volumes = false;
};

int run_config(const Options& options, Session& session) {
    const auto project = load_project(session);
    std::set<std::string> names;
    if (options.services) {
        for (const auto& service : project.services)
            names.insert(service.name);
    } else if (options.volumes) {
        for (const auto& service : project.services)
            for (const auto& volume : service.volumes)
                if (!volume.anonymous() && !volume.bind())
                    names.insert(volume.source);
    } else if (!options.quiet) {
        session.console.out(orch::compose::load::to_yaml(project));
        return 0;
    }
    std::string answer;
    for (const auto& name : names)
        answer += name + "\n";
    session.console.out(answer);
    return 0;
}

} // namespace

void add_config(CLI::App& verb, Session& session) {
    const auto options = std::make_shared<Options>();
    verb.add_flag("-q,--quiet", options->quiet, "Only check");
    verb.add_flag("--services", options->services, "Names of the services");
    verb.add_flag("--volumes", options->volumes, "Names of the volumes");
    choose(verb, session, [options, &session] { return run_config(*options, session); });
}

} // namespace orch::cmd::compose
