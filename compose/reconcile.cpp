#include "compose/reconcile.hpp"

#include "compose/classic/hints.hpp"
#include "compose/classic/together.hpp"
#include "compose/classic/warnings.hpp"
#include "compose/converge/carry.hpp"
#include "compose/converge/decide.hpp"
#include "compose/converge/notices.hpp"
#include "compose/converge/roster.hpp"
#include "lib/base/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace orch::compose {

namespace {

using Steps = std::vector<std::size_t>;

void append(Steps& to, const Steps& more) { to.insert(to.end(), more.begin(), more.end()); }

/// Turns verdicts into steps. Every dependency from outside a task is put on the task's first step:
/// once a container is stopped, nothing else can keep its successor from being made.
class Planner {
  public:
    Planner(
        const Project& project,
        const Observed& observed,
        const ReconcileOptions& options,
        const std::vector<Verdict>& verdicts
    )
        : project_(project), observed_(observed), options_(options), verdicts_(verdicts),
          roster_(project, observed, verdicts), together_(project, observed) {}

    Plan plan() {
        orphans();
        for (const auto& verdict : verdicts_) {
            if (options_.scale.contains(verdict.service->name))
                for (auto& warning : scale_warnings(*verdict.service, verdict.placements.size()))
                    plan_.warnings.push_back(std::move(warning));
            image(verdict);
        }
        for (const auto& verdict : verdicts_)
            service(verdict);
        return std::move(plan_);
    }

  private:
    void orphans() {
        const auto orphans = orphans_of(project_, observed_.containers);
        if (options_.remove_orphans)
            for (const auto* orphan : orphans)
                removal("Removing orphan container", {orphan, "its service is not in the file"});
        else if (!orphans.empty() && !options_.ignore_orphans)
            plan_.warnings.push_back(orphan_warning(orphans));
    }

    /// The call that brings a missing image, before anything is stopped for it.
    void image(const Verdict& verdict) {
        const auto& service = *verdict.service;
        const auto reference = project_.image_of(service);
        const bool wanted = std::any_of(
            verdict.placements.begin(),
            verdict.placements.end(),
            [](const Placement& placement) {
                return placement.move == Move::create || placement.move == Move::recreate;
            }
        );
        if (!wanted || observed_.images.contains(reference) || images_.contains(reference))
            return;
        if (!service.build && options_.no_pull)
            throw Error(
                Kind::invalid,
                "Service '{}' needs the image {}, which the engine does not have",
                service.name,
                reference
            );
        if (service.build && options_.no_build)
            throw Error(
                Kind::invalid,
                "Service '{}' needs to be built, but --no-build was passed",
                service.name
            );
        Act act{PullImage{reference}, reference};
        if (service.build)
            act = {BuildImage{service.name, reference}, service.name};
        plan_.begin_task(service.build ? "Building" : "Pulling", act.subject);
        images_[reference] =
            plan_.add({.act = std::move(act), .cause = "the engine does not have it"});
    }

    void service(const Verdict& verdict) {
        Steps before;
        for (const auto& dependency : verdict.service->dependencies())
            append(before, ready_[dependency]);
        for (const auto& doomed : verdict.removals)
            before.push_back(removal("Stopping and removing", doomed));
        auto& ready = ready_[verdict.service->name];
        for (const auto& placement : verdict.placements)
            append(ready, place(verdict, placement, before));
    }

    /// Returns the last step that others wait for.
    Steps place(const Verdict& verdict, const Placement& placement, const Steps& before) {
        switch (placement.move) {
        case Move::create:
            return create(verdict, placement, before);
        case Move::recreate:
            return recreate(verdict, placement, before);
        case Move::start:
            return start(verdict, placement, before);
        case Move::keep:
            return keep(*placement.current, before);
        }
        return {};
    }

    Steps create(const Verdict& verdict, const Placement& placement, Steps before) {
        wait_for_image(*verdict.service, before);
        auto call = new_container(verdict, placement);
        const auto name = call.name;
        if (!call.beside.empty())
            before.push_back(leaders_.at(call.beside));
        plan_.begin_task("Creating", name);
        auto last = plan_.add(
            {.act = {std::move(call), name}, .after = std::move(before), .cause = placement.cause}
        );
        leaders_[name] = last;
        if (verdict.start)
            last = plan_.add(
                {.act = {StartContainer{name, verdict.service->name}, name}, .after = {last}}
            );
        return {last};
    }

