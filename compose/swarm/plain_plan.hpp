// The steps that plain containers of a swarm's project need: what a single engine's would be, each
// on its node. Pure.
#pragma once

#include "compose/plan.hpp"
#include "compose/reconcile.hpp"
#include "compose/swarm/arrange.hpp"
#include "compose/swarm/observed.hpp"

#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace orch::compose::swarm {

struct PlainOptions {
    Recreate recreate = Recreate::changed;
    bool no_start = false;
    std::chrono::seconds grace{10};
    std::map<std::string, compose::Observed> nodes{}; // by id: what nodes with containers have
};

class PlainPlanner {
  public:
    /// `project` with the services as containers have them. All of these live longer.
    PlainPlanner(
        const Project& project,
        const Arrangement& arrangement,
        const Observed& observed,
        const PlainOptions& options
    );

    /// Adds the steps for one service, the first ones after `before`. Returns those after which it
    /// is as it should be.
    std::vector<std::size_t>
    add(const std::string& service, const std::vector<std::size_t>& before, Plan& plan);

    /// Adds the removal of containers of the service that are on other nodes, or should be tasks.
    std::vector<std::size_t> remove_misplaced(const std::string& service, Plan& plan) const;

  private:
    struct NodePlan {
        std::string node; // host name
        Plan plan;
        std::vector<std::string> services;        // by task; empty: before all of them
        std::map<std::size_t, std::size_t> added; // steps: where they are in the whole plan
        bool begun = false;
    };

    void make(const std::string& node);
    void name_aliases(Plan& plan) const;
    std::vector<std::size_t>
    add_task(NodePlan& from, std::size_t task, const std::vector<std::size_t>& before, Plan& plan);

    const Project& project_;
    const Arrangement& arrangement_;
    const Observed& observed_;
    const PlainOptions& options_;
    std::map<std::string, NodePlan> plans_; // by node id
};

/// Adds the removal of one container, which is stopped before by itself; returns the last step.
std::size_t add_plain_removal(
    const ObservedContainer& container,
    const Observed& observed,
    const RemoveContainer& how,
    std::chrono::seconds grace,
    const std::string& cause,
    const std::vector<std::size_t>& before,
    Plan& plan
);

/// The call on the container's node.
Act act_on(const ObservedContainer& container, const Observed& observed, Call call);

} // namespace orch::compose::swarm
