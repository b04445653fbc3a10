#include "compose/observed.hpp"

namespace orch::compose {

std::string aside_prefix(const std::string& id) { return id.substr(0, 12) + "_"; }

bool ObservedContainer::running() const {
    return state == "running" || state == "paused" || state == "restarting";
}

bool ObservedContainer::set_aside() const { return name.starts_with(aside_prefix(id)); }

std::string ObservedContainer::proper_name() const {
    return set_aside() ? name.substr(aside_prefix(id).size()) : name;
}

std::vector<const ObservedContainer*> Observed::of(std::string_view service) const {
    std::vector<const ObservedContainer*> found;
    for (const auto& container : containers)
        if (container.service == service && !container.oneoff)
            found.push_back(&container);
    return found;
}

std::string Observed::image_for(
    const ObservedContainer& container, const std::string& reference, bool built
) const {
    if (!built)
        if (const auto node = node_images.find(container.host); node != node_images.end())
            if (const auto own = node->second.find(reference); own != node->second.end())
                return own->second;
    const auto image = images.find(reference);
    return image == images.end() ? std::string() : image->second.id;
}

const ObservedContainer* Observed::moved_away_from(const ObservedContainer& container) const {
    if (container.link_addresses.empty())
        return nullptr;
    for (const auto& target : containers) {
        const auto then = container.link_addresses.find(target.name);
        if (then != container.link_addresses.end() && !target.address.empty() &&
            target.address != then->second)
            return &target;
    }
    return nullptr;
}

} // namespace orch::compose
