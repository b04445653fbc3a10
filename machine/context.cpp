#include "machine/context.hpp"

#include "lib/base/error.hpp"

namespace orch::machine {

drivers::Access access_of(const Context& context, const Machine& machine) {
    return {
        .world = context.world,
        .dir = context.store.machine_dir(machine.name),
        .store = context.store.root(),
        .machine = machine.name,
    };
}

std::unique_ptr<drivers::Driver> driver_of(const Context& context, const Machine& machine) {
    const auto* row = context.registry.find(machine.driver);
    if (row == nullptr)
        return nullptr;
    return row->make(access_of(context, machine));
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
            "orch itself has no driver \"{0}\": put docker-machine-driver-{0} where PATH finds it, "
            "or forget the machine with orch machine rm -f {1}",
            machine.driver,
            machine.name
        );
}

bool knows_reach(const drivers::Driver& driver, const Machine& machine) {
    return machine.progress == Progress::creating || driver.knows_reach(machine.record);
}

} // namespace orch::machine
