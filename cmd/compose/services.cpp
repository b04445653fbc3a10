#include "cmd/compose/services.hpp"

#include "cmd/compose/node_engines.hpp"
#include "cmd/compose/registry_auth.hpp"
#include "cmd/compose/target.hpp"
#include "compose/swarm/kind.hpp"
#include "lib/base/error.hpp"
#include "lib/base/text.hpp"
#include "machine/connection.hpp"

#include <fmt/format.h>

namespace orch::cmd::compose {

namespace {

namespace swarm = orch::compose::swarm;

swarm::Target target_of(const Session& session) {
    auto word = session.globals.target;
    if (word.empty())
        word = session.environment.get_or("ORCH_COMPOSE_TARGET", "auto");
    if (word == "engine")
        return swarm::Target::engine;
    if (word == "swarm")
        return swarm::Target::swarm;
    if (word != "auto")
        throw Error(Kind::usage, "ORCH_COMPOSE_TARGET: '{}' is none of auto, engine, swarm", word);
    return swarm::Target::automatic;
}

/// Names of machines by the address of their engine, as the store has them: nobody is asked.
std::map<std::string, std::string> machines_by_address(const Session& session) {
    std::map<std::string, std::string> names;
    const orch::machine::Store store(session.storage_path());
    const auto registry = drivers::builtin_registry(session.environment);
    const orch::machine::Context context{store, registry, session.world};
    for (const auto& name : store.names()) {
        try {
            const auto machine = store.load(name);
            const auto driver = orch::machine::require_driver(context, machine);
            const auto endpoint = orch::machine::endpoint(machine, driver->reach(machine.record));
            names[endpoint.host] = name;
        } catch (const Error&) {
            continue; // it does not help
        }
    }
    return names;
}

/// The way to a manager that this user has.
Error with_machines(Error error, const std::vector<std::string>& managers, const Session& session) {
    const auto machines = machines_by_address(session);
    for (const auto& manager : managers) {
        const auto found = machines.find(manager.substr(0, manager.rfind(':')));
        if (found == machines.end())
            continue;
        error.detail(fmt::format("{} is the machine {}", manager, found->second));
        error.hint("eval $(orch machine env --swarm {})", found->second);
    }
    return error;
}

} // namespace

bool makes_services(engine::Engine& engine, const Session& session) {
    try {
        return swarm::find_kind(engine, target_of(session)) == swarm::Kind::services;
    } catch (const swarm::NotAManager& error) {
        throw with_machines(error, error.managers(), session);
    }
}

bool leaves_out(const Session& session) {
    const auto& word = session.globals.compatibility;
    if (!word.empty() && word != "3" && word != "warn")
        throw Error(Kind::usage, "--compatibility: '{}' is not known; it may be warn", word);
    return word == "warn";
}

bool mixes(bool given, const Session& session) {
    const auto word = text::lower(session.environment.get_or("ORCH_COMPOSE_MIXED", ""));
    return given || word == "1" || word == "true";
}

orch::compose::ExecuteOptions service_options(engine::Engine& engine, Session& session) {
    auto how = execute_options(session);
    how.services.clock = &session.world.clock;
    how.services.node_engine = node_engines(session, engine);
    return how;
}

orch::compose::Outcome act_on_services(
    const orch::compose::Project& project,
    engine::Engine& engine,
    const swarm::Doing& doing,
    swarm::MakePlan plan,
    Session& session
) {
    const auto sink = session.progress(ui::Layout::compose);
    Job job{session.stop, *sink};
    return swarm::act(project, engine, doing, plan, service_options(engine, session), job);
}

} // namespace orch::cmd::compose
