#include "compose/logs.hpp"

#include "cmd/compose/log_view.hpp"
#include "cmd/compose/moment.hpp"
#include "cmd/compose/node_engines.hpp"
#include "cmd/compose/target.hpp"
#include "cmd/compose/verbs.hpp"
#include "cmd/verb.hpp"
#include "compose/swarm/logs.hpp"

#include <algorithm>

namespace orch::cmd::compose {

namespace {

struct Options {
    orch::compose::LogsOptions logs;
    bool no_color = false;
    bool no_prefix = false;
};

void check_tail(const std::string& tail) {
    const bool number = !tail.empty() && std::all_of(tail.begin(), tail.end(), [](char c) {
        return c >= '0' && c <= '9';
    });
    if (!number && tail != "all")
        throw Error(Kind::usage, "tail flag must be all or a number");
}

int run_logs(Options options, Session& session) {
    check_tail(options.logs.tail);
    options.logs.since = moment("--since", options.logs.since);
    options.logs.until = moment("--until", options.logs.until);
    if (options.logs.index != 0 && options.logs.services.size() != 1)
        throw Error(Kind::usage, "--index needs one service");
    const auto project = load_project(session);
    auto engine = connect(session);
    LogView view(
        session,
        {.prefix = !options.no_prefix, .color = !options.no_color},
        log_width(project, session)
    );
    const auto sink = session.progress(ui::Layout::compose);
    Job job{session.stop, *sink};
    if (const auto hosts = hosts_of(session, engine); hosts.swarm())
        orch::compose::swarm::logs(project, hosts, options.logs, view.handlers(), job);
    else
        orch::compose::logs(project, engine, options.logs, view.handlers(), job);
    return 0;
}

} // namespace

void add_logs(CLI::App& verb, Session& session) {
    const auto options = std::make_shared<Options>();
    add_services(verb, session, options->logs.services);
    verb.add_flag("-f,--follow", options->logs.follow, "Go on until all containers have ended");
    verb.add_flag(
        "-t,--timestamps", options->logs.timestamps, "The engine's time in front of each line"
    );
    verb.add_option("--tail,-n", options->logs.tail, "So many last lines of each container (all)");
    verb.add_option("--since", options->logs.since, "Only from this time on, or from so long ago");
    verb.add_option("--until", options->logs.until, "Only until this time, or until so long ago");
    verb.add_option("--index", options->logs.index, "Only the container of this number")
        ->check(CLI::PositiveNumber);
    verb.add_flag("--no-color", options->no_color, "No colours");
    verb.add_flag("--no-log-prefix", options->no_prefix, "No names in front of the lines");
    choose(verb, session, [options, &session] { return run_logs(*options, session); });
}

} // namespace orch::cmd::compose
