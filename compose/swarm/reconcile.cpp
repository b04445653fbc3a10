#include "compose/swarm/reconcile.hpp"

#include "compose/converge/notices.hpp"
#include "compose/swarm/labels.hpp"
#include "compose/swarm/leftovers.hpp"
#include "compose/swarm/plain.hpp"
#include "compose/swarm/plain_plan.hpp"
#include "compose/swarm/service_spec.hpp"
#include "lib/base/error.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>

namespace orch::compose::swarm {

namespace {

using Steps = std::vector<std::size_t>;

void append(Steps& to, const Steps& steps) { to.insert(to.end(), steps.begin(), steps.end()); }

constexpr std::chrono::seconds network_patience{30};

class Planner {
  public:
    Planner(
        const Arrangement& arrangement, const Observed& observed, const ReconcileOptions& options
    )
        : arrangement_(arrangement), project_(arrangement.project), observed_(observed),
          options_(options),
          plain_options_{options.recreate, options.no_start, options.grace, options.nodes},
          carried_out_(carried_out(arrangement, observed, options)),
          plain_(carried_out_, arrangement, observed, plain_options_) {}

    Plan run() {
        plan_.warnings = arrangement_.warnings;
        network();
        labels();
        folders();
        for (const auto& service : project_.services)
            if (arrangement_.selected.contains(service.name))
                this->service(service);
        orphans();
        stale_labels();
        return std::move(plan_);
    }

  private:
    void network() {
        const auto name = network_name(project_);
        const bool wanted = std::any_of(
            arrangement_.selected.begin(),
            arrangement_.selected.end(),
            [&](const std::string& service) { return arrangement_.networks.at(service) == name; }
        );
        const auto there = std::find_if(
            observed_.networks.begin(),
            observed_.networks.end(),
            [&](const engine::Network& network) { return network.name == name; }
        );
        if (there != observed_.networks.end() && there->scope != "swarm")
            throw Error(orch::Kind::conflict, "network {} is there already, on one node only", name)
                .hint("remove it: docker network rm {}", name);
        if (!wanted || there != observed_.networks.end())
            return;
        plan_.begin_task("Creating network", name);
        before_services_.push_back(plan_.add(
            {.act = {CreateNetwork{name}, name}, .cause = "the project has no network yet"}
        ));
    }

    /// Those of one node one after the other: each is a change of what was read before.
    void labels() {
        std::map<std::string, Steps> earlier; // by node
        std::string told;
        for (const auto& label : arrangement_.labels) {
            const auto* node = observed_.node(label.node);
            if (node == nullptr || node->labels.contains(label.key))
                continue;
            if (std::exchange(told, node->id) != node->id)
                plan_.begin_task("Labelling node", node->hostname);
            auto& last = earlier[label.node];
            last = {plan_.add(
                {.act = {LabelNode{label.node, label.key}, node->hostname},
                 .after = last,
                 .cause = marked_service(label.key, project_.name) ? "it gets plain containers"
                                                                   : "services are placed by it"}
            )};
            append(before_services_, last);
        }
    }

    void folders() {
        std::map<std::string, MakeFolders> calls; // by node
        for (const auto& folder : arrangement_.folders) {
            auto& call = calls[folder.node];
            call.node = folder.node;
            call.image = image_of(*project_.find(folder.service));
            call.paths.push_back(folder.path);
        }
        for (auto& [node, call] : calls) {
            plan_.begin_task("Making folders on", node);
            before_services_.push_back(
                plan_.add({.act = {std::move(call), node}, .cause = "services mount them"})
            );
        }
    }

    [[nodiscard]] std::string image_of(const Service& service) const {
        const auto image = options_.images.find(service.name);
        return image == options_.images.end() ? project_.image_of(service) : image->second;
    }

    /// The spec with and without what is only wished for at first.
    [[nodiscard]] nlohmann::json spec(const Service& service, bool at_first, int replicas) const {
        auto facts = facts_of(service, replicas);
        if (!at_first)
            facts.place.at_first.clear();
        auto spec = service_spec(project_, service, facts);
        auto& own = spec["Labels"];
        own[labels::spec_hash] = at_first && !arrangement_.place(service.name)->at_first.empty()
                                     ? "at first"
                                     : wanted_hash(service);
        const auto node = arrangement_.volume_nodes.find(service.name);
        if (node != arrangement_.volume_nodes.end())
            own[labels::volume_node] = node->second;
        if (options_.no_start && replicas == 0)
            own[labels::stopped] = std::to_string(arrangement_.replicas.at(service.name));
        return spec;
    }

