#include "drivers/google/wishes.hpp"

#include "drivers/kit/record.hpp"
#include "lib/base/error.hpp"
#include "lib/base/text.hpp"

#include <fmt/core.h>

#include <algorithm>

namespace orch::drivers::google {

namespace {

constexpr std::size_t most_user_data = 262144; // of a value in the metadata
constexpr std::size_t longest_name = 58;       // 63 less "-disk"
constexpr std::size_t longest_label = 63;

bool is_small(char c) { return c >= 'a' && c <= 'z'; }

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// RFC 1035, https://docs.cloud.google.com/compute/docs/naming-resources
bool is_name(std::string_view text, std::size_t longest) {
    return !text.empty() && text.size() <= longest && is_small(text.front()) &&
           text.back() != '-' && std::all_of(text.begin(), text.end(), [](char c) {
               return is_small(c) || is_digit(c) || c == '-';
           });
}

bool is_label_text(std::string_view text) {
    return text.size() <= longest_label && std::all_of(text.begin(), text.end(), [](char c) {
               return is_small(c) || is_digit(c) || c == '-' || c == '_' ||
                      static_cast<unsigned char>(c) >= 128; // letters of other languages
           });
}

struct Distribution {
    std::string_view prefix;
    std::string_view project;
};

// https://docs.cloud.google.com/compute/docs/images/os-details
constexpr Distribution distributions[] = {
    {"debian-", "debian-cloud"},
    {"ubuntu-", "ubuntu-os-cloud"},
    {"rocky-linux-", "rocky-linux-cloud"},
    {"centos-stream-", "centos-cloud"},
    {"almalinux-", "almalinux-cloud"},
    {"rhel-", "rhel-cloud"},
    {"sles-", "suse-cloud"},
    {"opensuse-", "opensuse-cloud"},
    {"fedora-", "fedora-cloud"},
    {"cos-", "cos-cloud"},
};

/// "projects/..." of a URL of Google's or of a path; other text stays.
std::string without_host(std::string text) {
    if (const auto place = text.find("/projects/"); place != std::string::npos)
        text.erase(0, place + 1);
    return text;
}

/// The whole path of a name in a folder of the project, or of the path that it is.
std::string
path_of(const std::string& wish, const std::string& project, const std::string& folder) {
    const auto path = without_host(wish);
    if (path.starts_with("projects/"))
        return path;
    if (path.find('/') != std::string::npos)
        return fmt::format("projects/{}/{}", project, path);
    return fmt::format("projects/{}/{}/{}", project, folder, path);
}

Json labels_of(const Record& record, const std::map<std::string, std::string>& more) {
    Json labels{{"orch", "1"}, {"orch-machine", kit::text(record, "MachineName")}};
    if (const auto mark = kit::text(record, "CreateMark"); !mark.empty())
        labels["orch-create"] = mark;
    for (const auto& [name, value] : more)
        labels[name] = value;
    return labels;
}

std::string key_line(const std::string& user, const std::string& public_key) {
    const auto words = text::split(std::string(text::trim(public_key)), ' ');
    return fmt::format("{}:{} {} {}", user, words[0], words.size() > 1 ? words[1] : "", user);
}

Json item(const std::string& key, const std::string& value) {
    return {{"key", key}, {"value", value}};
}

Json disk_of(const Record& record, const Making& making) {
    const auto zone = fmt::format(
        "projects/{}/zones/{}/", kit::text(record, "Project"), kit::text(record, "Zone")
    );
    Json disk{
        {"boot", true},
        {"autoDelete", !making.disk_exists || making.disk_is_own},
        {"type", "PERSISTENT"},
        {"mode", "READ_WRITE"},
    };
    if (making.disk_exists)
        disk["source"] = zone + "disks/" + disk_name(record);
    else
        disk["initializeParams"] = {
            {"diskName", disk_name(record)},
            {"sourceImage",
             image_path(kit::text(record, "MachineImage"), kit::text(record, "Project"))},
            {"diskSizeGb", std::to_string(kit::integer(record, "DiskSize", 10))}, // int64 as text
            {"diskType", zone + "diskTypes/" + kit::text(record, "DiskType")},
            {"labels", labels_of(record, making.labels)},
        };
    return disk;
}

Json interface_of(const Record& record, const Making& making) {
    Json card{{"network", network_path(record)}};
    if (const auto subnetwork = subnetwork_path(record); !subnetwork.empty())
        card["subnetwork"] = subnetwork;
    if (record.value("UseInternalIPOnly", false))
        return card;
    Json outside{{"name", "External NAT"}, {"type", "ONE_TO_ONE_NAT"}};
    if (!making.address.empty())
        outside["natIP"] = making.address;
    card["accessConfigs"] = Json::array({outside});
    return card;
}

/// https://docs.cloud.google.com/compute/docs/instances/create-use-spot
Json scheduling_of(const Record& record) {
    if (!record.value("Preemptible", false))
        return {{"provisioningModel", "STANDARD"}};
    return {
        {"provisioningModel", "SPOT"},
        {"instanceTerminationAction", "STOP"},
        {"automaticRestart", false},
        {"onHostMaintenance", "TERMINATE"},
    };
}

} // namespace

std::vector<std::string> items_of(const std::string& text) {
    std::vector<std::string> items;
    for (const auto& each : text::split(text, ','))
        if (const auto item = text::trim(each); !item.empty())
            items.emplace_back(item);
    return items;
}

std::map<std::string, std::string> labels_of(const std::string& text) {
    std::map<std::string, std::string> labels;
    const auto items = items_of(text);
    if (text.find('=') != std::string::npos) {
        for (auto& [name, value] : kit::pairs_of("google-vm-labels", items))
            labels[name] = value;
    } else if (items.size() % 2 == 0) {
        for (std::size_t i = 0; i < items.size(); i += 2)
            labels[items[i]] = items[i + 1];
    } else {
        throw Error(Kind::usage, "--google-vm-labels takes NAME=VALUE,..., not \"{}\"", text);
    }
    for (const auto& [name, value] : labels)
        if (!is_label_text(name) || !is_label_text(value) || is_digit(name.front()))
            throw Error(
                Kind::usage,
                "--google-vm-labels: Google takes small letters, digits, - and _ in labels, at "
                "most 63, not \"{}={}\"",
                name,
                value
            );
    return labels;
}

std::string user_data_of(const Values& values) {
    return kit::user_data_in("google-userdata", values.text("google-userdata"), most_user_data);
}

void check_wishes(const std::string& machine, const Request& request) {
    const auto& values = request.values;
    if (!is_name(machine, longest_name))
        throw Error(Kind::usage, "google: an instance cannot have the name \"{}\"", machine)
            .hint(
                "Google takes small letters, digits and -, begun by a letter, at most {} "
                "characters",
                longest_name
            );
    if (values.text("google-username") == "root")
        throw Error(Kind::usage, "--google-username: Google's images let nobody log in as root");
    const bool inside = values.flag("google-use-internal-ip-only");
    if (inside && !values.text("google-address").empty())
        throw Error(
            Kind::usage, "--google-address and --google-use-internal-ip-only exclude each other"
        );
    for (const auto& tag : items_of(values.text("google-tags")))
        if (!is_name(tag, longest_label))
            throw Error(Kind::usage, "--google-tags: \"{}\" cannot be a network tag", tag);
    for (const auto* side : {"external", "internal"}) {
        const auto option = fmt::format("google-{}-firewall-rule-prefix", side);
        const auto& prefix = values.text(option);
        if (!prefix.empty() && !is_name(prefix + "-" + side, longest_label))
            throw Error(Kind::usage, "--{}: \"{}\" cannot begin a rule's name", option, prefix);
    }
    labels_of(values.text("google-vm-labels"));
    kit::openings(request, 22, "google-open-port", values.list("google-open-port"));
    user_data_of(values);
}

std::string image_path(const std::string& wish, const std::string& project) {
    auto path = without_host(wish);
    if (path.starts_with("projects/"))
        return path;
    if (path.starts_with("global/"))
        return fmt::format("projects/{}/{}", project, path);
    if (path.find('/') != std::string::npos)
        return "projects/" + path;
    for (const auto& each : distributions)
        if (path.starts_with(each.prefix))
            return fmt::format("projects/{}/global/images/family/{}", each.project, path);
    return fmt::format("projects/{}/global/images/{}", project, path);
}

std::string network_path(const Record& record) {
    const auto name = kit::text(record, "Network");
    return path_of(
        name.empty() ? "default" : name, kit::text(record, "Project"), "global/networks"
    );
}

std::string subnetwork_path(const Record& record) {
    const auto wish = kit::text(record, "Subnetwork");
    if (wish.empty())
        return {};
    const auto region = region_of(kit::text(record, "Zone"));
    return path_of(wish, kit::text(record, "Project"), "regions/" + region + "/subnetworks");
}

std::string instance_name(const Record& record) {
    const auto name = kit::text(record, "InstanceName"); // of an instance that was adopted
    return name.empty() ? kit::text(record, "MachineName") : name;
}

std::string disk_name(const Record& record) { return instance_name(record) + "-disk"; }

std::string instance_path(const Record& record) {
    return fmt::format("zones/{}/instances/{}", kit::text(record, "Zone"), instance_name(record));
}

std::string disk_path(const Record& record) {
    return fmt::format("zones/{}/disks/{}", kit::text(record, "Zone"), disk_name(record));
}

bool is_own(const Json& thing, const Record& record) {
    const auto mark = kit::text(record, "CreateMark");
    const auto id = kit::text(record, "InstanceID");
    if (mark.empty() && id.empty())
        return true; // docker-machine's: the name is all that there is
    const auto labels = thing.value("labels", Json::object());
    return (!id.empty() && thing.value("id", "") == id) ||
           (!mark.empty() && labels.value("orch-create", "") == mark);
}

Json instance_body(const Record& record, const Making& making) {
    const auto user = kit::text(record, "SSHUser", "docker-user");
    auto items = Json::array(
        {item("ssh-keys", key_line(user, making.public_key)),
         item("block-project-ssh-keys", "TRUE"),
         item("enable-oslogin", "FALSE")}
    );
    if (!making.user_data.empty())
        items.push_back(item("user-data", making.user_data));
    Json body{
        {"name", instance_name(record)},
        {"description", "docker host vm"},
        {"machineType",
         fmt::format(
             "projects/{}/zones/{}/machineTypes/{}",
             kit::text(record, "Project"),
             kit::text(record, "Zone"),
             kit::text(record, "MachineType")
         )},
        {"disks", Json::array({disk_of(record, making)})},
        {"networkInterfaces", Json::array({interface_of(record, making)})},
        {"tags", {{"items", tags_of(record)}}},
        {"labels", labels_of(record, making.labels)},
        {"scheduling", scheduling_of(record)},
        {"metadata", {{"items", items}}},
    };
    const auto account = kit::text(record, "ServiceAccount", "default");
    if (!account.empty() && account != "none")
        body["serviceAccounts"] =
            Json::array({{{"email", account}, {"scopes", items_of(kit::text(record, "Scopes"))}}});
    return body;
}

Json with_key(const Json& metadata, const std::string& user, const std::string& public_key) {
    auto changed = Json{{"fingerprint", metadata.value("fingerprint", "")}};
    auto keys = key_line(user, public_key);
    auto items = Json::array();
    for (const auto& each : metadata.value("items", Json::array())) {
        const auto key = each.value("key", "");
        if (key == "ssh-keys")
            keys = each.value("value", "") + "\n" + keys;
        else if (key != "enable-oslogin")
            items.push_back(each);
    }
    items.push_back(item("ssh-keys", keys));
    items.push_back(item("enable-oslogin", "FALSE"));
    changed["items"] = items;
    return changed;
}

} // namespace orch::drivers::google
