#include "compose/swarm/up.hpp"

#include "compose/build.hpp"
#include "compose/observe.hpp"
#include "compose/pull.hpp"
#include "compose/swarm/images.hpp"
#include "compose/swarm/observe.hpp"
#include "compose/swarm/reconcile.hpp"
#include "lib/base/error.hpp"

#include <algorithm>

namespace orch::compose::swarm {

namespace {

class Up {
  public:
    Up(const Project& project, engine::Engine& engine, const UpOptions& options, Job& job)
        : project_(project), engine_(engine), options_(options), job_(job) {}

    UpResult run() {
        auto observed = look();
        auto arrangement = arrange_on(observed);
        if (options_.explain)
            return {.plan = explanation(arrangement)};
        if (bring_images(arrangement)) {
            observed = look();
            arrangement = arrange_on(observed);
        }
        auto what = reconcile_options(arrangement, observed);
        go_through(
            reconcile(arrangement, observed, what), carried_out(arrangement, observed, what)
        );
        if (!options_.common.dry_run && result_.changed)
            stay_with_volumes(arrangement, std::move(what));
        return std::move(result_);
    }

  private:
    [[nodiscard]] const compose::ReconcileOptions& what() const { return options_.common.what; }

    Observed look() { return observe(engine_, project_, options_.node_engine, job_.stop); }

    [[nodiscard]] Arrangement arrange_on(const Observed& observed) const {
        return arrange(
            project_,
            observed,
            {.services = what().services,
             .no_deps = what().no_deps,
             .scale = what().scale,
             .warn_only = options_.warn_only,
             .mixed = options_.mixed}
        );
    }

    void go_through(const Plan& plan, const Project& project) {
        result_.changed = result_.changed || !plan.empty();
        for (const auto& task : plan.tasks)
            if (std::find(result_.changes.begin(), result_.changes.end(), task.subject) ==
                result_.changes.end())
                result_.changes.push_back(task.subject);
        result_.unchanged.insert(
            result_.unchanged.end(), plan.unchanged.begin(), plan.unchanged.end()
        );
        if (options_.common.dry_run)
            result_.plan += to_text(plan);
        else
            execute(plan, project, engine_, options_.common.how, job_);
    }

    /// Builds and pulls on this engine what is asked for or missing here. True if it did.
    bool bring_images(const Arrangement& arrangement) {
        std::vector<const Service*> built;
        std::vector<const Service*> pulled;
        for (const auto& service : arrangement.project.services) {
            if (!arrangement.selected.contains(service.name))
                continue;
            const auto reference = project_.image_of(service);
            if (service.build) {
                const bool there = engine_.inspect_image(reference).has_value();
                if (!there && what().no_build)
                    throw Error(
                        orch::Kind::invalid,
                        "Service '{}' needs to be built, but --no-build was passed",
                        service.name
                    );
                if (!there || options_.common.build)
                    built.push_back(project_.find(service.name));
            } else if (options_.common.pull == PullPolicy::always) {
                pulled.push_back(project_.find(service.name));
            }
        }
        if (!pulled.empty())
            go_through(plan_pull(project_, pulled), project_);
        if (!built.empty())
            go_through(plan_build(project_, built, true), project_);
        return !options_.common.dry_run && !(built.empty() && pulled.empty());
    }

    [[nodiscard]] ReconcileOptions
    reconcile_options(const Arrangement& arrangement, Observed& observed) {
        ReconcileOptions result{
            .recreate = what().recreate,
            .no_start = what().no_start,
            .remove_orphans = what().remove_orphans,
            .ignore_orphans = what().ignore_orphans,
            .images = images_of(arrangement),
            .grace = what().grace};
        for (const auto& service : arrangement.project.services) // what came with the images
            if (!observed.image_ports.contains(service.name))
                if (const auto image = engine_.inspect_image(project_.image_of(service)))
                    observed.image_ports[service.name] = image->exposed;
        result.nodes = look_at_nodes(arrangement, carried_out(arrangement, observed, result));
        return result;
    }

    /// What there is of plain containers, and the images that they are made from.
    std::map<std::string, compose::Observed>
    look_at_nodes(const Arrangement& arrangement, const Project& project) {
        std::map<std::string, compose::Observed> nodes;
        for (const auto& [name, node] : arrangement.containers) {
            if (!arrangement.selected.contains(name) || nodes.contains(node))
                continue;
            auto here = project;
            std::erase_if(here.services, [&, &wanted = node](const Service& service) {
                const auto at = arrangement.containers.find(service.name);
                return at == arrangement.containers.end() || at->second != wanted;
            });
            auto& there = nodes[node];
            there = compose::observe(options_.node_engine(node), here, job_.stop);
            if (options_.common.dry_run) // they would be brought there
                for (const auto& service : here.services)
                    if (!there.images.contains(service.image))
                        if (auto image = engine_.inspect_image(service.image))
                            there.images.emplace(service.image, std::move(*image));
        }
        return nodes;
    }

    /// What the nodes know the images by.
    std::map<std::string, std::string> images_of(const Arrangement& arrangement) {
        if (!options_.common.dry_run)
            return provide_images(
                arrangement.project,
                arrangement.places,
                engine_,
                options_.node_engine,
                {.auth = options_.common.how.auth},
                job_
            );
        std::map<std::string, std::string> images;
        for (const auto& service : arrangement.project.services) {
            const auto reference = project_.image_of(service);
            const auto image = engine_.inspect_image(reference);
            if (!image)
                continue;
            const auto name = service.build ? std::string() : registry_name(*image, reference);
            images[service.name] = name.empty() ? image->id : name;
        }
        return images;
    }

    /// Now that tasks run it is known which nodes have the volumes.
    void stay_with_volumes(const Arrangement& before, ReconcileOptions what) {
        auto observed = look();
        const auto arrangement = arrange_on(observed);
        if (arrangement.volume_nodes == before.volume_nodes)
            return;
        what.nodes = look_at_nodes(arrangement, carried_out(arrangement, observed, what));
        what.recreate = Recreate::changed;
        what.ignore_orphans = true;
        auto plan = reconcile(arrangement, observed, what);
        plan.unchanged.clear(); // told already
        plan.warnings.clear();
        go_through(plan, carried_out(arrangement, observed, what));
    }

    const Project& project_;
    engine::Engine& engine_;
    const UpOptions& options_;
    Job& job_;
    UpResult result_;
};

} // namespace

UpResult up(const Project& project, engine::Engine& engine, const UpOptions& options, Job& job) {
    return Up(project, engine, options, job).run();
}

} // namespace orch::compose::swarm
