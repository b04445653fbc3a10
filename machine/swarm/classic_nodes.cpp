#include "machine/swarm/classic_nodes.hpp"

#include "lib/base/error.hpp"
#include "lib/base/text.hpp"
#include "lib/engine/standalone.hpp"
#include "lib/log/log.hpp"
#include "machine/connection.hpp"
#include "machine/swarm/advertise.hpp"
#include "machine/swarm/cluster.hpp"
#include "machine/swarm_endpoint.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace orch::machine::swarm {

namespace {

constexpr std::chrono::seconds answer_limit{10};

/// What is said by the discovery strings of the masters in the store.
std::set<std::string> discoveries_of_masters(const Store& store) {
    std::set<std::string> found;
    for (const auto& name : store.names()) {
        try {
            const auto machine = store.load(name);
            if (machine.swarm.is_swarm && machine.swarm.master)
                found.insert(machine.swarm.discovery);
        } catch (const Error& error) {
            log::debug("machine", "{}: {}", name, error.message());
        }
    }
    return found;
}

/// "10.0.0.7:2376" of every member, and whose it is.
std::map<std::string, std::string>
names_by_address(const std::vector<Machine>& members, const Context& context) {
    std::map<std::string, std::string> names;
    for (const auto& machine : members) {
        const auto driver = driver_of(context, machine);
        const auto reach = driver ? driver->reach(machine.record) : drivers::Reach{};
        if (const auto mark = reach.url.find("://"); mark != std::string::npos) {
            const auto address = reach.url.substr(mark + 3);
            names[address] = machine.name;
            names[cluster_address(machine, reach) + address.substr(address.rfind(':'))] =
                machine.name;
        }
    }
    return names;
}

/// What one manager says; nothing if it does not answer.
std::optional<engine::ClassicInfo>
ask_manager(const Machine& master, const Context& context, const std::stop_token& stop) {
    try {
        const auto driver = require_driver(context, master);
        const auto url = swarm_url(driver->reach(master.record).url, master.swarm);
        auto there = endpoint(master, {.url = url});
        there.limit = answer_limit;
        return engine::Standalone({context.world.http, std::move(there), stop}).info();
    } catch (const Error& error) {
        if (error.kind() == Kind::cancelled)
            throw;
        log::debug("machine", "{}: {}", master.name, error.message());
        return std::nullopt;
    }
}

} // namespace

std::optional<std::string> standalone_discovery(const std::string& machine, const Store& store) {
    if (machine.empty()) {
        const auto found = discoveries_of_masters(store);
        const bool only = found.size() == 1 && is_standalone_swarm(*found.begin());
        return only ? std::optional(*found.begin()) : std::nullopt;
    }
    const auto& swarm = store.load(machine).swarm;
    return swarm.is_swarm && is_standalone_swarm(swarm.discovery) ? std::optional(swarm.discovery)
                                                                  : std::nullopt;
}

std::vector<ClassicRow>
classic_nodes(const std::string& discovery, const Context& context, Job& job) {
    const auto machines = members(context.store, discovery);
    std::optional<engine::ClassicInfo> info;
    for (const auto& machine : machines)
        if (!info && machine.swarm.master)
            info = ask_manager(machine, context, job.stop);
    if (!info)
        throw Error(Kind::network, "no manager of {} answers", discovery)
            .hint("orch machine ls shows which machines run; orch machine provision MASTER makes "
                  "the manager's container anew");
    const auto names = names_by_address(machines, context);
    std::vector<ClassicRow> rows;
    for (auto& node : info->nodes) {
        const auto name = names.find(node.address);
        rows.push_back({std::move(node), name == names.end() ? "" : name->second});
    }
    std::sort(rows.begin(), rows.end(), [](const ClassicRow& a, const ClassicRow& b) {
        return text::natural_less(a.node.name, b.node.name);
    });
    return rows;
}

} // namespace orch::machine::swarm
