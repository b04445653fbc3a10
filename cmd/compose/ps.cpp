#include "compose/ps.hpp"

#include "cmd/compose/target.hpp"
#include "cmd/compose/verbs.hpp"
#include "cmd/ui/table.hpp"
#include "cmd/verb.hpp"
#include "lib/json/json.hpp"

#include <nlohmann/json.hpp>

namespace orch::cmd::compose {

namespace {

struct Options {
    orch::compose::PsOptions ps;
    bool quiet = false;
    bool services = false;
    std::string format;
};

std::string json_text(const std::vector<orch::compose::PsRow>& rows) {
    auto array = nlohmann::json::array();
    for (const auto& row : rows)
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
    return json::to_go_text(array) + "\n";
}

std::string table_text(const std::vector<orch::compose::PsRow>& rows, const ui::Console& console) {
    ui::Table table({{"Name"}, {"Command"}, {"State"}, {"Ports"}});
    for (const auto& row : rows)
        table.row({row.name, row.command, row.state, row.ports});
    return table.text(
        ui::TableStyle::compose, console.out_is_terminal() ? console.out_size().columns : 0
    );
}

int run_ps(const Options& options, Session& session) {
    if (!options.format.empty() && options.format != "json" && options.format != "table")
        throw Error(Kind::usage, "--format takes table or json, not \"{}\"", options.format);
    const auto project = load_project(session);
    if (options.services) {
        for (const auto& service : project.services)
            session.console.out(service.name + "\n");
        return 0;
    }
    auto engine = connect(session);
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
    verb.add_option("--format", options->format, "table or json");
    choose(verb, session, [options, &session] { return run_ps(*options, session); });
}

} // namespace orch::cmd::compose
