// Which containers a command is about, and plans that do one thing to each of them.
#pragma once

#include "compose/hosts.hpp"
#include "compose/model/project.hpp"
#include "compose/observed.hpp"
#include "compose/plan.hpp"
#include "lib/engine/engine.hpp"

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace orch::compose {

enum class Oneoffs { without, with };

/// Those of the named services, of all services of the file if none is named. Throws
/// Error(not_found) for a service that the file does not have.
std::vector<ObservedContainer> containers_of(
    const Project& project,
    std::vector<ObservedContainer> containers,
    const std::vector<std::string>& services,
    Oneoffs oneoffs
);

/// Container number `index` of a service. Throws Error(not_found) "No container found for S_N" if
/// it does not run, and for a service that the file does not have.
ObservedContainer running_container(
    const Project& project, const Hosts& hosts, const std::string& service, int index
);

enum class Order { any, dependencies_first, dependants_first };

/// Adds the steps for one container, the first of them after `before`; returns the last one.
using AddSteps = std::function<
    std::size_t(Plan& plan, const ObservedContainer& container, std::vector<std::size_t> before)>;

/// Adds steps for every container, in the order of their services. Returns the last step of each.
std::vector<std::size_t> add_for_each(
    Plan& plan,
    const Project& project,
    const std::vector<ObservedContainer>& containers,
    Order order,
    const AddSteps& add
);

/// A task of one call.
std::size_t add_task(
    Plan& plan,
    const char* verb,
    const ObservedContainer& container,
    Call call,
    std::vector<std::size_t> before
);

/// A task that removes a container, and with `volumes` those of its volumes that nobody named.
std::size_t add_removal(
    Plan& plan, const ObservedContainer& container, bool volumes, std::vector<std::size_t> before
);

/// Puts into the last task what `volumes` means for volumes that were taken over: the engine counts
/// them as named, and several of the containers may use one. `removed`: the removals.
void add_volume_removals(
    Plan& plan,
    const std::vector<ObservedContainer>& containers,
    const std::vector<std::size_t>& removed
);

/// What a command on containers did.
struct Outcome {
    std::vector<std::string> found{};   // containers of the services, whatever their state
    std::vector<std::string> changed{}; // those that something was done to
};

std::vector<std::string> names_of(const std::vector<ObservedContainer>& containers);

} // namespace orch::compose
