#include "compose/placement/judge.hpp"

#include "lib/base/text.hpp"
#include "lib/tls/digest.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace orch::compose::placement {

namespace {

constexpr std::size_t digest_size = 8;

template <class Predicate>
NodeSet nodes_where(const Cluster& cluster, Predicate predicate) {
    NodeSet set;
    for (const auto& node : cluster)
        set.push_back(predicate(node));
    return set;
}

/// The engine compares whole texts without regard to case.
bool native_match(const std::vector<std::string>& values, const Expression& expression) {
    const auto wanted = text::lower(expression.value);
    const bool found = std::any_of(values.begin(), values.end(), [&](const std::string& value) {
        return text::lower(value) == wanted;
    });
    return found != expression.negated;
}

std::string native_text(const std::string& key, const Expression& expression) {
    return key + (expression.negated ? "!=" : "==") + expression.value;
}

/// What an affinity is compared with on one node.
std::vector<std::string> neighbours(const Node& node, const std::string& key) {
    if (key == "image")
        return node.images;
    std::vector<std::string> values;
    for (const auto& container : node.containers) {
        if (key == "container") {
            values.push_back(container.id);
            values.push_back(container.name);
        } else {
            const auto label = container.labels.find(key);
            values.push_back(label == container.labels.end() ? std::string() : label->second);
        }
    }
    return values;
}

} // namespace

std::size_t count(const NodeSet& set) {
    return static_cast<std::size_t>(std::count(set.begin(), set.end(), true));
}

NodeSet both(const NodeSet& a, const NodeSet& b) {
    NodeSet result(a.size());
    for (std::size_t i = 0; i < a.size(); ++i)
        result[i] = a[i] && b[i];
    return result;
}

Judgement Judge::constraint(const Expression& expression) const {
    const auto source = source_of(cluster_, expression.key);
    Judgement judgement{
        .text = "constraint:" + expression.text,
        .nodes = nodes_where(
            cluster_,
            [&](const Node& node) {
                return expression.holds_for(values_of(node, source, expression.key));
            }
        ),
        .soft = expression.soft};
    if (source == Source::nowhere)
        judgement.warning =
            fmt::format("{}: no node has a label {}", judgement.text, expression.key);
    if (has_native_form(expression, source, judgement.nodes))
        judgement.constraints = {native_text(native_key(source, expression.key), expression)};
    else
        say_by_nodes(expression.text, expression.negated, judgement);
    return judgement;
}

/// Whether the engine, which knows neither patterns nor case, would choose the same nodes.
bool Judge::has_native_form(const Expression& expression, Source source, const NodeSet& nodes)
    const {
    const auto key = native_key(source, expression.key);
    if (key.empty() || !expression.literal())
        return false;
    return nodes == nodes_where(cluster_, [&](const Node& node) {
               auto values = values_of(node, source, expression.key);
               if (source == Source::node)
                   values = {node.name};
               return native_match(values, expression);
           });
}

Judgement Judge::affinity(const Expression& expression) const {
    Judgement judgement{
        .text = "affinity:" + expression.text,
        .nodes = nodes_where(
            cluster_,
            [&](const Node& node) { return expression.holds_for(neighbours(node, expression.key)); }
        ),
        .soft = expression.soft};
    say_by_nodes(expression.text, expression.negated, judgement);
    return judgement;
}

Judgement Judge::whitelist(const std::vector<std::string>& names) const {
    const auto text = "whitelist:node==" + text::join(names, "|");
    Judgement judgement{.text = text, .nodes = nodes_where(cluster_, [&](const Node& node) {
                                          return std::find(names.begin(), names.end(), node.name) !=
                                                 names.end();
                                      })};
    say_by_nodes(text, false, judgement);
    return judgement;
}

/// Names the nodes themselves. An open set takes in nodes that join later, a closed one does not.
void Judge::say_by_nodes(const std::string& text, bool open, Judgement& judgement) const {
    const auto matching = count(judgement.nodes);
    if (matching == cluster_.size() || matching == 0)
        return; // nothing to say, or nothing to place
    const auto key = "orch.m." + tls::sha256_hex(project_ + "\n" + text).substr(0, digest_size);
    for (std::size_t i = 0; i < cluster_.size(); ++i) {
        const auto& id = cluster_[i].id;
        if (open && !judgement.nodes[i])
            judgement.constraints.push_back("node.id!=" + id);
        else if (!open && judgement.nodes[i] && matching == 1)
            judgement.constraints.push_back("node.id==" + id);
        else if (!open && judgement.nodes[i])
            judgement.labels.push_back({id, key});
    }
    if (!judgement.labels.empty())
        judgement.constraints.push_back("node.labels." + key + "==1");
}

} // namespace orch::compose::placement
