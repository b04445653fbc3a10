#include "compose/observe.hpp"

#include "compose/swarm/task_containers.hpp"
#include "lib/base/text.hpp"
#include "lib/engine/standalone.hpp"
#include "lib/tasks/group.hpp"

#include <algorithm>
#include <charconv>
#include <mutex>
#include <set>
#include <tuple>

namespace orch::compose {

namespace {

constexpr std::size_t parallel_calls = 8;

std::string label(const engine::Labels& labels, const char* name) {
    const auto found = labels.find(name);
    return found == labels.end() ? std::string() : found->second;
}

std::vector<std::string> list_label(const engine::Labels& labels, const char* name) {
    const auto value = label(labels, name);
    return value.empty() ? std::vector<std::string>() : text::split(value, ',');
}

/// "a=1,b=2"
std::map<std::string, std::string> pairs_label(const engine::Labels& labels, const char* name) {
    std::map<std::string, std::string> pairs;
    for (const auto& entry : list_label(labels, name))
        if (const auto equals = entry.find('='); equals != std::string::npos)
            pairs[entry.substr(0, equals)] = entry.substr(equals + 1);
    return pairs;
}

int number_of(const engine::Labels& labels) {
    const auto value = label(labels, labels::number);
    int number = 0;
    std::from_chars(value.data(), value.data() + value.size(), number);
    return number;
}

std::set<std::string> image_references(const Project& project) {
    std::set<std::string> references;
    for (const auto& service : project.services)
        references.insert(project.image_of(service));
    return references;
}

bool is_built(const Project& project, const std::string& reference) {
    return std::any_of(
        project.services.begin(),
        project.services.end(),
        [&](const Service& service) {
            return service.build && project.image_of(service) == reference;
        }
    );
}

/// "redis" of "redis:latest"
std::string short_name(const std::string& tag) {
    constexpr std::string_view latest = ":latest";
    return tag.ends_with(latest) ? tag.substr(0, tag.size() - latest.size()) : tag;
}

/// Containers that a service shares something with. External links are left to the engine, which
/// refuses them with a clear text of its own; on a swarm they tell a node.
std::set<std::string> outsider_names(const Project& project, bool with_links) {
    std::set<std::string> names;
    for (const auto& service : project.services) {
        for (const auto& from : service.volumes_from)
            if (!from.is_service)
                names.insert(from.source);
        if (service.network.kind == NetworkMode::Kind::container)
            names.insert(service.network.name);
        if (with_links)
            for (const auto& link : service.external_links)
                names.insert(link.service);
    }
    return names;
}

/// Fills an Observed from several threads.
class Observer {
  public:
    Observer(engine::Engine& engine, const std::stop_token& stop)
        : engine_(engine), group_(parallel_calls, stop) {}

    Observed run(const Project& project) {
        const auto references = image_references(project);
        if (engine::Standalone(engine_).there())
            look_at_nodes(project, references);
        group_.spawn([&](const std::stop_token& stop) { containers(project.name, stop); });
        for (const auto& reference : references)
            group_.spawn([this, reference](const std::stop_token& stop) { image(reference, stop); }
            );
        for (const auto& name : outsider_names(project, observed_.standalone.has_value()))
            group_.spawn([this, name](const std::stop_token& stop) { outsider(name, stop); });
        group_.wait();
        older_images();
        return std::move(observed_);
    }

  private:
    void containers(const std::string& project, const std::stop_token& stop) {
        auto engine = engine_.with(stop);
        auto found = observe_containers(engine, project);
        const std::lock_guard lock(mutex_);
        observed_.containers = std::move(found);
    }

    void image(const std::string& reference, const std::stop_token& stop) {
        const auto newest = newest_.find(reference);
        auto found = engine_.with(stop).inspect_image(
            newest == newest_.end() ? reference : newest->second.id
        );
        if (!found)
            return;
        const std::lock_guard lock(mutex_);
        observed_.images[reference] = std::move(*found);
    }

