#include "compose/scale.hpp"

#include "cmd/compose/registry_auth.hpp"
#include "cmd/compose/remarks.hpp"
#include "cmd/compose/target.hpp"
#include "cmd/compose/verbs.hpp"
#include "cmd/options.hpp"
#include "cmd/verb.hpp"

namespace orch::cmd::compose {

namespace {

struct Options {
    std::vector<std::string> words;
    int grace = 10;
};

int run_scale(const Options& options, Session& session) {
    say_deprecated(session, "scale", "--scale");
    const auto wanted = scale_words(options.words);
    const auto project = load_project(session);
    auto engine = connect(session);
    const auto sink = session.progress(ui::Layout::compose);
    Job job{session.stop, *sink};
    const auto achieved = orch::compose::scale(
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
