#include "drivers/plugin/driver.hpp"

#include "drivers/kit/record.hpp"
#include "drivers/plugin/flags.hpp"
#include "lib/base/error.hpp"
#include "lib/json/json.hpp"
#include "lib/log/log.hpp"

#include <array>

namespace orch::drivers::plugin {

namespace {

using std::chrono::milliseconds;
using std::string_literals::operator""s;

/// docker-machine's numbers of states, in their order; the last one is Rancher's.
constexpr std::array states{
    State::none,
    State::running,
    State::paused,
    State::saved,
    State::stopped,
    State::stopping,
    State::starting,
    State::error,
    State::timeout,
    State::not_found};

std::string_view method_of(Power power) {
    switch (power) {
    case Power::start:
        return "Start";
    case Power::stop:
        return "Stop";
    case Power::restart:
        return "Restart";
    case Power::kill:
        return "Kill";
    }
    return "";
}

/// What the plugin itself gets to see of a record.
std::string config_text(const Record& record) {
    auto theirs = record;
    theirs.erase(beside_record);
    return json::to_go_text(theirs);
}

void tell_config(Session& session, const std::string& config, const std::stop_token& stop) {
    if (session.known_config == config)
        return;
    session.ask("SetConfigRaw", bytes_argument(config), session.limits().local, stop);
    session.known_config = config;
}

/// The plugin's object as it is now; what stood beside the old one stays.
void take_config(Record& record, const gob::Value& answer, Session& session) {
    constexpr auto what = "its answer to GetConfigRaw";
    auto fresh = session.guarded([&] {
        auto object = json::parse_ordered(answer.text(what), what);
        if (!object.is_object())
            throw Error(Kind::invalid, "{} is no JSON object", what);
        return object;
    });
    if (const auto beside = record.find(beside_record); beside != record.end())
        fresh[beside_record] = *beside;
    record = std::move(fresh);
    session.known_config = config_text(record);
}

void fetch_config(
    Record& record, Session& session, milliseconds limit, const std::stop_token& stop
) {
    take_config(record, session.ask("GetConfigRaw", no_argument(), limit, stop), session);
}

/// After something went wrong: what is known by now is worth a moment, even if the user wants to
/// go.
void save_what_is_known(Record& record, Session& session, const Checkpoint& save) noexcept {
    try {
        fetch_config(record, session, session.limits().goodbye, {});
        save(record);
    } catch (const std::exception& error) {
        log::debug("plugin", "nothing more is known of the machine: {}", describe(error));
    }
}

/// Asks for something that a host has only while it runs. Nothing where there is no answer.
std::optional<gob::Value>
ask_running(Session& session, const char* method, const std::stop_token& stop) {
    try {
        return session.ask(method, no_argument(), session.limits().query, stop);
    } catch (const Error& error) {
        if (error.kind() != Kind::remote || session.is_broken())
            throw;
        log::debug("plugin", "{}: {}", method, error.message());
        return std::nullopt;
    }
}

State state_of(const gob::Value& answer, Session& session) {
    const auto number = session.guarded([&] { return answer.integer("its answer to GetState"); });
    const bool is_known = number >= 0 && static_cast<std::size_t>(number) < states.size();
    return is_known ? states.at(static_cast<std::size_t>(number)) : State::none;
}

bool is_gone(Session& session, const std::stop_token& stop) {
    const auto answer = ask_running(session, "GetState", stop);
    return answer && state_of(*answer, session) == State::not_found;
}

/// The way to a host that runs, as far as the plugin knows it.
Record ask_reach(Session& session, const std::stop_token& stop) {
    struct Question {
        const char* field;
        const char* method;
    };

    auto way = Record::object();
    for (const auto& question : {
             Question{"IPAddress", "GetIP"},
             {"URL", "GetURL"},
             {"SSHHost", "GetSSHHostname"},
             {"SSHUser", "GetSSHUsername"},
             {"SSHKeyPath", "GetSSHKeyPath"},
         })
        if (const auto answer = ask_running(session, question.method, stop))
            way[question.field] =
                session.guarded([&] { return answer->text("its answer to "s + question.method); });
    if (const auto answer = ask_running(session, "GetSSHPort", stop))
        way["SSHPort"] =
            session.guarded([&] { return answer->integer("its answer to GetSSHPort"); });
    return way;
}

bool has_address(const Record& way) {
    return !kit::text(way, "SSHHost").empty() || !kit::text(way, "IPAddress").empty();
}

} // namespace

Driver::Driver(Access access, Sessions sessions)
    : access_(std::move(access)), sessions_(std::move(sessions)) {}

std::shared_ptr<Session> Driver::session() {
    const std::lock_guard lock(mutex_);
    if (!session_ || session_->is_broken())
        session_ = sessions_(access_);
    return session_;
}

void Driver::check(const Request& request, Job& job) {
    const auto session = this->session();
    const auto turn = session->turn();
    tell_config(*session, config_text(kit::base_record(access_)), job.stop);
    try {
        session->change(
            "SetConfigFromFlags",
            flags_argument(encoded_flags(request)),
            session->limits().check,
            job
        );
    } catch (const Error& error) {
        if (error.kind() != Kind::remote || session->is_broken())
            throw;
        throw Error(Kind::usage, "{}", error.message());
    }
    session->has_flags = true;
    session->change("PreCreateCheck", no_argument(), session->limits().check, job);
}

Record Driver::create(const Request&, const Checkpoint& save, Job& job) {
    const auto session = this->session();
    const auto turn = session->turn();
    if (!session->has_flags)
        throw Error(Kind::internal, "a plugin's create without its check");
    Record record = Record::object();
    fetch_config(record, *session, session->limits().local, job.stop);
    save(record);
    // It may have made things that cost money long before it answers.
    const auto look = [&] {
        const auto answer = session->glance("GetConfigRaw", session->limits().checkpoint, job.stop);
        if (!answer)
            return;
        auto now = record;
        take_config(now, *answer, *session);
        if (now != record)
            save(record = std::move(now));
    };
    try {
        session->change("Create", no_argument(), session->limits().change, job, look);
        fetch_config(record, *session, session->limits().local, job.stop);
    } catch (const Error&) {
        if (!session->is_broken())
            save_what_is_known(record, *session, save);
        throw;
    }
    return record;
}

State Driver::refresh(Record& record, Job& job) {
    const auto session = this->session();
    const auto turn = session->turn();
    tell_config(*session, config_text(record), job.stop);
    const auto answer = session->ask("GetState", no_argument(), session->limits().query, job.stop);
    auto state = state_of(answer, *session);
    auto way = record.value(beside_record, Record::object());
    if (state != State::running)
        way["URL"] = ""; // its engine need not be tried
    else if (way.update(ask_reach(*session, job.stop)); !has_address(way))
        state = State::starting; // a virtual machine that runs has no address for a while
    fetch_config(record, *session, session->limits().local, job.stop);
    record[beside_record] = std::move(way);
    return state;
}

void Driver::power(Record& record, Power power, Job& job) {
    const auto session = this->session();
    const auto turn = session->turn();
    tell_config(*session, config_text(record), job.stop);
    session->change(std::string(method_of(power)), no_argument(), session->limits().change, job);
    fetch_config(record, *session, session->limits().local, job.stop);
}

void Driver::remove(const Record& record, Job& job) {
    const auto session = this->session();
    const auto turn = session->turn();
    auto theirs = record;
    theirs.erase(beside_record);
    if (theirs.empty()) // nothing was begun
        return;
    tell_config(*session, config_text(record), job.stop);
    try {
        session->change("Remove", no_argument(), session->limits().change, job);
    } catch (Error& error) {
        if (error.kind() == Kind::cancelled)
            throw;
        if (!session->is_broken() && is_gone(*session, job.stop))
            return;
        throw error.hint("orch machine rm -f {} forgets the machine", access_.machine);
    }
}

Reach Driver::reach(const Record& record) const {
    auto ssh = kit::ssh_address(access_, record);
    const auto address = ssh.host;
    const auto found = record.find(beside_record);
    if (found == record.end()) // as nearly all drivers have it
        return {.address = address, .url = kit::engine_url(address, 2376), .ssh = std::move(ssh)};
    const auto& way = *found;
    ssh.host = kit::text(way, "SSHHost", ssh.host);
    ssh.port = kit::integer(way, "SSHPort", ssh.port);
    ssh.user = kit::text(way, "SSHUser", ssh.user);
    ssh.key = kit::text(way, "SSHKeyPath", ssh.key);
    return {
        .address = kit::text(way, "IPAddress", address),
        .url = kit::text(way, "URL"),
        .ssh = std::move(ssh),
    };
}

bool Driver::knows_reach(const Record& record) const { return record.contains(beside_record); }

} // namespace orch::drivers::plugin
