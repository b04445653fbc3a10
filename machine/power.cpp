#include "machine/power.hpp"

#include "lib/base/error.hpp"
#include "lib/progress/sink.hpp"
#include "lib/tasks/retry.hpp"
#include "machine/docker_context.hpp"

#include <chrono>

namespace orch::machine {

namespace {

using drivers::Power;
using drivers::State;
using std::chrono::seconds;

constexpr std::chrono::milliseconds lock_patience{2000};

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

State wanted_state(Power power) {
    return power == Power::start || power == Power::restart ? State::running : State::stopped;
}

void wait_for(
    State wanted, drivers::Driver& driver, Machine& machine, const Context& context, Job& job
) {
    const tasks::RetryPolicy policy{
        .first_pause = std::chrono::milliseconds(500),
        .longest_pause = seconds(3),
        .give_up_after = seconds(180),
    };
    const auto attempt = [&]() -> std::optional<bool> {
        if (driver.refresh(machine.record, job) == wanted)
            return true;
        return std::nullopt;
    };
    tasks::retry(policy, context.world.clock, job.stop, attempt, [&] {
        return Error(
            Kind::timeout,
            "machine \"{}\" does not become {}",
            machine.name,
            drivers::state_name(wanted)
        );
    });
}

} // namespace

void power(const std::string& name, Power power, const Context& context, Job& job) {
    const auto lock = context.store.lock(name, lock_patience, job.stop);
    auto machine = context.store.load(name);
    const auto driver = require_driver(context, machine);
    const auto words = words_of(power);
    job.progress.emit({.id = name, .text = std::string(words.doing) + " \"" + name + "\"..."});
    const auto wanted = wanted_state(power);
    if (power != Power::restart && driver->refresh(machine.record, job) == wanted)
        throw Error(Kind::conflict, "Machine \"{}\" is already {}.", name, words.already);
    driver->power(machine.record, power, job);
    wait_for(wanted, *driver, machine, context, job);
    context.store.save(machine);
    refresh_contexts(context, machine, job);
    job.progress.emit({
        .id = name,
        .status = progress::Status::done,
        .text = "Machine \"" + name + "\" was " + words.done + ".",
    });
}

} // namespace orch::machine
