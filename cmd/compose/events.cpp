#include "compose/events.hpp"

#include "cmd/compose/moment.hpp"
#include "cmd/compose/node_engines.hpp"
#include "cmd/compose/target.hpp"
#include "cmd/compose/verbs.hpp"
#include "cmd/verb.hpp"
#include "compose/swarm/events.hpp"
#include "lib/base/text.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <ctime>

namespace orch::cmd::compose {

namespace {

struct Options {
    orch::compose::EventsOptions events;
    bool json = false;
};

/// Local time with microseconds, which are left out when they are zero: how Python writes it.
std::string time_text(std::int64_t nanoseconds, char between) {
    const std::time_t seconds = nanoseconds / 1'000'000'000;
    std::tm parts{};
    ::localtime_r(&seconds, &parts);
    auto text = fmt::format(
        "{:04}-{:02}-{:02}{}{:02}:{:02}:{:02}",
        parts.tm_year + 1900,
        parts.tm_mon + 1,
        parts.tm_mday,
        between,
        parts.tm_hour,
        parts.tm_min,
        parts.tm_sec
    );
    if (const auto micros = nanoseconds / 1000 % 1'000'000; micros != 0)
        text += fmt::format(".{:06}", micros);
    return text;
}

std::string plain_line(const orch::compose::ProjectEvent& shown) {
    const auto& event = shown.event;
    std::vector<std::string> attributes; // sorted: they come from a map
    for (const auto& [name, value] : event.attributes)
        attributes.push_back(name + "=" + value);
    return fmt::format(
        "{} {} {} {} ({})\n",
        time_text(event.time_nano, ' '),
        event.type,
        event.action,
        event.id,
        text::join(attributes, ", ")
    );
}

/// One member behind the other with blanks between, as docker-compose prints it.
std::string json_line(const orch::compose::ProjectEvent& shown) {
    const auto quoted = [](const std::string& text) {
        return nlohmann::json(text).dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
    };
    const auto& event = shown.event;
    std::vector<std::string> attributes;
    for (const auto& [name, value] : event.attributes)
        attributes.push_back(quoted(name) + ": " + quoted(value));
    return fmt::format(
        "{{\"time\": {}, \"type\": {}, \"action\": {}, \"id\": {}, \"service\": {}, "
        "\"attributes\": {{{}}}}}\n",
        quoted(time_text(event.time_nano, 'T')),
        quoted(event.type),
        quoted(event.action),
        quoted(event.id),
        quoted(shown.service),
        text::join(attributes, ", ")
    );
}

int run_events(const Options& options, Session& session) {
    auto wanted = options.events;
    wanted.since = moment("--since", wanted.since);
    wanted.until = moment("--until", wanted.until);
    const auto project = load_project(session);
    auto engine = connect(session);
    const auto print = [&](const orch::compose::ProjectEvent& shown) {
        session.console.out(options.json ? json_line(shown) : plain_line(shown));
    };
    const auto sink = session.progress(ui::Layout::compose);
    Job job{session.stop, *sink};
    if (const auto hosts = hosts_of(session, engine); hosts.swarm())
        orch::compose::swarm::events(project, hosts, wanted, print, job);
    else
        orch::compose::events(project, engine, wanted, print);
    return 0;
}

} // namespace

void add_events(CLI::App& verb, Session& session) {
    const auto options = std::make_shared<Options>();
    add_services(verb, session, options->events.services);
    verb.add_flag("--json", options->json, "A JSON object a line");
    verb.add_option("--since", options->events.since, "From that time on, like 10m or 1700000000");
    verb.add_option("--until", options->events.until, "Until that time; ends then");
    choose(verb, session, [options, &session] { return run_events(*options, session); });
}

} // namespace orch::cmd::compose
