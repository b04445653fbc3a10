#include "machine/swarm/change.hpp"

#include "lib/base/error.hpp"
#include "lib/progress/sink.hpp"
#include "machine/connection.hpp"
#include "machine/provision/provision.hpp"
#include "machine/swarm/cluster.hpp"
#include "machine/swarm/configure.hpp"
#include "machine/swarm/leave.hpp"
#include "machine/swarm_endpoint.hpp"

#include <chrono>

namespace orch::machine::swarm {

namespace {

constexpr std::chrono::milliseconds lock_patience{2000};

Machine ready_machine(const std::string& name, const Context& context) {
    auto machine = context.store.load(name);
    const auto* row = context.registry.find(machine.driver);
    if (row != nullptr && !row->info.provisions)
        throw Error(
            Kind::unsupported, "machine \"{}\" has no host that orch could configure", name
        );
    if (machine.progress != Progress::ready)
        throw Error(Kind::invalid, "the create of machine \"{}\" did not finish", name)
            .hint("orch machine provision {} finishes it", name);
    return machine;
}

void forget_swarm(Machine& machine, const Context& context) {
    const SwarmOptions none;
    machine.swarm.is_swarm = machine.swarm.agent = machine.swarm.master = false;
    machine.swarm.discovery = none.discovery;
    machine.swarm.address = none.address;
    machine.membership = {};
    context.store.save(machine);
}

/// An engine that somebody made a node by hand.
void leave_unknown(const Machine& machine, bool force, const Context& context, Job& job) {
    auto engine = engine_of(context, machine, job.stop);
    const auto state = engine.swarm_state();
    if (state.local == "inactive")
        throw Error(Kind::invalid, "machine \"{}\" is in no swarm", machine.name);
    if (!force)
        throw Error(Kind::conflict, "{} is in a swarm that this store does not know", machine.name)
            .hint("orch machine swarm leave --force {} takes its engine out", machine.name);
    engine.leave_swarm(true);
}

} // namespace

void add(
    const std::string& name,
    const SwarmOptions& wanted,
    const Secret& token,
    const std::string& owner,
    const Context& context,
    Job& job
) {
    const auto lock = context.store.lock(name, lock_patience, job.stop);
    auto machine = ready_machine(name, context);
    const auto discovery = settled_discovery(wanted, name, context.store);
    const bool same = machine.swarm.is_swarm && machine.swarm.discovery == discovery &&
                      machine.swarm.master == wanted.master;
    if (machine.swarm.is_swarm && !same)
        throw Error(
            Kind::conflict,
            "machine \"{}\" belongs to the swarm {} already",
            name,
            machine.swarm.discovery
        )
            .hint("take it out first: orch machine swarm leave {}", name);
    // What it was made with for the case of a standalone swarm stays.
    machine.swarm.is_swarm = true;
    machine.swarm.agent = wanted.agent;
    machine.swarm.master = wanted.master;
    machine.swarm.address = wanted.address;
    machine.swarm.discovery = discovery;
    context.store.save(machine);
    const auto driver = require_driver(context, machine);
    const auto reach = driver->reach(machine.record);
    const auto shell = wait_for_ssh(context, name, reach, false, job);
    // A master's certificate is also a client's, and an engine that restores containers while it
    // is down cannot be a node.
    provision::run(machine, reach, *shell, owner, context, job);
    configure(machine, reach, *shell, token, context, job);
}

void take_out(const std::string& name, bool force, const Context& context, Job& job) {
    const auto lock = context.store.lock(name, lock_patience, job.stop);
    auto machine = ready_machine(name, context);
    if (machine.membership.node.empty() && !is_standalone_swarm(machine.swarm.discovery)) {
        if (!machine.swarm.is_swarm || force)
            leave_unknown(machine, force, context, job);
    } else {
        leave(machine, force, context, job);
    }
    forget_swarm(machine, context);
}

} // namespace orch::machine::swarm
