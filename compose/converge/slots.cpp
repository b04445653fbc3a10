#include "compose/converge/slots.hpp"

#include <algorithm>

namespace orch::compose {

namespace {

using Containers = std::vector<const ObservedContainer*>;

template <class Test>
const ObservedContainer* first(const Containers& containers, Test test) {
    const auto found =
        std::find_if(containers.begin(), containers.end(), [&](const auto* container) {
            return test(*container);
        });
    return found == containers.end() ? nullptr : *found;
}

/// A recreation sets the old container aside, makes the new one, starts it and removes the old one.
/// Wherever it was cut off, this finds the point:
///  - a container under its proper name that has run: it replaced the others;
///  - one that never ran, beside an older one set aside: go on from there if it is still what is
///    wanted, else the older one is the last that worked.
void settle(Slot& slot, const Containers& rivals, const auto& usable) {
    const auto* ran = first(rivals, [](const auto& container) {
        return !container.set_aside() && container.state != "created";
    });
    const auto* aside = first(rivals, [](const auto& container) { return container.set_aside(); });
    const auto* made = first(rivals, [](const auto& container) { return !container.set_aside(); });
    if (ran != nullptr) {
        slot.current = ran;
    } else if (made != nullptr && (aside == nullptr || usable(*made))) {
        slot.current = made;
        slot.predecessor = aside;
    } else {
        slot.current = aside;
    }
    for (const auto* rival : rivals)
        if (rival != slot.current && rival != slot.predecessor)
            slot.surplus.push_back(rival);
}

} // namespace

std::vector<Slot> slots_of(
    const Containers& containers, const std::function<bool(const ObservedContainer&)>& usable
) {
    std::vector<Slot> slots;
    for (auto begin = containers.begin(); begin != containers.end();) {
        const int number = (*begin)->number;
        const auto end = std::find_if(begin, containers.end(), [&](const auto* container) {
            return container->number != number;
        });
        slots.push_back({.number = number});
        settle(slots.back(), Containers(begin, end), usable);
        begin = end;
    }
    return slots;
}

} // namespace orch::compose
