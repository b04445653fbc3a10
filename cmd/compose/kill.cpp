#include "compose/kill.hpp"

#include "cmd/compose/target.hpp"
#include "cmd/compose/verbs.hpp"
#include "cmd/verb.hpp"

namespace orch::cmd::compose {

namespace {

struct Options {
    std::vector<std::string> services;
    std::string signal = "SIGKILL";
};

int run_kill(const Options& options, Session& session) {
    const auto project = load_project(session);
    auto engine = connect(session);
    const auto sink = session.progress(ui::Layout::compose);
    Job job{session.stop, *sink};
    orch::compose::kill(
        project,
        engine,
        {.services = options.services,
         .signal = options.signal,
         .parallel = parallel_limit(session)},
        job
    );
    return 0;
}

} // namespace

void add_kill(CLI::App& verb, Session& session) {
    const auto options = std::make_shared<Options>();
    add_services(verb, session, options->services);
    verb.add_option("-s,--signal", options->signal, "The signal to send (SIGKILL)");
    choose(verb, session, [options, &session] { return run_kill(*options, session); });
}

} // namespace orch::cmd::compose
