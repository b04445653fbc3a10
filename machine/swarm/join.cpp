#include "machine/swarm/join.hpp"

#include "lib/base/error.hpp"
#include "lib/base/text.hpp"
#include "lib/log/log.hpp"
#include "lib/progress/sink.hpp"
#include "lib/tasks/retry.hpp"
#include "machine/swarm/advertise.hpp"
#include "machine/swarm/cluster.hpp"
#include "machine/swarm/preflight.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>

namespace orch::machine::swarm {

namespace {

using engine::SwarmState;
using std::chrono::seconds;

/// While somebody makes a master, its engine may still have to be installed.
constexpr seconds patience_with_work{900};

/// A create of the master may be started a moment later, or in another window.
constexpr seconds patience_without_work{120};

constexpr tasks::RetryPolicy settling{
    .first_pause = std::chrono::milliseconds(200),
    .longest_pause = seconds(1),
    .give_up_after = seconds(60),
};

/// One machine on its way into one cluster.
class Entrance {
  public:
    Entrance(
        Machine& machine,
        const drivers::Reach& reach,
        const Secret& token,
        const Context& context,
        Job& job
    )
        : machine_(machine), discovery_(parse_discovery(machine.swarm.discovery)), token_(token),
          advertise_(advertised(machine, reach)), context_(context), job_(job),
          engine_(engine_of(context, machine, job.stop)) {}

    void run();

  private:
    bool try_to_enter();
    bool keep_membership(const std::vector<Manager>& managers);
    void make_swarm();
    void enter(const std::vector<Manager>& managers);
    void compare_clocks(const Manager& manager);
    void enter_outside();
    void send_join(const std::vector<std::string>& managers, const Secret& token);
    void settle(engine::Engine& manager);
    void remember(const std::string& cluster);

    [[nodiscard]] SwarmState state() { return engine_.swarm_state(); }

    void leave_first();
    [[nodiscard]] bool may_found() const;
    [[nodiscard]] bool somebody_works() const;
    [[nodiscard]] Error nobody_came() const;

    void say(std::string text) const {
        job_.progress.emit({.id = machine_.name, .text = std::move(text)});
    }

    void note(std::string text) const {
        job_.progress.emit(
            {.id = machine_.name, .status = progress::Status::note, .text = std::move(text)}
        );
    }

    [[nodiscard]] const char* availability() const {
        return machine_.swarm.agent ? "active" : "drain";
    }

    [[nodiscard]] engine::SwarmEntry entry() const {
        return {
            .advertise = advertise_,
            .listen = listen_address(advertise_),
            .availability = availability(),
        };
    }

