#include "machine/swarm/configure.hpp"

#include "lib/progress/sink.hpp"
#include "machine/swarm/cluster.hpp"
#include "machine/swarm/join.hpp"
#include "machine/swarm/preflight.hpp"
#include "machine/swarm/standalone.hpp"
#include "machine/swarm_endpoint.hpp"

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
    if (is_standalone_swarm(machine.swarm.discovery))
        return run_parts(machine, reach, options_dir(shell, job), context, job);
    // Once it is a node, nothing of this can have changed but by hand.
    const bool anew = machine.membership.node.empty();
    if (anew)
        preflight(machine, shell, preflight_script(), job);
    join(machine, reach, token, context, job);
    if (!anew)
        return;
    auto others = engine_of(context, machine, job.stop).swarm_state().managers;
    preflight(machine, shell, reach_script(others), job);
}

} // namespace orch::machine::swarm
