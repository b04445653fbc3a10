#include "machine/swarm/classic_engines.hpp"

#include "lib/base/error.hpp"
#include "lib/engine/standalone.hpp"
#include "lib/log/log.hpp"
#include "machine/connection.hpp"
#include "machine/swarm/advertise.hpp"

#include <map>
#include <mutex>
#include <optional>

namespace orch::machine::swarm {

class ClassicEngines::Impl {
  public:
    Impl(const Context& context, engine::Engine manager, std::stop_token stop)
        : context_(context), manager_(std::move(manager)), stop_(std::move(stop)) {}

    engine::Engine& of(const std::string& name) {
        const std::lock_guard lock(mutex_);
        learn();
        const auto* node = info_->find(name);
        if (node == nullptr)
            throw Error(Kind::not_found, "the swarm has no node {}", name)
                .hint("orch machine swarm ps shows its nodes");
        const auto found = engines_.find(node->address);
        if (found == engines_.end())
            throw Error(
                Kind::not_found,
                "no machine of this store is the node {} ({}) of the swarm",
                name,
                node->address
            )
                .hint("bring it from the store that has it: orch machine import");
        return found->second;
    }

  private:
    /// Asks the manager and reads the store, once.
    void learn() {
        if (info_)
            return;
        info_ = engine::Standalone(manager_).info();
        for (const auto& name : context_.store.names()) {
            try {
                add(name);
            } catch (const Error& error) {
                log::debug("machine", "{}: {}", name, error.message());
            }
        }
    }

    void add(const std::string& name) {
        const auto machine = context_.store.load(name);
        const auto driver = driver_of(context_, machine);
        if (!driver)
            return;
        const auto reach = driver->reach(machine.record);
        if (reach.url.empty())
            return;
        auto endpoint = orch::machine::endpoint(machine, reach);
        endpoint.limit = manager_.endpoint().limit;
        const engine::Engine engine(context_.world.http, endpoint, stop_);
        for (const auto& address : {endpoint.host, cluster_address(machine, reach)})
            engines_.emplace(address + ":" + std::to_string(endpoint.port), engine);
    }

    Context context_;
    engine::Engine manager_;
    std::stop_token stop_;

    std::mutex mutex_; // guards what follows until it is filled
    std::optional<engine::ClassicInfo> info_;
    std::map<std::string, engine::Engine> engines_; // by what they advertise
};

ClassicEngines::ClassicEngines(const Context& context, engine::Engine manager, std::stop_token stop)
    : impl_(std::make_unique<Impl>(context, std::move(manager), std::move(stop))) {}

ClassicEngines::~ClassicEngines() = default;

engine::Engine& ClassicEngines::of(const std::string& node) { return impl_->of(node); }

} // namespace orch::machine::swarm