    void outsider(const std::string& name, const std::stop_token& stop) {
        const auto found = engine_.with(stop).inspect_container(name);
        if (!found)
            return;
        const std::lock_guard lock(mutex_);
        observed_.outsiders[name] = {
            .id = found->id, .running = found->running(), .host = found->node};
    }

    /// What the nodes of a standalone swarm have for the references. The manager itself answers
    /// with any of them, which may be another one each time.
    void look_at_nodes(const Project& project, const std::set<std::string>& references) {
        engine::Standalone manager(engine_);
        observed_.standalone = manager.info();
        for (const auto& node : observed_.standalone->nodes) {
            if (!node.healthy())
                continue;
            for (const auto& image : manager.images(node.name))
                for (const auto& tag : image.tags)
                    for (const auto& reference : {tag, short_name(tag)})
                        if (references.contains(reference))
                            note_image(node.name, reference, image);
        }
        std::erase_if(newest_, [&](const auto& entry) { return !is_built(project, entry.first); });
    }

    void note_image(
        const std::string& node, const std::string& reference, const engine::ImageSummary& image
    ) {
        observed_.node_images[node][reference] = image.id;
        auto& newest = newest_[reference];
        if (newest.id.empty() || newest.created < image.created)
            newest = image;
    }

    /// A container of an image that its name no longer stands for is going to be replaced, and
    /// which of its volumes go along depends on that image.
    void older_images() {
        std::set<std::string> known;
        for (const auto& [reference, image] : observed_.images)
            known.insert(image.id);
        for (const auto& container : observed_.containers)
            if (!container.oneoff && !container.image_id.empty() &&
                known.insert(container.image_id).second)
                group_.spawn([this, id = container.image_id](const std::stop_token& stop) {
                    image(id, stop);
                });
        group_.wait();
    }

    engine::Engine& engine_;
    std::mutex mutex_; // guards observed_ while tasks run
    Observed observed_;
    std::map<std::string, engine::ImageSummary> newest_; // of what is built; before any task runs
    tasks::Group group_;
};

} // namespace

ObservedContainer observed_from(engine::ContainerSummary& summary) {
    const auto image_id = label(summary.labels, labels::image_id);
    const auto node = summary.node(); // of several, that may have given another id to the image
    return {
        .id = summary.id,
        .name = summary.name(),
        .service = label(summary.labels, labels::service),
        .number = number_of(summary.labels),
        .oneoff = label(summary.labels, labels::oneoff) == "True",
        .state = summary.state,
        .created = summary.created,
        .config_hash = label(summary.labels, labels::config_hash),
        .image_id = image_id.empty() || !node.empty() ? summary.image_id : image_id,
        .depends_on = list_label(summary.labels, labels::depends_on),
        .carried_volumes = list_label(summary.labels, labels::carried_volumes),
        .mounts = std::move(summary.mounts),
        .address = summary.addresses["bridge"],
        .link_addresses = pairs_label(summary.labels, labels::link_addresses),
        .host = node};
}

bool in_order(const ObservedContainer& a, const ObservedContainer& b) {
    return std::tie(a.service, a.number, a.created, a.id) <
           std::tie(b.service, b.number, b.created, b.id);
}

std::vector<ObservedContainer>
observe_containers(engine::Engine& engine, const std::string& project) {
    const engine::Filters filters{{"label", {std::string(labels::project) + "=" + project}}};
    std::vector<ObservedContainer> containers;
    for (auto& summary : engine.list_containers(filters, true))
        if (!swarm::name_of_task(summary.labels))
            containers.push_back(observed_from(summary));
    std::sort(containers.begin(), containers.end(), in_order);
    return containers;
}

std::vector<ObservedContainer> observe_containers(const Hosts& hosts, const std::string& project) {
    return hosts.swarm() ? swarm::task_containers(hosts.front(), hosts.nodes(), project)
                         : observe_containers(hosts.front(), project);
}

Observed observe(engine::Engine& engine, const Project& project, const std::stop_token& stop) {
    engine.api_version(); // once, before several threads would ask for it
    return Observer(engine, stop).run(project);
}

} // namespace orch::compose
