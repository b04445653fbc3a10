#include "compose/swarm/leftovers.hpp"

#include "compose/swarm/plain.hpp"

#include <algorithm>
#include <utility>

namespace orch::compose::swarm {

namespace {

constexpr std::string_view constraint_begin = "node.labels.";

/// Those of matched sets have the project in their digest, those of groups and marks in their name.
bool is_ours(const std::string& key, const std::string& project) {
    return key.starts_with("orch.m.") || key.starts_with("orch.g." + project + ".") ||
           marked_service(key, project).has_value();
}

} // namespace

std::vector<std::string> label_keys(const std::vector<std::string>& constraints) {
    std::vector<std::string> keys;
    for (const auto& constraint : constraints) {
        if (!constraint.starts_with(constraint_begin))
            continue;
        const auto end = constraint.find_first_of("=!");
        keys.push_back(constraint.substr(constraint_begin.size(), end - constraint_begin.size()));
    }
    return keys;
}

void drop_labels(
    const Observed& observed,
    const std::string& project,
    const std::set<std::string>& used,
    const std::vector<placement::NodeLabel>& wanted,
    const std::vector<std::size_t>& after,
    Plan& plan
) {
    for (const auto& node : observed.nodes) {
        auto before = after; // one change of a node at a time
        bool begun = false;
        for (const auto& [key, value] : node.labels) {
            const bool stays =
                std::find(wanted.begin(), wanted.end(), placement::NodeLabel{node.id, key}) !=
                    wanted.end() ||
                (used.contains(key) &&
                 std::none_of(wanted.begin(), wanted.end(), [&key = key](const auto& label) {
                     return label.key == key;
                 }));
            // What a node that does not answer has left is found by its mark when it is back.
            const auto marked = marked_service(key, project);
            if (marked && !stays && !node.ready())
                plan.warnings.push_back(
                    "node " + node.hostname + " does not answer: what it has of " + *marked +
                    " stays there; run this again when it is back"
                );
            if (!is_ours(key, project) || stays || (marked && !node.ready()))
                continue;
            if (!std::exchange(begun, true))
                plan.begin_task("Removing label from node", node.hostname);
            before = {plan.add(
                {.act = {LabelNode{node.id, key, true}, node.hostname},
                 .after = before,
                 .cause = "no service asks for it"}
            )};
        }
    }
}

} // namespace orch::compose::swarm
