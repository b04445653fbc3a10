#include "compose/output/log_source.hpp"

#include "compose/swarm/task_containers.hpp"

#include <algorithm>

namespace orch::compose {

namespace {

LogSource
make_source(const Project& project, std::string name, std::string service, std::string number) {
    const auto* known = project.find(service);
    const bool own_name = known != nullptr && !known->container_name.empty();
    auto display = own_name ? name : service + "_" + number;
    return {std::move(name), std::move(display), std::move(service)};
}

std::string attribute(const engine::Labels& attributes, const char* name) {
    const auto found = attributes.find(name);
    return found == attributes.end() ? std::string() : found->second;
}

} // namespace

LogSource log_source_of(const Project& project, const ObservedContainer& container) {
    return make_source(
        project, container.name, container.service, std::to_string(container.number)
    );
}

std::optional<LogSource> log_source_of(
    const Project& project,
    const engine::Labels& attributes,
    const std::vector<std::string>& services
) {
    const auto service = attribute(attributes, labels::service);
    const bool wanted =
        services.empty() ? project.find(service) != nullptr
                         : std::find(services.begin(), services.end(), service) != services.end();
    if (!wanted || attribute(attributes, labels::oneoff) == "True")
        return std::nullopt;
    if (auto task = swarm::name_of_task(attributes))
        return make_source(project, std::move(task->name), service, std::to_string(task->slot));
    return make_source(
        project, attribute(attributes, "name"), service, attribute(attributes, labels::number)
    );
}

} // namespace orch::compose
