#include "cmd/machine/fleet.hpp"
#include "cmd/machine/list_filter.hpp"
#include "cmd/machine/list_format.hpp"
#include "cmd/machine/verbs.hpp"
#include "cmd/options.hpp"
#include "cmd/verb.hpp"

#include <chrono>

namespace orch::cmd::machine {

namespace {

struct Options {
    std::vector<std::string> ignored; // docker-machine takes names and does nothing with them
    bool quiet = false;
    int timeout = 10;
    std::vector<std::string> filters;
    std::string format;
    bool wide = false;
};

int run_ls(const Options& options, Session& session) {
    const Fleet fleet(session);
    const ListFilter filter(options.filters);
    if (options.quiet && !filter.needs_state()) {
        std::string answer;
        for (const auto& name : fleet.store().names())
            if (filter.accepts_stored(fleet.store(), name))
                answer += name + "\n";
        session.console.out(answer);
        return 0;
    }
    const auto sink = session.progress(ui::Layout::machines);
    Job job{session.stop, *sink};
    const auto host = session.environment.get_or("DOCKER_HOST", "");
    auto rows =
        orch::machine::list(fleet.context(), std::chrono::seconds(options.timeout), host, job);
    filter.apply(rows, options.quiet);
    session.console.out(
        options.quiet ? names_text(rows) : list_text(rows, options.format, options.wide)
    );
    if (options.format.empty() && !options.quiet && session.persona == Persona::orch)
        session.console.err(session.spelled(expiry_warnings(rows)));
    return 0;
}

} // namespace

void add_ls(CLI::App& verb, Session& session) {
    const auto options = std::make_shared<Options>();
    verb.add_option("NAME", options->ignored)->group("");
    verb.add_flag("-q,--quiet", options->quiet, "Names only; no machine is asked");
    add_seconds(verb, "-t,--timeout", options->timeout, "Seconds to wait for answers");
    auto* const filter = add_list(
        verb, "--filter", options->filters, "KEY=VALUE: driver, state, name, swarm or label"
    );
    session.completions.add(*filter, [] {
        return std::vector<Candidate>{
            {"driver=", ""},
            {"label=", ""},
            {"name=", "a regular expression"},
            {"state=Error", ""},
            {"state=Running", ""},
            {"state=Stopped", ""},
            {"swarm=", "the name of the master"}};
    });
    verb.add_option("-f,--format", options->format, "A Go template for each machine, or \"json\"");
    verb.add_flag("-w,--wide", options->wide, "Also how many days the certificates last");
    choose(verb, session, [options, &session] { return run_ls(*options, session); });
}

} // namespace orch::cmd::machine
