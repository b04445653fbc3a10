#include "machine/power.hpp"

#include "lib/base/error.hpp"
#include "lib/progress/sink.hpp"
#include "lib/tasks/retry.hpp"
#include "machine/certs.hpp"
#include "machine/connection.hpp"
#include "machine/docker_context.hpp"
#include "machine/provision/provision.hpp"
#include "machine/swarm/configure.hpp"
#include "machine/swarm/leave.hpp"
#include "machine/swarm_endpoint.hpp"

#include <chrono>

namespace orch::machine {

namespace {

using drivers::Power;
using drivers::State;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr milliseconds lock_patience{2000};

struct Words {
    const char* doing;   // "Starting"
    const char* done;    // "started"
    const char* already; // the state that leaves nothing to do
};

Words words_of(Power power) {
    switch (power) {
    case Power::start:
        return {"Starting", "started", "running"};
    case Power::stop:
        return {"Stopping", "stopped", "stopped"};
    case Power::kill:
        return {"Killing", "killed", "stopped"};
    case Power::restart:
        return {"Restarting", "restarted", ""};
    }
    return {"", "", ""};
}

/// What all steps of one call need.
struct Run {
    Machine& machine;
    drivers::Driver& driver;
    const std::string& owner;
    const Context& context;
    Job& job;

    void say(std::string text, progress::Status status = progress::Status::working) const {
        job.progress.emit({.id = machine.name, .status = status, .text = std::move(text)});
    }

    [[nodiscard]] drivers::Reach reach() const { return driver.reach(machine.record); }
};

bool ends_running(Power power) { return power == Power::start || power == Power::restart; }

/// The host's state before anything is done. Throws where there is nothing to do, or no host.
State require_change(const Run& run, Power power) {
    const auto state = run.driver.refresh(run.machine.record, run.job);
    const auto& name = run.machine.name;
    if (state == State::not_found)
        throw Error(
            Kind::not_found,
            "the host of machine \"{}\" no longer exists at {}",
            name,
            run.machine.driver
        )
            .hint("orch machine rm {} forgets the machine", name);
    const bool there = (power == Power::start && state == State::running) ||
                       (!ends_running(power) && state == State::stopped);
    if (there)
        throw Error(Kind::conflict, "Machine \"{}\" is already {}.", name, words_of(power).already);
    return state;
}

void wait_for(State wanted, const Run& run) {
    const tasks::RetryPolicy policy{
        .first_pause = milliseconds(100),
        .longest_pause = seconds(3),
        .give_up_after = seconds(180),
    };
    const auto attempt = [&]() -> std::optional<bool> {
        if (run.driver.refresh(run.machine.record, run.job) == wanted)
            return true;
        return std::nullopt;
    };
    tasks::retry(policy, run.context.world.clock, run.job.stop, attempt, [&] {
        return Error(
            Kind::timeout,
            "machine \"{}\" does not become {}",
            run.machine.name,
            drivers::state_name(wanted)
        );
    });
}

/// Waits until the engine answers. False if it refuses us, or we its certificate.
bool engine_accepts(const Run& run) {
    const auto target = endpoint(run.machine, run.reach());
    std::optional<Error> last;
    const tasks::RetryPolicy policy{
        .first_pause = milliseconds(100),
        .longest_pause = seconds(2),
        .give_up_after = seconds(90) * run.reach().patience,
    };
    const auto attempt = [&]() -> std::optional<bool> {
        try {
            check_connection(run.context, target, seconds(10), run.job.stop);
            return true;
        } catch (const Error& error) {
            if (error.kind() == Kind::denied)
                return false;
            if (error.kind() != Kind::network && error.kind() != Kind::timeout)
                throw;
            last = error;
            return std::nullopt;
        }
    };
    return tasks::retry(policy, run.context.world.clock, run.job.stop, attempt, [&] {
        return Error(
                   last->kind(),
                   "Unable to verify the Docker daemon is listening: {}",
                   last->message()
        )
            .hint("orch machine ssh {} journalctl -u docker", run.machine.name);
    });
}

void give_certificate(const Run& run, ssh::Shell& shell) {
    ensure_authority(run.context.store, run.machine.auth, run.owner, run.machine.name, run.job);
    doing("Error running provisioning", [&] {
        provision::run(run.machine, run.reach(), shell, run.owner, run.context, run.job);
    });
}

/// A node that goes is missed by nobody. With `force` a manager that cannot be spared stays one.
void leave_swarm(const Run& run, bool force) {
    if (is_standalone_swarm(run.machine.swarm.discovery))
        return; // its containers start again with the engine
    try {
        swarm::leave(run.machine, /*force=*/false, run.context, run.job);
    } catch (const Error& error) {
        if (!force || error.kind() == Kind::cancelled)
            throw;
        run.say("It stays a node of its swarm: " + error.message(), progress::Status::warning);
    }
}

void join_swarm(const Run& run, ssh::Shell& shell) {
    const auto& machine = run.machine;
    if (machine.swarm.is_swarm && machine.membership.node.empty() &&
        !is_standalone_swarm(machine.swarm.discovery))
        swarm::configure(run.machine, run.reach(), shell, {}, run.context, run.job);
}

/// From a host that has started to an engine that answers under its address.
void wait_for_engine(const Run& run, ssh::Shell& shell, const std::string& old_address) {
    const auto reach = run.reach();
    if (!old_address.empty() && reach.address != old_address) {
        run.say(
            "The address changed from " + old_address + " to " + reach.address +
                "; the engine gets a new certificate",
            progress::Status::note
        );
        return give_certificate(run, shell);
    }
    run.say("Detecting the provisioner...");
    if (engine_accepts(run))
        return;
    run.say(
        "The engine's certificate does not fit " + reach.address + "; it gets a new one",
        progress::Status::note
    );
    give_certificate(run, shell);
}

} // namespace

void power(
    const std::string& name,
    Power power,
    const std::string& owner,
    const Context& context,
    Job& job,
    bool force
) {
    const auto lock = context.store.lock(name, lock_patience, job.stop);
    auto machine = context.store.load(name);
    const auto driver = require_driver(context, machine);
    const Run run{machine, *driver, owner, context, job};
    const auto words = words_of(power);
    run.say(std::string(words.doing) + " \"" + name + "\"...");
    const auto before = run.reach().address;
    const auto state = require_change(run, power);
    const bool start_instead = power == Power::restart && state != State::running;
    const auto* row = context.registry.find(machine.driver);
    // A host that orch did not start it cannot stop either: the driver will say so. One that does
    // not run, but is paused or saved, could not leave.
    if (power == Power::stop && state == State::running && row != nullptr && row->info.boots)
        leave_swarm(run, force);
    driver->power(machine.record, start_instead ? Power::start : power, job);
    wait_for(ends_running(power) ? State::running : State::stopped, run);
    context.store.save(machine);
    refresh_contexts(context, machine, job);

    const auto done = "Machine \"" + name + "\" was " + words.done + ".";
    const bool has_engine =
        row != nullptr && row->info.provisions && machine.progress == Progress::ready;
    if (!ends_running(power) && row != nullptr && !row->info.while_stopped.empty())
        run.say(row->info.while_stopped, progress::Status::note);
    if (!ends_running(power) || !has_engine)
        return run.say(done, progress::Status::done);
    run.say(done);
    const auto shell = wait_for_ssh(context, name, run.reach(), /*boots=*/true, job);
    wait_for_engine(run, *shell, before);
    join_swarm(run, *shell);
    context.store.save(machine);
    refresh_contexts(context, machine, job);
    run.say("Docker is up and running!", progress::Status::done);
}

} // namespace orch::machine
