#include "compose/load/spec_names.hpp"

namespace orch::compose::load {

namespace {

bool written_bridge(const NetworkMode& network) {
    return network.kind == NetworkMode::Kind::mode &&
           (network.name == "bridge" || network.name == "default");
}

} // namespace

SpecNames::SpecNames(const Project& project) {
    for (const auto& service : project.services) {
        services_.emplace(service.name, &service);
        targets_[service.name].insert(service.name);
    }
    for (const auto& service : project.services)
        for (const auto& link : service.links) {
            linked_.insert(service.name);
            linked_.insert(link.service);
        }
    for (const auto& service : project.services)
        for (const auto& link : service.links)
            if (on_bridge(service))
                targets_[link.alias].insert(link.service);
    for (const auto& [alias, services] : targets_)
        if (services.size() == 1 && alias != *services.begin())
            aliases_[*services.begin()].push_back(alias);
}

bool SpecNames::on_bridge(const Service& service) const {
    return service.network.kind == NetworkMode::Kind::bridge ||
           (written_bridge(service.network) && linked_.contains(service.name));
}

bool SpecNames::on_own_network(const Service& service) {
    const auto& name = service.network.name;
    return service.network.kind == NetworkMode::Kind::mode && !written_bridge(service.network) &&
           name != "host" && name != "none";
}

std::vector<std::string> SpecNames::aliases_of(const Service& service) const {
    const auto found = aliases_.find(service.name);
    return found == aliases_.end() ? std::vector<std::string>() : found->second;
}

const Service* SpecNames::find(const std::string& service) const {
    const auto found = services_.find(service);
    return found == services_.end() ? nullptr : found->second;
}

bool SpecNames::ambiguous(const std::string& alias) const {
    const auto found = targets_.find(alias);
    return found != targets_.end() && found->second.size() > 1;
}

} // namespace orch::compose::load