    Machine& machine_;
    Discovery discovery_;
    const Secret& token_;
    std::string advertise_;
    const Context& context_;
    Job& job_;
    engine::Engine engine_;
};

void Entrance::run() {
    if (discovery_.kind == ClusterKind::outside)
        return enter_outside();
    auto& clock = context_.world.clock;
    auto last_work = clock.now();
    bool told = false;
    for (auto pause = std::chrono::milliseconds(500);; pause = std::chrono::milliseconds(2000)) {
        if (try_to_enter())
            return;
        if (!told)
            say("Waiting for a manager of " + discovery_.kept + "...");
        told = true;
        const auto now = clock.now();
        const bool work = somebody_works();
        if (now - last_work > (work ? patience_with_work : patience_without_work))
            throw nobody_came();
        clock.sleep(pause, job_.stop);
    }
}

/// Managers are made and changed one at a time; workers come as they like.
bool Entrance::try_to_enter() {
    const auto look = [&] {
        return managers(context_, machine_.swarm.discovery, machine_.name, job_.stop);
    };
    if (!machine_.swarm.master) {
        const auto found = look();
        if (found.empty())
            return false;
        if (!keep_membership(found))
            enter(found);
        return true;
    }
    const auto lock = context_.store.lock_swarms(job_.stop);
    const auto found = look();
    if (keep_membership(found))
        return true;
    if (!found.empty()) {
        enter(found);
        return true;
    }
    if (!may_found())
        return false;
    make_swarm();
    return true;
}

/// Whether the engine is a node of this cluster already; puts right what differs. A node that the
/// managers do not know (any more) is taken out of what it thinks it is in.
bool Entrance::keep_membership(const std::vector<Manager>& managers) {
    const auto now = state();
    if (now.local == "locked")
        throw Error(Kind::conflict, "the swarm on {} is locked", machine_.name)
            .hint(
                "on that machine: docker swarm unlock; then: orch machine provision {}",
                machine_.name
            );
    if (now.local == "inactive")
        return false;
    const bool ours = !now.node.empty() && now.node == machine_.membership.node;
    if (managers.empty()) {
        if (!now.active() || !now.manager || !(ours || may_found()))
            return false;
        if (!ours)
            note("The engine manages a swarm already; that is " + discovery_.kept + " now");
        settle(engine_);
        return true;
    }
    if (auto manager = managers.front().engine; now.active() && manager.inspect_node(now.node)) {
        settle(manager);
        return true;
    }
    if (now.active() && !ours)
        throw Error(Kind::conflict, "{} is a node of another swarm", machine_.name)
            .hint("take it out of there first: orch machine swarm leave --force {}", machine_.name);
    leave_first();
    return false;
}

void Entrance::leave_first() {
    log::debug("machine", "{} leaves what it is in", machine_.name);
    engine_.leave_swarm(true);
}

/// A machine makes the swarm if no other master ever was in it. One that is only out of reach must
/// not be replaced by a second swarm of the same name.
bool Entrance::may_found() const {
    if (discovery_.kind == ClusterKind::machine && discovery_.rest != machine_.name)
        return false;
    const auto all = members(context_.store, machine_.swarm.discovery);
    return std::none_of(all.begin(), all.end(), [&](const Machine& other) {
        return other.name != machine_.name && other.swarm.master && !other.membership.node.empty();
    });
}

void Entrance::make_swarm() {
    if (state().local != "inactive")
        leave_first();
    say("Making the swarm " + discovery_.kept + "...");
    engine_.init_swarm(entry());
    settle(engine_);
}

void Entrance::enter(const std::vector<Manager>& managers) {
    auto manager = managers.front().engine;
    compare_clocks(managers.front());
    const auto swarm = manager.inspect_swarm();
    say(fmt::format(
        "Joining the swarm as {}, by {}...",
        machine_.swarm.master ? "manager" : "worker",
        managers.front().machine
    ));
    send_join(
        addresses(managers), machine_.swarm.master ? swarm.manager_token : swarm.worker_token
    );
    settle(manager);
}

/// Nodes prove who they are by certificates that begin when they are made.
void Entrance::compare_clocks(const Manager& manager) {
    constexpr seconds tolerable{10};
    auto engine = manager.engine;
    const auto apart = difference(state().clock, engine.swarm_state().clock);
    if (apart && *apart > tolerable)
        job_.progress.emit(
            {.id = machine_.name,
             .status = progress::Status::warning,
             .text = fmt::format(
                 "Its clock and that of {} are {} s apart: set one of them right, or nodes refuse "
                 "each other's certificates",
                 manager.machine,
                 apart->count()
             )}
        );
}

void Entrance::enter_outside() {
    const auto now = state();
    if (now.active() && now.node == machine_.membership.node)
        return;
    if (now.active() && !machine_.membership.node.empty())
        leave_first();
    else if (now.active()) // somebody joined it by hand; which swarm that is cannot be known
        return remember(now.cluster);
    if (token_.empty())
        throw Error(
            Kind::invalid, "the swarm at {} lets nobody in without a token", discovery_.rest
        )
            .hint(
                "docker swarm join-token worker prints it there: ORCH_SWARM_TOKEN=SWMTKN-... orch "
                "machine swarm join {} --discovery {}",
                machine_.name,
                discovery_.kept
            );
    if (state().local != "inactive")
        leave_first();
    say("Joining the swarm at " + discovery_.rest + "...");
    send_join({discovery_.rest}, token_);
    const auto joined = state();
    remember(joined.cluster);
    if (machine_.swarm.master && !joined.manager)
        job_.progress.emit(
            {.id = machine_.name,
             .status = progress::Status::warning,
             .text = "The token was a worker's: the machine is no manager of that swarm"}
        );
}

/// A join that does not come through in time goes on for ever in the background, and is in the way
/// of the next one.
void Entrance::send_join(const std::vector<std::string>& managers, const Secret& token) {
    auto wishes = entry();
    wishes.managers = managers;
    wishes.token = token;
    constexpr int attempts = 2;
    for (int attempt = 1;; ++attempt) {
        if (state().local != "inactive")
            leave_first();
        try {
            return engine_.join_swarm(wishes);
        } catch (Error& error) {
            if (error.kind() == Kind::cancelled)
                throw;
            const bool in_time = error.message().find("Timeout was reached") == std::string::npos;
            if (!in_time)
                leave_first();
            if (attempt < attempts && !in_time)
                continue;
            throw Error(
                in_time ? error.kind() : Kind::timeout,
                "{} cannot join the swarm: {}",
                machine_.name,
                in_time ? error.message() : "no manager answers it at " + text::join(managers, ", ")
            )
                .hint(
                    "machines must reach each other at the ports 2377/tcp, 7946/tcp, 7946/udp and "
                    "4789/udp; --swarm-addr chooses the address that they use"
                );
        }
    }
}

/// From a node that has just joined to one that is ready in the role that it should have.
void Entrance::settle(engine::Engine& manager) {
    const auto old = machine_.membership.node;
    const auto node = tasks::retry(
        settling,
        context_.world.clock,
        job_.stop,
        [&]() -> std::optional<engine::Node> {
            const auto now = state();
            auto found = now.active() && !now.node.empty() ? manager.inspect_node(now.node)
                                                           : std::optional<engine::Node>();
            return found && found->ready() ? found : std::nullopt;
        },
        [&] {
            const auto now = state();
            return Error(
                       Kind::timeout,
                       "{} does not become a ready node of the swarm ({})",
                       machine_.name,
                       now.error.empty() ? now.local : now.error
            )
                .hint("orch machine ssh {} journalctl -u docker", machine_.name);
        }
    );
    engine::NodeChange change{.role = machine_.swarm.master ? "manager" : "", .availability = {}};
    // A node that was drained on purpose stays so: only one that comes anew gets what it asked for.
    if (node.id != old)
        change.availability = availability();
    for (const auto& label : machine_.engine.labels)
        if (const auto equals = label.find('='); equals != std::string::npos)
            change.labels[label.substr(0, equals)] = label.substr(equals + 1);
    manager.update_node(node.id, change);
    if (machine_.swarm.master)
        tasks::retry(
            settling,
            context_.world.clock,
            job_.stop,
            [&] { return state().manager ? std::optional(true) : std::nullopt; },
            [&] { return Error(Kind::timeout, "{} does not become a manager", machine_.name); }
        );
    if (!old.empty() && old != node.id)
        manager.remove_node(old, true);
    remember(manager.inspect_swarm().id);
}

void Entrance::remember(const std::string& cluster) {
    machine_.membership = {.cluster = cluster, .node = state().node};
    context_.store.save(machine_);
}

/// Whether another process or thread makes a master of the cluster at this moment.
bool Entrance::somebody_works() const {
    const auto all = members(context_.store, machine_.swarm.discovery);
    return std::any_of(all.begin(), all.end(), [&](const Machine& other) {
        return other.name != machine_.name && other.swarm.master &&
               context_.store.is_locked(other.name);
    });
}

Error Entrance::nobody_came() const {
    const auto all = members(context_.store, machine_.swarm.discovery);
    for (const auto& other : all) {
        if (other.name == machine_.name || !other.swarm.master)
            continue;
        if (other.progress != Progress::ready)
            return Error(
                       Kind::timeout,
                       "no manager of {} answers: the create of {} did not finish{}",
                       discovery_.kept,
                       other.name,
                       other.failure.empty() ? "" : ": " + other.failure
            )
                .hint("orch machine provision {} {}", other.name, machine_.name);
        return Error(
                   Kind::timeout,
                   "no manager of {} answers: not {} either",
                   discovery_.kept,
                   other.name
        )
            .hint(
                "orch machine provision {0} {1}; orch machine doctor {0} looks for what is wrong",
                other.name,
                machine_.name
            );
    }
    return Error(Kind::timeout, "{} has no master, and none came in time", discovery_.kept)
        .hint(
            "make one with --swarm --swarm-master --swarm-discovery {}, then run: orch machine "
            "provision {}",
            discovery_.kept,
            machine_.name
        );
}

} // namespace

void join(
    Machine& machine,
    const drivers::Reach& reach,
    const Secret& token,
    const Context& context,
    Job& job
) {
    machine.swarm.discovery = settled_discovery(machine.swarm, machine.name, context.store);
    context.store.save(machine);
    Entrance(machine, reach, token, context, job).run();
}

} // namespace orch::machine::swarm
