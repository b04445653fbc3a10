#include "cmd/compose/node_engines.hpp"
#include "cmd/compose/target.hpp"
#include "cmd/compose/verbs.hpp"
#include "cmd/options.hpp"
#include "cmd/ui/table.hpp"
#include "cmd/verb.hpp"
#include "compose/projects.hpp"
#include "lib/json/json.hpp"

#include <nlohmann/json.hpp>

namespace orch::cmd::compose {

namespace {

using Rows = std::vector<orch::compose::ProjectRow>;

struct Options {
    std::vector<std::string> filters;
    std::string format = "table";
    bool all = false;
    bool quiet = false;
};

std::string name_filter(const std::vector<std::string>& filters) {
    std::string name;
    for (const auto& filter : filters) {
        constexpr std::string_view known = "name=";
        if (!filter.starts_with(known))
            throw Error(Kind::usage, "--filter takes name=TEXT, not \"{}\"", filter);
        name = filter.substr(known.size());
    }
    return name;
}

std::string names_text(const Rows& rows) {
    std::string text;
    for (const auto& row : rows)
        text += row.name + "\n";
    return text;
}

std::string json_text(const Rows& rows) {
    auto array = nlohmann::json::array();
    for (const auto& row : rows)
        array.push_back(
            {{"Name", row.name}, {"Status", row.status}, {"ConfigFiles", row.config_files}}
        );
    return json::to_go_text(array) + "\n";
}

std::string table_text(const Rows& rows) {
    ui::Table table({{"NAME"}, {"STATUS"}, {"CONFIG FILES"}});
    for (const auto& row : rows)
        table.row({row.name, row.status, row.config_files});
    return table.text(ui::TableStyle::machine);
}

int run_ls(const Options& options, Session& session) {
    const auto name = name_filter(options.filters);
    auto engine = connect(session);
    const auto rows =
        orch::compose::projects(hosts_of(session, engine), {.all = options.all, .name = name});
    session.console.out(
        options.quiet              ? names_text(rows)
        : options.format == "json" ? json_text(rows)
                                   : table_text(rows)
    );
    return 0;
}

} // namespace

void add_ls(CLI::App& verb, Session& session) {
    const auto options = std::make_shared<Options>();
    verb.add_flag("-a,--all", options->all, "Those that do not run, too");
    verb.add_flag("-q,--quiet", options->quiet, "Names only");
    add_choice(verb, session, "--format", options->format, {"table", "json"}, "How to print it");
    add_list(verb, "--filter", options->filters, "name=TEXT: those with that in their name");
    choose(verb, session, [options, &session] { return run_ls(*options, session); });
}

} // namespace orch::cmd::compose
