// Sorts out containers that claim the same number of a service: what an interrupted recreation
// leaves behind.
#pragma once

#include "compose/observed.hpp"

#include <functional>
#include <vector>

namespace orch::compose {

/// Several containers of one number, told apart.
struct Slot {
    int number = 0;
    const ObservedContainer* current = nullptr;      // the one that counts
    const ObservedContainer* predecessor = nullptr;  // set aside for `current`, which never ran
    std::vector<const ObservedContainer*> surplus{}; // to be removed
};

/// `containers` ordered by number and age. `usable` tells whether a container that was made but
/// never started is what the file asks for.
std::vector<Slot> slots_of(
    const std::vector<const ObservedContainer*>& containers,
    const std::function<bool(const ObservedContainer&)>& usable
);

} // namespace orch::compose
