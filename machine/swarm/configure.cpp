#include "machine/swarm/configure.hpp"

#include "lib/base/error.hpp"
#include "lib/progress/sink.hpp"
#include "machine/swarm/cluster.hpp"
#include "machine/swarm/datagrams.hpp"
#include "machine/swarm/join.hpp"
#include "machine/swarm/preflight.hpp"
#include "machine/swarm/standalone.hpp"
#include "machine/swarm_endpoint.hpp"

#include <algorithm>
#include <chrono>

namespace orch::machine::swarm {

namespace {

/// Where provisioning put the engine's certificates.
std::string options_dir(ssh::Shell& shell, const Job& job) {
    constexpr auto question = "[ -e /var/lib/boot2docker/server.pem ] && echo boot2docker; true";
    const auto outcome =
        shell.run({.line = question, .timeout = std::chrono::seconds(30)}, job.stop);
    return outcome.out.starts_with("boot2docker") ? "/var/lib/boot2docker" : "/etc/docker";
}

/// Engines of a standalone swarm have networks across machines only as nodes of an engine swarm,
/// since key-value stores went out of them. Without it the swarm still works.
void join_for_networks(
    Machine& machine, const drivers::Reach& reach, const Context& context, Job& job
) {
    const auto say = [&](std::string text) {
        job.progress.emit(
            {.id = machine.name, .status = progress::Status::warning, .text = std::move(text)}
        );
    };
    const auto& flags = machine.engine.arbitrary_flags;
    if (std::any_of(flags.begin(), flags.end(), [](const std::string& flag) {
            return flag.starts_with("cluster-store");
        }))
        return; // an old engine that does it itself, and refuses to do both
    const auto all = members(context.store, machine.swarm.discovery);
    const bool has_master =
        std::any_of(all.begin(), all.end(), [](const Machine& each) { return each.swarm.master; });
    if (!has_master)
        return say(
            "No networks across machines yet: there is no master in this store; "
            "orch machine provision " +
            machine.name + " adds them later"
        );
    try {
        join(machine, reach, {}, context, job);
    } catch (const Error& error) {
        if (error.kind() == Kind::cancelled)
            throw;
        say("No networks across machines: " + error.message());
    }
}

} // namespace

void configure(
    Machine& machine,
    const drivers::Reach& reach,
    ssh::Shell& shell,
    const Secret& token,
    const Context& context,
    Job& job
) {
    job.progress.emit({.id = machine.name, .text = "Configuring swarm..."});
    if (is_standalone_swarm(machine.swarm.discovery)) {
        run_parts(machine, reach, options_dir(shell, job), context, job);
        return join_for_networks(machine, reach, context, job);
    }
    // Once it is a node, nothing of this can have changed but by hand.
    const bool anew = machine.membership.node.empty();
    if (anew)
        preflight(machine, shell, preflight_script(), job);
    join(machine, reach, token, context, job);
    if (!anew)
        return;
    auto others = engine_of(context, machine, job.stop).swarm_state().managers;
    preflight(machine, shell, reach_script(others, reach.patience), job);
    check_datagrams(machine, reach, shell, context, job);
}

} // namespace orch::machine::swarm
