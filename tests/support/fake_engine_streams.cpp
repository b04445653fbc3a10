// Logs and events of a FakeEngine.
#include "tests/support/fake_engine_state.hpp"

#include <algorithm>
#include <cstdlib>
#include <optional>

namespace orch::test {

namespace {

/// Seconds since 1970 with a fraction, as nanoseconds.
std::optional<std::int64_t> nanos_of(const std::string& seconds) {
    if (seconds.empty())
        return std::nullopt;
    const auto dot = std::min(seconds.find('.'), seconds.size());
    auto fraction = dot == seconds.size() ? std::string() : seconds.substr(dot + 1);
    fraction.resize(9, '0');
    return std::stoll(seconds.substr(0, dot)) * 1'000'000'000 + std::stoll(fraction);
}

/// The 8-byte header of the API reference (POST /containers/ID/attach).
std::string frame(int stream, const std::string& text) {
    std::string bytes{static_cast<char>(stream), 0, 0, 0};
    for (const unsigned shift : {24U, 16U, 8U, 0U})
        bytes += static_cast<char>((text.size() >> shift) & 0xFF);
    return bytes + text;
}

struct LogWishes {
    bool out;
    bool err;
    bool timestamps;
    bool tty;
    std::optional<std::int64_t> since;
    std::optional<std::int64_t> until;

    [[nodiscard]] bool want(const FakeLogLine& line) const {
        return (line.stream == 2 ? err : out) && (!since || line.nanos >= *since) &&
               (!until || line.nanos <= *until);
    }

    [[nodiscard]] std::string bytes(const FakeLogLine& line) const {
        const auto text = (timestamps ? time_text(line.nanos) + " " : "") + line.text;
        return tty ? text : frame(line.stream, text);
    }
};

/// Where the last `tail` lines begin among those that are wanted.
std::size_t
tail_start(const std::vector<FakeLogLine>& log, const std::string& tail, const LogWishes& wishes) {
    if (tail.empty() || tail.find_first_not_of("0123456789") != std::string::npos)
        return 0; // "all", and whatever is no number
    auto left = std::stoul(tail);
    auto start = log.size();
    while (start > 0 && left > 0)
        if (wishes.want(log[--start]))
            --left;
    return start;
}

Json event_json(const FakeEvent& event, const std::string& version) {
    Json object{
        {"Type", event.type},
        {"Action", event.action},
        {"Actor", {{"ID", event.id}, {"Attributes", event.attributes}}},
        {"scope", "local"},
        {"time", event.nanos / 1'000'000'000},
        {"timeNano", event.nanos}};
    if (before(version, 52) && event.type == "container") {
        object["status"] = event.action;
        object["id"] = event.id;
        object["from"] = event.attributes.at("image");
    }
    return object;
}

bool selected(
    const FakeEvent& event, const std::string& name, const std::vector<std::string>& values
) {
    const auto any = [&](const auto& fits) {
        return std::any_of(values.begin(), values.end(), fits);
    };
    if (name == "type")
        return any([&](const auto& wanted) { return event.type == wanted; });
    if (name == "event")
        return any([&](const auto& wanted) { return event.action == wanted; });
    if (name == "label") {
        const Json labels = event.attributes;
        return std::all_of(values.begin(), values.end(), [&](const auto& wanted) {
            return label_matches(labels, wanted);
        });
    }
    if (name == "container")
        return event.type == "container" && any([&](const auto& wanted) {
                   return event.id.starts_with(wanted) || event.attributes.at("name") == wanted;
               });
    throw Refusal{400, "Invalid filter '" + name + "'"};
}

} // namespace

http::Response FakeEngine::State::logs(FakeCall& call) {
    const auto& target = container(call.parts[0]);
    const auto id = target.id;
    const LogWishes wishes{
        .out = call.flag("stdout"),
        .err = call.flag("stderr"),
        .timestamps = call.flag("timestamps"),
        .tty = target.config.value("Tty", false),
        .since = nanos_of(call.query("since")),
        .until = nanos_of(call.query("until"))};
    if (!wishes.out && !wishes.err)
        throw Refusal{400, "Bad parameters: you must choose at least one stream"};
    if (target.host["LogConfig"]["Type"] == "none")
        throw Refusal{501, "configured logging driver does not support reading"};
    auto next = tail_start(target.log, call.query("tail", "all"), wishes);
    for (;;) {
        const auto* alive = find_container(id); // it may be removed between two lines
        if (alive == nullptr)
            break;
        if (next < alive->log.size()) {
            const auto line = alive->log[next++];
            if (wishes.want(line) && !stream(call, wishes.bytes(line)))
                break;
            continue;
        }
        if (!call.flag("follow") || alive->state != "running")
            break;
        wait(call, [&] {
            const auto* now_there = find_container(id);
            return now_there == nullptr || now_there->state != "running" ||
                   next < now_there->log.size();
        });
    }
    return {200, {}, {}};
}

http::Response FakeEngine::State::events(FakeCall& call) {
    const auto filters = call.filters();
    const auto since = nanos_of(call.query("since"));
    const auto until = nanos_of(call.query("until"));
    for (std::size_t next = since ? 0 : all_events.size();;) {
        if (next < all_events.size()) {
            const auto event = all_events[next++];
            if (until && event.nanos > *until)
                break;
            const bool fits = std::all_of(filters.begin(), filters.end(), [&](const auto& filter) {
                return selected(event, filter.first, filter.second);
            });
            if (fits && (!since || event.nanos >= *since) &&
                !stream_json(call, event_json(event, call.exchange.version)))
                break;
            continue;
        }
        if (until && *until <= now())
            break;
        wait(call, [&] { return next < all_events.size(); });
    }
    return {200, {}, {}};
}

} // namespace orch::test
