#include "machine/upgrade.hpp"

#include "lib/base/error.hpp"
#include "lib/progress/sink.hpp"
#include "machine/connection.hpp"
#include "machine/power.hpp"

#include <chrono>

namespace orch::machine {

namespace {

constexpr std::chrono::milliseconds lock_patience{500};

void require_upgradable(const Machine& machine, const Context& context) {
    const auto* row = context.registry.find(machine.driver);
    if (row != nullptr && !row->info.provisions)
        throw Error(
            Kind::unsupported,
            "machines of driver \"{}\" are not provisioned, so \"{}\" cannot be upgraded",
            machine.driver,
            machine.name
        );
    if (machine.progress != Progress::ready)
        throw Error(Kind::invalid, "the create of machine \"{}\" did not finish", machine.name)
            .hint(
                "orch machine provision {0} finishes it, orch machine rm {0} removes it",
                machine.name
            );
}

/// power() locks the machine itself, so this comes before the lock.
void start_if_stopped(
    const std::string& name, const std::string& owner, const Context& context, Job& job
) {
    auto machine = context.store.load(name);
    require_upgradable(machine, context);
    const auto driver = require_driver(context, machine);
    if (driver->refresh(machine.record, job) == drivers::State::running)
        return;
    job.progress.emit({.id = name, .text = "Starting machine so machine can be upgraded..."});
    power(name, drivers::Power::start, owner, context, job);
}

} // namespace

provision::Versions
upgrade(const std::string& name, const std::string& owner, const Context& context, Job& job) {
    start_if_stopped(name, owner, context, job);
    const auto lock = context.store.lock(name, lock_patience, job.stop);
    auto machine = context.store.load(name);
    const auto driver = require_driver(context, machine);
    // Its address may be a new one after the start.
    driver->refresh(machine.record, job);
    const auto replaced = driver->upgrade(machine.record, job);
    context.store.save(machine);
    const auto reach = driver->reach(machine.record);
    const auto& info = context.registry.find(machine.driver)->info;
    const auto shell = wait_for_ssh(context, name, reach, info.boots, job);
    const auto versions = doing("Error upgrading machine", [&]() -> provision::Versions {
        if (replaced) { // it may have a new address
            provision::run(machine, reach, *shell, owner, context, job);
            return {.before = replaced->before, .after = replaced->after};
        }
        return provision::upgrade(machine, reach, *shell, owner, context, job);
    });
    context.store.save(machine);
    return versions;
}

} // namespace orch::machine
