// What can be known before anything is made.
#include "drivers/azure/creation.hpp"
#include "drivers/kit/cloud.hpp"
#include "drivers/kit/record.hpp"
#include "lib/base/error.hpp"
#include "lib/base/text.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <set>

namespace orch::drivers::azure {

namespace {

constexpr std::size_t longest_name = 64;

// Azure makes no user of these names, among others.
const std::set<std::string> forbidden_users{
    "1",      "123",           "a",      "actuser", "adm",     "admin",   "admin1",
    "admin2", "administrator", "aspnet", "backup",  "console", "david",   "guest",
    "john",   "owner",         "root",   "server",  "sql",     "support", "sys",
    "test",   "test1",         "test2",  "test3",   "user",    "user1",   "user2",
    "user3",  "user4",         "user5"};

void require(const Values& values, const std::string& option) {
    if (values.text(option).empty())
        throw Error(Kind::usage, "azure driver requires the \"{}\" option", option);
}

void check_names(const Values& values, const std::string& machine) {
    if (machine.size() > longest_name || machine.ends_with('-') || machine.ends_with('.'))
        throw Error(
            Kind::usage,
            "azure: a virtual machine cannot be called {}: names have at most {} characters and "
            "end with a letter or digit",
            machine,
            longest_name
        );
    if (forbidden_users.contains(text::lower(values.text("azure-ssh-user"))))
        throw Error(
            Kind::usage,
            "azure: Azure allows no user \"{}\": choose another --azure-ssh-user",
            values.text("azure-ssh-user")
        );
    const auto& label = values.text("azure-dns");
    const bool plain = std::all_of(label.begin(), label.end(), [](unsigned char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
    });
    if (!label.empty() && (!plain || label.size() < 3 || label.size() > 63 || label.front() < 'a' ||
                           label.back() == '-'))
        throw Error(
            Kind::usage,
            "--azure-dns takes 3 to 63 of a-z, 0-9 and -, a letter first, not \"{}\"",
            label
        );
}

void check_spot(const Values& values) {
    const auto& price = values.text("azure-spot-price");
    if (!price.empty() && !values.flag("azure-spot"))
        throw Error(Kind::usage, "--azure-spot-price requires --azure-spot");
    double number = 0;
    const auto parsed = std::from_chars(price.data(), price.data() + price.size(), number);
    if (!price.empty() && (parsed.ec != std::errc() || *parsed.ptr != '\0' || number <= 0))
        throw Error(
            Kind::usage, "--azure-spot-price takes dollars an hour as 0.05, not \"{}\"", price
        );
    if (values.flag("azure-spot") && !values.text("azure-availability-set").empty())
        throw Error(Kind::usage, "--azure-spot and --azure-availability-set exclude each other");
}

std::string provider_path(const Record& record, std::string_view provider) {
    return fmt::format(
        "/subscriptions/{}/providers/{}", kit::text(record, "SubscriptionID"), provider
    );
}

std::string located_path(const Record& record, std::string_view provider) {
    return provider_path(record, provider) + "/locations/" + kit::text(record, "Location");
}

void check_subscription(Arm& arm, const Record& record) {
    const auto id = kit::text(record, "SubscriptionID");
    const auto found = arm.find("look at the subscription", "/subscriptions/" + id);
    if (!found)
        throw Error(Kind::not_found, "azure: there is no subscription {} for this account", id)
            .hint("az account list shows those that there are");
    const auto state = text_at(*found, "/state");
    if (state == "Disabled" || state == "Deleted")
        throw Error(Kind::conflict, "azure: the subscription {} is {}", id, text::lower(state));
    const auto location = kit::text(record, "Location");
    const auto places = arm.list("list locations", "/subscriptions/" + id + "/locations");
    if (std::none_of(places.begin(), places.end(), [&](const Json& place) {
            return text_at(place, "/name") == location;
        }))
        throw Error(Kind::not_found, "azure: there is no location {}", location)
            .hint("az account list-locations shows those that there are");
}

std::string capability(const Json& size, std::string_view name) {
    for (const auto& each : size.value("capabilities", Json::array()))
        if (text_at(each, "/name") == name)
            return text_at(each, "/value");
    return {};
}

bool names_zone(const Json& list, const std::string& zone) {
    return std::find(list.begin(), list.end(), Json(zone)) != list.end();
}

/// Whether the size, or the size in that zone, is closed to the subscription.
bool is_restricted(const Json& size, const std::string& zone) {
    for (const auto& each : size.value("restrictions", Json::array())) {
        const auto type = text_at(each, "/type");
        if (type == "Location")
            return true;
        const auto info = each.value("restrictionInfo", Json::object());
        if (type == "Zone" && !zone.empty() && names_zone(info.value("zones", Json::array()), zone))
            return true;
    }
    return false;
}

Json require_size(Arm& arm, const Record& record, const Values& values) {
    const auto location = kit::text(record, "Location");
    const auto& wish = values.text("azure-size");
    const auto& zone = values.text("azure-availability-zone");
    const auto filter = http::escape(fmt::format("location eq '{}'", location));
    const auto path = provider_path(record, "Microsoft.Compute/skus?%24filter=") + filter;
    for (const auto& size : arm.list("list sizes", path)) {
        if (text_at(size, "/resourceType") != "virtualMachines" ||
            text::lower(text_at(size, "/name")) != text::lower(wish))
            continue;
        const Json::json_pointer zones("/locationInfo/0/zones");
        const bool in_zone =
            zone.empty() || (size.contains(zones) && names_zone(size[zones], zone));
        if (!in_zone || is_restricted(size, zone))
            throw Error(
                Kind::conflict,
                "azure: size {} is not available to this subscription in {}{}{}",
                wish,
                location,
                zone.empty() ? "" : " zone ",
                zone
            )
                .hint("choose another --azure-size or --azure-location");
        return size;
    }
    throw Error(Kind::not_found, "azure: there is no size {} in {}", wish, location)
        .hint("az vm list-skus --location {} shows those that there are", location);
}

long long whole(const Json& object, const char* name) {
    const auto found = object.find(name);
    return found != object.end() && found->is_number() ? found->get<long long>() : 0;
}

void check_quota(Arm& arm, const Record& record, const Values& values, const Json& size) {
    long long cores = 1;
    const auto text = capability(size, "vCPUs");
    std::from_chars(text.data(), text.data() + text.size(), cores);
    const auto family = text::lower(text_at(size, "/family"));
    for (const auto& usage :
         arm.list("look at quotas", located_path(record, "Microsoft.Compute") + "/usages")) {
        const auto name = text::lower(text_at(usage, "/name/value"));
        const bool spot = values.flag("azure-spot");
        const bool counts = name == "virtualmachines" || (spot && name == "lowprioritycores") ||
                            (!spot && (name == "cores" || name == family));
        const auto more = name == "virtualmachines" ? 1 : cores;
        if (counts && whole(usage, "currentValue") + more > whole(usage, "limit"))
            throw Error(
                Kind::conflict,
                "azure: the quota of {} in {} is used up: {} of {}, and {} more are needed",
                text_at(usage, "/name/localizedValue"),
                kit::text(record, "Location"),
                whole(usage, "currentValue"),
                whole(usage, "limit"),
                more
            )
                .hint("ask for more in the portal, or choose another size or location");
    }
}

/// Images belong to one architecture and one generation of virtual machines each.
Image fitting_image(const Values& values, const Json& size) {
    auto image = parse_image(values.text("azure-image"));
    if (values.text("azure-image") != default_image)
        return image;
    if (capability(size, "CpuArchitectureType") == "Arm64")
        image.sku = "server-arm64";
    else if (capability(size, "HyperVGenerations") == "V1")
        image.sku = "server-gen1";
    return image;
}

void require_image(Arm& arm, const Record& record, const Image& image) {
    if (!image.id.empty()) {
        if (!arm.find("look at the image", image.id))
            throw Error(Kind::not_found, "azure: there is no image {}", image.id);
        return;
    }
    const auto path = fmt::format(
        "{}/publishers/{}/artifacttypes/vmimage/offers/{}/skus/{}/versions",
        located_path(record, "Microsoft.Compute"),
        http::escape(image.publisher),
        http::escape(image.offer),
        http::escape(image.sku)
    );
    const bool latest = text::lower(image.version) == "latest";
    const auto found = latest ? arm.find("look at the image", path + "?%24top=1")
                              : arm.find("look at the image", path + "/" + image.version);
    if (!found || (latest && found->empty()))
        throw Error(
            Kind::not_found,
            "azure: there is no image {}:{}:{}:{} in {}",
            image.publisher,
            image.offer,
            image.sku,
            image.version,
            kit::text(record, "Location")
        )
            .hint(
                "az vm image list --all --publisher {} shows those that there are", image.publisher
            );
}

void check_network(Arm& arm, const Record& record, const Values& values) {
    const Place place(record);
    const auto vnet = arm.find("look at virtual network", place.vnet());
    const auto location = kit::text(record, "Location");
    if (vnet && plain_location(text_at(*vnet, "/location")) != location)
        throw Error(
            Kind::conflict,
            "azure: the virtual network {} is in {}, the machine would be in {}",
            kit::text(record, "VirtualNetwork"),
            text_at(*vnet, "/location"),
            location
        )
            .hint("name another one with --azure-vnet");
    if (const auto& wish = values.text("azure-nsg");
        !wish.empty() && !arm.find(
                             "look at network security group",
                             place.wished("Microsoft.Network", "networkSecurityGroups", wish)
                         ))
        throw Error(Kind::not_found, "azure: there is no network security group {}", wish)
            .hint("name one with --azure-nsg, or leave that out");
    const auto& label = values.text("azure-dns");
    if (label.empty())
        return;
    const auto answer = arm.find(
        "look at the name " + label,
        located_path(record, "Microsoft.Network") +
            "/CheckDnsNameAvailability?domainNameLabel=" + label
    );
    if (answer && !answer->value("available", true))
        throw Error(Kind::conflict, "azure: the name {} is taken in {}", label, location)
            .hint("choose another --azure-dns");
}

void check_free(Arm& arm, const Record& record) {
    const Place place(record);
    for (const auto& [kind, path] :
         {std::pair("virtual machine", place.vm()),
          {"network interface", place.nic()},
          {"public address", place.ip()},
          {"network security group", place.firewall()}})
        if (arm.find(fmt::format("look at {}", kind), path))
            throw Error(
                Kind::conflict,
                "azure: there is a {} {} in resource group {} already",
                kind,
                path.substr(path.rfind('/') + 1),
                kit::text(record, "ResourceGroup")
            )
                .hint("choose another name for the machine, or another --azure-resource-group");
}

} // namespace

void check_wishes(const Values& values, const std::string& machine) {
    for (const auto* option :
         {"azure-subscription-id",
          "azure-resource-group",
          "azure-location",
          "azure-size",
          "azure-image",
          "azure-vnet",
          "azure-subnet",
          "azure-subnet-prefix",
          "azure-ssh-user"})
        require(values, option);
    check_names(values, machine);
    check_spot(values);
    if (!values.text("azure-availability-zone").empty() &&
        !values.text("azure-availability-set").empty())
        throw Error(
            Kind::usage, "--azure-availability-zone and --azure-availability-set exclude each other"
        );
    if (!values.text("azure-dns").empty() && values.flag("azure-no-public-ip"))
        throw Error(Kind::usage, "--azure-dns and --azure-no-public-ip exclude each other");
    if (values.integer("azure-docker-port") < 1 || values.integer("azure-docker-port") > 65535)
        throw Error(Kind::usage, "--azure-docker-port takes a port");
    parse_image(values.text("azure-image"));
    parse_tags(values.text("azure-tags"));
    for (const auto& each : values.list("azure-open-port"))
        kit::parse_open_port("azure-open-port", each);
    kit::user_data_in("azure-custom-data", values.text("azure-custom-data"), 65535);
}

Image settle_image(Arm& arm, const Record& record, const Values& values) {
    const bool by_size = values.text("azure-image") == default_image;
    return fitting_image(values, by_size ? require_size(arm, record, values) : Json::object());
}

void check_account(Arm& arm, const Record& record, const Values& values) {
    check_subscription(arm, record);
    const auto size = require_size(arm, record, values);
    check_quota(arm, record, values, size);
    require_image(arm, record, fitting_image(values, size));
    check_network(arm, record, values);
    check_free(arm, record);
}

} // namespace orch::drivers::azure