    Steps recreate(const Verdict& verdict, const Placement& placement, Steps before) {
        wait_for_image(*verdict.service, before);
        const auto& old = *placement.current;
        if (observed_.standalone && classic::is_in_its_own_way(*verdict.service))
            return replace(verdict, placement, before);
        auto call = new_container(verdict, placement);
        const auto name = call.name;
        plan_.begin_task("Recreating", name);
        Chain chain{*this, std::move(before), placement.cause};
        if (old.running()) {
            chain.add({StopContainer{old.id, options_.grace}, old.name}, {});
            chain.undo.insert(chain.undo.begin(), {StartContainer{old.id}, old.name});
        } else if (old.set_aside()) { // by an earlier run, which had stopped it
            chain.undo = {
                {RenameContainer{old.id, old.proper_name()}, old.name},
                {StartContainer{old.id}, old.proper_name()}};
        }
        const auto aside = aside_prefix(old.id) + old.proper_name();
        if (!old.set_aside()) {
            chain.add({RenameContainer{old.id, aside}, old.name}, chain.undo);
            chain.undo.insert(chain.undo.begin(), {RenameContainer{old.id, old.name}, aside});
        }
        chain.add({std::move(call), name}, chain.undo);
        if (verdict.start) {
            chain.undo.insert(
                chain.undo.begin(), {RemoveContainer{.id = name, .force = true}, name}
            );
            chain.add({StartContainer{name, verdict.service->name}, name}, chain.undo);
        }
        const Steps ready = chain.after;
        chain.add({RemoveContainer{.id = old.id}, aside}, {});
        return ready;
    }

    /// The same where the old container has to be gone first. Its volumes stay: the new one names
    /// them; if it cannot be made, a container that does nothing but keep them takes its place.
    Steps replace(const Verdict& verdict, const Placement& placement, Steps before) {
        const auto& old = *placement.current;
        auto call = new_container(verdict, placement);
        const auto name = call.name;
        plan_.begin_task("Recreating", name);
        Chain chain{*this, std::move(before), placement.cause};
        if (old.running())
            chain.add({StopContainer{old.id, options_.grace}, old.name}, {});
        chain.add({RemoveContainer{.id = old.id}, old.name}, {});
        if (!call.carried.empty()) {
            auto keeper = call;
            keeper.keeper_image = old.image_id;
            chain.undo = {{std::move(keeper), name}};
        }
        chain.add({std::move(call), name}, std::exchange(chain.undo, {}));
        if (verdict.start)
            chain.add({StartContainer{name, verdict.service->name}, name}, {});
        return chain.after;
    }

    /// Starts a container, under its proper name and instead of a predecessor where an earlier run
    /// was cut off.
    Steps start(const Verdict& verdict, const Placement& placement, const Steps& before) {
        const auto& container = *placement.current;
        const auto name = container.proper_name();
        if (!verdict.start && !container.set_aside() && placement.predecessor == nullptr)
            return {};
        plan_.begin_task("Starting", name);
        Chain chain{*this, before, placement.cause};
        if (container.set_aside())
            chain.add({RenameContainer{container.id, name}, container.name}, {});
        const auto* const predecessor = placement.predecessor;
        if (predecessor != nullptr && predecessor->running()) // it was started again in its place
            chain.add({StopContainer{predecessor->id, options_.grace}, predecessor->name}, {});
        if (const auto* old = predecessor)
            chain.undo = {
                {RemoveContainer{.id = container.id, .force = true}, name},
                {RenameContainer{old->id, old->proper_name()}, old->name},
                {StartContainer{old->id}, old->proper_name()}};
        if (verdict.start)
            chain.add({StartContainer{container.id, verdict.service->name}, name}, chain.undo);
        const Steps ready = chain.after;
        if (const auto* old = predecessor)
            chain.add({RemoveContainer{.id = old->id}, old->name}, {});
        return ready;
    }

    Steps keep(const ObservedContainer& container, const Steps& before) {
        if (!container.set_aside()) {
            plan_.unchanged.push_back(container.name);
            return {};
        }
        const auto name = container.proper_name();
        plan_.begin_task("Renaming", name);
        return {plan_.add(
            {.act = {RenameContainer{container.id, name}, container.name},
             .after = before,
             .cause = "its recreation was interrupted"}
        )};
    }

