#include "machine/swarm/nodes.hpp"

#include "lib/base/error.hpp"
#include "lib/base/text.hpp"
#include "machine/swarm/cluster.hpp"
#include "machine/swarm_endpoint.hpp"

#include <algorithm>
#include <map>

namespace orch::machine::swarm {

namespace {

std::string discovery_of(const std::string& name, const Store& store) {
    if (name.empty())
        return settled_discovery({}, "swarm ps", store);
    const auto machine = store.load(name);
    const auto& discovery = machine.swarm.discovery;
    if (machine.swarm.is_swarm && is_standalone_swarm(discovery))
        throw Error(Kind::unsupported, "{} belongs to a standalone swarm", name)
            .hint(
                "its manager lists its nodes: eval $(orch machine env --swarm MASTER); docker info"
            );
    if (!machine.swarm.is_swarm || machine.membership.node.empty())
        throw Error(Kind::invalid, "machine \"{}\" is in no swarm", name)
            .hint("orch machine swarm join {} --discovery ...", name);
    return discovery;
}

void count_tasks(engine::Engine& manager, std::vector<NodeRow>& rows) {
    for (const auto& task : manager.list_tasks({})) {
        const auto row = std::find_if(rows.begin(), rows.end(), [&](const NodeRow& candidate) {
            return candidate.node.id == task.node;
        });
        if (row == rows.end() || task.desired != "running")
            continue;
        row->running += task.state == "running" ? 1 : 0;
        row->reserved_nano_cpus += task.reserved_nano_cpus;
        row->reserved_memory += task.reserved_memory;
    }
}

} // namespace

std::vector<NodeRow> nodes(const std::string& machine, const Context& context, Job& job) {
    const auto discovery = discovery_of(machine, context.store);
    auto found = managers(context, discovery, "", job.stop);
    if (found.empty())
        throw Error(Kind::network, "no manager of {} answers", discovery)
            .hint("orch machine ls --filter swarm=NAME shows its machines");
    std::map<std::string, std::string> names;
    for (const auto& member : members(context.store, discovery))
        names[member.membership.node] = member.name;
    auto& manager = found.front().engine;
    std::vector<NodeRow> rows;
    for (auto& node : manager.list_nodes()) {
        const auto name = names.find(node.id);
        rows.push_back({.node = node, .machine = name == names.end() ? "" : name->second});
    }
    std::sort(rows.begin(), rows.end(), [](const NodeRow& a, const NodeRow& b) {
        return text::natural_less(a.node.hostname, b.node.hostname);
    });
    count_tasks(manager, rows);
    return rows;
}

} // namespace orch::machine::swarm
