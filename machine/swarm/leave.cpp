#include "machine/swarm/leave.hpp"

#include "lib/base/error.hpp"
#include "lib/log/log.hpp"
#include "lib/progress/sink.hpp"
#include "lib/tasks/retry.hpp"
#include "machine/swarm/cluster.hpp"
#include "machine/swarm/standalone.hpp"
#include "machine/swarm_endpoint.hpp"

#include <algorithm>
#include <chrono>

namespace orch::machine::swarm {

namespace {

using engine::Node;
using std::chrono::seconds;

constexpr auto active_states = {
    "new",
    "allocated",
    "pending",
    "assigned",
    "accepted",
    "preparing",
    "ready",
    "starting",
    "running"};

tasks::RetryPolicy within(seconds limit) {
    return {
        .first_pause = std::chrono::milliseconds(200),
        .longest_pause = seconds(1),
        .give_up_after = limit,
    };
}

bool is_manager(const Node& node) { return node.manager(); }

/// One node on its way out.
class Exit {
  public:
    Exit(Machine& machine, bool force, const Context& context, Job& job)
        : machine_(machine), force_(force), context_(context), job_(job) {}

    void run();

  private:
    void leave_by(engine::Engine manager);
    void leave_alone();
    [[nodiscard]] std::ptrdiff_t left_behind(const std::vector<Node>& nodes) const;
    void check_quorum(const std::vector<Node>& nodes, const Node& mine) const;
    void drain(engine::Engine& manager, const Node& node);
    void demote(engine::Engine& manager, const Node& node);
    void leave_engine(bool force);
    void wait_until_down(engine::Engine& manager, const std::string& node);

    /// Calls `ready` until it is true; false if the time is over.
    template <class Ready>
    bool wait(seconds limit, Ready ready) {
        tasks::Backoff backoff(within(limit), context_.world.clock);
        while (!ready())
            if (!backoff.pause(job_.stop))
                return false;
        return true;
    }

    void say(std::string text) const {
        job_.progress.emit({.id = machine_.name, .text = std::move(text)});
    }

    void warn(std::string text) const {
        job_.progress.emit(
            {.id = machine_.name, .status = progress::Status::warning, .text = std::move(text)}
        );
    }

