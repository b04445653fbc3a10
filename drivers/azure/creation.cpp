#include "drivers/azure/creation.hpp"

#include "drivers/kit/cloud.hpp"
#include "drivers/kit/creation.hpp"
#include "drivers/kit/key.hpp"
#include "drivers/kit/record.hpp"
#include "lib/base/error.hpp"
#include "lib/base/text.hpp"
#include "lib/fs/files.hpp"

#include <fmt/core.h>

namespace orch::drivers::azure {

namespace {

using std::chrono::seconds;

constexpr auto name_taken = "azure: there is a {} in resource group {} already";

/// One create, step by step.
class Creation : kit::CreationSteps {
  public:
    Creation(
        Arm& arm,
        const Access& access,
        const Request& request,
        Record& record,
        const Checkpoint& save,
        Job& job
    )
        : CreationSteps(access, request, record, save, job), arm_(arm) {}

    void run() {
        for (const auto* name : {"Microsoft.Compute", "Microsoft.Network"})
            register_provider(name);
        make_group();
        make_availability_set();
        make_network();
        make_interface();
        make_server();
        note_addresses(arm_, record_);
        save_(record_);
    }

  private:
    [[nodiscard]] Place place() const { return Place(record_); }

    /// A subscription that never had a virtual machine does not know what one is.
    void register_provider(const std::string& name) {
        const auto path = place().subscription() + "/providers/" + name;
        const auto what = "look at provider " + name;
        const auto state = [&] {
            return text_at(arm_.find(what, path).value_or(Json()), "/registrationState");
        };
        if (state() == "Registered")
            return;
        say("Registering " + name + "...");
        arm_.post("register provider " + name, path + "/register");
        kit::wait_for(
            access_,
            job_,
            seconds(5),
            seconds(600),
            "the registration of " + name,
            [&]() -> std::optional<bool> {
                return state() == "Registered" ? std::optional(true) : std::nullopt;
            }
        );
    }

    void make_group() {
        const auto path = place().group();
        if (arm_.find("look at resource group", path))
            return;
        say("Creating resource group...");
        const Json body{{"location", kit::text(record_, "Location")}, {"tags", {{"orch", "1"}}}};
        arm_.put("create resource group", path, body);
    }

    void make_availability_set() {
        if (values_.text("azure-availability-set").empty() ||
            arm_.find("look at availability set", place().availability_set()))
            return;
        const Json counts{
            {"platformFaultDomainCount", values_.integer("azure-fault-domain-count")},
            {"platformUpdateDomainCount", values_.integer("azure-update-domain-count")},
        };
        arm_.put(
            "create availability set",
            place().availability_set(),
            {{"location", kit::text(record_, "Location")},
             {"tags", {{"orch", "1"}}},
             {"sku", {{"name", "Aligned"}}},
             {"properties", counts}}
        );
    }

    /// A name that is free, or whose holder is of this create.
    void require_own(const std::string& kind, const std::string& path) {
        const auto found = arm_.find("look at " + kind, path);
        if (found && !has_mark(*found, record_))
            throw Error(Kind::conflict, name_taken, kind, kit::text(record_, "ResourceGroup"));
    }

    Operation begin(const std::string& kind, const std::string& path, const Json& body) {
        require_own(kind, path);
        return arm_.begin_put("create " + kind, path, body);
    }

    std::optional<Operation> begin_subnet() {
        const bool closed = values_.flag("azure-no-public-ip");
        const auto vnet = arm_.find("look at virtual network", place().vnet());
        if (!vnet)
            return arm_.begin_put(
                "create virtual network", place().vnet(), vnet_body(record_, closed)
            );
        const Json none = Json::array();
        const Json::json_pointer subnets("/properties/subnets");
        for (const auto& subnet : vnet->contains(subnets) ? vnet->at(subnets) : none)
            if (text::lower(subnet.value("name", "")) ==
                text::lower(kit::text(record_, "SubnetName")))
                return std::nullopt;
        return arm_.begin_put("create subnet", place().subnet(), subnet_body(record_, closed));
    }

    [[nodiscard]] std::string firewall() const {
        const auto& wish = values_.text("azure-nsg");
        return wish.empty() ? place().firewall()
                            : place().wished("Microsoft.Network", "networkSecurityGroups", wish);
    }

    /// What does not need each other at the same time.
    void make_network() {
        say("Creating network, address and firewall...");
        std::vector<Operation> begun;
        if (values_.text("azure-nsg").empty())
            begun.push_back(begin(
                "network security group", place().firewall(), firewall_body(record_, request_)
            ));
        if (auto subnet = begin_subnet())
            begun.push_back(*std::move(subnet));
        if (!values_.flag("azure-no-public-ip"))
            begun.push_back(begin("public address", place().ip(), ip_body(record_, values_)));
        for (const auto& operation : begun)
            arm_.finish(operation);
    }

    void make_interface() {
        const auto make = [&] {
            const auto body = nic_body(record_, values_, firewall());
            arm_.finish(begin("network interface", place().nic(), body));
        };
        try {
            make();
        } catch (const kit::Refused& refused) {
            // The last machine of the network may have gone, and the network with it.
            if (refused.code() != "InvalidResourceReference" && refused.status() != 404)
                throw;
            if (const auto subnet = begin_subnet())
                arm_.finish(*subnet);
            make();
        }
    }