    [[nodiscard]] SpecFacts facts_of(const Service& service, int replicas) const {
        return {
            .image = image_of(service),
            .network = arrangement_.networks.at(service.name),
            .replicas = replicas,
            .place = *arrangement_.place(service.name),
            .image_ports = observed_.image_ports};
    }

    [[nodiscard]] std::string wanted_hash(const Service& service) const {
        auto facts = facts_of(service, 1);
        facts.place.at_first.clear();
        return spec_hash(project_, service, facts);
    }

    void service(const Service& service) {
        Steps before = before_services_;
        for (const auto& dependency : service.dependencies())
            append(before, ready_[dependency]);
        append(before, plain_.remove_misplaced(service.name, plan_));
        const auto* there = observed_.find(service.name);
        if (arrangement_.containers.contains(service.name))
            return containers(service, there, std::move(before));
        if (there == nullptr)
            return create(service, std::move(before));
        const bool same = there->label(labels::spec_hash) == wanted_hash(service);
        if (options_.recreate != Recreate::never &&
            (!same || options_.recreate == Recreate::always))
            return update(service, *there, same, std::move(before));
        const auto replicas = arrangement_.replicas.at(service.name);
        if (there->replicas != replicas && !options_.no_start)
            return scale(*there, service.name, replicas, std::move(before));
        if (replicas > 0 && !options_.no_start && observed_.alive(there->id).empty())
            return restart(*there, service.name, std::move(before));
        if (replicas > 0 && !options_.no_start && is_on_its_way(*there))
            return wait(*there, service.name, std::move(before));
        plan_.unchanged.push_back(there->name);
        ready_[service.name] = std::move(before); // the order goes on through it
    }

    /// Plain ones, instead of a service that was there.
    void containers(const Service& service, const engine::Service* there, Steps before) {
        if (there != nullptr) {
            plan_.begin_task("Removing", there->name);
            before = {plan_.add(
                {.act = {RemoveService{there->name}, there->name},
                 .after = before,
                 .cause = "it is a plain container now"}
            )};
        }
        ready_[service.name] = plain_.add(service.name, before, plan_);
    }

    /// As after an `up` that was interrupted, or while a node is missing.
    [[nodiscard]] bool is_on_its_way(const engine::Service& there) const {
        const auto alive = observed_.alive(there.id);
        return std::any_of(alive.begin(), alive.end(), [](const engine::Task* task) {
            return task->state != "running";
        });
    }

    void wait(const engine::Service& there, const std::string& service, Steps before) {
        plan_.begin_task("Waiting for", there.name);
        ready_[service] = {plan_.add(
            {.act = {AwaitService{.name = there.name, .fresh = false}, there.name},
             .after = std::move(before),
             .cause = "not all of its tasks run yet"}
        )};
    }

    void create(const Service& service, Steps before) {
        const auto name = service_name(project_, service);
        const auto replicas = options_.no_start ? 0 : arrangement_.replicas.at(service.name);
        plan_.begin_task("Creating", name);
        const auto made = plan_.add(
            {.act =
                 {CreateService{
                      name, spec(service, true, replicas).dump(), project_.image_of(service)},
                  name},
             .after = std::move(before),
             .cause = "there is no such service"}
        );
        await(service, name, made, replicas);
    }

    void update(const Service& service, const engine::Service& there, bool same, Steps before) {
        const auto replicas =
            options_.no_start ? there.replicas : arrangement_.replicas.at(service.name);
        plan_.begin_task(same ? "Recreating" : "Updating", there.name);
        const auto made = plan_.add(
            {.act =
                 {UpdateService{
                      there.name,
                      spec(service, true, replicas).dump(),
                      project_.image_of(service),
                      options_.recreate == Recreate::always},
                  there.name},
             .after = std::move(before),
             .cause = same ? "it is forced" : "its configuration differs"}
        );
        await(service, there.name, made, replicas);
    }

