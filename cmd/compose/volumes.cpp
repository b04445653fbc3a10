#include "compose/volumes.hpp"

#include "cmd/compose/target.hpp"
#include "cmd/compose/verbs.hpp"
#include "cmd/options.hpp"
#include "cmd/ui/table.hpp"
#include "cmd/verb.hpp"
#include "lib/json/json.hpp"

#include <nlohmann/json.hpp>

namespace orch::cmd::compose {

namespace {

using Rows = std::vector<orch::compose::VolumeRow>;

struct Options {
    std::vector<std::string> services;
    std::string format = "table";
    bool quiet = false;
};

std::string names_text(const Rows& rows) {
    std::string text;
    for (const auto& row : rows)
        text += row.name + "\n";
    return text;
}

std::string json_text(const Rows& rows) {
    auto array = nlohmann::json::array();
    for (const auto& row : rows)
        array.push_back({{"Name", row.name}, {"Driver", row.driver}, {"Anonymous", row.anonymous}});
    return json::to_go_text(array) + "\n";
}

std::string table_text(const Rows& rows) {
    ui::Table table({{"DRIVER"}, {"VOLUME NAME"}});
    for (const auto& row : rows)
        table.row({row.driver, row.name});
    return table.text(ui::TableStyle::machine);
}

int run_volumes(const Options& options, Session& session) {
    const auto project = load_project(session);
    auto engine = connect(session);
    const auto rows = orch::compose::volumes(project, engine, options.services);
    session.console.out(
        options.quiet              ? names_text(rows)
        : options.format == "json" ? json_text(rows)
                                   : table_text(rows)
    );
    return 0;
}

} // namespace

void add_volumes(CLI::App& verb, Session& session) {
    const auto options = std::make_shared<Options>();
    add_services(verb, session, options->services);
    verb.add_flag("-q,--quiet", options->quiet, "Names only");
    add_choice(verb, session, "--format", options->format, {"table", "json"}, "How to print it");
    choose(verb, session, [options, &session] { return run_volumes(*options, session); });
}

} // namespace orch::cmd::compose
