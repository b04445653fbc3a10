#include "cmd/compose/node_engines.hpp"

#include "cmd/compose/services.hpp"
#include "machine/swarm/classic_engines.hpp"
#include "machine/swarm/node_engines.hpp"

#include <memory>

namespace orch::cmd::compose {

namespace {

/// What the search refers to lives as long as it does.
struct Nodes {
    Nodes(Session& session, const engine::Engine& manager)
        : store(session.storage_path()), registry(drivers::builtin_registry(session.environment)),
          engines({store, registry, session.world}, manager, session.stop) {}

    orch::machine::Store store;
    drivers::Registry registry;
    orch::machine::swarm::NodeEngines engines;
};

} // namespace

orch::compose::swarm::NodeEngine node_engines(Session& session, const engine::Engine& manager) {
    return [nodes = std::make_shared<Nodes>(session, manager)](const std::string& node
           ) -> engine::Engine& { return nodes->engines.of(node); };
}

orch::compose::swarm::NodeEngine
classic_engines(const Session& session, const engine::Engine& manager) {
    struct Found {
        Found(const Session& of, const engine::Engine& front)
            : store(of.storage_path()), registry(drivers::builtin_registry(of.environment)),
              engines({store, registry, of.world}, front, of.stop) {}

        orch::machine::Store store;
        drivers::Registry registry;
        orch::machine::swarm::ClassicEngines engines;
    };

    return [found = std::make_shared<Found>(session, manager)](const std::string& node
           ) -> engine::Engine& { return found->engines.of(node); };
}

orch::compose::Hosts hosts_of(Session& session, engine::Engine& engine) {
    if (!makes_services(engine, session))
        return {engine};
    return {engine, node_engines(session, engine)};
}

} // namespace orch::cmd::compose
