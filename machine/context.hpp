// What every use case of the machine layer works with.
#pragma once

#include "drivers/registry.hpp"
#include "lib/world.hpp"
#include "machine/store.hpp"

#include <filesystem>
#include <memory>

namespace orch::machine {

struct Context {
    const Store& store;
    const drivers::Registry& registry;
    World& world;
    std::filesystem::path docker_dir{}; // $DOCKER_CONFIG or ~/.docker; empty: no docker contexts
};

/// What the machine's driver may use.
drivers::Access access_of(const Context& context, const Machine& machine);

/// The driver of a machine, or nothing for a driver that this build does not know.
std::unique_ptr<drivers::Driver> driver_of(const Context& context, const Machine& machine);

/// The same, for what cannot be done without one. Throws Error(unsupported) naming the driver.
std::unique_ptr<drivers::Driver> require_driver(const Context& context, const Machine& machine);

/// Whether the way to the machine's host can be read from its record, as far as there is a host.
/// Else the driver has to be asked first: refresh().
bool knows_reach(const drivers::Driver& driver, const Machine& machine);

} // namespace orch::machine
