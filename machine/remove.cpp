#include "machine/remove.hpp"

#include "lib/base/error.hpp"
#include "lib/progress/sink.hpp"
#include "machine/docker_context.hpp"
#include "machine/swarm/leave.hpp"

#include <chrono>
#include <filesystem>

namespace orch::machine {

namespace {

constexpr std::chrono::milliseconds lock_patience{2000};

/// With `force` whatever is in the way is only told.
void leave_swarm(Machine& machine, bool force, const Context& context, Job& job) {
    try {
        swarm::leave(machine, force, context, job);
    } catch (const Error& error) {
        if (!force || error.kind() == Kind::cancelled)
            throw;
        job.progress.emit(
            {.id = machine.name,
             .status = progress::Status::warning,
             .text = "It could not leave its swarm: " + error.message()}
        );
    }
}

void remove_host(const std::string& name, bool force, const Context& context, Job& job) {
    // config.json is written before anything is made: without it there is no host to remove.
    if (!std::filesystem::exists(context.store.machine_dir(name) / "config.json"))
        return;
    auto machine = context.store.load(name);
    leave_swarm(machine, force, context, job);
    require_driver(context, machine)->remove(machine.record, job);
}

void forget(const std::string& name, const Context& context) {
    context.store.remove(name);
    if (!context.docker_dir.empty())
        sweep_contexts(context.docker_dir, context.store);
}

} // namespace

void remove(const std::string& name, bool force, const Context& context, Job& job) {
    context.store.require(name);
    const auto lock = context.store.lock(name, lock_patience, job.stop);
    try {
        remove_host(name, force, context, job);
    } catch (const Error& error) {
        if (!force || error.kind() == Kind::cancelled)
            throw;
        forget(name, context);
        throw;
    }
    forget(name, context);
}

} // namespace orch::machine
