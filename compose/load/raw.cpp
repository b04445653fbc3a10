#include "compose/load/raw.hpp"

#include <utility>

namespace orch::compose::load {

void RawServices::put(RawService service) {
    const auto [place, fresh] = index_.emplace(service.name, services_.size());
    if (fresh)
        services_.push_back(std::move(service));
    else
        services_[place->second] = std::move(service);
}

const RawService* RawServices::find(std::string_view name) const {
    const auto found = index_.find(std::string(name));
    return found == index_.end() ? nullptr : &services_[found->second];
}

yaml::Node& member(yaml::Node& mapping, std::string_view key, const yaml::Mark& mark) {
    for (auto& entry : mapping.entries)
        if (entry.key.scalar == key)
            return entry.value;
    yaml::Node name;
    name.type = yaml::Type::string;
    name.scalar = key;
    name.mark = mark;
    mapping.entries.push_back({std::move(name), {}});
    return mapping.entries.back().value;
}

void erase(yaml::Node& mapping, std::string_view key) {
    std::erase_if(mapping.entries, [key](const yaml::Entry& entry) {
        return entry.key.scalar == key;
    });
}

} // namespace orch::compose::load
