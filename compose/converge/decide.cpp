#include "compose/converge/decide.hpp"

#include "compose/converge/slots.hpp"
#include "compose/hash.hpp"
#include "lib/base/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace orch::compose {

namespace {

/// Decides service by service; those decided before tell what became of the dependencies.
class Judge {
  public:
    Judge(const Project& project, const Observed& observed, const ReconcileOptions& options)
        : project_(project), observed_(observed), options_(options) {
        for (const auto& container : observed.containers)
            alive_.insert(container.id);
        for (const auto& [name, outsider] : observed.outsiders)
            alive_.insert(outsider.id);
    }

    Verdict judge(const Service& service) {
        hash_ = config_hash(service);
        Verdict verdict{.service = &service};
        auto slots = slots_of(observed_.of(service.name), [&](const ObservedContainer& container) {
            return options_.recreate == Recreate::never || difference(service, container).empty();
        });
        remove_surplus(verdict, slots);
        scale_down(verdict, slots);
        const bool none = slots.empty();
        settle(verdict, slots);
        scale_up(verdict, none ? "no container yet" : "scaled up");
        if (none && !verdict.placements.empty())
            verdict.renewed = service.name + " is new";
        renewed_[service.name] = verdict.renewed;
        for (const auto& placement : verdict.placements)
            if (placement.move == Move::start)
                started_.insert(service.name);
        return verdict;
    }

  private:
    /// Why a container is not what the file asks for; empty if it is.
    [[nodiscard]] std::string
    difference(const Service& service, const ObservedContainer& container) const {
        if (container.config_hash != hash_)
            return "config hash differs";
        const auto reference = project_.image_of(service);
        const auto wanted = observed_.image_for(container, reference, service.build.has_value());
        if (wanted.empty())
            return fmt::format("image {} is missing", reference);
        if (container.image_id != wanted)
            return fmt::format("image {} changed", reference);
        return {};
    }

    /// The same, and whether what it is tied to is still there.
    [[nodiscard]] std::string
    divergence(const Service& service, const ObservedContainer& container) const {
        if (container.state == "dead" || container.state == "removing")
            return "it is " + container.state;
        if (auto cause = difference(service, container); !cause.empty())
            return cause;
        for (const auto& id : container.depends_on)
            if (!alive_.contains(id))
                return "a container that it is tied to is gone";
        if (const auto* target = observed_.moved_away_from(container))
            return fmt::format("{} has another address", target->name);
        return {};
    }

    /// Why all containers of a service are recreated; empty if they are not.
    [[nodiscard]] std::string
    recreation(const Service& service, const std::vector<Slot>& slots) const {
        if (options_.recreate == Recreate::never)
            return {};
        if (options_.recreate == Recreate::always)
            return "recreation is forced";
        if (options_.renew_volumes)
            return "its volumes are renewed";
        for (const auto& slot : slots)
            if (auto cause = divergence(service, *slot.current); !cause.empty())
                return cause;
        for (const auto& dependency : service.dependencies())
            if (const auto found = renewed_.find(dependency); found != renewed_.end())
                if (!found->second.empty())
                    return found->second;
        return lost_namespace(service);
    }

    /// A container that shares a namespace with one that was stopped sits in the old one.
    [[nodiscard]] std::string lost_namespace(const Service& service) const {
        std::vector<std::string> owners;
        if (service.network.kind == NetworkMode::Kind::service)
            owners.push_back(service.network.name);
        constexpr std::string_view prefix = "service:";
        for (const auto& space : {service.ipc, service.pid})
            if (space.starts_with(prefix))
                owners.push_back(space.substr(prefix.size()));
        for (const auto& owner : owners)
            if (started_.contains(owner))
                return fmt::format("{} is started, and it shares its namespace", owner);
        return {};
    }

    void remove(Verdict& verdict, const ObservedContainer* container, std::string cause) {
        verdict.removals.push_back({container, std::move(cause)});
        alive_.erase(container->id);
    }

    void remove_surplus(Verdict& verdict, const std::vector<Slot>& slots) {
        for (const auto& slot : slots)
            for (const auto* container : slot.surplus)
                remove(verdict, container, "left by an interrupted recreation");
    }

