#include "drivers/driver.hpp"

#include "lib/base/error.hpp"
#include "lib/fs/files.hpp"

namespace orch::drivers {

std::string_view state_name(State state) {
    switch (state) {
    case State::none:
        return "";
    case State::running:
        return "Running";
    case State::paused:
        return "Paused";
    case State::saved:
        return "Saved";
    case State::stopped:
        return "Stopped";
    case State::stopping:
        return "Stopping";
    case State::starting:
        return "Starting";
    case State::error:
        return "Error";
    case State::timeout:
        return "Timeout";
    case State::not_found:
        return "NotFound";
    }
    return "";
}

std::string_view power_name(Power power) {
    switch (power) {
    case Power::start:
        return "start";
    case Power::stop:
        return "stop";
    case Power::restart:
        return "restart";
    case Power::kill:
        return "kill";
    }
    return "";
}

Record Driver::adopt(const Request& /*request*/, const std::string& id, Job& /*job*/) {
    throw Error(
        Kind::unsupported, "not supported: this driver has no provider that knows a host {}", id
    )
        .hint("a host that SSH reaches: orch machine create -d generic --generic-ip-address ...");
}

void import_key(const Access& access, const std::filesystem::path& key, Record& record) {
    const auto copy = access.dir / key.filename();
    fs::write_atomic(copy, fs::read_file(key), 0600);
    auto public_key = key;
    public_key += ".pub";
    if (std::filesystem::exists(public_key)) {
        auto public_copy = copy;
        public_copy += ".pub";
        fs::write_atomic(public_copy, fs::read_file(public_key), 0600);
    }
    record["SSHKeyPath"] = copy.string();
}

} // namespace orch::drivers
