#include "compose/observe.hpp"

#include "compose/swarm/task_containers.hpp"
#include "lib/base/text.hpp"
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

/// Containers that a service shares something with. External links are left to the engine, which
/// refuses them with a clear text of its own.
std::set<std::string> outsider_names(const Project& project) {
    std::set<std::string> names;
    for (const auto& service : project.services) {
        for (const auto& from : service.volumes_from)
            if (!from.is_service)
                names.insert(from.source);
        if (service.network.kind == NetworkMode::Kind::container)
            names.insert(service.network.name);
    }
    return names;
}

/// Fills an Observed from several threads.
class Observer {
  public:
    Observer(engine::Engine& engine, const std::stop_token& stop)
        : engine_(engine), group_(parallel_calls, stop) {}

    Observed run(const Project& project) {
        group_.spawn([&](const std::stop_token& stop) { containers(project.name, stop); });
        for (const auto& reference : image_references(project))
            group_.spawn([this, reference](const std::stop_token& stop) { image(reference, stop); }
            );
        for (const auto& name : outsider_names(project))
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
        auto found = engine_.with(stop).inspect_image(reference);
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
        observed_.outsiders[name] = {.id = found->id, .running = found->running()};
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
    tasks::Group group_;
};

} // namespace

ObservedContainer observed_from(engine::ContainerSummary& summary) {
    const auto image_id = label(summary.labels, labels::image_id);
    return {
        .id = summary.id,
        .name = summary.name(),
        .service = label(summary.labels, labels::service),
        .number = number_of(summary.labels),
        .oneoff = label(summary.labels, labels::oneoff) == "True",
        .state = summary.state,
        .created = summary.created,
        .config_hash = label(summary.labels, labels::config_hash),
        .image_id = image_id.empty() ? summary.image_id : image_id,
        .depends_on = list_label(summary.labels, labels::depends_on),
        .carried_volumes = list_label(summary.labels, labels::carried_volumes),
        .mounts = std::move(summary.mounts),
        .address = summary.addresses["bridge"],
        .link_addresses = pairs_label(summary.labels, labels::link_addresses)};
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
