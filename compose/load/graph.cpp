#include "compose/load/graph.hpp"

#include "compose/load/values/items.hpp"
#include "lib/base/text.hpp"

#include <algorithm>
#include <optional>
#include <unordered_map>
#include <utility>

namespace orch::compose::load {

namespace {

struct Reference {
    std::string service;
    const yaml::Node* node = nullptr; // where it is written
    std::string_view key;
};

/// "x" of "container:x" if the value begins with `prefix`.
std::optional<std::string> behind(std::string_view prefix, const yaml::Node* value) {
    if (value == nullptr || !value->scalar.starts_with(prefix))
        return std::nullopt;
    return value->scalar.substr(prefix.size());
}

std::vector<Reference> references(const RawService& service) {
    std::vector<Reference> result;
    for (const std::string_view key : {"links", "volumes_from"})
        if (const auto* list = service.options.find(key))
            for (const auto& item : list->items)
                result.push_back({item.scalar.substr(0, item.scalar.find(':')), &item, key});
    for (const std::string_view key : {"net", "ipc", "pid"}) {
        const auto* value = service.options.find(key);
        if (const auto name = behind(key == "net" ? "container:" : "service:", value))
            result.push_back({*name, value, key});
    }
    return result;
}

/// " (did you mean 'db'?)" if a service has nearly that name.
std::string near_service(const RawServices& raw, const std::string& name) {
    constexpr std::size_t many = 1000; // comparing with all of them would take too long
    std::vector<std::string> names;
    for (const auto& service : raw.all())
        if (names.size() < many)
            names.push_back(service.name);
    const auto nearest = text::nearest(name, names);
    return nearest.empty() ? "" : fmt::format(" (did you mean '{}'?)", nearest);
}

/// A reference that must be to a service and is not; volumes_from and net may mean containers.
void report_undefined(
    const RawServices& raw,
    const RawService& service,
    const Reference& reference,
    Findings& findings
) {
    if (reference.key == "links")
        findings.add(
            reference.node->mark,
            "Service '{}' has a link to service '{}' which is undefined.{}",
            service.name,
            reference.node->scalar,
            near_service(raw, reference.service)
        );
    else if (reference.key == "ipc" || reference.key == "pid")
        findings.add(
            reference.node->mark,
            "Service '{}' uses the {} namespace of service '{}' which is undefined.",
            service.name,
            reference.key == "ipc" ? "IPC" : "PID",
            reference.service
        );
}

void report_self(const RawService& service, const Reference& reference, Findings& findings) {
    if (reference.key == "links")
        findings.add(reference.node->mark, "A service can not link to itself: {}", service.name);
    else if (reference.key == "volumes_from")
        findings.add(
            reference.node->mark, "A service can not mount itself as volume: {}", service.name
        );
    else
        findings.add(reference.node->mark, "Circular dependency between {}", service.name);
}

struct Edge {
    std::size_t to = 0;
    yaml::Mark mark;
};

using Edges = std::vector<std::vector<Edge>>;

Edges edges_of(
    const RawServices& raw, const std::set<std::string, std::less<>>& refused, Findings& findings
) {
    std::unordered_map<std::string_view, std::size_t> index;
    for (std::size_t i = 0; i < raw.all().size(); ++i)
        index.emplace(raw.all()[i].name, i);
    Edges edges(raw.all().size());
    for (std::size_t i = 0; i < raw.all().size(); ++i) {
        const auto& service = raw.all()[i];
        for (const auto& reference : references(service)) {
            const auto target = index.find(reference.service);
            if (target != index.end() && target->second == i)
                report_self(service, reference, findings);
            else if (target != index.end())
                edges[i].push_back({target->second, reference.node->mark});
            else if (!refused.contains(reference.service))
                report_undefined(raw, service, reference, findings);
        }
        std::stable_sort(edges[i].begin(), edges[i].end(), [](const Edge& a, const Edge& b) {
            return a.to < b.to;
        });
    }
    return edges;
}

/// Depth first without recursion: chains may be thousands of services long.
class Sorter {
  public:
    Sorter(const Edges& edges, const RawServices& raw, Findings& findings)
        : edges_(edges), raw_(raw), findings_(findings), state_(edges.size(), State::unseen),
          in_circle_(edges.size(), false) {}

    std::vector<std::size_t> run() {
        for (std::size_t root = 0; root < edges_.size(); ++root)
            visit(root);
        return std::move(order_);
    }

  private:
    enum class State { unseen, open, done };

    struct Step {
        std::size_t service = 0;
        std::size_t next = 0; // index of the edge to follow next
    };

    void visit(std::size_t root) {
        if (state_[root] == State::unseen)
            enter(root);
        while (!path_.empty()) {
            auto& step = path_.back();
            if (step.next == edges_[step.service].size()) {
                state_[step.service] = State::done;
                order_.push_back(step.service);
                path_.pop_back();
                continue;
            }
            const auto& edge = edges_[step.service][step.next++];
            if (state_[edge.to] == State::unseen)
                enter(edge.to);
            else if (state_[edge.to] == State::open)
                report_circle(edge);
        }
    }

    void enter(std::size_t service) {
        state_[service] = State::open;
        path_.push_back({service, 0});
    }

    /// The path from `edge.to` to its end is a circle. Reported unless all of it has been in one.
    void report_circle(const Edge& edge) {
        const auto start = std::find_if(path_.begin(), path_.end(), [&edge](const Step& step) {
            return step.service == edge.to;
        });
        std::vector<std::string> names;
        bool fresh = false;
        for (auto step = start; step != path_.end(); ++step) {
            names.push_back(raw_.all()[step->service].name);
            fresh = fresh || !in_circle_[step->service];
            in_circle_[step->service] = true;
        }
        if (!fresh)
            return;
        std::sort(names.begin(), names.end());
        findings_.add(edge.mark, "Circular dependency between {}", text::join(names, " and "));
    }

    const Edges& edges_;
    const RawServices& raw_;
    Findings& findings_;
    std::vector<State> state_;
    std::vector<bool> in_circle_;
    std::vector<Step> path_;
    std::vector<std::size_t> order_;
};

} // namespace

void put_in_order(
    std::vector<Service>& services,
    const RawServices& raw,
    const std::set<std::string, std::less<>>& refused,
    Findings& findings
) {
    const auto edges = edges_of(raw, refused, findings);
    std::vector<Service> ordered;
    ordered.reserve(services.size());
    for (const auto position : Sorter(edges, raw, findings).run())
        ordered.push_back(std::move(services[position]));
    services = std::move(ordered);
}

} // namespace orch::compose::load
