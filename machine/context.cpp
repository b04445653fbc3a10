#include "machine/context.hpp"

#include "lib/base/error.hpp"

namespace orch::machine {

std::unique_ptr<drivers::Driver> driver_of(const Context& context, const Machine& machine) {
    const auto* row = context.registry.find(machine.driver);
    if (row == nullptr)
        return nullptr;
    return row->make({
        .world = context.world,
        .dir = context.store.machine_dir(machine.name),
        .store = context.store.root(),
        .machine = machine.name,
    });
}

std::unique_ptr<drivers::Driver> require_driver(const Context& context, const Machine& machine) {
    if (auto driver = driver_of(context, machine))
        return driver;
    throw Error(
        Kind::unsupported,
        "Driver \"{}\" not found. Do you have the plugin binary accessible in your PATH?",
        machine.driver
    )
        .hint(
            "this build of orch knows no driver \"{}\"; orch machine rm -f {} forgets the machine",
            machine.driver,
            machine.name
        );
}

} // namespace orch::machine
