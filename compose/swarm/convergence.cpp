#include "compose/swarm/convergence.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <tuple>

namespace orch::compose::swarm {

namespace {

using engine::Task;

/// So often may a task of one slot fail before it is clear that the next one will, too.
constexpr int enough_failures = 3;

bool failed(const Task& task) {
    return task.state == "failed" || task.state == "rejected" || task.state == "orphaned";
}

bool meant_to_run(const Task& task) { return task.desired == "running" || task.desired == "ready"; }

std::pair<int, std::string> seat_of(const Task& task) {
    return {task.slot, task.slot == 0 ? task.node : std::string()};
}

std::string reason_of(const Task& task) {
    if (!task.error.empty())
        return task.error;
    return task.exit_code != 0 ? fmt::format("task: non-zero exit ({})", task.exit_code)
                               : task.state;
}

int failures_of(
    const Task& task, const std::vector<Task>& tasks, const std::set<std::string>& seen
) {
    return static_cast<int>(std::count_if(tasks.begin(), tasks.end(), [&](const Task& other) {
        return seat_of(other) == seat_of(task) && failed(other) && !seen.contains(other.id);
    }));
}

/// Of one slot, the failure that is to be told.
const Task* last_failure(const Task& current, const std::vector<Task>& tasks) {
    const Task* last = nullptr;
    for (const auto& task : tasks)
        if (seat_of(task) == seat_of(current) && failed(task) &&
            (last == nullptr || task.created > last->created))
            last = &task;
    return last;
}

void fail(Look& look, const Task& task) {
    look.stage = Stage::failed;
    look.reason = reason_of(task);
    look.culprit = task.id;
}

void look_at_task(
    const Task& task,
    const engine::Service& service,
    const std::vector<Task>& tasks,
    const std::set<std::string>& seen,
    Look& look
) {
    const bool finished = task.state == "complete" && service.restart != "any";
    if (finished || (task.state == "running" && meant_to_run(task))) {
        ++look.running;
        return;
    }
    if (task.state == "preparing" || task.state == "assigned" || task.state == "accepted")
        look.preparing = true;
    if (task.state == "pending" && !task.error.empty())
        look.obstacle = task.error;
    // Nobody replaces a task that is not to be restarted, and one that was is tried a few times.
    const bool final = failed(task) && service.restart == "none" && !seen.contains(task.id);
    if (final)
        fail(look, task);
    else if (failures_of(task, tasks, seen) >= enough_failures)
        if (const auto* failure = last_failure(task, tasks))
            fail(look, *failure);
}

/// An update is paused, too, when a task has done its work within the first moments.
bool only_finished(
    const engine::Service& service, const std::vector<const Task*>& current, const Look& look
) {
    return service.restart != "any" && look.stage != Stage::failed && look.running >= look.wanted &&
           std::any_of(current.begin(), current.end(), [](const Task* task) {
               return task->state == "complete";
           });
}

} // namespace

bool has_ended(const Task& task) {
    static constexpr std::array states{
        "complete", "shutdown", "failed", "rejected", "remove", "orphaned"};
    return std::find(states.begin(), states.end(), task.state) != states.end();
}

std::vector<const Task*> current_tasks(const std::vector<Task>& tasks) {
    std::map<std::pair<int, std::string>, const Task*> seats;
    const auto rank = [](const Task& task) { return std::tuple(meant_to_run(task), task.created); };
    for (const auto& task : tasks) {
        auto& seat = seats[seat_of(task)];
        if (seat == nullptr || rank(*seat) < rank(task))
            seat = &task;
    }
    std::vector<const Task*> current;
    for (const auto& [seat, task] : seats)
        current.push_back(task);
    return current;
}

bool has_lost_places(const engine::Service& service, const std::vector<Task>& tasks) {
    const auto current = current_tasks(tasks);
    return service.restart != "any" &&
           std::any_of(current.begin(), current.end(), [](const Task* task) {
               return has_ended(*task) || !meant_to_run(*task);
           });
}

Look look_at(
    const engine::Service& service,
    const std::vector<Task>& tasks,
    const std::set<std::string>& down,
    const std::set<std::string>& seen
) {
    Look look{.wanted = service.replicas};
    std::vector<Task> there;
    for (const auto& task : tasks)
        if (!down.contains(task.node) || has_ended(task))
            there.push_back(task);
    const auto current = current_tasks(there);
    if (!service.replicated)
        look.wanted = static_cast<int>(current.size());
    for (const auto* task : current)
        if (look.stage != Stage::failed)
            look_at_task(*task, service, there, seen, look);
    const bool paused =
        service.update_state == "paused" || service.update_state == "rollback_paused";
    if (paused && !only_finished(service, current, look)) {
        look.stage = Stage::failed;
        if (look.reason.empty())
            look.reason = service.update_message;
    }
    const bool updating = service.update_state == "updating";
    if (look.stage != Stage::failed && !updating && look.running >= look.wanted)
        look.stage = Stage::running;
    return look;
}

std::chrono::seconds patience_with(const std::string& obstacle) {
    const bool lasting =
        obstacle.find("scheduling constraints not satisfied") != std::string::npos &&
        obstacle.find(';') == std::string::npos;
    return std::chrono::seconds(lasting ? 5 : 30);
}

} // namespace orch::compose::swarm
