#include "compose/swarm/arrange.hpp"

#include "compose/placement/hints.hpp"
#include "compose/swarm/capacity.hpp"
#include "compose/swarm/folders.hpp"
#include "compose/swarm/labels.hpp"
#include "compose/swarm/names.hpp"
#include "compose/swarm/plain.hpp"
#include "compose/swarm/service_spec.hpp"
#include "compose/swarm/support.hpp"
#include "lib/base/error.hpp"
#include "lib/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace orch::compose::swarm {

namespace {

bool on_own_network(const Service& service) {
    return service.network.kind == NetworkMode::Kind::mode && service.network.name != "bridge" &&
           service.network.name != "host" && service.network.name != "none" &&
           service.network.name != "default";
}

bool on_host_network(const Service& service) {
    return service.network.kind == NetworkMode::Kind::mode && service.network.name == "host";
}

/// One whose data are in a volume of the node that it runs on.
bool is_stateful(const Project& project, const Service& service, std::set<std::string>& seen) {
    if (!seen.insert(service.name).second)
        return false;
    const bool own = service.volume_driver.empty() || service.volume_driver == "local";
    if (own &&
        std::any_of(service.volumes.begin(), service.volumes.end(), [](const Volume& volume) {
            return !volume.bind();
        }))
        return true;
    return std::any_of(
        service.volumes_from.begin(),
        service.volumes_from.end(),
        [&](const VolumesFrom& from) {
            const auto* source = from.is_service ? project.find(from.source) : nullptr;
            return source != nullptr && is_stateful(project, *source, seen);
        }
    );
}

bool is_stateful(const Project& project, const Service& service) {
    std::set<std::string> seen;
    return is_stateful(project, service, seen);
}

/// Of the host, "8080/tcp"; ranges leave the choice to the engine.
std::set<std::string> fixed_ports(const Service& service) {
    std::set<std::string> ports;
    if (!on_host_network(service))
        for (const auto& port : service.ports)
            if (!port.host_port.empty() && port.host_port.find('-') == std::string::npos)
                ports.insert(port.host_port + "/" + port.protocol);
    return ports;
}

/// What keeps a node from taking tasks.
std::string why_not(const engine::Node& node) {
    return node.ready() ? "takes no new tasks (" + node.availability + ")" : "is " + node.state;
}

class Arranger {
  public:
    Arranger(const Project& project, const Observed& observed, const ArrangeOptions& options)
        : observed_(observed), options_(options), result_{.project = project} {
        for (const auto* service : project.select(options.services, !options.no_deps))
            result_.selected.insert(service->name);
        result_.plain = plain_services(project, observed, options.mixed);
    }

    Arrangement run() {
        check_scale();
        check_support();
        for (auto& service : result_.project.services)
            hints_[service.name] = placement::take_hints(service);
        for (const auto& service : result_.project.services)
            if (result_.selected.contains(service.name) || is_there(service.name))
                wish(service);
        auto placement = place();
        if (stay_with_volumes(placement))
            placement = place();
        result_.places = std::move(placement.places);
        result_.labels = std::move(placement.labels);
        settle_containers();
        for (auto& warning : placement.warnings)
            result_.warnings.push_back(std::move(warning));
        check_capacity(result_.project, result_.places, result_.replicas, observed_);
        settle_folders(result_, observed_, options_.warn_only);
        return std::move(result_);
    }

  private:
    /// Where it fails, nodes that could not be chosen are named as well.
    [[nodiscard]] placement::Placement place() const {
        try {
            return placement::place(result_.project.name, wishes_, observed_.cluster);
        } catch (Error& error) {
            for (const auto& node : observed_.nodes)
                if (!takes_tasks(node.id))
                    error.detail(fmt::format("{}: {}", node.hostname, why_not(node)));
            throw;
        }
    }

    [[nodiscard]] bool takes_tasks(const std::string& id) const {
        return std::any_of(
            observed_.cluster.begin(),
            observed_.cluster.end(),
            [&](const placement::Node& node) { return node.id == id; }
        );
    }

    void check_scale() {
        for (const auto& [name, count] : options_.scale)
            static_cast<void>(result_.project.select({name}, false)); // throws if there is none
    }

    void check_support() {
        std::vector<std::string> lines;
        for (const auto& service : result_.project.services) {
            if (!result_.selected.contains(service.name) || result_.plain.contains(service.name))
                continue;
            check_name(service);
            for (const auto& lack : shortcomings(service, observed_.api)) {
                auto line = fmt::format("{}: {}: {}", service.name, lack.key, lack.reason);
                if (lack.fatal && !options_.warn_only)
                    lines.push_back(std::move(line));
                else
                    result_.warnings.push_back(line + "; " + lack.instead);
            }
        }
        if (lines.empty())
            return;
        Error error(orch::Kind::unsupported, "a swarm cannot run this project as services");
        for (auto& line : lines)
            error.detail(std::move(line));
        throw std::move(error.hint("--mixed (or ORCH_COMPOSE_MIXED=1) runs such a service as a "
                                   "plain container on one node; --compatibility=warn leaves the "
                                   "keys out"));
    }

