#include "machine/rename.hpp"

#include "lib/base/error.hpp"
#include "lib/log/log.hpp"
#include "lib/progress/sink.hpp"
#include "machine/docker_context.hpp"
#include "machine/name.hpp"

#include <algorithm>
#include <chrono>

namespace orch::machine {

namespace {

constexpr std::chrono::milliseconds lock_patience{2000};

void require_renamable(const Machine& machine, const Context& context) {
    require_driver(context, machine);
    if (context.registry.find(machine.driver)->info.renames)
        return;
    throw Error(
        Kind::unsupported,
        "a machine of driver {} cannot be renamed: the driver finds its host by that name",
        machine.driver
    );
}

/// Swarm members name their manager.
void tell_members(
    const std::string& from, const std::string& to, const Context& context, Job& job
) {
    for (const auto& name : context.store.names()) {
        if (name == to)
            continue;
        try {
            if (context.store.load(name).swarm.discovery != "machine://" + from)
                continue;
            const auto lock = context.store.lock(name, lock_patience, job.stop);
            auto member = context.store.load(name);
            member.swarm.discovery = "machine://" + to;
            context.store.save(member);
        } catch (const Error& error) {
            if (error.kind() == Kind::cancelled)
                throw;
            log::debug("machine", "{} still names {}: {}", name, from, error.message());
        }
    }
}

} // namespace

Machine rename(const std::string& from, const std::string& to, const Context& context, Job& job) {
    const auto& store = context.store;
    store.require(from);
    doing("Error renaming machine", [&] { check_name(to); });
    if (from == to)
        throw Error(Kind::conflict, "machine \"{}\" has that name", from);
    // Both in one order, whoever asks: two that rename crosswise must not wait for each other.
    const auto first = store.lock(std::min(from, to), lock_patience, job.stop);
    const auto second = store.lock(std::max(from, to), lock_patience, job.stop);
    require_renamable(store.load(from), context);

    // This one step is the rename: from here on load() finds everything under the new name.
    store.rename(from, to);
    auto machine = store.load(to);
    if (const auto recorded = machine.record.find("MachineName");
        recorded != machine.record.end() && *recorded == from)
        *recorded = to;
    if (machine.swarm.discovery == "machine://" + from)
        machine.swarm.discovery = "machine://" + to;
    store.save(machine);

    if (!context.docker_dir.empty())
        move_contexts(
            {context.docker_dir, store.root(), from},
            machine,
            require_driver(context, machine)->reach(machine.record),
            job
        );
    tell_members(from, to, context, job);
    return machine;
}

} // namespace orch::machine
