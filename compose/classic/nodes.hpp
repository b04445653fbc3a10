// The nodes behind the manager of a standalone swarm, for those who make containers: what it leaves
// to its clients.
#pragma once

#include "compose/model/project.hpp"
#include "compose/plan.hpp"
#include "compose/swarm/nodes.hpp"
#include "lib/engine/classic_info.hpp"
#include "lib/engine/engine.hpp"
#include "lib/progress/sink.hpp"

#include <nlohmann/json_fwd.hpp>

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

namespace orch::compose::classic {

using NodesOf = std::function<swarm::NodeEngine(const engine::Engine& manager)>;

/// Any thread.
class Nodes {
  public:
    /// `nodes_of` may be missing: then images travel through the manager.
    Nodes(engine::Engine manager, NodesOf nodes_of, progress::Sink& progress)
        : manager_(std::move(manager)), nodes_of_(std::move(nodes_of)), progress_(progress) {}

    /// What the newest of their engines speaks.
    std::string newest_api();

    /// Brings an image that one node has to all others, from engine to engine where the machines
    /// are known, else through the manager. `id` may be cut short.
    void
    spread_image(const std::string& reference, const std::string& id, const std::stop_token& stop);

    /// Lets the manager choose a node. An image that it can get nowhere else comes from the node
    /// that has it. Throws what the manager answers, in full, with the hints of all that have to be
    /// on one node if none is left.
    engine::Created create_container(
        const Project& project,
        const CreateContainer& call,
        const nlohmann::json& body,
        const std::stop_token& stop
    );

  private:
    struct Site {
        std::string node;
        bool has_it = false;
        bool by_name = false; // under the name that is wanted
    };

    engine::ClassicInfo info(const std::stop_token& stop);
    std::vector<Site>
    sites_of(const std::string& reference, const std::string& id, const std::stop_token& stop);
    void copy(
        const std::string& reference,
        const std::vector<Site>& sites,
        const engine::Image& image,
        const std::stop_token& stop
    );
    bool comes_from_node(const std::string& reference, const std::stop_token& stop);
    void copy_by_machines(
        const std::string& reference,
        const std::vector<Site>& sites,
        const engine::Image& image,
        const swarm::NodeEngine& engines,
        const std::stop_token& stop
    );
    void copy_by_manager(
        const std::string& reference, const engine::Image& image, const std::stop_token& stop
    );

    engine::Engine manager_;
    NodesOf nodes_of_;
    progress::Sink& progress_;
    std::mutex mutex_; // guards what follows
    std::optional<engine::ClassicInfo> info_;
    std::mutex spreading_;         // one image at a time
    std::set<std::string> spread_; // references; guarded by spreading_
};

/// Why no node is left, in the manager's words, and the hints of the services that have to be on
/// the same one. Other errors stay as they are. Pure.
Error explained(const Error& error, const Project& project, const CreateContainer& call);

} // namespace orch::compose::classic
