// What has to become of each container, and why: the rules of convergence without the API calls.
#pragma once

#include "compose/observed.hpp"
#include "compose/reconcile.hpp"

#include <string>
#include <vector>

namespace orch::compose {

enum class Move { create, recreate, start, keep };

/// One numbered place of a service and what happens to it.
struct Placement {
    int number = 1;
    Move move = Move::create;
    std::string cause{};
    const ObservedContainer* current = nullptr; // null for create
    /// Set aside by a recreation that was interrupted before `current` ran: what to go back to if
    /// `current` does not start, what to remove if it does.
    const ObservedContainer* predecessor = nullptr;
};

struct Removal {
    const ObservedContainer* container = nullptr;
    std::string cause{};
};

struct Verdict {
    const Service* service = nullptr;
    bool start = true;
    bool only_exists = false;            // for its volumes; not even `start` will run it
    std::vector<Placement> placements{}; // by number
    std::vector<Removal> removals{};
    std::string renewed{}; // why dependants must be recreated: "db is recreated"; or empty
};

/// For the services of the options and what they depend on, dependencies first.
std::vector<Verdict>
decide(const Project& project, const Observed& observed, const ReconcileOptions& options);

} // namespace orch::compose
