// The placement hints of a service: entries of its environment (and labels) that are meant for the
// scheduler, as the standalone swarm reads them.
#pragma once

#include "compose/model/service.hpp"
#include "compose/placement/expression.hpp"

#include <string>
#include <vector>

namespace orch::compose::placement {

struct Hints {
    std::vector<Expression> constraints;
    std::vector<Expression> affinities;
    std::vector<std::vector<std::string>> whitelists; // names of nodes, one list per entry
    bool reschedule_on_node_failure = false;

    [[nodiscard]] bool empty() const {
        return constraints.empty() && affinities.empty() && whitelists.empty() &&
               !reschedule_on_node_failure;
    }
};

/// Takes them out of the environment and the labels. "constraint:a==b" may have been written as an
/// item or as the key "constraint:a" with the value "=b". Throws Error(invalid) that names the
/// service, the hint and what is wrong with it.
Hints take_hints(Service& service);

} // namespace orch::compose::placement
