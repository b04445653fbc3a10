#include "drivers/plugin/session.hpp"

#include "lib/base/defer.hpp"
#include "lib/log/log.hpp"
#include "lib/net/dial.hpp"
#include "lib/progress/sink.hpp"

#include <charconv>
#include <csignal>
#include <cstring>

namespace orch::drivers::plugin {

namespace {

using std::chrono::milliseconds;
using SteadyClock = std::chrono::steady_clock;

struct Address {
    std::string host;
    int port = 0;
};

/// "127.0.0.1:PORT" and the like: a plugin that listens for the world is none of ours.
std::optional<Address> address_in(std::string_view line) {
    const auto colon = line.rfind(':');
    if (colon == std::string_view::npos)
        return std::nullopt;
    Address address{.host = std::string(line.substr(0, colon))};
    const auto digits = line.substr(colon + 1);
    const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), address.port);
    const bool is_port = parsed.ec == std::errc() && parsed.ptr == digits.data() + digits.size() &&
                         address.port > 0 && address.port < 65536;
    const bool is_here =
        address.host == "127.0.0.1" || address.host == "localhost" || address.host == "[::1]";
    return is_port && is_here ? std::optional(address) : std::nullopt;
}

std::string ending(int code) {
    if (code > 128)
        return fmt::format("it was ended by signal {}", code - 128);
    return fmt::format("it ended with exit code {}", code);
}

} // namespace

Session::Session(
    Program program, std::string machine, const Limits& limits, std::shared_ptr<Slots> slots
)
    : program_(std::move(program)), machine_(std::move(machine)), limits_(limits),
      slots_(std::move(slots)) {}

Session::~Session() {
    if (!process_)
        return;
    try {
        if (rpc_ && !rpc_->is_over())
            rpc_->call("Close", no_argument(), limits_.goodbye, {});
    } catch (const std::exception& error) { // it may be gone before its answer is
        log::debug("plugin", "({}) Close: {}", machine_, describe(error));
    }
    process_->end(limits_.goodbye, false);
    slots_->give();
}

gob::Value Session::ask(
    const std::string& method,
    const std::string& argument,
    Limits::Span limit,
    const std::stop_token& stop
) {
    start(stop);
    return guarded([&] { return rpc_->call(method, argument, limit, stop); });
}

gob::Value Session::change(
    const std::string& method,
    const std::string& argument,
    Limits::Span limit,
    Job& job,
    const std::function<void()>& meanwhile
) {
    start(job.stop);
    {
        const std::lock_guard lock(hearing_);
        audience_ = &job.progress;
    }
    const Defer leave([this] {
        process_->settle(); // what it printed before its answer may arrive behind it
        const std::lock_guard lock(hearing_);
        audience_ = nullptr;
    });
    return guarded([&] {
        const auto deadline = SteadyClock::now() + limit;
        const auto ticket = rpc_->begin(method, argument);
        while (!rpc_->wait(*ticket, limits_.checkpoint, job.stop)) {
            if (SteadyClock::now() >= deadline)
                throw Error(
                    Kind::timeout,
                    "it did not answer {} within {} min",
                    method,
                    std::chrono::duration<double, std::ratio<60>>(limit).count()
                );
            if (meanwhile)
                meanwhile();
        }
        return Rpc::result(*ticket);
    });
}

std::optional<gob::Value>
Session::glance(const std::string& method, Limits::Span limit, const std::stop_token& stop) {
    if (!glance_)
        glance_ = rpc_->begin(method, no_argument());
    if (!rpc_->wait(*glance_, limit, stop))
        return std::nullopt;
    const auto ticket = std::exchange(glance_, nullptr);
    if (ticket->error.empty())
        return Rpc::result(*ticket);
    log::debug("plugin", "({}) {}: {}", machine_, method, ticket->error);
    return std::nullopt;
}

void Session::note_fault(const Error& error) {
    if (!fault_)
        fault_ = fault_of(error);
}

void Session::start(const std::stop_token& stop) {
    if (fault_)
        throw Error(*fault_);
    if (rpc_)
        return;
    try {
        guarded([&] { connect(stop); });
    } catch (const Error& error) {
        if (!fault_ && process_) { // interrupted: it may be tried again
            process_->end(milliseconds(0), /*with_children=*/true);
            rpc_.reset();
            process_.reset();
            slots_->give();
        }
        throw;
    }
}

void Session::connect(const std::stop_token& stop) {
    log::debug("plugin", "({}) starting {}", machine_, program_.path.string());
    auto environment = program_.environment;
    environment.push_back("MACHINE_PLUGIN_TOKEN=42");
    environment.push_back("MACHINE_PLUGIN_DRIVER_NAME=" + program_.driver);
    slots_->take(stop);
    process_.emplace(
        program_.path,
        std::move(environment),
        Process::Listeners{
            .out = [this](const std::string& line) { hear(line); },
            .err = [this](const std::string& line
                   ) { log::debug("plugin", "({}) DBG | {}", machine_, line); },
        }
    );
    const auto line = process_->first_line(limits_.start, stop);
    if (!line)
        throw Error(Kind::network, "it did not say where it listens");
    const auto address = address_in(*line);
    if (!address)
        throw Error(
            Kind::invalid, "it says \"{}\" where its address should stand", line->substr(0, 80)
        );
    rpc_ = std::make_unique<Rpc>(
        net::dial(address->host, address->port, limits_.start, stop), limits_, stop
    );
    check_version(stop);
}

void Session::check_version(const std::stop_token& stop) {
    const auto version = [&] {
        return rpc_->call("GetVersion", no_argument(), limits_.local, stop)
            .integer("its answer to GetVersion");
    };
    std::int64_t number = 0;
    try {
        number = version();
    } catch (const Error& error) {
        if (error.kind() != Kind::remote)
            throw;
        rpc_->use_old_name();
        try {
            number = version();
        } catch (const Error& again) {
            if (again.kind() == Kind::remote)
                throw Error(Kind::invalid, "it does not answer GetVersion: {}", again.message());
            throw;
        }
    }
    if (number != 1)
        throw Error(
            Kind::unsupported, "Driver binary uses an incompatible API version ({})", number
        );
}

Error Session::fault_of(const Error& cause) {
    auto message = cause.message();
    std::vector<std::string> last_words;
    if (process_) {
        // Where the connection broke, how the process ended says more.
        const auto code =
            process_->wait(cause.kind() == Kind::network ? milliseconds(500) : milliseconds(0));
        process_->settle();
        last_words = process_->last_errors();
        if (code && cause.kind() == Kind::network)
            message = ending(*code) + (rpc_ ? std::string() : " before it said where it listens");
        // Before it listens nothing can have been made: what a wrapper started goes with it.
        process_->end(milliseconds(0), /*with_children=*/rpc_ == nullptr);
    }
    Error fault(
        cause.kind() == Kind::network ? Kind::remote : cause.kind(),
        "the plugin {} does not work: {}",
        program_.path.filename().string(),
        message
    );
    for (auto& line : last_words)
        fault.detail(fmt::format("({}) DBG | {}", machine_, std::move(line)));
    fault.hint(
        "{} must be a driver plugin of docker-machine that runs on this computer; --debug=plugin "
        "shows all that it says",
        program_.path.string()
    );
    return fault;
}

void Session::hear(const std::string& line) {
    const std::lock_guard lock(hearing_);
    if (audience_ == nullptr)
        log::debug("plugin", "({}) {}", machine_, line);
    else
        audience_->emit({
            .id = machine_,
            .status = progress::Status::note,
            .text = fmt::format("({}) {}", machine_, line),
        });
}

} // namespace orch::drivers::plugin
