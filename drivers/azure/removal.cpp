#include "drivers/azure/removal.hpp"

#include "drivers/azure/bodies.hpp"
#include "drivers/kit/cloud.hpp"
#include "drivers/kit/record.hpp"
#include "lib/base/error.hpp"

#include <fmt/core.h>

#include <algorithm>

namespace orch::drivers::azure {

namespace {

using std::chrono::seconds;

/// Whether it is this machine's: by its mark, or by its name where docker-machine gave it that.
bool is_own(Arm& arm, const Record& record, const std::string& kind, const std::string& path) {
    if (kit::text(record, "CreateMark").empty())
        return true;
    const auto found = arm.find("look at " + kind, path);
    return found && has_mark(*found, record);
}

void remove_own(Arm& arm, const Record& record, const std::string& kind, const std::string& path) {
    if (is_own(arm, record, kind, path))
        arm.remove("delete " + kind, path);
}

/// The interface of a virtual machine that could not be made is held for it for three minutes.
void remove_interface(Arm& arm, const Access& access, const Record& record, Job& job) {
    const auto path = Place(record).nic();
    const auto attempt = [&]() -> std::optional<bool> {
        try {
            remove_own(arm, record, "network interface", path);
            return true;
        } catch (const kit::Refused& refused) {
            if (refused.code() != "NicReservedForAnotherVm")
                throw;
            return std::nullopt;
        }
    };
    kit::wait_for(
        access, job, seconds(15), seconds(300), "the release of the network interface", attempt
    );
}

/// Others may begin to use it at the same time: Azure lets nothing go that is used.
void remove_unless_used(Arm& arm, const std::string& what, const std::string& path) {
    try {
        arm.remove(what, path);
    } catch (const kit::Refused& refused) {
        if (refused.status() != 409 && !refused.code().starts_with("InUse"))
            throw;
    }
}

bool is_empty(const Json& object, const std::string& pointer) {
    const Json::json_pointer place(pointer);
    return !object.contains(place) || object[place].empty();
}

void remove_shared(Arm& arm, const Record& record) {
    const Place place(record);
    if (!kit::text(record, "AvailabilitySet").empty()) {
        const auto set = arm.find("look at availability set", place.availability_set());
        if (set && is_orchs(*set) && is_empty(*set, "/properties/virtualMachines"))
            remove_unless_used(arm, "delete availability set", place.availability_set());
    }
    const auto vnet = arm.find("look at virtual network", place.vnet());
    if (!vnet || !is_orchs(*vnet))
        return;
    const Json::json_pointer subnets("/properties/subnets");
    const auto& all = vnet->contains(subnets) ? vnet->at(subnets) : Json::array();
    if (std::all_of(all.begin(), all.end(), [](const Json& subnet) {
            return is_empty(subnet, "/properties/ipConfigurations");
        }))
        remove_unless_used(arm, "delete virtual network", place.vnet());
}

} // namespace

void remove_all(Arm& arm, const Access& access, const Record& record, Job& job) {
    const Place place(record);
    if (record.value("Adopted", false))
        return arm.remove("delete virtual machine", place.vm());
    remove_own(arm, record, "virtual machine", place.vm());
    arm.remove("delete disk", place.disk()); // its name has the mark
    remove_interface(arm, access, record, job);
    if (!record.value("NoPublicIP", false))
        remove_own(arm, record, "public address", place.ip());
    remove_own(arm, record, "network security group", place.firewall());
    remove_shared(arm, record);
}

} // namespace orch::drivers::azure
