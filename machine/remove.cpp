#include "machine/remove.hpp"

#include "lib/base/error.hpp"
#include "machine/docker_context.hpp"

#include <chrono>
#include <filesystem>

namespace orch::machine {

namespace {

constexpr std::chrono::milliseconds lock_patience{2000};

void remove_host(const std::string& name, const Context& context, Job& job) {
    // config.json is written before anything is made: without it there is no host to remove.
    if (!std::filesystem::exists(context.store.machine_dir(name) / "config.json"))
        return;
    const auto machine = context.store.load(name);
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
        remove_host(name, context, job);
    } catch (const Error& error) {
        if (!force || error.kind() == Kind::cancelled)
            throw;
        forget(name, context);
        throw;
    }
    forget(name, context);
}

} // namespace orch::machine
