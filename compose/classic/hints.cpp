#include "compose/classic/hints.hpp"

#include "compose/placement/expression.hpp"
#include "lib/base/error.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <string_view>
#include <utility>

namespace orch::compose::classic {

namespace {

/// What they begin with in the environment, and the label that has a list of them.
constexpr std::pair<std::string_view, const char*> families[] = {
    {"constraint:", "com.docker.swarm.constraints"},
    {"affinity:", "com.docker.swarm.affinities"},
    {"reschedule:", "com.docker.swarm.reschedule-policies"},
    {"whitelist:", "com.docker.swarm.whitelists"},
};

constexpr std::string_view affinity = families[1].first;
constexpr std::string_view reschedule = families[2].first;

void add_of_label(
    const Service& service,
    std::string_view prefix,
    const char* label,
    std::vector<std::string>& hints
) {
    const auto found = service.labels.find(label);
    if (found == service.labels.end())
        return;
    const auto list = nlohmann::json::parse(found->second, nullptr, false);
    if (list.is_array())
        for (const auto& item : list)
            if (item.is_string())
                hints.push_back(std::string(prefix) + item.get<std::string>());
}

/// Whether one of the containers would fulfil the affinity. What cannot be read is the manager's to
/// refuse, where it stands.
bool is_about(const std::string& text, const std::set<std::string>& members) {
    try {
        const auto wish = placement::parse_expression(text.substr(affinity.size()));
        const bool by_label = wish.key != "container" && wish.key != "image";
        return by_label || (wish.key == "container" && !wish.negated &&
                            wish.found_in({members.begin(), members.end()}));
    } catch (const Error&) {
        return true;
    }
}

} // namespace

std::vector<std::string> hints_of(const Service& service) {
    std::vector<std::string> hints;
    for (const auto& [prefix, label] : families) {
        add_of_label(service, prefix, label, hints);
        for (const auto& [name, value] : service.environment)
            if (name.starts_with(prefix))
                hints.push_back(value ? name + "=" + *value : name);
    }
    return hints;
}

std::vector<std::string>
hints_for_neighbours(const Service& service, const std::set<std::string>& members) {
    auto hints = hints_of(service);
    std::erase_if(hints, [&](const std::string& hint) {
        return hint.starts_with(reschedule) ||
               (hint.starts_with(affinity) && is_about(hint, members));
    });
    return hints;
}

std::string on_node(const std::string& node, bool soft) {
    return (soft ? "constraint:node==~" : "constraint:node==") + node;
}

bool is_rescheduled(const Service& service) {
    const auto hints = hints_of(service);
    return std::find(hints.begin(), hints.end(), "reschedule:on-node-failure") != hints.end();
}

bool is_in_its_own_way(const Service& service) {
    const auto hints = hints_of(service);
    return !service.ports.empty() || service.mem_limit || service.cpu_shares ||
           (service.network.kind == NetworkMode::Kind::mode && service.network.name == "host") ||
           std::any_of(hints.begin(), hints.end(), [](const std::string& hint) {
               return hint.starts_with(affinity);
           });
}

} // namespace orch::compose::classic
