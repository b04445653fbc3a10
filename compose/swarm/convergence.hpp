// Whether the tasks of a service are as they should be, or never will be.
#pragma once

#include "compose/swarm/nodes.hpp"
#include "lib/engine/services.hpp"
#include "lib/tasks/clock.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace orch::compose::swarm {

struct Convergence {
    tasks::Clock* clock = nullptr;           // null: the system's
    std::chrono::seconds limit{300};         // for one service; getting its images does not count
    std::chrono::milliseconds settle{5000};  // it must go on so long
    std::chrono::milliseconds interval{300}; // between two looks
    NodeEngine node_engine{};                // for what only single nodes can do
};

enum class Stage { waiting, running, failed };

/// What one look at a service says.
struct Look {
    Stage stage = Stage::waiting;
    int running = 0; // tasks that run, or have done what they had to
    int wanted = 0;
    bool preparing = false; // images or volumes are on their way: that takes as long as it takes
    std::string reason{};   // of a failure: "task: non-zero exit (3)"
    std::string culprit{};  // the task's id
    std::string obstacle{}; // why nothing goes on at present: "no suitable node (...)"
};

/// `tasks`: of this version of the service, of whatever state; `down`: ids of nodes that do not
/// answer; `seen`: ids of tasks that had failed before.
Look look_at(
    const engine::Service& service,
    const std::vector<engine::Task>& tasks,
    const std::set<std::string>& down,
    const std::set<std::string>& seen
);

/// Of each slot the task that counts: the newest one that is meant to run, else the newest. By
/// slot, then by node for services that have none.
std::vector<const engine::Task*> current_tasks(const std::vector<engine::Task>& tasks);

/// Whether there are places whose last task has ended and is not to be restarted. The engine counts
/// such a place as taken: a service that is to have more tasks gets none in it, unless by force.
bool has_lost_places(const engine::Service& service, const std::vector<engine::Task>& tasks);

/// Whether it is over with this task, for good or bad.
bool has_ended(const engine::Task& task);

/// "on a node" in the words of the engine: what a task waits for may go away by itself, as when
/// the one before it still has its port. Then it gets longer.
std::chrono::seconds patience_with(const std::string& obstacle);

} // namespace orch::compose::swarm
