// One expression against the nodes: which may run the service, and how that is said to the engine.
#pragma once

#include "compose/placement/cluster.hpp"
#include "compose/placement/placement.hpp"

#include <string>
#include <vector>

namespace orch::compose::placement {

/// A flag per node of the cluster.
using NodeSet = std::vector<bool>;

std::size_t count(const NodeSet& set);
NodeSet both(const NodeSet& a, const NodeSet& b);

struct Judgement {
    std::string text;                       // "constraint:storage==ssd"
    NodeSet nodes;                          // that meet it
    std::vector<std::string> constraints{}; // what the engine is told
    std::vector<NodeLabel> labels{};        // that those need
    std::string warning{};
    bool soft = false;
};

class Judge {
  public:
    Judge(std::string project, const Cluster& cluster)
        : project_(std::move(project)), cluster_(cluster) {}

    /// By the node, its labels and attributes.
    [[nodiscard]] Judgement constraint(const Expression& expression) const;

    /// By the containers and images that the nodes have now.
    [[nodiscard]] Judgement affinity(const Expression& expression) const;

    [[nodiscard]] Judgement whitelist(const std::vector<std::string>& names) const;

  private:
    [[nodiscard]] bool has_native_form(const Expression&, Source, const NodeSet&) const;
    void say_by_nodes(const std::string& text, bool open, Judgement& judgement) const;

    std::string project_;
    const Cluster& cluster_;
};

} // namespace orch::compose::placement
