// Carries out single acts of a plan against an engine.
#pragma once

#include "compose/classic/nodes.hpp"
#include "compose/container_spec.hpp"
#include "compose/execute.hpp"
#include "compose/plan.hpp"
#include "compose/provide_image.hpp"
#include "compose/swarm/caller.hpp"
#include "compose/swarm/nodes.hpp"
#include "lib/engine/engine.hpp"

#include <map>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>

namespace orch::compose {

class Caller {
  public:
    Caller(
        const Project& project,
        engine::Engine& engine,
        const ExecuteOptions& options,
        progress::Sink& progress
    );

    /// Any thread. Throws what the engine answers.
    void carry_out(const Act& act, const std::stop_token& stop);

  private:
    engine::Engine& engine_for(const Act& act);
    void create(const CreateContainer& call, engine::Engine& engine, const std::stop_token& stop);
    ContainerFacts
    gather(const Service& service, const CreateContainer& call, engine::Engine& engine);
    std::optional<engine::Image> image(const std::string& reference, engine::Engine& engine);
    void add_links(
        const CreateContainer& call,
        const engine::Image* image,
        engine::Engine& engine,
        ContainerFacts& facts
    );
    bool engine_sets_link_variables(engine::Engine& engine);
    void build(const BuildImage& call, engine::Engine& engine, const std::stop_token& stop);
    [[nodiscard]] std::vector<std::string>
    hints_of(const CreateContainer& call, engine::Engine& engine) const;
    std::vector<std::string> ids_of(const std::vector<Peer>& peers);

    const Project& project_;
    engine::Engine& engine_;
    RegistryAuth auth_;
    BuildSettings build_;
    progress::Sink& progress_;
    swarm::ServiceCaller services_;
    swarm::NodeEngine nodes_;
    std::optional<classic::Nodes> classic_nodes_; // of a standalone swarm

    std::mutex mutex_;                        // guards what follows
    std::map<std::string, std::string> made_; // container name -> id
    std::map<std::string, engine::Image> images_;
    std::optional<bool> sets_link_variables_;
};

} // namespace orch::compose
