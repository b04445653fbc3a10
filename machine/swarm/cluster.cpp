#include "machine/swarm/cluster.hpp"

#include "lib/base/error.hpp"
#include "lib/base/text.hpp"
#include "lib/log/log.hpp"
#include "machine/connection.hpp"
#include "machine/swarm_endpoint.hpp"

#include <algorithm>
#include <set>

namespace orch::machine::swarm {

namespace {

/// A manager that is there answers at once; others may be asked instead of one that is not.
constexpr std::chrono::seconds answer_limit{5};

/// machine://A may name a machine that was itself told machine://B.
constexpr int longest_chain = 8;

std::optional<Machine> readable(const Store& store, const std::string& name) {
    try {
        return store.load(name);
    } catch (const Error& error) {
        log::debug("machine", "{}: {}", name, error.message());
        return std::nullopt;
    }
}

/// The engine swarms that have a master in this store, but for those of `except` alone.
std::set<std::string> clusters_in(const Store& store, const std::string& except) {
    std::set<std::string> found;
    for (const auto& name : store.names()) {
        const auto machine = name == except ? std::nullopt : readable(store, name);
        if (machine && machine->swarm.master && !is_standalone_swarm(machine->swarm.discovery))
            found.insert(
                machine->swarm.discovery.empty() ? "machine://" + name : machine->swarm.discovery
            );
    }
    return found;
}

/// The one cluster there is; nothing if there is none.
std::optional<std::string> only_cluster(const Store& store, const std::string& except) {
    const auto found = clusters_in(store, except);
    if (found.size() > 1)
        throw Error(
            Kind::conflict,
            "this store has masters of {} swarms: {}",
            found.size(),
            text::join({found.begin(), found.end()}, ", ")
        )
            .hint("say which one: --swarm-discovery {}", *found.begin());
    return found.empty() ? std::nullopt : std::optional(*found.begin());
}

/// Follows machine://NAME to the discovery that NAME keeps.
std::string followed(const Discovery& discovery, const std::string& name, const Store& store) {
    auto at = discovery;
    for (int step = 0; step < longest_chain && at.kind == ClusterKind::machine; ++step) {
        if (at.rest == name || !store.exists(at.rest))
            break;
        const auto next = readable(store, at.rest);
        if (!next || next->swarm.discovery.empty() || next->swarm.discovery == at.kept)
            break;
        at = parse_discovery(next->swarm.discovery);
    }
    return at.kept;
}

} // namespace

std::string
settled_discovery(const SwarmOptions& wanted, const std::string& name, const Store& store) {
    if (!wanted.discovery.empty())
        return followed(parse_discovery(wanted.discovery), name, store);
    if (auto only = only_cluster(store, name))
        return *only;
    if (wanted.master)
        return "machine://" + name;
    throw Error(Kind::not_found, "there is no swarm master in this store for {} to join", name)
        .hint(
            "make one first with --swarm --swarm-master, or give all machines of the swarm the "
            "same --swarm-discovery token://{}",
            new_token()
        );
}

std::string common_discovery(const Store& store) {
    return only_cluster(store, "").value_or("token://" + new_token());
}

std::vector<Machine> members(const Store& store, const std::string& discovery) {
    std::vector<Machine> found;
    for (const auto& name : store.names())
        if (auto machine = readable(store, name);
            machine && machine->swarm.is_swarm && machine->swarm.discovery == discovery)
            found.push_back(*std::move(machine));
    return found;
}

engine::Engine
engine_of(const Context& context, const Machine& machine, const std::stop_token& stop) {
    const auto driver = require_driver(context, machine);
    return {context.world.http, endpoint(machine, driver->reach(machine.record)), stop};
}

std::optional<engine::SwarmState> ask_state(engine::Engine& engine) {
    try {
        engine.version(answer_limit);
        return engine.swarm_state();
    } catch (const Error& error) {
        if (error.kind() == Kind::cancelled)
            throw;
        log::debug("machine", "{}: {}", engine.endpoint().url(), error.message());
        return std::nullopt;
    }
}

std::vector<Manager> managers(
    const Context& context,
    const std::string& discovery,
    const std::string& except,
    const std::stop_token& stop
) {
    std::vector<Manager> found;
    for (const auto& machine : members(context.store, discovery)) {
        if (machine.name == except || machine.membership.node.empty())
            continue;
        try {
            auto engine = engine_of(context, machine, stop);
            auto state = ask_state(engine);
            if (state && state->active() && state->manager)
                found.push_back({machine.name, std::move(engine), *std::move(state)});
        } catch (const Error& error) {
            if (error.kind() == Kind::cancelled)
                throw;
            log::debug("machine", "{}: {}", machine.name, error.message());
        }
    }
    return found;
}

std::vector<std::string> addresses(const std::vector<Manager>& managers) {
    std::set<std::string> all;
    for (const auto& manager : managers)
        for (const auto& address : manager.state.managers)
            if (!address.empty())
                all.insert(address);
    return {all.begin(), all.end()};
}

} // namespace orch::machine::swarm
