#include "compose/images.hpp"

#include "cmd/compose/node_engines.hpp"
#include "cmd/compose/target.hpp"
#include "cmd/compose/verbs.hpp"
#include "cmd/options.hpp"
#include "cmd/ui/bytes.hpp"
#include "cmd/ui/table.hpp"
#include "cmd/verb.hpp"
#include "lib/json/json.hpp"

#include <nlohmann/json.hpp>

#include <set>

namespace orch::cmd::compose {

namespace {

using Rows = std::vector<orch::compose::ImagesRow>;

struct Options {
    std::vector<std::string> services;
    std::string format = "table";
    bool quiet = false;
};

std::string digits(const std::string& id) { return id.substr(id.find(':') + 1); }

std::string ids_text(const Rows& rows) {
    std::set<std::string> known;
    std::string text;
    for (const auto& row : rows)
        if (known.insert(row.id).second)
            text += digits(row.id) + "\n";
    return text;
}

std::string json_text(const Rows& rows) {
    auto array = nlohmann::json::array();
    for (const auto& row : rows)
        array.push_back({
            {"ID", row.id},
            {"ContainerName", row.container},
            {"Repository", row.repository},
            {"Tag", row.tag},
            {"Size", row.size},
        });
    return json::to_go_text(array) + "\n";
}

std::string table_text(const Rows& rows, std::size_t width) {
    ui::Table table({{"Container"}, {"Repository"}, {"Tag"}, {"Image Id"}, {"Size"}});
    for (const auto& row : rows)
        table.row(
            {row.container,
             row.repository,
             row.tag,
             digits(row.id).substr(0, 12),
             ui::decimal_bytes(row.size, " ")}
        );
    return table.text(ui::TableStyle::compose, width);
}

int run_images(const Options& options, Session& session) {
    const auto project = load_project(session);
    auto engine = connect(session);
    const auto sink = session.progress(ui::Layout::compose);
    Job job{session.stop, *sink};
    const auto rows =
        orch::compose::images(project, hosts_of(session, engine), options.services, job);
    const auto& console = session.console;
    const auto width = console.out_is_terminal() ? console.out_size().columns : 0;
    session.console.out(
        options.quiet              ? ids_text(rows)
        : options.format == "json" ? json_text(rows)
                                   : table_text(rows, width)
    );
    return 0;
}

} // namespace

void add_images(CLI::App& verb, Session& session) {
    const auto options = std::make_shared<Options>();
    add_services(verb, session, options->services);
    verb.add_flag("-q,--quiet", options->quiet, "Ids only, each once");
    add_choice(verb, session, "--format", options->format, {"table", "json"}, "How to print it");
    choose(verb, session, [options, &session] { return run_images(*options, session); });
}

} // namespace orch::cmd::compose
