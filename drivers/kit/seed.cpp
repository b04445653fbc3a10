#include "drivers/kit/seed.hpp"

#include "lib/archive/iso_write.hpp"
#include "lib/base/base64.hpp"
#include "lib/base/text.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <random>

namespace orch::drivers::kit {

namespace {

using Json = nlohmann::ordered_json; // YAML takes it as it is, and nothing needs quoting by hand

/// An engine keeps its data in one of these directories, newer ones in both. They lie on a disk of
/// their own, so that the system's disk need not grow.
constexpr std::string_view data_disk_script = R"SH(set -e
disk=$1
blkid "$disk" >/dev/null || mkfs.ext4 -q -L orch-data "$disk"
mkdir -p /mnt/orch-data
echo "LABEL=orch-data /mnt/orch-data ext4 defaults 0 2" >> /etc/fstab
for name in docker containerd; do
    echo "/mnt/orch-data/$name /var/lib/$name none bind,x-systemd.requires-mounts-for=/mnt/orch-data 0 0" >> /etc/fstab
done
mount /mnt/orch-data
mkdir -p /mnt/orch-data/docker /mnt/orch-data/containerd /var/lib/docker /var/lib/containerd
mount /var/lib/docker
mount /var/lib/containerd
systemctl daemon-reload || true
)SH";

std::string new_instance(const std::string& machine) {
    std::random_device random;
    return fmt::format("orch-{}-{:08x}", machine, random());
}

std::string own_config(const Seed& seed) {
    Json user{
        {"name", seed.user},
        {"ssh_authorized_keys", Json::array({std::string(text::trim(seed.public_key))})},
    };
    if (seed.user != "root") {
        user["sudo"] = "ALL=(ALL) NOPASSWD:ALL";
        user["shell"] = "/bin/bash";
        user["lock_passwd"] = true;
        user["primary_group"] = seed.user; // may be there, like "docker" where an engine is
    }
    Json config{
        {"users", Json::array({user})},
        {"disable_root", seed.user != "root"},
        {"ssh_pwauth", false},
    };
    if (seed.user != "root") // cloud-init makes groups first, and leaves alone what is there
        config["groups"] = Json::array({seed.user});
    if (!seed.data_disk.empty())
        config["runcmd"] =
            Json::array({Json::array({"sh", "-c", data_disk_script, "data-disk", seed.data_disk})});
    return "#cloud-config\n" + config.dump(2) + "\n";
}

std::string part(std::string_view boundary, std::string_view headers, const std::string& body) {
    return fmt::format(
        "--{}\n{}Content-Transfer-Encoding: base64\nMIME-Version: 1.0\n\n{}\n",
        boundary,
        headers,
        base64::encode(body)
    );
}

/// Two documents in one, as MIME: cloud-init tells a part's kind by its first line. Lists of the
/// second one are added to those of the first.
std::string both(const std::string& own, const std::string& users) {
    constexpr std::string_view boundary = "orch-seed-boundary"; // base64 has no '-'
    return fmt::format(
        "Content-Type: multipart/mixed; boundary=\"{0}\"\nMIME-Version: 1.0\n\n{1}{2}--{0}--\n",
        boundary,
        part(boundary, "Content-Type: text/cloud-config; charset=\"utf-8\"\n", own),
        part(
            boundary,
            "Content-Type: text/plain; charset=\"utf-8\"\n"
            "Merge-Type: list(append)+dict(no_replace,recurse_list)+str()\n",
            users
        )
    );
}

std::string network_config(const std::vector<Interface>& interfaces) {
    Json ethernets = Json::object();
    for (std::size_t i = 0; i < interfaces.size(); ++i) {
        const auto& interface = interfaces[i];
        Json settings{{"match", {{"macaddress", text::lower(interface.mac)}}}};
        if (!interface.address.empty())
            settings["addresses"] = Json::array({interface.address});
        if (!interface.gateway.empty()) {
            settings["routes"] = Json::array({{{"to", "0.0.0.0/0"}, {"via", interface.gateway}}});
            settings["nameservers"] = {{"addresses", Json::array({interface.gateway})}};
        }
        settings["dhcp4"] = interface.address.empty();
        if (interface.address.empty() && !interface.routes)
            settings["dhcp4-overrides"] = {{"use-routes", false}, {"use-dns", false}};
        ethernets[fmt::format("nic{}", i)] = settings;
    }
    return Json{{"version", 2}, {"ethernets", ethernets}}.dump(2) + "\n";
}

} // namespace

std::vector<std::pair<std::string, std::string>> seed_files(const Seed& seed) {
    const Json meta{{"instance-id", new_instance(seed.machine)}, {"local-hostname", seed.machine}};
    const auto own = own_config(seed);
    std::vector<std::pair<std::string, std::string>> files{
        {"meta-data", meta.dump(2) + "\n"},
        {"user-data", seed.user_data.empty() ? own : both(own, seed.user_data)},
    };
    if (!seed.interfaces.empty())
        files.emplace_back("network-config", network_config(seed.interfaces));
    return files;
}

std::string seed_image(const Seed& seed) {
    std::vector<archive::TarMember> members;
    for (auto& [name, content] : seed_files(seed))
        members.push_back({.path = name, .content = std::move(content)});
    return archive::iso_of("cidata", members);
}

} // namespace orch::drivers::kit