    void
    scale(const engine::Service& there, const std::string& service, int replicas, Steps before) {
        plan_.begin_task(there.replicas == 0 ? "Starting" : "Scaling", there.name);
        const auto made = plan_.add(
            {.act = {ScaleService{there.name, replicas}, there.name},
             .after = std::move(before),
             .cause = std::to_string(there.replicas) + " tasks are there"}
        );
        ready_[service] = {plan_.add(
            {.act = {AwaitService{.name = there.name, .fresh = false}, there.name}, .after = {made}}
        )};
    }

    void restart(const engine::Service& there, const std::string& service, Steps before) {
        plan_.begin_task("Starting", there.name);
        const auto made = plan_.add(
            {.act = {RestartService{there.name}, there.name},
             .after = std::move(before),
             .cause = "its tasks have ended"}
        );
        ready_[service] = {
            plan_.add({.act = {AwaitService{there.name}, there.name}, .after = {made}})};
    }

    /// Others start when its tasks run; it is done when they go on running, and what was only
    /// wished for at first is forgotten then.
    void await(const Service& service, const std::string& name, std::size_t made, int replicas) {
        if (replicas == 0) {
            ready_[service.name] = {made};
            return;
        }
        const auto runs = plan_.add({.act = {AwaitService{name}, name}, .after = {made}});
        ready_[service.name] = {runs};
        auto last = plan_.add({.act = {AwaitService{name, true}, name}, .after = {runs}});
        if (!arrangement_.place(service.name)->at_first.empty())
            last = plan_.add(
                {.act =
                     {UpdateService{
                          name, spec(service, false, replicas).dump(), project_.image_of(service)},
                      name},
                 .after = {last},
                 .cause = "what was wished for has been met: it may go elsewhere from now on"}
            );
        done_.push_back(last);
    }

    void orphans() {
        const auto names = orphans_of(project_, observed_);
        if (names.empty())
            return;
        if (!options_.remove_orphans) {
            if (!options_.ignore_orphans)
                plan_.warnings.push_back(orphan_warning(names));
            return;
        }
        const auto* const cause = "its service is not in the file";
        for (const auto& service : observed_.services)
            if (project_.find(name_in_file(service)) == nullptr) {
                plan_.begin_task("Removing", service.name);
                done_.push_back(
                    plan_.add({.act = {RemoveService{service.name}, service.name}, .cause = cause})
                );
            }
        for (const auto& container : observed_.containers)
            if (project_.find(container.service) == nullptr)
                done_.push_back(add_plain_removal(
                    container, observed_, {.force = true}, options_.grace, cause, {}, plan_
                ));
    }

    void stale_labels() {
        std::set<std::string> used;
        for (const auto& place : arrangement_.places)
            for (const auto& key : label_keys(place.constraints))
                used.insert(key);
        for (const auto& other : observed_.others)
            for (const auto& key : label_keys(other.constraints))
                used.insert(key);
        for (const auto& service : observed_.services) // that this plan leaves as they are
            if (!arrangement_.selected.contains(name_in_file(service)))
                for (const auto& key : label_keys(service.constraints))
                    used.insert(key);
        for (const auto& container : observed_.containers) // that this plan leaves, too
            if (project_.find(container.service) == nullptr
                    ? !options_.remove_orphans
                    : !arrangement_.selected.contains(container.service))
                used.insert(mark_of(project_.name, container.service));
        for (const auto& [name, steps] : ready_)
            append(done_, steps);
        drop_labels(observed_, project_.name, used, arrangement_.labels, done_, plan_);
    }

    const Arrangement& arrangement_;
    const Project& project_;
    const Observed& observed_;
    const ReconcileOptions& options_;
    const PlainOptions plain_options_;
    const Project carried_out_;
    PlainPlanner plain_;
    Plan plan_;
    Steps before_services_;
    std::map<std::string, Steps> ready_; // service -> steps after which its tasks run
    Steps done_;                         // all that changes services
};

} // namespace

std::vector<std::string> orphans_of(const Project& project, const Observed& observed) {
    std::vector<std::string> names;
    for (const auto& service : observed.services)
        if (project.find(name_in_file(service)) == nullptr)
            names.push_back(service.name);
    for (const auto& container : observed.containers)
        if (project.find(container.service) == nullptr)
            names.push_back(container.name);
    return names;
}

Project carried_out(
    const Arrangement& arrangement, const Observed& observed, const ReconcileOptions& options
) {
    return with_containers(
        arrangement.project,
        {.services = arrangement.plain,
         .images = options.images,
         .image_ports = observed.image_ports}
    );
}

Plan reconcile(
    const Arrangement& arrangement, const Observed& observed, const ReconcileOptions& options
) {
    return Planner(arrangement, observed, options).run();
}

namespace {

/// Adds what takes the project away to a plan.
class Demolition {
  public:
    Demolition(const Project& project, const Observed& observed, const DownPlan& options)
        : project_(project), observed_(observed), options_(options) {}

