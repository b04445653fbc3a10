#include "compose/top.hpp"

#include "cmd/compose/node_engines.hpp"
#include "cmd/compose/offers.hpp"
#include "cmd/compose/target.hpp"
#include "cmd/compose/verbs.hpp"
#include "cmd/ui/table.hpp"
#include "cmd/verb.hpp"

namespace orch::cmd::compose {

namespace {

std::string table_text(const engine::Processes& processes, std::size_t width) {
    std::vector<ui::Column> columns;
    for (const auto& title : processes.titles)
        columns.push_back({title});
    ui::Table table(columns);
    for (const auto& row : processes.rows)
        table.row(row);
    return table.text(ui::TableStyle::compose, width);
}

int run_top(const std::vector<std::string>& services, Session& session) {
    const auto project = load_project(session);
    auto engine = connect(session);
    const auto sink = session.progress(ui::Layout::compose);
    Job job{session.stop, *sink};
    const auto& console = session.console;
    const auto width = console.out_is_terminal() ? console.out_size().columns : 0;
    std::string answer;
    for (const auto& table : orch::compose::top(project, hosts_of(session, engine), services, job))
        answer += (answer.empty() ? "" : "\n") + table.container + "\n" +
                  table_text(table.processes, width);
    session.console.out(answer);
    return 0;
}

} // namespace

void add_top(CLI::App& verb, Session& session) {
    const auto services = std::make_shared<std::vector<std::string>>();
    add_services(verb, session, *services, Having::running);
    choose(verb, session, [services, &session] { return run_top(*services, session); });
}

} // namespace orch::cmd::compose
