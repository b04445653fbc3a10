// From a project, its arrangement and what is there to the plan that makes them agree. Pure.
#pragma once

#include "compose/plan.hpp"
#include "compose/reconcile.hpp"
#include "compose/swarm/arrange.hpp"
#include "compose/swarm/observed.hpp"

#include <chrono>
#include <map>
#include <string>
#include <vector>

namespace orch::compose::swarm {

struct ReconcileOptions {
    Recreate recreate = Recreate::changed;
    bool no_start = false; // no tasks yet: `start` makes them
    bool remove_orphans = false;
    bool ignore_orphans = false;
    /// What the nodes know the image of a service by; its name where there is none.
    std::map<std::string, std::string> images{};

    /// What nodes with plain containers have, by id.
    std::map<std::string, compose::Observed> nodes{};
    std::chrono::seconds grace{10}; // for plain containers; services have it in their spec
};

/// The project as the plan of reconcile() is carried out on.
Project carried_out(
    const Arrangement& arrangement, const Observed& observed, const ReconcileOptions& options
);

Plan reconcile(
    const Arrangement& arrangement, const Observed& observed, const ReconcileOptions& options
);

struct DownPlan {
    bool orphans = false; // services that are not in the file, too
    bool ignore_orphans = false;
    bool volumes = false; // those that stand for anonymous ones, on every node
    std::chrono::seconds grace{10};
};

/// Takes away all that there is of the project, dependants first: its services, then its networks,
/// then labels of nodes that no service asks for any more.
Plan plan_down(const Project& project, const Observed& observed, const DownPlan& options);

/// Names of services, and of plain containers, of the project that the file does not have.
std::vector<std::string> orphans_of(const Project& project, const Observed& observed);

} // namespace orch::compose::swarm