    Plan run() {
        const auto orphans = orphans_of(project_, observed_);
        if (!orphans.empty() && !options_.orphans && !options_.ignore_orphans)
            plan_.warnings.push_back(orphan_warning(orphans));
        services();
        networks();
        if (options_.volumes)
            volumes();
        drop_labels(observed_, project_.name, used_labels(), {}, removed_, plan_);
        return std::move(plan_);
    }

  private:
    [[nodiscard]] bool is_orphan(const engine::Service& service) const {
        return project_.find(name_in_file(service)) == nullptr;
    }

    void services() {
        std::map<std::string, Steps> gone; // by service
        for (auto service = project_.services.rbegin(); service != project_.services.rend();
             ++service) {
            Steps before;
            for (const auto& other : project_.services) {
                const auto needs = other.dependencies();
                if (std::find(needs.begin(), needs.end(), service->name) != needs.end())
                    append(before, gone[other.name]);
            }
            const auto* there = observed_.find(service->name);
            gone[service->name] = there == nullptr ? before : Steps{remove(*there, before)};
            for (const auto* container : observed_.containers_of(service->name))
                gone[service->name].push_back(remove(*container, before));
        }
        for (const auto& service : observed_.services)
            if (options_.orphans && is_orphan(service))
                remove(service, {});
        for (const auto& container : observed_.containers)
            if (options_.orphans && project_.find(container.service) == nullptr)
                remove(container, {});
    }

    std::size_t remove(const ObservedContainer& container, const Steps& after) {
        removed_.push_back(add_plain_removal(
            container,
            observed_,
            {.volumes = options_.volumes, .force = true},
            options_.grace,
            {},
            after,
            plan_
        ));
        return removed_.back();
    }

    std::size_t remove(const engine::Service& service, Steps after) {
        plan_.begin_task("Removing", service.name);
        removed_.push_back(plan_.add(
            {.act = {RemoveService{service.name}, service.name}, .after = std::move(after)}
        ));
        return removed_.back();
    }

    void networks() {
        for (const auto& network : observed_.networks) {
            const auto owner = network.labels.find(compose::labels::project);
            if (owner == network.labels.end() || owner->second != project_.name)
                continue;
            plan_.begin_task("Removing network", network.name);
            plan_.add(
                {.act = {RemoveNetwork{network.id, network_patience}, network.name},
                 .after = removed_}
            );
        }
    }

    void volumes() {
        for (const auto& node : observed_.nodes) {
            Steps steps;
            for (const auto& service : project_.services)
                for (const auto& volume : service.volumes) {
                    if (!volume.anonymous())
                        continue;
                    if (steps.empty())
                        plan_.begin_task("Removing volumes of node", node.hostname);
                    const auto name = volume_name(project_, service, volume.target);
                    steps.push_back(plan_.add(
                        {.act = {RemoveNodeVolume{node.id, name}, name}, .after = removed_}
                    ));
                }
        }
    }

    [[nodiscard]] std::set<std::string> used_labels() const {
        std::set<std::string> used;
        for (const auto& other : observed_.others)
            for (const auto& key : label_keys(other.constraints))
                used.insert(key);
        for (const auto& service : observed_.services)
            if (!options_.orphans && is_orphan(service))
                for (const auto& key : label_keys(service.constraints))
                    used.insert(key);
        for (const auto& container : observed_.containers)
            if (!options_.orphans && project_.find(container.service) == nullptr)
                used.insert(mark_of(project_.name, container.service));
        return used;
    }

    const Project& project_;
    const Observed& observed_;
    const DownPlan& options_;
    Plan plan_;
    Steps removed_;
};

} // namespace

Plan plan_down(const Project& project, const Observed& observed, const DownPlan& options) {
    return Demolition(project, observed, options).run();
}

} // namespace orch::compose::swarm