    void scale_down(Verdict& verdict, std::vector<Slot>& slots) {
        const auto wanted = options_.scale.find(verdict.service->name);
        if (wanted == options_.scale.end())
            return;
        while (slots.size() > static_cast<std::size_t>(std::max(wanted->second, 0))) {
            remove(verdict, slots.back().current, "scaled down");
            if (slots.back().predecessor != nullptr)
                remove(verdict, slots.back().predecessor, "scaled down");
            slots.pop_back();
        }
    }

    void scale_up(Verdict& verdict, const std::string& cause) const {
        const auto& service = *verdict.service;
        const auto wanted = options_.scale.find(service.name);
        const auto count = wanted == options_.scale.end()
                               ? std::max<std::size_t>(verdict.placements.size(), 1)
                               : static_cast<std::size_t>(std::max(wanted->second, 0));
        int number = 0; // gaps are not filled again
        for (const auto* container : observed_.of(service.name))
            number = std::max(number, container->number);
        while (verdict.placements.size() < count)
            verdict.placements.push_back({.number = ++number, .move = Move::create, .cause = cause}
            );
    }

    void settle(Verdict& verdict, const std::vector<Slot>& slots) {
        const auto cause = slots.empty() ? "" : recreation(*verdict.service, slots);
        for (const auto& slot : slots)
            verdict.placements.push_back(place(verdict, slot, cause));
        if (!cause.empty())
            verdict.renewed = verdict.service->name + " is recreated";
    }

    Placement place(Verdict& verdict, const Slot& slot, const std::string& cause) {
        Placement placement{
            .number = slot.number, .current = slot.current, .predecessor = slot.predecessor};
        if (!cause.empty()) {
            placement.move = Move::recreate;
            placement.cause = cause;
            if (slot.predecessor != nullptr) { // the last one that worked
                remove(verdict, slot.current, "left by an interrupted recreation");
                placement.current = std::exchange(placement.predecessor, nullptr);
            }
        } else if (slot.current->running()) {
            placement.move = Move::keep;
        } else {
            placement.move = Move::start;
            placement.cause =
                slot.current->state == "created" ? "it was never started" : "it is stopped";
        }
        if (placement.predecessor != nullptr) {
            placement.cause = "its recreation was interrupted";
            alive_.erase(placement.predecessor->id);
        }
        return placement;
    }

    const Project& project_;
    const Observed& observed_;
    const ReconcileOptions& options_;
    std::string hash_; // of the service that is being judged
    std::set<std::string> alive_;
    std::map<std::string, std::string> renewed_; // service -> Verdict::renewed
    std::set<std::string> started_;              // services with containers that were stopped
};

/// Services whose volumes are used must have a container, even if they are not to be started.
std::vector<const Service*>
volume_sources(const Project& project, const Observed& observed, const auto& selected) {
    std::set<std::string> known;
    for (const auto* service : selected)
        known.insert(service->name);
    std::vector<const Service*> sources;
    for (const auto* service : selected)
        for (const auto& from : service->volumes_from)
            if (from.is_service && known.insert(from.source).second &&
                observed.of(from.source).empty())
                sources.push_back(project.find(from.source));
    return sources;
}

void check_scale(const Project& project, const ReconcileOptions& options) {
    for (const auto& [name, count] : options.scale) {
        if (project.find(name) == nullptr)
            throw Error(Kind::not_found, "No such service: {}", name);
        if (count < 0)
            throw Error(Kind::invalid, "service \"{}\" cannot have {} containers", name, count);
    }
}

} // namespace

std::vector<Verdict>
decide(const Project& project, const Observed& observed, const ReconcileOptions& options) {
    check_scale(project, options);
    const auto selected = project.select(options.services, !options.no_deps);
    Judge judge(project, observed, options);
    std::vector<Verdict> verdicts;
    for (const auto* source : volume_sources(project, observed, selected)) {
        verdicts.push_back(judge.judge(*source));
        verdicts.back().only_exists = true;
    }
    for (const auto* service : selected)
        verdicts.push_back(judge.judge(*service));
    for (auto& verdict : verdicts)
        verdict.start = !verdict.only_exists && !options.no_start;
    return verdicts;
}

} // namespace orch::compose