    std::string make_key() {
        const auto& path = values_.text("azure-existing-key-path");
        if (path.empty()) {
            say("Creating SSH key...");
            return kit::make_key(access_, record_);
        }
        say("Importing SSH key...");
        import_key(access_, path, record_);
        return fs::read_file(path + ".pub");
    }

    /// Nobody else's machine is changed, and a lost answer does not make a second one.
    void make_server() {
        const auto image = settle_image(arm_, record_, values_);
        const auto body = vm_body(record_, values_, image, make_key());
        save_(record_);
        say("Creating virtual machine...");
        const auto path = place().vm();
        const auto ours = [&]() -> std::optional<Operation> {
            const auto found = arm_.find("look at virtual machine", path);
            if (!found)
                return std::nullopt;
            if (!has_mark(*found, record_))
                throw Error(
                    Kind::conflict,
                    name_taken,
                    "virtual machine",
                    kit::text(record_, "ResourceGroup")
                );
            return Operation{"create virtual machine", path};
        };
        const auto make = [&] {
            try {
                return arm_.begin_put("create virtual machine", path, body, /*only_new=*/true);
            } catch (const kit::Refused& refused) {
                auto found = refused.status() == 412 ? ours() : std::nullopt;
                if (!found)
                    throw;
                return *std::move(found);
            }
        };
        const auto operation = kit::make_once(make, ours);
        note("VMID", path);
        arm_.finish(operation);
    }

    Arm& arm_;
};

} // namespace

Record draft(const Access& access, const Request& request) {
    const auto& values = request.values;
    const auto mark = kit::new_mark();
    auto record = kit::base_record(access);
    record["SSHUser"] = values.text("azure-ssh-user");
    record["SSHPort"] = 22;
    kit::note_swarm(request, record);
    record["ClientID"] = values.text("azure-client-id");
    record["TenantID"] = values.text("azure-tenant-id");
    record["Environment"] = values.text("azure-environment");
    record["SubscriptionID"] = values.text("azure-subscription-id");
    record["ResourceGroup"] = values.text("azure-resource-group");
    record["DockerPort"] = values.integer("azure-docker-port");
    record["Location"] = plain_location(values.text("azure-location"));
    record["Size"] = values.text("azure-size");
    record["Image"] = values.text("azure-image");
    record["VirtualNetwork"] = values.text("azure-vnet");
    record["SubnetName"] = values.text("azure-subnet");
    record["SubnetPrefix"] = values.text("azure-subnet-prefix");
    record["AvailabilitySet"] = values.text("azure-availability-set");
    record["StorageType"] = values.text("azure-storage-type");
    record["OpenPorts"] = values.list("azure-open-port");
    record["PrivateIPAddr"] = values.text("azure-private-ip-address");
    record["UsePrivateIP"] =
        values.flag("azure-use-private-ip") || values.flag("azure-no-public-ip");
    record["NoPublicIP"] = values.flag("azure-no-public-ip");
    record["DNSLabel"] = values.text("azure-dns");
    record["StaticPublicIP"] = true;
    record["CustomDataFile"] = values.text("azure-custom-data");
    record["FederatedTokenFile"] = values.text("azure-federated-token-file");
    record["ManagedIdentity"] = values.flag("azure-managed-identity");
    record["AuthorityHost"] = values.text("azure-authority-host");
    record["Endpoint"] = values.text("azure-endpoint");
    record["DeallocateOnStop"] = values.flag("azure-deallocate-on-stop");
    record["OSDisk"] = fmt::format("{}-os-disk-{}", access.machine, mark.substr(0, 8));
    record["PrivateIPAddress"] = "";
    record["CreateMark"] = mark;
    return record;
}

void note_addresses(Arm& arm, Record& record) {
    const Place place(record);
    const bool inside = record.value("UsePrivateIP", false) || record.value("NoPublicIP", false);
    auto own = kit::text(record, "PrivateIPAddress");
    if (inside || own.empty()) {
        const auto nic = arm.find("look at network interface", place.nic());
        own = text_at(
            nic.value_or(Json()), "/properties/ipConfigurations/0/properties/privateIPAddress"
        );
        record["PrivateIPAddress"] = own;
    }
    if (inside) {
        record["IPAddress"] = own;
        return;
    }
    const auto ip = arm.find("look at public address", place.ip()).value_or(Json());
    const bool moves = text_at(ip, "/properties/publicIPAllocationMethod") == "Dynamic";
    const auto name = text_at(ip, "/properties/dnsSettings/fqdn");
    const auto address = moves && !name.empty() ? name : text_at(ip, "/properties/ipAddress");
    if (!address.empty())
        record["IPAddress"] = address;
}

void make(
    Arm& arm,
    const Access& access,
    const Request& request,
    Record& record,
    const Checkpoint& save,
    Job& job
) {
    Creation(arm, access, request, record, save, job).run();
}

} // namespace orch::drivers::azure
