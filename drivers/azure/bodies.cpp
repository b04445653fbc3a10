#include "drivers/azure/bodies.hpp"

#include "drivers/kit/cloud.hpp"
#include "drivers/kit/record.hpp"
#include "lib/base/base64.hpp"
#include "lib/base/error.hpp"
#include "lib/base/text.hpp"

#include <fmt/core.h>

#include <algorithm>

namespace orch::drivers::azure {

namespace {

constexpr std::size_t most_custom_data = 65535;
constexpr int first_priority = 100; // of 100 to 4096, lower ones first

struct StateRow {
    std::string_view code;
    State state;
};

// https://learn.microsoft.com/azure/virtual-machines/states-billing
constexpr StateRow states[] = {
    {"PowerState/running", State::running},
    {"PowerState/starting", State::starting},
    {"PowerState/stopping", State::stopping},
    {"PowerState/deallocating", State::stopping},
    {"PowerState/stopped", State::stopped},
    {"PowerState/deallocated", State::stopped},
};

std::string field_or(const Record& record, const char* field, std::string otherwise) {
    auto known = kit::text(record, field);
    return known.empty() ? std::move(otherwise) : known;
}

Json id_object(const std::string& path) { return {{"id", path}}; }

Json rule(int priority, const kit::Opening& opening, const std::vector<std::string>& sources) {
    Json properties{
        {"protocol", opening.protocol == "udp" ? "Udp" : "Tcp"},
        {"sourcePortRange", "*"},
        {"destinationAddressPrefix", "*"},
        {"destinationPortRange", std::to_string(opening.port)},
        {"access", "Allow"},
        {"direction", "Inbound"},
        {"priority", priority},
    };
    if (sources.size() > 1)
        properties["sourceAddressPrefixes"] = sources;
    else
        properties["sourceAddressPrefix"] = sources.empty() ? "*" : sources.front();
    return {
        {"name", fmt::format("Port{}-{}Allow", opening.port, opening.protocol)},
        {"properties", properties},
    };
}

Json linux_login(const std::string& user, const std::string& key) {
    const Json line{
        {"path", fmt::format("/home/{}/.ssh/authorized_keys", user)},
        {"keyData", std::string(text::trim(key))},
    };
    return {
        {"disablePasswordAuthentication", true},
        {"ssh", {{"publicKeys", Json::array({line})}}},
    };
}

/// publisher:product:name
Json plan_of(const std::string& text) {
    const auto parts = text::split(text, ':');
    if (parts.size() != 3)
        throw Error(Kind::usage, "--azure-plan takes PUBLISHER:PRODUCT:PLAN, not \"{}\"", text);
    return {{"publisher", parts[0]}, {"product", parts[1]}, {"name", parts[2]}};
}

void add_spot(Json& properties, const Values& values) {
    if (!values.flag("azure-spot"))
        return;
    const auto& price = values.text("azure-spot-price");
    properties["priority"] = "Spot";
    properties["evictionPolicy"] = values.text("azure-spot-eviction");
    properties["billingProfile"] = {{"maxPrice", price.empty() ? -1.0 : std::stod(price)}};
}

} // namespace

Place::Place(const Record& record)
    : subscription_(kit::text(record, "SubscriptionID")),
      group_(kit::text(record, "ResourceGroup")) {
    const auto machine = kit::text(record, "MachineName");
    vm_ = field_or(record, "VMID", compute("virtualMachines", machine));
    disk_ = compute("disks", field_or(record, "OSDisk", machine + "-os-disk"));
    nic_ = field_or(record, "NicID", network("networkInterfaces", machine + "-nic"));
    ip_ = field_or(record, "PublicIPID", network("publicIPAddresses", machine + "-ip"));
    firewall_ = network("networkSecurityGroups", machine + "-firewall");
    vnet_ = wished("Microsoft.Network", "virtualNetworks", kit::text(record, "VirtualNetwork"));
    subnet_ = vnet_ + "/subnets/" + http::escape(kit::text(record, "SubnetName"));
    availability_set_ = compute("availabilitySets", kit::text(record, "AvailabilitySet"));
}

std::string Place::group(const std::string& name) const {
    return fmt::format("{}/resourceGroups/{}", subscription(), http::escape(name));
}

std::string Place::compute(const std::string& kind, const std::string& name) const {
    return fmt::format("{}/providers/Microsoft.Compute/{}/{}", group(), kind, http::escape(name));
}

std::string Place::network(const std::string& kind, const std::string& name) const {
    return fmt::format("{}/providers/Microsoft.Network/{}/{}", group(), kind, http::escape(name));
}

std::string
Place::wished(const std::string& provider, const std::string& kind, const std::string& wish) const {
    if (wish.starts_with('/'))
        return wish;
    const auto colon = wish.find(':');
    const auto place = colon == std::string::npos ? group() : group(wish.substr(0, colon));
    const auto name = colon == std::string::npos ? wish : wish.substr(colon + 1);
    return fmt::format("{}/providers/{}/{}/{}", place, provider, kind, http::escape(name));
}

Json Image::reference() const {
    if (!id.empty())
        return id_object(id);
    return {{"publisher", publisher}, {"offer", offer}, {"sku", sku}, {"version", version}};
}

Image parse_image(const std::string& text) {
    if (text.starts_with('/'))
        return {.id = text};
    const auto parts = text::split(text, ':');
    if (parts.size() != 4 ||
        std::any_of(parts.begin(), parts.end(), [](const auto& part) { return part.empty(); }))
        throw Error(
            Kind::usage, "--azure-image takes PUBLISHER:OFFER:SKU:VERSION, not \"{}\"", text
        )
            .hint("Canonical:ubuntu-24_04-lts:server:latest for example, or the id of an image");
    return {parts[0], parts[1], parts[2], parts[3], ""};
}

std::vector<std::pair<std::string, std::string>> parse_tags(const std::string& text) {
    if (text.empty())
        return {};
    const auto parts = text::split(text, ',');
    if (text.find('=') != std::string::npos)
        return kit::pairs_of("azure-tags", parts);
    if (parts.size() % 2 != 0)
        throw Error(Kind::usage, "--azure-tags takes NAME=VALUE,NAME=VALUE, not \"{}\"", text);
    std::vector<std::pair<std::string, std::string>> tags;
    for (std::size_t i = 0; i < parts.size(); i += 2)
        tags.emplace_back(parts[i], parts[i + 1]);
    return tags;
}

std::string plain_location(const std::string& text) {
    return text::lower(text::replace_all(text, " ", ""));
}

Json tags_of(const Record& record, const std::vector<std::pair<std::string, std::string>>& more) {
    Json tags = Json::object();
    for (const auto& [name, value] : more)
        tags[name] = value;
    tags["orch"] = "1";
    tags["orch-machine"] = kit::text(record, "MachineName");
    tags["orch-create"] = kit::text(record, "CreateMark");
    return tags;
}

bool has_mark(const Json& resource, const Record& record) {
    return text_at(resource, "/tags/orch-create") == kit::text(record, "CreateMark");
}

bool is_orchs(const Json& resource) { return text_at(resource, "/tags/orch") == "1"; }

Json firewall_body(const Record& record, const Request& request) {
    const auto& values = request.values;
    const auto openings = kit::openings(
        request,
        22,
        "azure-open-port",
        values.list("azure-open-port"),
        values.integer("azure-docker-port")
    );
    auto rules = Json::array();
    int priority = first_priority;
    for (const auto& opening : openings) {
        // Within a network everything is open: the rule AllowVnetInBound of every group.
        if (!opening.cluster)
            rules.push_back(rule(priority, opening, values.list("azure-open-cidr")));
        priority += 10;
    }
    return {
        {"location", kit::text(record, "Location")},
        {"tags", tags_of(record, parse_tags(values.text("azure-tags")))},
        {"properties", {{"securityRules", rules}}},
    };
}

/// New subnets have no way out of their own: machines without a public address need one.
Json subnet_body(const Record& record, bool private_network) {
    Json properties{{"addressPrefix", kit::text(record, "SubnetPrefix")}};
    if (private_network)
        properties["defaultOutboundAccess"] = true;
    return {{"properties", properties}};
}

/// With its subnet: two creates at the same time ask for the same.
Json vnet_body(const Record& record, bool private_network) {
    auto subnet = subnet_body(record, private_network);
    subnet["name"] = kit::text(record, "SubnetName");
    auto ranges = Json::array({"192.168.0.0/16", "10.0.0.0/8", "172.16.0.0/12"});
    return {
        {"location", kit::text(record, "Location")},
        {"tags", {{"orch", "1"}}},
        {"properties",
         {{"addressSpace", {{"addressPrefixes", ranges}}}, {"subnets", Json::array({subnet})}}},
    };
}

Json ip_body(const Record& record, const Values& values) {
    Json properties{{"publicIPAllocationMethod", "Static"}, {"publicIPAddressVersion", "IPv4"}};
    if (const auto& label = values.text("azure-dns"); !label.empty())
        properties["dnsSettings"] = {{"domainNameLabel", label}};
    Json body{
        {"location", kit::text(record, "Location")},
        {"tags", tags_of(record, parse_tags(values.text("azure-tags")))},
        {"sku", {{"name", "Standard"}}},
        {"properties", properties},
    };
    if (const auto& zone = values.text("azure-availability-zone"); !zone.empty())
        body["zones"] = Json::array({zone});
    return body;
}

Json nic_body(const Record& record, const Values& values, const std::string& firewall) {
    const Place place(record);
    const auto& address = values.text("azure-private-ip-address");
    Json settings{
        {"subnet", id_object(place.subnet())},
        {"privateIPAllocationMethod", address.empty() ? "Dynamic" : "Static"},
    };
    if (!address.empty())
        settings["privateIPAddress"] = address;
    if (!values.flag("azure-no-public-ip"))
        settings["publicIPAddress"] = id_object(place.ip());
    Json properties{
        {"ipConfigurations", Json::array({{{"name", "ip"}, {"properties", settings}}})},
    };
    if (!firewall.empty())
        properties["networkSecurityGroup"] = id_object(firewall);
    if (values.flag("azure-accelerated-networking"))
        properties["enableAcceleratedNetworking"] = true;
    return {
        {"location", kit::text(record, "Location")},
        {"tags", tags_of(record, parse_tags(values.text("azure-tags")))},
        {"properties", properties},
    };
}

Json vm_body(
    const Record& record, const Values& values, const Image& image, const std::string& key
) {
    const Place place(record);
    const auto user = kit::text(record, "SSHUser");
    Json disk{
        {"name", kit::text(record, "OSDisk")},
        {"createOption", "FromImage"},
        {"deleteOption", "Delete"},
        {"managedDisk", {{"storageAccountType", values.text("azure-storage-type")}}},
    };
    if (const auto size = values.integer("azure-disk-size"); size != 0)
        disk["diskSizeGB"] = size;
    Json login{
        {"computerName", kit::text(record, "MachineName")},
        {"adminUsername", user},
        {"linuxConfiguration", linux_login(user, key)},
    };
    const auto data =
        kit::user_data_in("azure-custom-data", values.text("azure-custom-data"), most_custom_data);
    if (!data.empty())
        login["customData"] = base64::encode(data);
    const Json interface {
        {"id", place.nic()}, {
            "properties", {
                {"primary", true}, { "deleteOption", "Delete" }
            }
        }
    };
    Json properties{
        {"hardwareProfile", {{"vmSize", values.text("azure-size")}}},
        {"storageProfile", {{"imageReference", image.reference()}, {"osDisk", disk}}},
        {"osProfile", login},
        {"networkProfile", {{"networkInterfaces", Json::array({interface})}}},
    };
    if (!values.text("azure-availability-set").empty())
        properties["availabilitySet"] = id_object(place.availability_set());
    add_spot(properties, values);
    Json body{
        {"location", kit::text(record, "Location")},
        {"tags", tags_of(record, parse_tags(values.text("azure-tags")))},
        {"properties", properties},
    };
    if (const auto& zone = values.text("azure-availability-zone"); !zone.empty())
        body["zones"] = Json::array({zone});
    if (const auto& plan = values.text("azure-plan"); !plan.empty())
        body["plan"] = plan_of(plan);
    return body;
}

State state_of(const Json& vm) {
    const Json::json_pointer statuses("/properties/instanceView/statuses");
    if (vm.contains(statuses))
        for (const auto& status : vm[statuses])
            for (const auto& row : states)
                if (status.value("code", "") == row.code)
                    return row.state;
    const auto provisioning = text_at(vm, "/properties/provisioningState");
    if (provisioning == "Failed" || provisioning == "Canceled")
        return State::error;
    if (provisioning == "Creating")
        return State::starting;
    return provisioning == "Deleting" ? State::stopping : State::none;
}

} // namespace orch::drivers::azure
