#include "drivers/azure/azure.hpp"

#include "drivers/azure/arm.hpp"
#include "drivers/azure/bodies.hpp"
#include "drivers/azure/creation.hpp"
#include "drivers/azure/removal.hpp"
#include "drivers/kit/cloud.hpp"
#include "drivers/kit/record.hpp"
#include "drivers/kit/secrets.hpp"
#include "lib/base/error.hpp"
#include "lib/base/text.hpp"

#include <fmt/core.h>

namespace orch::drivers::azure {

namespace {

constexpr auto secret_option = "azure-client-secret";

Secret secret_in(const kit::Secrets& secrets, const Record& record) {
    const auto found = secrets.find(secret_option);
    return found == secrets.end() ? Secret(kit::text(record, "ClientSecret")) : found->second;
}

/// Machines of Azure's first API, which is closed, have no resource group.
void refuse_classic(const Record& record) {
    if (kit::text(record, "ResourceGroup").empty())
        throw Error(
            Kind::unsupported,
            "azure: machine \"{}\" is one of the classic deployment model, which Azure has ended",
            kit::text(record, "MachineName")
        )
            .hint("orch machine rm --force forgets it");
}

/// "/subscriptions/...", "GROUP/NAME" or a NAME in the group of the options.
std::string vm_path(const Place& place, const std::string& id) {
    if (id.starts_with('/'))
        return id;
    return place.wished("Microsoft.Compute", "virtualMachines", text::replace_all(id, "/", ":"));
}

/// The part of a resource's id after a word: the group after "resourceGroups".
std::string part_of(const std::string& id, std::string_view word) {
    const auto parts = text::split(id, '/');
    for (std::size_t i = 0; i + 1 < parts.size(); ++i)
        if (text::lower(parts[i]) == text::lower(word))
            return parts[i + 1];
    return {};
}

/// The id of the interface that Azure answers for first.
std::string interface_of(const Json& vm) {
    const Json::json_pointer place("/properties/networkProfile/networkInterfaces");
    if (!vm.contains(place))
        return {};
    for (const auto& each : vm[place])
        if (vm[place].size() == 1 || each.value(Json::json_pointer("/properties/primary"), false))
            return text_at(each, "/id");
    return {};
}

} // namespace

Arm Driver::arm_of(const Record& record, const Job& job) {
    refuse_classic(record);
    const auto secrets = kit::load_secrets(access_, info(), environment_);
    return {
        account_of(record, secret_in(secrets, record), environment_),
        access_.world,
        *tokens_,
        job.stop,
    };
}

void Driver::check(const Request& request, Job& job) {
    check_wishes(request.values, access_.machine);
    const auto record = draft(access_, request);
    const auto secrets = kit::secrets_of(info(), request.values);
    Arm arm(
        account_of(record, secret_in(secrets, record), environment_),
        access_.world,
        *tokens_,
        job.stop
    );
    check_account(arm, record, request.values);
}

Record Driver::create(const Request& request, const Checkpoint& save, Job& job) {
    auto record = draft(access_, request);
    const auto secrets = kit::secrets_of(info(), request.values);
    kit::store_secrets(access_, secrets);
    save(record); // from here on rm finds by the mark whatever is made
    Arm arm(
        account_of(record, secret_in(secrets, record), environment_),
        access_.world,
        *tokens_,
        job.stop
    );
    if (!secrets.empty() || !kit::text(record, "FederatedTokenFile").empty()) {
        record["TenantID"] = arm.login().tenant();
        save(record);
    }
    make(arm, access_, request, record, save, job);
    return record;
}

Record Driver::adopt(const Request& request, const std::string& id, Job& job) {
    auto record = draft(access_, request);
    record.erase("CreateMark"); // nothing has it
    record.erase("OSDisk");
    const auto secrets = kit::secrets_of(info(), request.values);
    Arm arm(
        account_of(record, secret_in(secrets, record), environment_),
        access_.world,
        *tokens_,
        job.stop
    );
    const auto vm = arm.find("look at virtual machine", vm_path(Place(record), id));
    if (!vm)
        throw Error(Kind::not_found, "azure: there is no virtual machine {}", id)
            .hint("name it as GROUP/NAME, or by the id that az vm list shows");
    record["Adopted"] = true;
    record["VMID"] = text_at(*vm, "/id");
    record["ResourceGroup"] = part_of(text_at(*vm, "/id"), "resourceGroups");
    record["Location"] = plain_location(text_at(*vm, "/location"));
    record["Size"] = text_at(*vm, "/properties/hardwareProfile/vmSize");
    record["SSHUser"] = text_at(*vm, "/properties/osProfile/adminUsername");
    record["NicID"] = interface_of(*vm);
    const auto nic = arm.find("look at network interface", Place(record).nic());
    const auto address = text_at(
        nic.value_or(Json()), "/properties/ipConfigurations/0/properties/publicIPAddress/id"
    );
    record["NoPublicIP"] = address.empty();
    record["PublicIPID"] = address;
    note_addresses(arm, record);
    kit::store_secrets(access_, secrets);
    return record;
}

State Driver::refresh(Record& record, Job& job) {
    auto arm = arm_of(record, job);
    const auto vm =
        arm.find("look at virtual machine", Place(record).vm() + "?%24expand=instanceView");
    if (!vm)
        return State::not_found;
    const auto state = state_of(*vm);
    if (state == State::running)
        note_addresses(arm, record);
    return state;
}

void Driver::power(Record& record, Power power, Job& job) {
    auto arm = arm_of(record, job);
    const auto vm = Place(record).vm();
    const bool deallocate = record.value("DeallocateOnStop", false);
    switch (power) {
    case Power::start:
        return arm.post("start virtual machine", vm + "/start");
    case Power::stop:
        return arm.post("stop virtual machine", vm + (deallocate ? "/deallocate" : "/powerOff"));
    case Power::kill:
        arm.post("kill virtual machine", vm + "/powerOff?skipShutdown=true");
        if (deallocate)
            arm.post("deallocate virtual machine", vm + "/deallocate");
        return;
    case Power::restart:
        return arm.post("restart virtual machine", vm + "/restart");
    }
}

void Driver::remove(const Record& record, Job& job) {
    if (kit::text(record, "SubscriptionID").empty())
        return; // the create did not come to the point of making anything
    auto arm = arm_of(record, job);
    remove_all(arm, access_, record, job);
}

std::string Driver::host_id(const Record& record) const { return kit::text(record, "VMID"); }

Reach Driver::reach(const Record& record) const {
    const auto port = kit::integer(record, "DockerPort", kit::engine_port);
    return kit::reach_of(access_, record, port == 0 ? kit::engine_port : port);
}

} // namespace orch::drivers::azure