    std::size_t removal(const char* verb, const Removal& doomed) {
        const auto& container = *doomed.container;
        plan_.begin_task(verb, container.name);
        Chain chain{*this, {}, doomed.cause};
        if (container.running())
            chain.add({StopContainer{container.id, options_.grace}, container.name}, {});
        // By force: one that did not run when it was observed may be starting at this moment, by a
        // call that a run which was cut off had already sent.
        chain.add({RemoveContainer{.id = container.id, .force = true}, container.name}, {});
        return chain.after.front();
    }

    [[nodiscard]] CreateContainer
    new_container(const Verdict& verdict, const Placement& placement) {
        const auto& service = *verdict.service;
        CreateContainer call{
            .service = service.name,
            .number = placement.number,
            .name = project_.container_name(service, placement.number)};
        if (const auto* group = together_.group_of(service.name))
            roster_.set_node(service.name, group->node);
        roster_.resolve(service, call, plan_.warnings);
        if (placement.current != nullptr && !options_.renew_volumes) {
            const auto& old = *placement.current;
            carry_volumes(service, old, image_volumes(service, old), call, plan_.warnings);
        }
        if (observed_.standalone) {
            choose_node(service, placement.current, call);
            if (warned_.insert(service.name).second)
                for (auto& text :
                     classic::warnings_of(service, *observed_.standalone, project_.dir))
                    plan_.warnings.push_back(std::move(text));
        }
        return call;
    }

    /// Where the manager of a standalone swarm is to put it: to its volumes, to what it is tied to,
    /// else preferably where it was. The first of those that are tied goes where all of them may.
    void choose_node(const Service& service, const ObservedContainer* old, CreateContainer& call) {
        auto* const group = together_.group_of(service.name);
        const bool soft = classic::is_rescheduled(service);
        if (old != nullptr && !call.carried.empty()) {
            call.hints.push_back(classic::on_node(old->host, soft));
        } else if (group != nullptr && !group->node.empty()) {
            call.hints.push_back(classic::on_node(group->node, soft));
        } else if (group != nullptr && !group->leader.empty()) {
            call.beside = group->leader;
        } else if (group != nullptr) {
            group->leader = call.name;
            call.hints = group->hints_beside(project_, service.name);
        } else if (old != nullptr && !old->host.empty()) {
            call.hints.push_back(classic::on_node(old->host, true));
        }
    }

    /// Paths that the image of a container declares. If the image is gone, the anonymous volumes
    /// tell: better one too many than one with data lost.
    [[nodiscard]] std::vector<std::string>
    image_volumes(const Service& service, const ObservedContainer& container) const {
        for (const auto& [reference, image] : observed_.images)
            if (image.id == container.image_id)
                return image.volumes;
        std::vector<std::string> paths;
        if (service.volumes_from.empty()) // else they may be another container's
            for (const auto& mount : container.mounts)
                if (mount.type == "volume" && is_anonymous(mount.name))
                    paths.push_back(mount.destination);
        return paths;
    }

    void wait_for_image(const Service& service, Steps& before) const {
        const auto image = images_.find(project_.image_of(service));
        if (image != images_.end())
            before.push_back(image->second);
    }

    /// Steps of one task, each after the one before.
    struct Chain {
        Planner& planner;
        Steps after;
        std::string cause;       // goes to the first step
        std::vector<Act> undo{}; // what takes back the steps so far, the last one first

        void add(Act act, std::vector<Act> on_failure) {
            after = {planner.plan_.add(
                {.act = std::move(act),
                 .after = after,
                 .cause = std::exchange(cause, {}),
                 .on_failure = std::move(on_failure)}
            )};
        }
    };

    const Project& project_;
    const Observed& observed_;
    const ReconcileOptions& options_;
    const std::vector<Verdict>& verdicts_;
    Roster roster_;
    classic::Together together_;
    std::set<std::string> warned_;               // services
    std::map<std::string, std::size_t> leaders_; // container -> step that makes it
    Plan plan_;
    std::map<std::string, std::size_t> images_; // reference -> step that brings it
    std::map<std::string, Steps> ready_;        // service -> steps after which it is there
};

} // namespace

Plan reconcile(const Project& project, const Observed& observed, const ReconcileOptions& options) {
    const auto verdicts = decide(project, observed, options);
    return Planner(project, observed, options, verdicts).plan();
}

} // namespace orch::compose