    Machine& machine_;
    bool force_;
    const Context& context_;
    Job& job_;
    bool answers_ = true; // its own engine, as the node that it was
};

void Exit::run() {
    const auto lock = context_.store.lock_swarms(job_.stop);
    auto engine = engine_of(context_, machine_, job_.stop);
    const auto state = ask_state(engine);
    // An engine that is no such node any more is none of ours to change.
    const bool gone =
        state && (state->local == "inactive" || state->node != machine_.membership.node);
    answers_ = state && !gone;
    auto others = managers(context_, machine_.swarm.discovery, machine_.name, job_.stop);
    if (!others.empty())
        leave_by(others.front().engine);
    else if (!gone)
        leave_alone();
    machine_.membership = {};
    context_.store.save(machine_);
}

void Exit::leave_by(engine::Engine manager) {
    const auto nodes = manager.list_nodes();
    const auto mine = std::find_if(nodes.begin(), nodes.end(), [&](const Node& node) {
        return node.id == machine_.membership.node;
    });
    if (mine == nodes.end())
        return leave_engine(true);
    if (mine->manager())
        check_quorum(nodes, *mine);
    drain(manager, *mine);
    if (mine->manager())
        demote(manager, *mine);
    say("Leaving the swarm...");
    leave_engine(mine->manager());
    wait_until_down(manager, mine->id);
    manager.remove_node(mine->id, true);
}

/// No other manager of this store answers.
void Exit::leave_alone() {
    auto engine = engine_of(context_, machine_, job_.stop);
    const auto state = ask_state(engine);
    if (state && state->manager) {
        const auto left = left_behind(engine.list_nodes());
        if (left > 0 && !force_)
            throw Error(
                Kind::conflict,
                "{} is the last manager of its swarm that answers, and there are {} more nodes",
                machine_.name,
                left
            )
                .hint("take those out first, or make another manager; --force gives up the swarm");
    } else if (!force_ && !machine_.swarm.discovery.starts_with("swarm://")) {
        throw Error(
            Kind::network, "no manager answers that could let {} out of its swarm", machine_.name
        )
            .hint("orch machine swarm ps; --force leaves its node behind");
    } else {
        warn("Its node stays in the list of the swarm until a manager removes it");
    }
    say("Leaving the swarm...");
    leave_engine(true);
}

/// Nodes that lose their swarm with this one. A dead node that is no machine of this store is none:
/// what left without a word stays in the list.
std::ptrdiff_t Exit::left_behind(const std::vector<Node>& nodes) const {
    const auto machines = members(context_.store, machine_.swarm.discovery);
    return std::count_if(nodes.begin(), nodes.end(), [&](const Node& node) {
        const bool known = std::any_of(machines.begin(), machines.end(), [&](const Machine& each) {
            return each.membership.node == node.id;
        });
        return node.id != machine_.membership.node && (known || node.ready());
    });
}

/// More than half of the managers must be there, before and after.
void Exit::check_quorum(const std::vector<Node>& nodes, const Node& mine) const {
    const auto all = std::count_if(nodes.begin(), nodes.end(), is_manager);
    const auto reachable = std::count_if(nodes.begin(), nodes.end(), [&](const Node& node) {
        return node.manager() && node.reachable() && node.id != mine.id;
    });
    if (force_ || 2 * reachable > all - 1)
        return;
    throw Error(
        Kind::conflict,
        "without {} only {} of the swarm's {} managers would answer: not enough to decide anything",
        machine_.name,
        reachable,
        all - 1
    )
        .hint("bring the others back first: orch machine swarm ps; --force goes on");
}

void Exit::drain(engine::Engine& manager, const Node& node) {
    say("Moving its tasks to other nodes...");
    manager.update_node(node.id, {.role = {}, .availability = "drain"});
    if (!answers_ || !node.ready())
        return;
    const bool done = wait(seconds(60), [&] {
        const auto tasks = manager.list_tasks({{"node", {node.id}}});
        return std::none_of(tasks.begin(), tasks.end(), [](const engine::Task& task) {
            return std::find(active_states.begin(), active_states.end(), task.state) !=
                   active_states.end();
        });
    });
    if (!done)
        warn("Some tasks do not stop; they end with the machine");
}

void Exit::demote(engine::Engine& manager, const Node& node) {
    say("Demoting it to a worker...");
    manager.update_node(node.id, {.role = "worker", .availability = {}});
    if (!answers_)
        return;
    auto engine = engine_of(context_, machine_, job_.stop);
    const bool done = wait(seconds(60), [&] {
        const auto state = ask_state(engine);
        return !state || !state->manager;
    });
    if (!done)
        warn("The engine does not notice that it is no manager any more");
}

void Exit::leave_engine(bool force) {
    if (!answers_)
        return;
    auto engine = engine_of(context_, machine_, job_.stop);
    engine.leave_swarm(force);
}

void Exit::wait_until_down(engine::Engine& manager, const std::string& id) {
    if (!answers_)
        return;
    wait(seconds(20), [&] {
        const auto node = manager.inspect_node(id);
        return !node || !node->ready();
    });
}

} // namespace

void leave(Machine& machine, bool force, const Context& context, Job& job) {
    if (machine.swarm.is_swarm && is_standalone_swarm(machine.swarm.discovery)) {
        auto engine = engine_of(context, machine, job.stop);
        if (ask_state(engine))
            remove_parts(machine, context, job);
    }
    if (!machine.membership.node.empty())
        Exit(machine, force, context, job).run();
}

std::vector<std::string>
in_order_of_leaving(std::vector<std::string> names, const Context& context) {
    std::stable_partition(names.begin(), names.end(), [&](const std::string& name) {
        try {
            const auto machine = context.store.load(name);
            return machine.membership.node.empty() || !machine.swarm.master;
        } catch (const Error& error) {
            log::debug("machine", "{}: {}", name, error.message());
            return true;
        }
    });
    return names;
}

} // namespace orch::machine::swarm
