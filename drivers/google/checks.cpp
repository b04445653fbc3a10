#include "drivers/google/checks.hpp"

#include "drivers/google/wishes.hpp"
#include "drivers/kit/record.hpp"
#include "lib/base/error.hpp"
#include "lib/base/text.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>

namespace orch::drivers::google {

namespace {

/// Numbers of 64 bits come as text.
long long number_in(const Json& object, const char* field) {
    const auto value = object.value(field, "0");
    long long number = 0;
    std::from_chars(value.data(), value.data() + value.size(), number);
    return number;
}

Json require(
    Project& project,
    const std::string& what,
    const std::string& name,
    const std::string& path,
    const std::string& option
) {
    if (auto found = project.find("look at " + what, path))
        return *std::move(found);
    throw Error(Kind::not_found, "google: there is no {} {}", what, name)
        .hint("name one with --{}", option);
}

void check_project(Project& project) {
    try {
        project.get("look at project", "");
    } catch (const kit::Refused& refused) {
        if (refused.status() != 404 && refused.status() != 403)
            throw;
        throw Error(
            refused.kind(),
            "Project with ID \"{}\" not found. {}",
            project.name(),
            refused.message()
        )
            .hint("look at --google-project, and at the roles of the account that logs in");
    }
}

void check_name(Project& project, const Record& record) {
    const auto found = project.find("look at instance", instance_path(record));
    const auto zone = kit::text(record, "Zone");
    if (record.value("UseExisting", false)) {
        if (!found)
            throw Error(
                Kind::not_found,
                "unable to find instance \"{}\" in zone \"{}\"",
                instance_name(record),
                zone
            );
        if (found->value("status", "") != "RUNNING")
            throw Error(
                Kind::conflict,
                "google: instance {} does not run, it is {}",
                instance_name(record),
                found->value("status", "")
            )
                .hint("start it first");
    } else if (found) {
        throw Error(
            Kind::conflict,
            "instance \"{}\" already exists in zone \"{}\"",
            instance_name(record),
            zone
        )
            .hint("choose another name for the machine, or use it with --google-use-existing");
    }
}

void check_network(Project& project, const Record& record) {
    const auto path = network_path(record);
    if (!path.starts_with("projects/" + project.name() + "/"))
        return; // of another project, which may show it to nobody
    const auto network = require(project, "network", last_part(path), path, "google-network");
    const auto subnetwork = subnetwork_path(record);
    if (!subnetwork.empty())
        require(project, "subnetwork", last_part(subnetwork), subnetwork, "google-subnetwork");
    else if (network.contains("autoCreateSubnetworks") && !network["autoCreateSubnetworks"])
        throw Error(
            Kind::usage, "google: network {} requires --google-subnetwork", last_part(path)
        );
}

/// The quota that the processors of a type count for.
std::string processor_quota(const Record& record) {
    const auto family = [&] {
        const auto type = kit::text(record, "MachineType");
        return type.substr(0, type.find('-'));
    }();
    for (const auto* common : {"e2", "n1", "f1", "g1", "custom"})
        if (family == common)
            return "CPUS";
    return text::upper(family) + "_CPUS";
}

struct Need {
    std::string metric;
    double count = 0;
};

std::vector<Need> needs_of(const Record& record, const Json& type) {
    std::vector<Need> needs{{"INSTANCES", 1}};
    // What a part of a processor counts is not told: any room at all will do. Spot VMs have a quota
    // of their own only where it was asked for.
    if (!record.value("Preemptible", false))
        needs.push_back(
            {processor_quota(record),
             type.value("isSharedCpu", false) ? 0.25 : type.value("guestCpus", 1)}
        );
    const auto disk = kit::text(record, "DiskType");
    if (disk.starts_with("pd-"))
        needs.push_back(
            {disk == "pd-standard" ? "DISKS_TOTAL_GB" : "SSD_TOTAL_GB",
             static_cast<double>(kit::integer(record, "DiskSize", 0))}
        );
    if (!record.value("UseInternalIPOnly", false) && kit::text(record, "Address").empty())
        needs.push_back({"IN_USE_ADDRESSES", 1});
    return needs;
}

/// https://docs.cloud.google.com/compute/resource-usage
void check_quota(Project& project, const Record& record, const Json& type) {
    const auto region = region_of(kit::text(record, "Zone"));
    const auto shown = project.get("look at region", "regions/" + region);
    for (const auto& need : needs_of(record, type))
        for (const auto& quota : shown.value("quotas", Json::array())) {
            const auto limit = quota.value("limit", 0.0);
            const auto usage = quota.value("usage", 0.0);
            if (quota.value("metric", "") == need.metric && limit >= 0 &&
                usage + need.count > limit)
                throw Error(
                    Kind::conflict,
                    "google: the quota of {} in {} is used up: {} of {}",
                    need.metric,
                    region,
                    usage,
                    limit
                )
                    .hint("choose a zone of another region with --google-zone, or ask for more");
        }
}

} // namespace

std::string resolve_image(Project& project, const Record& record, const Json& type) {
    const auto wish = kit::text(record, "MachineImage");
    const auto path = image_path(wish, project.name());
    const auto image = require(project, "image", wish, path, "google-machine-image");
    const auto state = image.value(Json::json_pointer("/deprecated/state"), "");
    if (state == "OBSOLETE" || state == "DELETED")
        throw Error(Kind::not_found, "google: image {} is no longer offered", wish)
            .hint("name another one with --google-machine-image");
    if (number_in(image, "diskSizeGb") > kit::integer(record, "DiskSize", 0))
        throw Error(
            Kind::usage,
            "google: image {} requires a --google-disk-size of {}",
            wish,
            number_in(image, "diskSizeGb")
        );
    const auto has = image.value("architecture", "");
    const auto needs = type.is_object() ? type.value("architecture", "") : "";
    if (!has.empty() && !needs.empty() && has != needs)
        throw Error(
            Kind::usage,
            "google: image {} is for {}, machine type {} is {}",
            wish,
            has,
            type.value("name", ""),
            needs
        )
            .hint("name another --google-machine-image or --google-machine-type");
    const auto link = image.value("selfLink", path);
    const auto place = link.find("projects/");
    return place == std::string::npos ? path.substr(9) : link.substr(place + 9);
}

std::string resolve_address(Project& project, const Record& record) {
    const auto wish = kit::text(record, "Address");
    if (wish.find_first_not_of("0123456789.") == std::string::npos)
        return wish;
    const auto path =
        fmt::format("regions/{}/addresses/{}", region_of(kit::text(record, "Zone")), wish);
    const auto found = require(project, "address", wish, path, "google-address");
    if (found.value("status", "RESERVED") == "IN_USE")
        throw Error(Kind::conflict, "google: address {} is in use", wish)
            .hint("name another one with --google-address");
    return found.value("address", "");
}

void check_at_google(Project& project, const Record& record) {
    check_project(project);
    const auto zone = kit::text(record, "Zone");
    const auto shown = require(project, "zone", zone, "zones/" + zone, "google-zone");
    if (shown.value("status", "UP") != "UP")
        throw Error(Kind::conflict, "google: zone {} is down", zone)
            .hint("choose another --google-zone");
    check_name(project, record);
    if (record.value("UseExisting", false))
        return;
    const auto below = "zones/" + zone + "/";
    const auto type = kit::text(record, "MachineType");
    const auto found = require(
        project,
        "machine type",
        type + " in zone " + zone,
        below + "machineTypes/" + type,
        "google-machine-type"
    );
    const auto disk = kit::text(record, "DiskType");
    require(
        project,
        "disk type",
        disk + " in zone " + zone,
        below + "diskTypes/" + disk,
        "google-disk-type"
    );
    resolve_image(project, record, found);
    check_network(project, record);
    resolve_address(project, record);
    check_quota(project, record, found);
}

} // namespace orch::drivers::google
