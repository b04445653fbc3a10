#include "compose/stats.hpp"

#include "cmd/compose/node_engines.hpp"
#include "cmd/compose/offers.hpp"
#include "cmd/compose/target.hpp"
#include "cmd/compose/verbs.hpp"
#include "cmd/options.hpp"
#include "cmd/ui/bytes.hpp"
#include "cmd/ui/table.hpp"
#include "cmd/ui/width.hpp"
#include "cmd/verb.hpp"
#include "lib/base/text.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace orch::cmd::compose {

namespace {

using Rows = std::vector<orch::compose::StatsRow>;

struct Options {
    orch::compose::StatsOptions stats;
    std::string format = "table";
    bool once = false;
};

/// A row's columns in words; dashes where there is nothing to say.
struct Cells {
    explicit Cells(const std::optional<engine::Usage>& usage) {
        if (!usage)
            return;
        cpu = fmt::format("{:.2f}%", usage->cpu_percent);
        memory = ui::binary_bytes(usage->memory) + " / " + ui::binary_bytes(usage->memory_limit);
        share = fmt::format("{:.2f}%", usage->memory_percent());
        network = pair(usage->received, usage->sent);
        blocks = pair(usage->blocks_read, usage->blocks_written);
        processes = std::to_string(usage->processes);
    }

    static std::string pair(std::uint64_t in, std::uint64_t out) {
        return ui::decimal_bytes(in, "", 3) + " / " + ui::decimal_bytes(out, "", 3);
    }

    std::string cpu = "--";
    std::string memory = "-- / --";
    std::string share = "--";
    std::string network = "--";
    std::string blocks = "--";
    std::string processes = "--";
};

std::string table_text(const Rows& rows) {
    ui::Table table(
        {{"CONTAINER ID"},
         {"NAME"},
         {"CPU %"},
         {"MEM USAGE / LIMIT"},
         {"MEM %"},
         {"NET I/O"},
         {"BLOCK I/O"},
         {"PIDS"}}
    );
    for (const auto& row : rows) {
        const Cells cells(row.usage);
        table.row(
            {row.id.substr(0, 12),
             row.name,
             cells.cpu,
             cells.memory,
             cells.share,
             cells.network,
             cells.blocks,
             cells.processes}
        );
    }
    return table.text(ui::TableStyle::machine);
}

/// One object a line, with the members of `docker stats`.
std::string json_text(const Rows& rows) {
    std::string lines;
    for (const auto& row : rows) {
        const Cells cells(row.usage);
        const nlohmann::json object{
            {"BlockIO", cells.blocks},
            {"CPUPerc", cells.cpu},
            {"Container", row.id.substr(0, 12)},
            {"ID", row.id.substr(0, 12)},
            {"MemPerc", cells.share},
            {"MemUsage", cells.memory},
            {"Name", row.name},
            {"NetIO", cells.network},
            {"PIDs", cells.processes},
        };
        lines += object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
    }
    return lines;
}

/// Over the table before: from the upper left corner, cut to the terminal, the rest cleared.
std::string on_screen(const std::string& table, const ui::Size& size) {
    std::string text = "\x1b[H";
    std::size_t row = 1;
    for (const auto& line : text::lines(table)) {
        if (row++ == size.rows)
            break;
        text += std::string(ui::cut(line, size.columns)) + "\x1b[K\n";
    }
    return text + "\x1b[J";
}

int run_stats(const Options& options, Session& session) {
    auto wanted = options.stats;
    wanted.follow = !options.once;
    const auto project = load_project(session);
    auto engine = connect(session);
    const auto sink = session.progress(ui::Layout::compose);
    Job job{session.stop, *sink};
    auto& console = session.console;
    const bool live = wanted.follow && options.format == "table" && console.out_is_terminal();
    if (live)
        console.out("\x1b[2J");
    orch::compose::stats(
        project,
        hosts_of(session, engine),
        wanted,
        [&](const Rows& rows) {
            if (options.format == "json")
                console.out(json_text(rows));
            else
                console.out(
                    live ? on_screen(table_text(rows), console.out_size()) : table_text(rows)
                );
        },
        session.world.clock,
        job
    );
    return 0;
}

} // namespace

void add_stats(CLI::App& verb, Session& session) {
    const auto options = std::make_shared<Options>();
    add_services(verb, session, options->stats.services, Having::running);
    verb.add_flag("-a,--all", options->stats.all, "Containers that do not run, too");
    verb.add_flag("--no-stream", options->once, "Once, not again every second");
    add_choice(verb, session, "--format", options->format, {"table", "json"}, "How to print it");
    choose(verb, session, [options, &session] { return run_stats(*options, session); });
}

} // namespace orch::cmd::compose
