#include "compose/swarm/capacity.hpp"

#include "compose/swarm/convergence.hpp"
#include "lib/base/error.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace orch::compose::swarm {

namespace {

struct Room {
    std::string name;
    std::int64_t memory = 0; // bytes
    std::int64_t free = 0;
};

std::string bytes_text(std::int64_t bytes) {
    constexpr double kilo = 1024;
    constexpr const char* units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
    auto value = static_cast<double>(bytes);
    std::size_t unit = 0;
    for (; value >= kilo && unit + 1 < std::size(units); ++unit)
        value /= kilo;
    return fmt::format("{:.4g} {}", value, units[unit]);
}

bool concerns(const engine::Task& task, const std::vector<std::string>& services) {
    return std::find(services.begin(), services.end(), task.service) != services.end();
}

/// What is left on each node when the services with these ids make room for their new tasks.
std::vector<Room>
rooms_without(const std::vector<std::string>& services, const Observed& observed) {
    std::vector<Room> rooms;
    for (const auto& place : observed.cluster) {
        const auto* node = observed.node(place.id);
        Room room{place.name, node->memory, node->memory};
        for (const auto& task : observed.tasks)
            if (task.node == place.id && !has_ended(task) && !concerns(task, services))
                room.free -= task.reserved_memory;
        rooms.push_back(std::move(room));
    }
    return rooms;
}

/// As many tasks as fit, on the emptiest nodes first; takes their room.
int take_room(std::vector<Room*>& candidates, std::int64_t needed, int wanted, bool one_each) {
    int placed = 0;
    while (placed < wanted && !candidates.empty()) {
        const auto best = std::max_element(
            candidates.begin(),
            candidates.end(),
            [](const Room* a, const Room* b) { return a->free < b->free; }
        );
        if ((*best)->free < needed)
            break;
        (*best)->free -= needed;
        ++placed;
        if (one_each)
            candidates.erase(best);
    }
    return placed;
}

} // namespace

void check_capacity(
    const Project& project,
    const std::vector<placement::Place>& places,
    const std::map<std::string, int>& replicas,
    const Observed& observed
) {
    std::vector<std::string> ours;
    for (const auto& place : places)
        if (const auto* there = observed.find(place.service))
            ours.push_back(there->id);
    auto rooms = rooms_without(ours, observed);
    for (const auto& place : places) {
        const auto* service = project.find(place.service);
        if (service == nullptr || !service->mem_limit)
            continue;
        std::vector<Room*> candidates;
        for (auto& room : rooms)
            if (std::find(place.nodes.begin(), place.nodes.end(), room.name) != place.nodes.end())
                candidates.push_back(&room);
        const auto eligible = candidates;
        const auto free_before = [&] {
            std::vector<std::string> lines;
            for (const auto* room : eligible)
                lines.push_back(fmt::format(
                    "{}: {} of {} are free",
                    room->name,
                    bytes_text(room->free),
                    bytes_text(room->memory)
                ));
            return lines;
        }();
        const auto wanted = replicas.at(place.service);
        const auto placed =
            take_room(candidates, *service->mem_limit, wanted, place.max_replicas == 1);
        if (placed >= wanted)
            continue;
        Error error(
            orch::Kind::invalid,
            "Service \"{}\": no resources available to schedule container: {} of {} tasks with "
            "{} each fit",
            place.service,
            placed,
            wanted,
            bytes_text(*service->mem_limit)
        );
        for (const auto& line : free_before)
            error.detail(line);
        throw std::move(error.hint("mem_limit is what a task reserves on its node"));
    }
}

} // namespace orch::compose::swarm
