#include "machine/list.hpp"

#include "lib/base/defer.hpp"
#include "lib/base/error.hpp"
#include "lib/base/text.hpp"
#include "lib/log/log.hpp"
#include "lib/progress/sink.hpp"
#include "lib/tasks/clock.hpp"
#include "lib/tasks/group.hpp"
#include "lib/tasks/pacer.hpp"
#include "machine/expiry.hpp"
#include "machine/swarm_endpoint.hpp"
#include "machine/tls_check.hpp"

#include <algorithm>
#include <functional>
#include <map>

namespace orch::machine {

namespace {

constexpr std::size_t at_a_time = 256;   // every machine is a wait, hardly any work
constexpr std::size_t new_at_a_time = 8; // but a handshake wants memory and a processor
constexpr std::chrono::milliseconds youth{200};
constexpr std::chrono::seconds patience_with_boots{4};

/// Where the swarm of a master is asked; empty if it is none, or its options are of no use.
std::string manager_url(const std::string& url, const SwarmOptions& swarm) {
    try {
        return swarm.master && !url.empty() ? swarm_url(url, swarm) : "";
    } catch (const Error&) {
        return {};
    }
}

/// The provider's id of a host of which orch knows no more.
std::string host_id(const Context& context, const Machine& machine) {
    const auto driver = driver_of(context, machine);
    return driver ? driver->host_id(machine.record) : "";
}

void judge_unfinished(const Context& context, const Machine& machine, Listed& row) {
    if (context.store.is_locked(machine.name)) { // a create runs right now
        row.state = drivers::State::starting;
        return;
    }
    row.state = drivers::State::error;
    const auto id = host_id(context, machine);
    row.error = "create did not finish" + (id.empty() ? "" : " (host " + id + ")") + ": " +
                (machine.failure.empty() ? std::string("it was killed") : machine.failure);
}

void ask_engine(
    const Context& context,
    const Machine& machine,
    const drivers::Reach& reach,
    Listed& row,
    const Job& job
) {
    // The driver of a host that may be off knows soon whether it is; one that orch did not start is
    // known to run by its engine.
    const auto* const row_of_driver = context.registry.find(machine.driver);
    const bool may_be_off = row_of_driver != nullptr && row_of_driver->info.boots;
    const auto limit = may_be_off ? patience_with_boots : std::chrono::minutes(1);
    try {
        row.version = check_tls(context, machine, reach.url, limit, job.stop).engine;
        row.state = drivers::State::running;
    } catch (const Error& error) {
        if (job.stop.stop_requested())
            throw;
        row.error = "Unable to query docker version: " + error.message();
    }
}

void note_expiry(const Machine& machine, Expiries& expiries, Listed& row) {
    if (const auto end = expiries.earliest(machine.auth))
        row.certificate_days = days_left(*end, std::chrono::system_clock::now());
}

void ask(
    const Context& context, const Machine& machine, Expiries& expiries, Listed& row, Job& job
) {
    row.loaded = true;
    row.driver = machine.driver;
    row.engine = machine.engine;
    row.swarm_options = machine.swarm;
    row.membership = machine.membership;
    note_expiry(machine, expiries, row);
    if (machine.progress != Progress::ready)
        return judge_unfinished(context, machine, row);
    const auto driver = driver_of(context, machine);
    if (!driver) {
        row.driver = "not-found";
        row.state = drivers::State::error;
        row.error = "Driver \"" + machine.driver + "\" not found";
        return;
    }
    auto record = machine.record;
    auto reach = driver->reach(record);
    const bool certain = driver->knows_reach(record);
    // An engine that answers is the shortest proof that its machine runs.
    if (certain && !reach.url.empty())
        ask_engine(context, machine, reach, row, job);
    if (row.state != drivers::State::running) {
        row.state = driver->refresh(record, job);
        reach = driver->reach(record);
        if (!certain && row.state == drivers::State::running && !reach.url.empty())
            ask_engine(context, machine, reach, row, job);
    }
    if (row.state != drivers::State::running) {
        row.error.clear(); // a host that is down needs no word about its engine
        return;
    }
    row.url = reach.url;
}

Listed look_at(const Context& context, const std::string& name, Expiries& expiries, Job& job) {
    Listed row{.name = name};
    const auto start = context.world.clock.now();
    try {
        ask(context, context.store.load(name), expiries, row, job);
    } catch (const Error& error) {
        if (job.stop.stop_requested()) {
            row.state = drivers::State::timeout;
            row.url.clear();
        } else {
            row.state = drivers::State::error;
            row.error = text::replace_all(describe(error), "\n", " ");
            if (!row.loaded)
                row.driver = "not found";
        }
    }
    row.response =
        std::chrono::duration_cast<std::chrono::milliseconds>(context.world.clock.now() - start);
    return row;
}

/// Calls `look` for 0 to `count` - 1, all at the same time; after `timeout` the jobs that are not
/// done are told to stop.
void ask_all(
    std::size_t count,
    const Context& context,
    std::chrono::milliseconds timeout,
    Job& job,
    const std::function<void(std::size_t, Job&)>& look
) {
    std::stop_source deadline;
    {
        const std::stop_callback interrupted(job.stop, [&] { deadline.request_stop(); });
        tasks::Group timer(1, job.stop, tasks::OnFailure::finish_others);
        timer.spawn([&](const std::stop_token& stop) {
            context.world.clock.sleep(timeout, stop);
            deadline.request_stop();
        });
        tasks::Pacer pacer(new_at_a_time, youth);
        tasks::Group questions(at_a_time, {});
        for (std::size_t i = 0; i < count; ++i) {
            const auto turn = pacer.begin();
            questions.spawn([&, i, turn](const std::stop_token&) {
                const Defer end([&] { pacer.end(turn); });
                Job question{deadline.get_token(), job.progress};
                look(i, question);
            });
        }
        questions.wait();
    }
    tasks::check(job.stop);
}

/// A master shows its own name, the others their first master's.
void mark_swarms(std::vector<Listed>& rows) {
    std::map<std::string, std::vector<std::string>> masters;
    for (const auto& row : rows)
        if (row.swarm_options.master && !row.swarm_options.discovery.empty())
            masters[row.swarm_options.discovery].push_back(row.name);
    for (auto& row : rows) {
        const auto found = masters.find(row.swarm_options.discovery);
        if (found == masters.end())
            continue;
        row.masters = found->second;
        row.swarm = row.swarm_options.master ? row.name + " (master)" : row.masters.front();
    }
}

/// The swarm of a master that is a node of an engine swarm is its engine itself.
bool is_active_swarm(const Listed& row, const std::string& docker_host) {
    const bool standalone = is_standalone_swarm(row.swarm_options.discovery);
    if (row.swarm_options.master && !row.membership.node.empty() && !standalone)
        return row.active_host;
    return manager_url(row.url, row.swarm_options) == docker_host;
}

void mark_active(std::vector<Listed>& rows, const std::string& docker_host) {
    if (docker_host.empty())
        return;
    for (auto& row : rows) {
        if (row.state != drivers::State::running)
            continue;
        row.active_host = row.url == docker_host;
        row.active_swarm = is_active_swarm(row, docker_host);
    }
}

} // namespace

std::vector<Listed> list(
    const Context& context,
    std::chrono::milliseconds timeout,
    const std::string& docker_host,
    Job& job
) {
    const auto names = context.store.names();
    std::vector<Listed> rows(names.size());
    Expiries expiries;
    ask_all(names.size(), context, timeout, job, [&](std::size_t i, Job& question) {
        rows[i] = look_at(context, names[i], expiries, question);
    });
    mark_swarms(rows);
    mark_active(rows, docker_host);
    return rows;
}

std::vector<std::pair<std::string, drivers::State>>
states(const Context& context, std::chrono::milliseconds timeout, Job& job) {
    const auto names = context.store.names();
    std::vector<std::pair<std::string, drivers::State>> rows(names.size());
    ask_all(names.size(), context, timeout, job, [&](std::size_t i, Job& question) {
        rows[i] = {names[i], drivers::State::timeout};
        try {
            auto machine = context.store.load(names[i]);
            if (const auto driver = driver_of(context, machine))
                rows[i].second = driver->refresh(machine.record, question);
        } catch (const Error& error) {
            log::debug("machine", "{}: {}", names[i], error.message());
        }
    });
    return rows;
}

} // namespace orch::machine
