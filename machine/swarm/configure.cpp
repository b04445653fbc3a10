#include "machine/swarm/configure.hpp"

#include "lib/base/error.hpp"
#include "lib/progress/sink.hpp"
#include "machine/swarm/join.hpp"
#include "machine/swarm_endpoint.hpp"

namespace orch::machine::swarm {

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
        throw Error(Kind::unsupported, "standalone swarms are not supported yet");
    join(machine, reach, token, context, job);
}

} // namespace orch::machine::swarm
