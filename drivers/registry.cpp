// How to add a driver:
// 1. a folder drivers/NAME/ with a class that implements drivers::Driver and a function info();
// 2. one line in the table below;
// 3. what the contract tests need of it (a cloud: a dialect of tests/fakes/cloud);
// 4. a section in man/orch-drivers.7.
#include "drivers/registry.hpp"

#include "drivers/amazonec2/amazonec2.hpp"
#include "drivers/azure/azure.hpp"
#include "drivers/digitalocean/digitalocean.hpp"
#include "drivers/docker/docker.hpp"
#include "drivers/docker/wishes.hpp"
#include "drivers/generic/generic.hpp"
#include "drivers/google/google.hpp"
#include "drivers/hetzner/hetzner.hpp"
#include "drivers/none/none.hpp"
#include "drivers/openstack/openstack.hpp"
#include "drivers/plugin/plugins.hpp"
#include "drivers/qemu/qemu.hpp"
#include "drivers/qemu/wishes.hpp"
#include "drivers/virtualbox/virtualbox.hpp"

#include <algorithm>

namespace orch::drivers {

namespace {

template <class Driver_>
std::unique_ptr<Driver> make(Access access) {
    return std::make_unique<Driver_>(std::move(access));
}

/// For drivers that look for files and programs of the user.
template <class Driver_>
std::function<std::unique_ptr<Driver>(Access)> make_with(const os::Environment& environment) {
    return [environment](Access access) {
        return std::make_unique<Driver_>(std::move(access), environment);
    };
}

} // namespace

const Row* Registry::find(std::string_view name) const {
    for (const auto& row : rows_)
        if (row.info.name == name)
            return &row;
    return outside_ ? outside_->find(name) : nullptr;
}

bool Registry::has_built_in(std::string_view name) const noexcept {
    return std::any_of(rows_.begin(), rows_.end(), [&](const Row& row) {
        return row.info.name == name;
    });
}

std::string default_driver(const Registry& registry, const os::Environment& environment) {
    if (const auto wish = environment.get_or("MACHINE_DRIVER", ""); !wish.empty())
        return wish;
    if (registry.has_built_in("virtualbox") && virtualbox::find_vboxmanage(environment))
        return "virtualbox";
    return "docker";
}

Registry builtin_registry(const os::Environment& environment) {
    const auto make_azure = [environment,
                             tokens = std::make_shared<azure::Tokens>()](Access access) {
        return std::make_unique<azure::Driver>(std::move(access), environment, tokens);
    };
    const auto make_virtualbox = [host = virtualbox::this_host(environment)](Access access) {
        return std::make_unique<virtualbox::Driver>(std::move(access), host);
    };
    return Registry(
        {
            {amazonec2::info(), make_with<amazonec2::Driver>(environment)},
            {azure::info(), make_azure},
            {digitalocean::info(), make_with<digitalocean::Driver>(environment)},
            {docker::info(), make<docker::Driver>},
            {generic::info(), make<generic::Driver>},
            {google::info(), make_with<google::Driver>(environment)},
            {hetzner::info(), make_with<hetzner::Driver>(environment)},
            {none::info(), make<none::Driver>},
            {openstack::info(), make_with<openstack::Driver>(environment)},
            {qemu::info(), make_with<qemu::Driver>(environment)},
            {virtualbox::info(), make_virtualbox},
        },
        std::make_shared<plugin::Plugins>(environment)
    );
}

} // namespace orch::drivers
