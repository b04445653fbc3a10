#include "compose/ps.hpp"

#include "cmd/compose/node_engines.hpp"
#include "cmd/compose/target.hpp"
#include "cmd/compose/verbs.hpp"
#include "cmd/options.hpp"
#include "cmd/ui/table.hpp"
#include "cmd/verb.hpp"
#include "compose/swarm/ps.hpp"
#include "lib/json/json.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace orch::cmd::compose {

namespace {

struct Options {
    orch::compose::PsOptions ps;
    bool quiet = false;
    bool services = false;
    std::vector<std::string> filters;
    std::string format;
};

std::string json_text(const std::vector<orch::compose::PsRow>& rows) {
    auto array = nlohmann::json::array();
    for (const auto& row : rows) {
        array.push_back({
            {"ID", row.id},
            {"Name", row.name},
            {"Service", row.service},
            {"Image", row.image},
            {"Command", row.command},
            {"State", row.status},
            {"Status", row.state},
            {"Ports", row.ports},
        });
        if (!row.node.empty())
            array.back()["Node"] = row.node;
    }
    return json::to_go_text(array) + "\n";
}

std::string table_text(const std::vector<orch::compose::PsRow>& rows, const ui::Console& console) {
    const bool nodes =
        std::any_of(rows.begin(), rows.end(), [](const auto& row) { return !row.node.empty(); });
    auto table = nodes ? ui::Table({{"Name"}, {"Node"}, {"Command"}, {"State"}, {"Ports"}})
                       : ui::Table({{"Name"}, {"Command"}, {"State"}, {"Ports"}});
    for (const auto& row : rows)
        if (nodes)
            table.row({row.name, row.node, row.command, row.state, row.ports});
        else
            table.row({row.name, row.command, row.state, row.ports});
    return table.text(
        ui::TableStyle::compose, console.out_is_terminal() ? console.out_size().columns : 0
    );
}

std::string json_text(const std::vector<orch::compose::swarm::TaskRow>& rows) {
    auto array = nlohmann::json::array();
    for (const auto& [row, node, task] : rows)
        array.push_back({
            {"ID", row.id},
            {"Name", row.name},
            {"Service", row.service},
            {"Image", row.image},
            {"Node", node},
            {"Task", task},
            {"Command", row.command},
            {"State", row.status},
            {"Status", row.state},
            {"Ports", row.ports},
        });
    return json::to_go_text(array) + "\n";
}

std::string
table_text(const std::vector<orch::compose::swarm::TaskRow>& rows, const ui::Console& console) {
    ui::Table table({{"Name"}, {"Node"}, {"Command"}, {"State"}, {"Ports"}});
    for (const auto& [row, node, task] : rows)
        table.row({row.name, node, row.command, row.state, row.ports});
    return table.text(
        ui::TableStyle::compose, console.out_is_terminal() ? console.out_size().columns : 0
    );
}

/// The tasks of a swarm, and containers beside them.
int print_tasks(
    const orch::compose::Project& project,
    const orch::compose::Hosts& hosts,
    const Options& options,
    Session& session
) {
    const auto sink = session.progress(ui::Layout::compose);
    Job job{session.stop, *sink};
    const auto rows = orch::compose::swarm::ps(project, hosts, options.ps, job);
    if (options.quiet) {
        for (const auto& row : rows)
            if (!row.common.id.empty())
                session.console.out(row.common.id + "\n");
        return 0;
    }
    session.console.out(
        options.format == "json" ? json_text(rows) : table_text(rows, session.console)
    );
    return 0;
}

/// "status=running", "source=build".
void apply_filters(const std::vector<std::string>& filters, orch::compose::PsOptions& ps) {
    for (const auto& filter : filters) {
        const auto equals = filter.find('=');
        if (equals == std::string::npos)
            throw Error(Kind::usage, "Arguments to --filter should be in form KEY=VAL");
        const auto key = filter.substr(0, equals);
        const auto value = filter.substr(equals + 1);
        if (key == "status")
            ps.states.push_back(value);
        else if (key == "source")
            ps.source = value;
        else
            throw Error(Kind::usage, "Invalid filter: {}", key);
    }
}

int print_services(const orch::compose::PsOptions& ps, Session& session) {
    const auto project = load_project(session);
    auto engine = connect(session);
    std::string answer;
    const auto hosts = ps.states.empty() ? orch::compose::Hosts(engine) : hosts_of(session, engine);
    const auto sink = session.progress(ui::Layout::compose);
    Job job{session.stop, *sink};
    const auto names = hosts.swarm() ? orch::compose::swarm::service_names(project, hosts, ps, job)
                                     : orch::compose::service_names(project, engine, ps);
    for (const auto& name : names)
        answer += name + "\n";
    if (answer.empty() && session.persona == Persona::docker_compose)
        answer = "\n";
    session.console.out(answer);
    return 0;
}

int run_ps(Options options, Session& session) {
    if (options.quiet && options.services)
        throw Error(Kind::usage, "--quiet and --services cannot be combined");
    // docker-compose does not even read the filters of a list of containers.
    if (options.services || session.persona == Persona::orch)
        apply_filters(options.filters, options.ps);
    if (options.services)
        return print_services(options.ps, session);
    const auto project = load_project(session);
    auto engine = connect(session);
    if (const auto hosts = hosts_of(session, engine); hosts.swarm())
        return print_tasks(project, hosts, options, session);
    const auto sink = session.progress(ui::Layout::compose);
    Job job{session.stop, *sink};
    const auto rows = orch::compose::ps(project, engine, options.ps, job);
    if (options.quiet) {
        for (const auto& row : rows)
            session.console.out(row.id + "\n");
    } else {
        session.console.out(
            options.format == "json" ? json_text(rows) : table_text(rows, session.console)
        );
    }
    return 0;
}

} // namespace

void add_ps(CLI::App& verb, Session& session) {
    const auto options = std::make_shared<Options>();
    add_services(verb, session, options->ps.services);
    verb.add_flag("-a,--all", options->ps.all, "One-off containers that have ended, too");
    verb.add_flag("-q,--quiet", options->quiet, "Ids only");
    verb.add_flag("--services", options->services, "Names of the services only");
    verb.add_flag("--orphans", options->ps.orphans, "Of services that the file has not, too");
    verb.add_flag("--no-trunc", options->ps.whole_commands, "Whole commands");
    add_list(verb, "--status", options->ps.states, "Only in that state, like running or exited");
    add_list(verb, "--filter", options->filters, "status=STATE, source=image or source=build only");
    add_choice(verb, session, "--format", options->format, {"table", "json"}, "How to print it");
    choose(verb, session, [options, &session] { return run_ps(*options, session); });
}

} // namespace orch::cmd::compose
