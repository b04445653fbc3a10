#include "compose/converge/roster.hpp"

#include "lib/base/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

namespace orch::compose {

namespace {

void tie_to(CreateContainer& call, const Peer& peer) {
    if (std::find(call.depends_on.begin(), call.depends_on.end(), peer) == call.depends_on.end())
        call.depends_on.push_back(peer);
}

} // namespace

Roster::Roster(
    const Project& project, const Observed& observed, const std::vector<Verdict>& verdicts
)
    : project_(project), observed_(observed) {
    for (const auto& service : project.services)
        for (const auto* container : observed.of(service.name))
            members_[service.name].push_back(
                {.peer = {.name = container->name, .id = container->id},
                 .number = container->number,
                 .running = container->running(),
                 .host = container->host}
            );
    for (const auto& verdict : verdicts) {
        auto& members = members_[verdict.service->name];
        members.clear();
        for (const auto& placement : verdict.placements) {
            const bool made = placement.move == Move::create || placement.move == Move::recreate;
            members.push_back(
                {.peer = made ? Peer{project.container_name(*verdict.service, placement.number)}
                              : Peer{placement.current->proper_name(), placement.current->id},
                 .number = placement.number,
                 .running = !verdict.only_exists,
                 .host = made || placement.current == nullptr ? "" : placement.current->host}
            );
        }
    }
}

void Roster::resolve(
    const Service& service, CreateContainer& call, std::vector<std::string>& warnings
) const {
    resolve_links(service, call);
    resolve_volumes(service, call);
    resolve_network(service, call, warnings);
    call.ipc = resolve_space(service.ipc, call);
    call.pid = resolve_space(service.pid, call);
}

void Roster::resolve_links(const Service& service, CreateContainer& call) const {
    for (const auto& link : service.links) {
        const auto target = members_.find(link.service);
        if (target == members_.end())
            continue;
        const bool own_name = !project_.find(link.service)->container_name.empty();
        bool plain = true; // one container can have the plain alias: the lowest number
        for (const auto& member : target->second) {
            const auto& [peer, number, running, host] = member;
            if (!running || !in_reach(service, member))
                continue;
            if (std::exchange(plain, false))
                call.links.push_back({peer.name, link.alias});
            call.links.push_back({peer.name, peer.name});
            if (!own_name)
                call.links.push_back({peer.name, fmt::format("{}_{}", link.service, number)});
            tie_to(call, peer);
        }
    }
    for (const auto& link : service.external_links)
        call.links.push_back(link);
    const auto in_order = [](const Link& a, const Link& b) {
        return std::tie(a.service, a.alias) < std::tie(b.service, b.alias);
    };
    std::sort(call.links.begin(), call.links.end(), in_order);
    call.links.erase(std::unique(call.links.begin(), call.links.end()), call.links.end());
}

bool Roster::in_reach(const Service& service, const Member& member) const {
    const auto node = nodes_.find(service.name);
    return node == nodes_.end() || node->second.empty() || member.host.empty() ||
           member.host == node->second;
}

void Roster::resolve_volumes(const Service& service, CreateContainer& call) const {
    for (const auto& from : service.volumes_from) {
        const Member* member = from.is_service ? first(from.source, false) : nullptr;
        const auto peer = member != nullptr
                              ? member->peer
                              : outsider(
                                    from.source,
                                    fmt::format(
                                        "Service \"{}\" mounts volumes from \"{}\", which is not "
                                        "the name of a service or container",
                                        service.name,
                                        from.source
                                    )
                                );
        call.volumes_from.push_back(peer.name + ":" + from.mode);
        tie_to(call, peer);
    }
}

void Roster::resolve_network(
    const Service& service, CreateContainer& call, std::vector<std::string>& warnings
) const {
    const auto& network = service.network;
    if (network.kind == NetworkMode::Kind::mode) {
        call.network_mode = network.name;
    } else if (network.kind == NetworkMode::Kind::container) {
        const auto peer = outsider(
            network.name,
            fmt::format(
                "Service \"{}\" is trying to use the network of \"{}\", which is not the name of a "
                "service or container",
                service.name,
                network.name
            )
        );
        call.network_mode = "container:" + peer.name;
        tie_to(call, peer);
    } else if (network.kind == NetworkMode::Kind::service) {
        if (const auto* member = first(network.name, true)) {
            call.network_mode = "container:" + member->peer.name;
            tie_to(call, member->peer);
            return;
        }
        warnings.push_back(fmt::format(
            "Service {} is trying to use the network stack of service {}, which is not running",
            service.name,
            network.name
        ));
    }
}

std::string Roster::resolve_space(const std::string& space, CreateContainer& call) const {
    constexpr std::string_view prefix = "service:";
    if (!space.starts_with(prefix))
        return space;
    const auto* member = first(space.substr(prefix.size()), true);
    if (member == nullptr)
        return {};
    tie_to(call, member->peer);
    return "container:" + member->peer.name;
}

const Roster::Member* Roster::first(const std::string& service, bool running) const {
    const auto found = members_.find(service);
    if (found == members_.end())
        return nullptr;
    for (const auto& member : found->second)
        if (member.running || !running)
            return &member;
    return nullptr;
}

Peer Roster::outsider(const std::string& name, const std::string& complaint) const {
    const auto found = observed_.outsiders.find(name);
    if (found == observed_.outsiders.end())
        throw Error(Kind::not_found, "{}", complaint);
    return {.name = name, .id = found->second.id};
}

} // namespace orch::compose
