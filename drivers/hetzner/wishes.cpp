#include "drivers/hetzner/wishes.hpp"

#include "drivers/kit/cloud.hpp"
#include "drivers/kit/record.hpp"
#include "lib/base/error.hpp"
#include "lib/fs/files.hpp"

#include <fmt/core.h>

#include <algorithm>

namespace orch::drivers::hetzner {

namespace {

constexpr std::size_t most_user_data = 32768;
constexpr std::size_t longest_name = 63;

/// docker-machine's driver knows two spellings.
bool without_ipv4(const Values& values) {
    return values.flag("hetzner-disable-public") || values.flag("hetzner-disable-public-ipv4") ||
           values.flag("hetzner-disable-public-4");
}

bool without_ipv6(const Values& values) {
    return values.flag("hetzner-disable-public") || values.flag("hetzner-disable-public-ipv6") ||
           values.flag("hetzner-disable-public-6");
}

/// A server's name is a host name: RFC 1123.
void check_name(const std::string& name) {
    const bool fits = name.size() <= longest_name && !name.ends_with('-') && !name.ends_with('.');
    if (!fits)
        throw Error(Kind::invalid, "hetzner: a server cannot be called {}", name)
            .hint("at most {} letters, digits, dots and dashes, the last no dash", longest_name);
}

} // namespace

long long id_of(const Json& object) { return object.at("id").get<long long>(); }

/// How to find what this create made, if the answer that named it was lost.
std::string mark_of(const Record& record) {
    return "label_selector=" + http::escape("orch-create==" + kit::text(record, "CreateMark"));
}

Json labels_of(
    const Record& record, std::string_view option, const std::vector<std::string>& more
) {
    Json labels{
        {"orch", "1"},
        {"orch-machine", kit::text(record, "MachineName")},
        {"orch-create", kit::text(record, "CreateMark")},
    };
    for (const auto& [name, value] : kit::pairs_of(option, more))
        labels[name] = value;
    return labels;
}

std::string user_data_of(const Values& values) {
    const auto& file = values.text("hetzner-user-data-file");
    const auto& text = values.text("hetzner-user-data");
    if (!text.empty() && !file.empty())
        throw Error(
            Kind::usage, "--hetzner-user-data and --hetzner-user-data-file exclude each other"
        );
    if (values.flag("hetzner-user-data-from-file"))
        return kit::user_data_in("hetzner-user-data", text, most_user_data);
    return text.empty() ? kit::user_data_in("hetzner-user-data-file", file, most_user_data) : text;
}

/// Before anything is asked.
void check_wishes(const Access& access, const Values& values) {
    check_name(access.machine);
    const bool has_key = !values.text("hetzner-existing-key-path").empty();
    if (values.integer("hetzner-existing-key-id") != 0 && !has_key)
        throw Error(Kind::usage, "--hetzner-existing-key-id requires --hetzner-existing-key-path");
    if (!values.text("hetzner-placement-group").empty() && values.flag("hetzner-auto-spread"))
        throw Error(
            Kind::usage, "--hetzner-placement-group and --hetzner-auto-spread exclude each other"
        );
    if (values.flag("hetzner-use-private-network") && values.list("hetzner-networks").empty())
        throw Error(Kind::usage, "--hetzner-use-private-network requires --hetzner-networks");
    if (without_ipv4(values) && without_ipv6(values) && !values.flag("hetzner-use-private-network"))
        throw Error(
            Kind::usage, "a server without public addresses requires --hetzner-use-private-network"
        );
    user_data_of(values);
    for (const auto& port : values.list("hetzner-open-port"))
        kit::parse_open_port("hetzner-open-port", port);
    kit::pairs_of("hetzner-server-label", values.list("hetzner-server-label"));
    kit::pairs_of("hetzner-key-label", values.list("hetzner-key-label"));
}

Json require_type(Project& project, const Values& values) {
    const auto type =
        project.require("server_types", values.text("hetzner-server-type"), "hetzner-server-type");
    const auto& location = values.text("hetzner-server-location");
    if (location.empty())
        return type;
    project.require("locations", location, "hetzner-server-location");
    for (const auto& each : type.value("locations", Json::array()))
        if (each.value("name", "") == location && !each.value("available", true))
            throw Error(
                Kind::conflict,
                "hetzner: server type {} is not available in {} now",
                type.value("name", ""),
                location
            )
                .hint("choose another --hetzner-server-location or --hetzner-server-type");
    return type;
}

/// Names of images belong to one architecture each.
Json require_image(Project& project, const Values& values, const Json& type) {
    if (const auto id = values.integer("hetzner-image-id"); id != 0)
        return project.require("images", std::to_string(id), "hetzner-image-id");
    const auto& name = values.text("hetzner-image");
    auto arch = values.text("hetzner-image-arch");
    if (arch.empty())
        arch = type.value("architecture", "x86");
    const auto found = project.list(
        "images",
        fmt::format("name={}&architecture={}&include_deprecated=true", http::escape(name), arch)
    );
    if (found.empty())
        throw Error(Kind::not_found, "hetzner: there is no image {} for {}", name, arch)
            .hint("name one with --hetzner-image, debian-13 for example");
    return found.front();
}

Json ids(Project& project, std::string_view kind, const Values& values, const std::string& option) {
    auto found = Json::array();
    for (const auto& wish : values.list(option))
        found.push_back(id_of(project.require(kind, wish, option)));
    return found;
}

void check_existing_key(Project& project, const Values& values) {
    const auto id = values.integer("hetzner-existing-key-id");
    if (id == 0)
        return;
    const auto key = project.require("ssh_keys", std::to_string(id), "hetzner-existing-key-id");
    const auto& path = values.text("hetzner-existing-key-path");
    if (key.value("fingerprint", "") != kit::md5_fingerprint(fs::read_file(path + ".pub")))
        throw Error(Kind::conflict, "hetzner: SSH key {} is not the one in {}.pub", id, path)
            .hint("leave --hetzner-existing-key-id out: the key is found by its fingerprint");
}

bool wants_firewall(const Values& values) {
    return values.flag("hetzner-own-firewall") || !values.list("hetzner-open-port").empty() ||
           !values.list("hetzner-open-cidr").empty();
}

Json firewall_body(const Request& request, const Record& record) {
    const auto& values = request.values;
    Json sources = values.list("hetzner-open-cidr");
    if (sources.empty())
        sources = {"0.0.0.0/0", "::/0"};
    auto rules = Json::array();
    for (const auto& opening : kit::openings(
             request,
             values.integer("hetzner-ssh-port"),
             "hetzner-open-port",
             values.list("hetzner-open-port")
         ))
        rules.push_back({
            {"direction", "in"},
            {"protocol", opening.protocol},
            {"port", std::to_string(opening.port)},
            {"source_ips", sources},
        });
    return {
        {"name", fmt::format("orch-{}", kit::text(record, "CreateMark"))},
        {"labels", labels_of(record, "", {})},
        {"rules", std::move(rules)},
    };
}

Record draft(const Access& access, const Request& request) {
    const auto& values = request.values;
    auto record = kit::base_record(access);
    record["SSHUser"] = values.text("hetzner-ssh-user");
    record["SSHPort"] = values.integer("hetzner-ssh-port");
    kit::note_swarm(request, record);
    record["Image"] = values.text("hetzner-image");
    record["ImageID"] = values.integer("hetzner-image-id");
    record["ImageArch"] = values.text("hetzner-image-arch");
    record["Type"] = values.text("hetzner-server-type");
    record["Location"] = values.text("hetzner-server-location");
    record["KeyID"] = 0;
    record["IsExistingKey"] = false;
    record["ServerID"] = 0;
    record["Volumes"] = values.list("hetzner-volumes");
    record["Networks"] = values.list("hetzner-networks");
    record["UsePrivateNetwork"] = values.flag("hetzner-use-private-network");
    record["DisablePublic4"] = without_ipv4(values);
    record["DisablePublic6"] = without_ipv6(values);
    record["PrimaryIPv4"] = values.text("hetzner-primary-ipv4");
    record["PrimaryIPv6"] = values.text("hetzner-primary-ipv6");
    record["Firewalls"] = values.list("hetzner-firewalls");
    record["AdditionalKeys"] = values.list("hetzner-additional-key");
    record["AdditionalKeyIDs"] = Json::array();
    record["ServerLabels"] = Record::object();
    for (const auto& [name, value] :
         kit::pairs_of("hetzner-server-label", values.list("hetzner-server-label")))
        record["ServerLabels"][name] = value;
    record["WaitOnError"] = values.integer("hetzner-wait-on-error");
    record["WaitOnPolling"] = values.integer("hetzner-wait-on-polling");
    record["WaitForRunningTimeout"] = values.integer("hetzner-wait-for-running-timeout");
    record["Endpoint"] = values.text("hetzner-endpoint");
    record["CreateMark"] = kit::new_mark();
    return record;
}

} // namespace orch::drivers::hetzner
