#include "drivers/openstack/wishes.hpp"

#include "drivers/kit/cloud.hpp"
#include "lib/base/error.hpp"
#include "lib/base/text.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <filesystem>
#include <set>

namespace orch::drivers::openstack {

namespace {

// Nova takes 65535 bytes of base64.
constexpr std::size_t most_user_data = 49151;

void exclusive(const Values& values, std::string_view what, std::string_view name) {
    const auto by_name = fmt::format("openstack-{}-name", name);
    const auto by_id = fmt::format("openstack-{}-id", name);
    if (!values.text(by_name).empty() && !values.text(by_id).empty())
        throw Error(Kind::usage, "Either {0} name or {0} id must be specified, not both", what)
            .hint("leave --{} or --{} out", by_name, by_id);
}

void check_key(const Values& values) {
    const auto& name = values.text("openstack-keypair-name");
    const auto& file = values.text("openstack-private-key-file");
    if (name.empty() != file.empty())
        throw Error(Kind::usage, "Both KeyPairName and PrivateKeyFile must be specified")
            .hint("give --openstack-keypair-name and --openstack-private-key-file, or neither");
    if (!file.empty() && !std::filesystem::exists(file))
        throw Error(Kind::not_found, "SSH key does not exist: \"{}\"", file)
            .hint("name the private key of the key pair with --openstack-private-key-file");
}

void check_volume(const Values& values) {
    const bool boots = values.flag("openstack-boot-from-volume");
    for (const auto* option :
         {"openstack-volume-type", "openstack-volume-device-path", "openstack-volume-id"})
        if (!boots && !values.text(option).empty())
            throw Error(Kind::usage, "--{} requires --openstack-boot-from-volume", option);
    if (!boots && values.integer("openstack-volume-size") != 0)
        throw Error(Kind::usage, "--openstack-volume-size requires --openstack-boot-from-volume");
}

Error unable(std::string_view what, const std::string& wish, std::string_view option) {
    Error error(Kind::not_found, "Unable to find {} named {}", what, wish);
    error.hint("name one that is in the project with --{}", option);
    return error;
}

/// One thing of many, by an option for its id or another one for its name.
struct Wanted {
    Service service;
    std::string what;       // "flavor"
    std::string option;     // without "-name" and "-id"
    std::string path;       // of a single one, without its id
    std::string list_path;  // of all
    std::string list_query; // that narrows down; the name is looked at here as well
    std::string key;        // of all in an answer
    std::string single;     // of one in an answer; empty: it is the answer
};

Json by_id(Project& project, const Wanted& wanted, const std::string& id) {
    auto found = project.find(
        wanted.service,
        {.what = "look at " + wanted.what, .path = wanted.path + "/" + http::escape(id)}
    );
    if (!found)
        throw Error(Kind::not_found, "Unable to find {} with id {}", wanted.what, id)
            .hint("name one that is in the project with --{}-id", wanted.option);
    return wanted.single.empty() ? *found : found->at(wanted.single);
}

Json require(Project& project, const Values& values, const Wanted& wanted) {
    if (const auto& id = values.text(wanted.option + "-id"); !id.empty())
        return by_id(project, wanted, id);
    const auto& name = values.text(wanted.option + "-name");
    for (auto& each : project.list(wanted.service, wanted.list_path, wanted.list_query, wanted.key))
        if (text_in(each, "name") == name)
            return std::move(each);
    throw unable(wanted.what, name, wanted.option + "-name");
}

Json flavor_of(Project& project, const Values& values) {
    return require(
        project,
        values,
        {.service = Service::compute,
         .what = "flavor",
         .option = "openstack-flavor",
         .path = "/flavors",
         .list_path = "/flavors/detail",
         .list_query = "",
         .key = "flavors",
         .single = "flavor"}
    );
}

/// Names of images of today's distributions that are there, for who has named none.
std::string proposals(Project& project) {
    std::set<std::string> names;
    for (const auto& image :
         project.list(Service::image, "/images", "status=active&sort=created_at:desc", "images")) {
        const auto name = text_in(image, "name");
        const auto user = user_of_image(image);
        if (user == "debian" || user == "ubuntu")
            names.insert(name);
    }
    const std::vector<std::string> some(names.rbegin(), names.rend());
    if (some.empty())
        return "the project has no image of Debian or Ubuntu; have one put in";
    return "the project has these of Debian and Ubuntu: " + text::join(some, ", ");
}

Json image_of(Project& project, const Values& values) {
    const auto& name = values.text("openstack-image-name");
    if (name.empty() && values.text("openstack-image-id").empty()) {
        if (!values.text("openstack-volume-id").empty())
            return nullptr;
        throw Error(
            Kind::usage,
            "Image name or Image id must be specified using the CLI option --openstack-image-name "
            "or --openstack-image-id"
        )
            .hint("{}", proposals(project));
    }
    return require(
        project,
        values,
        {.service = Service::image,
         .what = "image",
         .option = "openstack-image",
         .path = "/images",
         .list_path = "/images",
         .list_query = "name=" + http::escape(name) + "&status=active&sort=created_at:desc",
         .key = "images",
         .single = ""}
    );
}

/// Where Nova would answer "Multiple possible networks found".
void check_only_network(Project& project) {
    std::vector<std::string> own;
    for (const auto& network :
         project.list(Service::network, "/networks", "router:external=false", "networks"))
        if (text_in(network, "project_id") == project.id())
            own.push_back(text_in(network, "name"));
    if (own.size() > 1)
        throw Error(Kind::usage, "openstack: the project has several networks")
            .hint("name one with --openstack-net-name: {}", text::join(own, ", "));
}

std::string network_of(Project& project, const Values& values) {
    const auto& name = values.text("openstack-net-name");
    if (name.empty() && values.text("openstack-net-id").empty()) {
        check_only_network(project);
        return {};
    }
    const auto network = require(
        project,
        values,
        {.service = Service::network,
         .what = "network",
         .option = "openstack-net",
         .path = "/networks",
         .list_path = "/networks",
         .list_query = "name=" + http::escape(name),
         .key = "networks",
         .single = "network"}
    );
    return text_in(network, "id");
}

std::string pool_of(Project& project, const Values& values) {
    const auto& wish = values.text("openstack-floatingip-pool");
    if (wish.empty())
        return {};
    std::vector<std::string> names;
    for (const auto& network :
         project.list(Service::network, "/networks", "router:external=true", "networks")) {
        if (text_in(network, "name") == wish || text_in(network, "id") == wish)
            return text_in(network, "id");
        names.push_back(text_in(network, "name"));
    }
    throw Error(Kind::not_found, "Unable to find network named {} among the external ones", wish)
        .hint("--openstack-floatingip-pool takes one of: {}", text::join(names, ", "));
}

std::vector<std::string> groups_of(Project& project, const Values& values) {
    const auto& wish = values.text("openstack-sec-groups");
    std::vector<std::string> groups;
    if (wish.empty())
        return groups;
    std::set<std::string> known;
    for (const auto& group :
         project.list(Service::network, "/security-groups", "", "security_groups")) {
        known.insert(text_in(group, "name"));
        known.insert(text_in(group, "id"));
    }
    for (const auto& piece : text::split(wish, ',')) {
        std::string name(text::trim(piece));
        if (!known.contains(name))
            throw unable("security group", name, "openstack-sec-groups");
        groups.push_back(std::move(name));
    }
    return groups;
}

std::string server_group_of(Project& project, const Values& values) {
    if (values.text("openstack-server-group-name").empty() &&
        values.text("openstack-server-group-id").empty())
        return {};
    const auto group = require(
        project,
        values,
        {.service = Service::compute,
         .what = "server group",
         .option = "openstack-server-group",
         .path = "/os-server-groups",
         .list_path = "/os-server-groups",
         .list_query = "",
         .key = "server_groups",
         .single = "server_group"}
    );
    return text_in(group, "id");
}

void check_zone(Project& project, const std::string& wish) {
    if (wish.empty())
        return;
    const auto zone = wish.substr(0, wish.find(':')); // "zone:host" is for administrators
    std::vector<std::string> names;
    for (const auto& each :
         project.list(Service::compute, "/os-availability-zone", "", "availabilityZoneInfo")) {
        names.push_back(text_in(each, "zoneName"));
        if (names.back() == zone && each.value(Json::json_pointer("/zoneState/available"), true))
            return;
    }
    throw Error(Kind::not_found, "openstack: there is no availability zone {}", zone)
        .hint("--openstack-availability-zone takes one of: {}", text::join(names, ", "));
}

void check_keypair(Project& project, const std::string& name) {
    const auto path = "/os-keypairs/" + http::escape(name);
    if (!name.empty() &&
        !project.find(Service::compute, {.what = "look at key pair", .path = path}))
        throw unable("key pair", name, "openstack-keypair-name");
}

long long count(const Json& object, const char* key) {
    const auto found = object.find(key);
    return found != object.end() && found->is_number() ? found->get<long long>() : 0;
}

/// An image says what it needs.
void check_fit(const Values& values, const Choice& choice) {
    if (choice.image.is_null())
        return;
    const auto name = text_in(choice.image, "name");
    const auto flavor = text_in(choice.flavor, "name");
    const auto ram = count(choice.image, "min_ram");
    if (ram > count(choice.flavor, "ram"))
        throw Error(
            Kind::invalid,
            "openstack: image {} needs {} MB of memory; flavor {} has {}",
            name,
            ram,
            flavor,
            count(choice.flavor, "ram")
        )
            .hint("choose a larger --openstack-flavor-name");
    const bool volume = values.flag("openstack-boot-from-volume");
    const auto disk = count(choice.flavor, "disk");
    const auto room = volume && values.integer("openstack-volume-size") != 0
                          ? values.integer("openstack-volume-size")
                          : disk;
    if (room == 0 && volume)
        throw Error(Kind::usage, "openstack: flavor {} has no disk", flavor)
            .hint("say with --openstack-volume-size how large the volume is to be");
    if (room != 0 && count(choice.image, "min_disk") > room)
        throw Error(
            Kind::invalid,
            "openstack: image {} needs {} GB of disk; there are {}",
            name,
            count(choice.image, "min_disk"),
            room
        )
            .hint("choose a larger --openstack-flavor-name or --openstack-volume-size");
}

} // namespace

std::vector<std::pair<std::string, std::string>> metadata_of(const Values& values) {
    std::vector<std::pair<std::string, std::string>> pairs;
    const auto& wish = values.text("openstack-metadata");
    if (wish.empty())
        return pairs;
    const auto words = text::split(wish, ',');
    if (words.size() % 2 != 0)
        throw Error(
            Kind::usage, "--openstack-metadata takes KEY,VALUE,KEY,VALUE..., not \"{}\"", wish
        );
    for (std::size_t i = 0; i < words.size(); i += 2)
        pairs.emplace_back(text::trim(words[i]), text::trim(words[i + 1]));
    return pairs;
}

std::string user_data_of(const Values& values) {
    return kit::user_data_in(
        "openstack-user-data-file", values.text("openstack-user-data-file"), most_user_data
    );
}

// The users that the publishers' images have:
// https://docs.openstack.org/image-guide/obtain-images.html
std::string user_of_image(const Json& image) {
    if (!image.is_object())
        return "root";
    if (auto admin = text_in(image, "os_admin_user"); !admin.empty())
        return admin;
    auto distribution = text::lower(text_in(image, "os_distro"));
    if (distribution.empty())
        distribution = text::lower(text_in(image, "name"));
    for (const auto* known : {"debian", "ubuntu", "fedora", "rocky", "almalinux"})
        if (distribution.starts_with(known))
            return known;
    return "root";
}

void check_wishes(const Request& request) {
    const auto& values = request.values;
    exclusive(values, "Flavor", "flavor");
    exclusive(values, "Image", "image");
    exclusive(values, "Network", "net");
    exclusive(values, "Server group", "server-group");
    if (values.text("openstack-flavor-name").empty() && values.text("openstack-flavor-id").empty())
        throw Error(
            Kind::usage,
            "Flavor name or Flavor id must be specified using the CLI option "
            "--openstack-flavor-name or --openstack-flavor-id"
        );
    if (values.flag("openstack-nova-network"))
        throw Error(
            Kind::unsupported,
            "--openstack-nova-network is not supported: OpenStack has "
            "had no such networks since 2017"
        )
            .hint("leave it out; addresses come from Neutron");
    const auto version = values.integer("openstack-ip-version");
    if (version != 4 && version != 6)
        throw Error(Kind::usage, "--openstack-ip-version takes 4 or 6, not {}", version);
    if (!values.flag("openstack-sec-group-create") && !values.list("openstack-open-port").empty())
        throw Error(Kind::usage, "--openstack-open-port requires --openstack-sec-group-create");
    check_key(values);
    check_volume(values);
    metadata_of(values);
    user_data_of(values);
    kit::openings(
        request,
        values.integer("openstack-ssh-port"),
        "openstack-open-port",
        values.list("openstack-open-port")
    );
}

Choice choose(Project& project, const Values& values) {
    Choice choice;
    choice.flavor = flavor_of(project, values);
    choice.image = image_of(project, values);
    check_fit(values, choice);
    choice.network = network_of(project, values);
    choice.pool = pool_of(project, values);
    choice.groups = groups_of(project, values);
    choice.server_group = server_group_of(project, values);
    check_zone(project, values.text("openstack-availability-zone"));
    check_keypair(project, values.text("openstack-keypair-name"));
    return choice;
}

/// https://docs.openstack.org/api-ref/compute/#limits-limits
void check_quota(Project& project, const Json& flavor) {
    const auto answer =
        project.ask(Service::compute, {.what = "look at the quota", .path = "/limits"});
    const auto limits = answer.value(Json::json_pointer("/limits/absolute"), Json::object());

    struct Row {
        const char* what;
        const char* most;
        const char* used;
        long long wanted;
    };

    const Row rows[] = {
        {"servers", "maxTotalInstances", "totalInstancesUsed", 1},
        {"processors", "maxTotalCores", "totalCoresUsed", count(flavor, "vcpus")},
        {"MB of memory", "maxTotalRAMSize", "totalRAMUsed", count(flavor, "ram")},
    };
    for (const auto& row : rows) {
        if (!limits.contains(row.most))
            continue;
        const auto most = count(limits, row.most);
        if (most >= 0 && count(limits, row.used) + row.wanted > most) // -1: no limit
            throw Error(
                Kind::conflict,
                "openstack: the quota of the project is {} {}; {} are used and {} more are needed",
                most,
                row.what,
                count(limits, row.used),
                row.wanted
            )
                .hint("remove servers, or ask the cloud for a larger quota");
    }
}

} // namespace orch::drivers::openstack
