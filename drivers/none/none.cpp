#include "drivers/none/none.hpp"

#include "drivers/kit/record.hpp"
#include "lib/base/error.hpp"

namespace orch::drivers::none {

Info info() {
    return {
        .name = "none",
        .summary = "An engine that is there already, known by its URL alone",
        .options = {{
            .name = "url",
            .env = "",
            .kind = OptionKind::text,
            .help = "URL of the engine, like tcp://192.0.2.7:2376",
            .per_machine = true,
        }},
        .provisions = false,
        .renames = true,
        .boots = false,
    };
}

void Driver::check(const Request& request, Job&) {
    if (request.values.text("url").empty())
        throw Error(Kind::usage, "--url option is required when no driver is selected");
}

Record Driver::create(const Request& request, const Checkpoint&, Job&) {
    const auto& url = request.values.text("url");
    const auto scheme = url.find("://");
    auto record = kit::base_record(access_);
    // docker-machine keeps the port here, and scripts that read it expect it.
    record["IPAddress"] = scheme == std::string::npos ? url : url.substr(scheme + 3);
    record["URL"] = url;
    return record;
}

State Driver::refresh(Record&, Job&) { return State::running; }

void Driver::power(Record&, Power power, Job&) {
    const std::string_view participle = power == Power::stop      ? "stopped"
                                        : power == Power::restart ? "restarted"
                                        : power == Power::kill    ? "killed"
                                                                  : "started";
    throw Error(Kind::unsupported, "hosts without a driver cannot be {}", participle);
}

void Driver::remove(const Record&, Job&) {}

Reach Driver::reach(const Record& record) const {
    return {
        .address = kit::text(record, "IPAddress"),
        .url = kit::text(record, "URL"),
        .ssh = {.host = ""}};
}

} // namespace orch::drivers::none