    void check_name(const Service& service) const {
        const auto name = service_name(result_.project, service);
        const bool taken = std::any_of(
            observed_.others.begin(),
            observed_.others.end(),
            [&](const engine::Service& other) { return other.name == name; }
        );
        if (taken)
            throw Error(orch::Kind::conflict, "a service {} exists that orch has not made", name)
                .hint("remove it (docker service rm {}), or take another name with -p", name);
    }

    [[nodiscard]] bool is_there(const std::string& service) const {
        return observed_.find(service) != nullptr || !observed_.containers_of(service).empty();
    }

    /// What plain containers are on one node for.
    void wish_for_containers(const Service& service, placement::Wish& wish) {
        wish.one_node = true;
        wish.one_per_node = false;
        wish.at = node_with(service);
        if (!wish.at.empty() && !wish.hints.reschedule_on_node_failure &&
            is_stateful(result_.project, service)) // its data are there
            wish.hints.constraints.push_back(placement::parse_expression("node==" + wish.at));
        for (const auto& other : service.dependencies())
            if (result_.plain.contains(other) && shares_namespace(service, other))
                wish.with.push_back(other);
    }

    static bool shares_namespace(const Service& service, const std::string& other) {
        const auto space = "service:" + other;
        return service.ipc == space || service.pid == space ||
               (service.network.kind == NetworkMode::Kind::service && service.network.name == other
               );
    }

    /// The node that has its containers or, if none can be seen, is marked to have them.
    [[nodiscard]] std::string node_with(const Service& service) const {
        std::string id;
        for (const auto* container : observed_.containers_of(service.name))
            if (id.empty() || takes_tasks(container->node))
                id = container->node;
        if (id.empty())
            for (const auto& node : observed_.nodes)
                if (node.labels.contains(mark_of(result_.project.name, service.name)) &&
                    (id.empty() || takes_tasks(node.id)))
                    id = node.id;
        const auto* node = observed_.node(id);
        if (node == nullptr || takes_tasks(id) ||
            hints_.at(service.name).reschedule_on_node_failure)
            return id;
        if (!node->ready() || is_stateful(result_.project, service))
            throw left_behind(service, id, node->ready() ? "its volumes are" : "its container is");
        return {};
    }

    /// Says on which nodes the plain containers are to be, and marks these.
    void settle_containers() {
        for (const auto& place : result_.places) {
            if (!result_.plain.contains(place.service))
                continue;
            const auto node = std::find_if(
                observed_.cluster.begin(),
                observed_.cluster.end(),
                [&](const placement::Node& candidate) {
                    return candidate.name == place.nodes.front();
                }
            );
            result_.containers[place.service] = node->id;
            result_.labels.push_back({node->id, mark_of(result_.project.name, place.service)});
        }
    }

    void wish(const Service& service) {
        const auto* there = observed_.find(service.name);
        const auto replicas = wanted(service, there);
        result_.replicas[service.name] = replicas;
        result_.networks[service.name] = network_of(service);
        placement::Wish wish{
            .service = service.name,
            .hints = hints_[service.name],
            .labels = service.labels,
            .replicas = std::max(replicas, 1),
            .one_per_node = !fixed_ports(service).empty() && replicas > 1};
        wish.labels[compose::labels::project] = result_.project.name;
        wish.labels[compose::labels::service] = service.name;
        for (const auto& from : service.volumes_from)
            if (from.is_service)
                wish.with.push_back(from.source);
        wish.ports = fixed_ports(service);
        if (result_.plain.contains(service.name))
            wish_for_containers(service, wish);
        wishes_.push_back(std::move(wish));
    }

    [[nodiscard]] int wanted(const Service& service, const engine::Service* there) const {
        const auto given = options_.scale.find(service.name);
        if (given != options_.scale.end())
            return given->second;
        if (there != nullptr)
            return replicas_of(*there);
        return std::max(static_cast<int>(observed_.containers_of(service.name).size()), 1);
    }

    [[nodiscard]] std::string network_of(const Service& service) const {
        if (!on_own_network(service))
            return network_name(result_.project);
        const auto& name = service.network.name;
        const auto found = std::find_if(
            observed_.networks.begin(),
            observed_.networks.end(),
            [&](const engine::Network& network) {
                return network.name == name || network.id == name;
            }
        );
        if (found == observed_.networks.end())
            throw Error(
                orch::Kind::not_found, "network {} of service {} does not exist", name, service.name
            )
                .hint("docker network create -d overlay --attachable {}", name);
        if (found->scope != "swarm")
            throw Error(
                orch::Kind::unsupported,
                "network {} of service {} is on one node only (driver {})",
                name,
                service.name,
                found->driver
            )
                .hint("docker network create -d overlay --attachable makes one for all nodes");
        return found->name;
    }

