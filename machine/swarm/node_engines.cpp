#include "machine/swarm/node_engines.hpp"

#include "lib/base/error.hpp"
#include "lib/log/log.hpp"
#include "lib/tasks/group.hpp"
#include "machine/connection.hpp"

#include <algorithm>
#include <list>
#include <map>
#include <mutex>
#include <optional>

namespace orch::machine::swarm {

namespace {

/// An engine that is there answers at once.
constexpr std::chrono::seconds answer_limit{5};

/// Every machine is a wait, hardly any work.
constexpr std::size_t at_a_time = 64;

/// A machine that may be a node.
struct Candidate {
    std::string machine;
    std::string node; // it was at its last join; may be empty
    std::string address;
    std::optional<engine::Endpoint> endpoint; // nothing: it does not run
};

/// The engine, and which node it is by its own word.
struct Known {
    std::string node;
    engine::Engine engine;
};

std::string name_of(const engine::Node& node) {
    return node.address.empty() ? node.hostname : node.hostname + " (" + node.address + ")";
}

/// Managers tell of some nodes, themselves among them, addresses that mean nothing elsewhere.
bool tells_nothing(const std::string& address) {
    return address.empty() || address == "0.0.0.0" || address.starts_with("127.");
}

std::optional<Candidate> candidate(const Context& context, const std::string& name) {
    try {
        const auto machine = context.store.load(name);
        const auto driver = driver_of(context, machine);
        if (!driver)
            return std::nullopt;
        const auto reach = driver->reach(machine.record);
        Candidate found{name, machine.membership.node, reach.address, std::nullopt};
        if (!reach.url.empty())
            found.endpoint = endpoint(machine, reach);
        return found;
    } catch (const Error& error) {
        log::debug("machine", "{}: {}", name, error.message());
        return std::nullopt;
    }
}

Error no_machine(const engine::Node& node) {
    return Error(
               Kind::not_found,
               "no machine of this store is the node {} of the swarm",
               name_of(node)
    )
        .hint(
            "orch machine create -d generic --generic-ip-address {} {}, or bring the machine from "
            "the store that has it: orch machine import",
            tells_nothing(node.address) ? "ADDRESS" : node.address,
            node.hostname
        );
}

Error no_answer(const engine::Node& node, const std::string& machine, const Error& cause) {
    return Error(
               Kind::network,
               "the node {} of the swarm, machine \"{}\", cannot be reached: {}",
               name_of(node),
               machine,
               cause.message()
    )
        .hint("orch machine doctor {}", machine);
}

} // namespace

class NodeEngines::Impl {
  public:
    Impl(const Context& context, engine::Engine manager, std::stop_token stop)
        : context_(context), manager_(std::move(manager)), stop_(std::move(stop)) {}

    engine::Engine& of(const std::string& wanted) {
        auto& slot = slot_of(wanted);
        const std::lock_guard lock(slot.mutex);
        if (slot.failure)
            throw Error(*slot.failure);
        if (!slot.engine) {
            try {
                slot.engine = find(slot.node);
            } catch (const Error& error) {
                if (error.kind() != Kind::cancelled)
                    slot.failure = error; // the next one to ask need not wait for it again
                throw;
            }
        }
        return *slot.engine;
    }

  private:
    struct Slot {
        engine::Node node;
        std::mutex mutex; // guards the two below; held while the node is looked for
        std::optional<engine::Engine> engine;
        std::optional<Error> failure;
    };

    Slot& slot_of(const std::string& wanted) {
        const std::lock_guard lock(mutex_);
        learn();
        std::vector<Slot*> named;
        for (auto& slot : slots_) {
            if (slot.node.id == wanted)
                return slot;
            if (slot.node.hostname == wanted)
                named.push_back(&slot);
        }
        if (named.empty())
            throw Error(Kind::not_found, "the swarm has no node {}", wanted)
                .hint("orch machine swarm ps shows its nodes");
        if (named.size() > 1)
            throw Error(
                Kind::conflict, "the swarm has {} nodes with the host name {}", named.size(), wanted
            )
                .hint("give each host a name of its own: hostnamectl set-hostname NAME");
        return *named.front();
    }

    /// Asks the manager and reads the store, once.
    void learn() {
        if (!slots_.empty())
            return;
        const auto own = manager_.swarm_state().node;
        for (auto& node : manager_.list_nodes()) {
            auto& slot = slots_.emplace_back();
            if (node.id == own)
                slot.engine = manager_;
            slot.node = std::move(node);
        }
        for (const auto& name : context_.store.names())
            if (auto found = candidate(context_, name))
                candidates_.push_back(*std::move(found));
    }

    engine::Engine find(const engine::Node& node) {
        std::optional<Error> failure;
        for (const auto& likely : candidates_) {
            const bool member = likely.node == node.id;
            if (!member && (tells_nothing(node.address) || likely.address != node.address))
                continue;
            try {
                auto known = ask(likely, stop_);
                if (known.node == node.id)
                    return std::move(known.engine);
            } catch (const Error& error) {
                if (error.kind() == Kind::cancelled)
                    throw;
                failure = no_answer(node, likely.machine, error);
            }
        }
        if (failure)
            throw Error(*failure);
        const std::lock_guard lock(others_mutex_);
        ask_all();
        for (const auto& other : others_)
            if (other.node == node.id)
                return other.engine;
        throw no_machine(node);
    }

    [[nodiscard]] Known ask(const Candidate& machine, const std::stop_token& stop) const {
        if (!machine.endpoint)
            throw Error(Kind::not_found, "Host is not running");
        auto endpoint = *machine.endpoint;
        endpoint.limit = answer_limit;
        engine::Engine hasty(context_.world.http, endpoint, stop);
        auto node = hasty.swarm_state().node;
        endpoint.limit = manager_.endpoint().limit;
        endpoint.api_version = hasty.api_version();
        return {std::move(node), {context_.world.http, std::move(endpoint), stop_}};
    }

    /// Every machine of the store, at the same time; once.
    void ask_all() {
        if (asked_all_)
            return;
        std::mutex mutex; // guards others_ meanwhile
        tasks::Group group(at_a_time, stop_);
        for (const auto& machine : candidates_)
            group.spawn([&](const std::stop_token& stop) {
                try {
                    auto known = ask(machine, stop);
                    const std::lock_guard lock(mutex);
                    others_.push_back(std::move(known));
                } catch (const Error& error) {
                    if (error.kind() == Kind::cancelled)
                        throw;
                    log::debug("machine", "{}: {}", machine.machine, error.message());
                }
            });
        group.wait();
        asked_all_ = true;
    }

    Context context_;
    engine::Engine manager_;
    std::stop_token stop_;

    std::mutex mutex_;      // guards the two below until they are filled
    std::list<Slot> slots_; // one per node
    std::vector<Candidate> candidates_;

    std::mutex others_mutex_; // guards the two below
    std::vector<Known> others_;
    bool asked_all_ = false;
};

NodeEngines::NodeEngines(const Context& context, engine::Engine manager, std::stop_token stop)
    : impl_(std::make_unique<Impl>(context, std::move(manager), std::move(stop))) {}

NodeEngines::~NodeEngines() = default;

engine::Engine& NodeEngines::of(const std::string& node) { return impl_->of(node); }

} // namespace orch::machine::swarm
