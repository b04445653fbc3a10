// orch machine swarm: the verbs about machines as nodes of a cluster.
#include "cmd/machine/fleet.hpp"
#include "cmd/machine/node_table.hpp"
#include "cmd/machine/swarm_names.hpp"
#include "cmd/machine/verbs.hpp"
#include "cmd/usage.hpp"
#include "cmd/verb.hpp"
#include "lib/progress/sink.hpp"
#include "machine/swarm/change.hpp"
#include "machine/swarm/classic_nodes.hpp"
#include "machine/swarm/cluster.hpp"
#include "machine/swarm/leave.hpp"
#include "machine/swarm/nodes.hpp"

#include <array>

namespace orch::cmd::machine {

namespace {

namespace swarms = orch::machine::swarm;

struct JoinOptions {
    std::vector<std::string> names;
    bool master = false;
    bool manager_only = false;
    orch::machine::SwarmOptions swarm;
};

int run_ps(const std::vector<std::string>& names, const std::string& format, Session& session) {
    const Fleet fleet(session);
    if (names.size() > 1)
        throw Error(Kind::usage, "one machine is enough to find its swarm, not {}", names.size());
    const auto sink = session.progress(ui::Layout::one_machine);
    Job job{session.stop, *sink};
    const auto name = names.empty() ? std::string() : names.front();
    if (const auto discovery = swarms::standalone_discovery(name, fleet.store())) {
        const auto rows = swarms::classic_nodes(*discovery, fleet.context(), job);
        session.console.out(node_text(rows, format));
        return 0;
    }
    const auto rows = swarms::nodes(name, fleet.context(), job);
    session.console.out(node_text(rows, format));
    return 0;
}

int run_join(const JoinOptions& options, Session& session) {
    if (options.names.empty())
        throw ErrorWithHelp(Error(Kind::usage, "Error: No machine name specified"));
    const Fleet fleet(session);
    const auto names = fleet.existing(options.names);
    auto wanted = options.swarm;
    wanted.master = options.master;
    wanted.agent = !options.manager_only;
    const auto token = swarm_token(wanted, session);
    if (wanted.discovery.empty() && wanted.master && names.size() > 1)
        wanted.discovery = swarms::common_discovery(fleet.store());
    const auto sink = session.progress_of_machines(names.size());
    return fleet.for_each(
        names,
        [&](const std::string& name, Job& job) {
            swarms::add(name, wanted, token, owner(session), fleet.context(), job);
            job.progress.emit(
                {.id = name, .status = progress::Status::done, .text = "Joined the swarm"}
            );
        },
        *sink
    );
}

int run_leave(const std::vector<std::string>& names, bool force, Session& session) {
    if (names.empty())
        throw ErrorWithHelp(Error(Kind::usage, "Error: No machine name specified"));
    const Fleet fleet(session);
    const auto context = fleet.context();
    const auto ordered = swarms::in_order_of_leaving(fleet.existing(names), context);
    const auto sink = session.progress_of_machines(ordered.size());
    int code = 0;
    for (const auto& name : ordered) { // every one changes what the next one leaves
        const auto work = [&](const std::string& each, Job& job) {
            swarms::take_out(each, force, context, job);
            job.progress.emit(
                {.id = each, .status = progress::Status::done, .text = "Left the swarm"}
            );
        };
        if (const int failed = fleet.for_each({name}, work, *sink); failed != 0)
            code = failed;
    }
    return code;
}

void add_ps(CLI::App& verb, Session& session) {
    const auto names = std::make_shared<std::vector<std::string>>();
    const auto format = std::make_shared<std::string>();
    add_names(verb, session, *names, "A machine of the swarm (the only swarm)");
    auto* const option =
        verb.add_option("-f,--format", *format, "A Go template for each node, or \"json\"");
    session.completions.add(*option, [] { return std::vector<Candidate>{{"json", ""}}; });
    choose(verb, session, [names, format, &session] { return run_ps(*names, *format, session); });
}

void add_join(CLI::App& verb, Session& session) {
    const auto options = std::make_shared<JoinOptions>();
    add_names(verb, session, options->names, "Machines that join");
    auto* const discovery = verb.add_option(
        "--discovery", options->swarm.discovery, "Which swarm: token://ID, machine://NAME, ..."
    );
    session.completions.add(*discovery, [&session] { return discovery_candidates(session); });
    verb.add_flag("--master", options->master, "Be a manager");
    verb.add_flag("--manager-only", options->manager_only, "Take no tasks");
    verb.add_option("--addr", options->swarm.address, "Address to advertise");
    choose(verb, session, [options, &session] { return run_join(*options, session); });
}

void add_leave(CLI::App& verb, Session& session) {
    const auto names = std::make_shared<std::vector<std::string>>();
    const auto force = std::make_shared<bool>(false);
    add_names(verb, session, *names, "Machines that leave");
    verb.add_flag("-f,--force", *force, "Also when the swarm is lost by it");
    choose(verb, session, [names, force, &session] { return run_leave(*names, *force, session); });
}

constexpr std::array verbs{
    Verb{"ps", "List the nodes of a swarm", "Commands", add_ps},
    Verb{"join", "Make machines members of a swarm", "Commands", add_join},
    Verb{"leave", "Take machines out of their swarm", "Commands", add_leave},
};

constexpr auto examples = R"~(Examples:
  orch machine swarm ps
  orch machine swarm join --discovery machine://m1 w3
  orch machine swarm leave w3)~";

} // namespace

void add_swarm(CLI::App& group, Session& session) {
    group.footer(examples);
    add_verbs(group, session, verbs);
}

} // namespace orch::cmd::machine