    /// Services with a choice of nodes and data on one of them choose that one from now on.
    bool stay_with_volumes(const placement::Placement& placement) {
        bool any = false;
        for (std::size_t i = 0; i < wishes_.size(); ++i) {
            const auto& service = *result_.project.find(wishes_[i].service);
            const auto& place = placement.places[i];
            if (!has_data_on_a_node(service))
                continue;
            const auto node = volume_node(service);
            if (node.empty() || !must_say(service, node, place)) {
                if (place.nodes.size() == 1) // remembered, for when that node is down
                    result_.volume_nodes[service.name] = id_of(place.nodes.front());
                continue;
            }
            check_volume_node(service, node);
            result_.volume_nodes[service.name] = node;
            wishes_[i].hints.constraints.push_back(placement::parse_expression("node==" + node));
            any = true;
        }
        return any;
    }

    /// With one node left there is nothing to choose, unless the data are on one that is not there.
    /// What was said once stays said.
    [[nodiscard]] bool
    must_say(const Service& service, const std::string& id, const placement::Place& place) const {
        if (place.nodes.size() > 1 || !takes_tasks(id))
            return true;
        const auto& said = observed_.find(service.name)->constraints;
        return id_of(place.nodes.front()) == id &&
               std::find(said.begin(), said.end(), "node.id==" + id) != said.end();
    }

    [[nodiscard]] std::string id_of(const std::string& hostname) const {
        const auto found = std::find_if(
            observed_.cluster.begin(),
            observed_.cluster.end(),
            [&](const placement::Node& node) { return node.name == hostname; }
        );
        return found == observed_.cluster.end() ? std::string() : found->id;
    }

    [[nodiscard]] bool has_data_on_a_node(const Service& service) const {
        return !hints_.at(service.name).reschedule_on_node_failure &&
               result_.replicas.at(service.name) <= 1 && is_stateful(result_.project, service);
    }

    /// A volume is where the first task was: the id of that node, empty where none was yet.
    [[nodiscard]] std::string volume_node(const Service& service) const {
        const auto* there = observed_.find(service.name);
        if (there == nullptr)
            return {};
        auto node = there->label(labels::volume_node);
        if (node.empty())
            for (const auto* task : observed_.alive(there->id))
                if (task->state == "running")
                    node = task->node;
        return node;
    }

    void check_volume_node(const Service& service, const std::string& id) const {
        if (!takes_tasks(id))
            throw left_behind(service, id, "its volumes are");
    }

    [[nodiscard]] Error
    left_behind(const Service& service, const std::string& id, const char* what) const {
        const auto* node = observed_.node(id);
        return std::move(
            Error(
                orch::Kind::invalid,
                "Service \"{}\": {} on node {}, which {}",
                service.name,
                what,
                node == nullptr ? id : node->hostname,
                node == nullptr ? "has left the swarm" : why_not(*node)
            )
                .hint("bring the node back, or let the service begin elsewhere with empty volumes: "
                      "the hint reschedule:on-node-failure")
        );
    }

    const Observed& observed_;
    const ArrangeOptions& options_;
    Arrangement result_;
    std::map<std::string, placement::Hints> hints_;
    std::vector<placement::Wish> wishes_;
};

std::string ruled_out(const placement::Place& place) {
    std::vector<std::string> parts;
    for (const auto& ruling : place.rulings)
        if (ruling.dropped)
            parts.push_back(ruling.expression + " (left out: no node meets it)");
        else if (!ruling.out.empty())
            parts.push_back(ruling.expression + ": " + text::join(ruling.out, ", "));
    return text::join(parts, "; ");
}

} // namespace

const placement::Place* Arrangement::place(const std::string& service) const {
    const auto found =
        std::find_if(places.begin(), places.end(), [&](const placement::Place& place) {
            return place.service == service;
        });
    return found == places.end() ? nullptr : &*found;
}

Arrangement
arrange(const Project& project, const Observed& observed, const ArrangeOptions& options) {
    return Arranger(project, observed, options).run();
}

std::string explanation(const Arrangement& arrangement) {
    struct Row {
        std::string service, tasks, nodes, out;
    };

    std::vector<Row> rows{{"SERVICE", "TASKS", "NODES", "RULED OUT"}};
    for (const auto& place : arrangement.places)
        rows.push_back(
            {place.service,
             std::to_string(arrangement.replicas.at(place.service)) +
                 (arrangement.plain.contains(place.service) ? " (plain)" : ""),
             text::join(place.nodes, ", "),
             ruled_out(place)}
        );
    std::size_t widths[3] = {0, 0, 0};
    for (const auto& row : rows) {
        widths[0] = std::max(widths[0], row.service.size());
        widths[1] = std::max(widths[1], row.tasks.size());
        widths[2] = std::max(widths[2], row.nodes.size());
    }
    std::string text;
    for (const auto& row : rows) {
        auto line = fmt::format(
            "{:<{}}   {:<{}}   {:<{}}   {}",
            row.service,
            widths[0],
            row.tasks,
            widths[1],
            row.nodes,
            widths[2],
            row.out
        );
        line.erase(line.find_last_not_of(' ') + 1);
        text += line + '\n';
    }
    return text;
}

} // namespace orch::compose::swarm
