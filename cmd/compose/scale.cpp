#include "compose/scale.hpp"

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
    std::vector<std::string> words;
    int grace = 10;
};

/// Services of a swarm are made if they are not there, and never made anew by it.
std::vector<std::string> scale_services(
    const orch::compose::Project& project,
    engine::Engine& engine,
    const std::map<std::string, int>& wanted,
    Session& session,
    Job& job
) {
    orch::compose::swarm::UpOptions what{
        .common = {.how = service_options(engine, session)},
        .warn_only = leaves_out(session),
        .mixed = mixes(false, session)};
    what.node_engine = what.common.how.services.node_engine;
    auto& how = what.common.what;
    for (const auto& [name, count] : wanted)
        how.services.push_back(name);
    how.recreate = orch::compose::Recreate::never;
    how.no_deps = true;
    how.ignore_orphans = true;
    how.scale = wanted;
    return orch::compose::swarm::up(project, engine, what, job).unchanged;
}

int run_scale(const Options& options, Session& session) {
    say_deprecated(session, "scale", "--scale");
    const auto wanted = scale_words(options.words);
    const auto project = load_project(session);
    auto engine = connect(session);
    const auto sink = session.progress(ui::Layout::compose);
    Job job{session.stop, *sink};
    const auto achieved = makes_services(engine, session)
                              ? scale_services(project, engine, wanted, session, job)
                              : orch::compose::scale(
                                    project,
                                    engine,
                                    {.wanted = wanted,
                                     .grace = std::chrono::seconds(options.grace),
                                     .how = execute_options(session)},
                                    job
                                );
    for (const auto& service : achieved)
        session.console.err(
            (session.persona == Persona::orch ? service + ": " : "") +
            "Desired container number already achieved\n"
        );
    return 0;
}

} // namespace

void add_scale(CLI::App& verb, Session& session) {
    const auto options = std::make_shared<Options>();
    auto* const words = verb.add_option("SERVICE=N", options->words, "So many of that service");
    words->required();
    session.completions.add(*words, [&session] {
        std::vector<Candidate> candidates;
        for (const auto& service : load_project(session).services)
            candidates.push_back({service.name + "=", service.image});
        return candidates;
    });
    add_grace(verb, options->grace);
    choose(verb, session, [options, &session] { return run_scale(*options, session); });
}

} // namespace orch::cmd::compose
