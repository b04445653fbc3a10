#include "drivers/hetzner/creation.hpp"

#include "drivers/hetzner/server.hpp"
#include "drivers/hetzner/wishes.hpp"
#include "drivers/kit/cloud.hpp"
#include "drivers/kit/key.hpp"
#include "drivers/kit/record.hpp"
#include "lib/base/error.hpp"
#include "lib/base/text.hpp"
#include "lib/fs/files.hpp"

#include <fmt/core.h>

#include <algorithm>

namespace orch::drivers::hetzner {

using std::chrono::seconds;

void Creation::run() {
    const auto type = require_type(project_, values_);
    const auto image = require_image(project_, values_, type);
    make_keys();
    make_firewall();
    make_server(type, image);
    wait_until_running();
}

/// The id of a public key at the provider, which has each only once.
long long Creation::ensure_key(const std::string& line, const std::string& name, bool& existing) {
    const auto query = "fingerprint=" + http::escape(kit::md5_fingerprint(line));
    const auto found = project_.list("ssh_keys", query);
    existing = !found.empty();
    if (existing)
        return id_of(found.front());
    const auto labels = labels_of(record_, "hetzner-key-label", values_.list("hetzner-key-label"));
    const Json body{
        {"name", name}, {"public_key", std::string(text::trim(line))}, {"labels", labels}};
    return id_of(project_.make("ssh_keys", body, query).at("ssh_key"));
}

void Creation::make_keys() {
    const auto& path = values_.text("hetzner-existing-key-path");
    std::string line;
    if (path.empty()) {
        say("Creating SSH key...");
        line = kit::make_key(access_, record_);
    } else {
        say("Importing SSH key...");
        import_key(access_, path, record_);
        line = fs::read_file(path + ".pub");
    }
    save_(record_);
    bool existing = false;
    const auto name =
        fmt::format("{}-{}", access_.machine, kit::text(record_, "CreateMark").substr(0, 8));
    const auto id = ensure_key(line, name, existing);
    record_["IsExistingKey"] = existing;
    note("KeyID", id);
    int count = 0;
    for (const auto& more : values_.list("hetzner-additional-key")) {
        const auto other = ensure_key(more, fmt::format("{}-{}", name, ++count), existing);
        record_["AdditionalKeyIDs"].push_back(other);
        if (!existing)
            record_["OwnKeyIDs"].push_back(other);
        save_(record_);
    }
}

std::optional<long long> Creation::placement_group() {
    if (const auto& wish = values_.text("hetzner-placement-group"); !wish.empty())
        return id_of(project_.require("placement_groups", wish, "hetzner-placement-group"));
    if (!values_.flag("hetzner-auto-spread"))
        return std::nullopt;
    const std::string query = std::string("name=") + group_name;
    if (const auto found = project_.list("placement_groups", query); !found.empty())
        return id_of(found.front());
    const Json body{{"name", group_name}, {"type", "spread"}, {"labels", {{"orch", "1"}}}};
    return id_of(project_.make("placement_groups", body, query).at("placement_group"));
}

Json Creation::public_net() {
    Json net{
        {"enable_ipv4", !record_.value("DisablePublic4", false)},
        {"enable_ipv6", !record_.value("DisablePublic6", false)},
    };
    for (const auto* version : {"ipv4", "ipv6"}) {
        const auto option = std::string("hetzner-primary-") + version;
        const auto& wish = values_.text(option);
        if (wish.empty())
            continue;
        const auto found = project_.list("primary_ips", "ip=" + http::escape(wish));
        net[version] =
            id_of(found.empty() ? project_.require("primary_ips", wish, option) : found.front());
    }
    return net;
}

Json Creation::server_body(const Json& type, const Json& image) {
    auto keys = Json::array({kit::number(record_, "KeyID")});
    for (const auto& id : record_["AdditionalKeyIDs"])
        keys.push_back(id.get<long long>());
    auto firewalls = Json::array();
    for (const auto& id : ids(project_, "firewalls", values_, "hetzner-firewalls"))
        firewalls.push_back({{"firewall", id}});
    if (const auto own = kit::number(record_, "FirewallID"); own != 0)
        firewalls.push_back({{"firewall", own}});
    Json body{
        {"name", access_.machine},
        {"server_type", type.value("name", "")},
        {"image", id_of(image)},
        {"ssh_keys", keys},
        {"networks", ids(project_, "networks", values_, "hetzner-networks")},
        {"firewalls", firewalls},
        {"volumes", ids(project_, "volumes", values_, "hetzner-volumes")},
        {"labels",
         labels_of(record_, "hetzner-server-label", values_.list("hetzner-server-label"))},
        {"public_net", public_net()},
        {"start_after_create", true},
    };
    if (!body["volumes"].empty())
        body["automount"] = false;
    if (const auto& location = values_.text("hetzner-server-location"); !location.empty())
        body["location"] = location;
    if (auto data = user_data_of(values_); !data.empty())
        body["user_data"] = std::move(data);
    if (const auto group = placement_group())
        body["placement_group"] = *group;
    return body;
}

void Creation::make_server(const Json& type, const Json& image) {
    const auto body = server_body(type, image);
    say("Creating server...");
    const auto made = project_.make("servers", body, mark_of(record_));
    note("ServerID", id_of(made.at("server")));
    if (made.contains("action"))
        project_.wait(made["action"]);
    for (const auto& next : made.value("next_actions", Json::array()))
        project_.wait(next);
}

void Creation::wait_until_running() {
    const seconds limit(std::max(1, values_.integer("hetzner-wait-for-running-timeout")));
    const seconds pause(std::max(1, values_.integer("hetzner-wait-on-polling")));
    const auto attempt = [&]() -> std::optional<bool> {
        const auto server = project_.find("servers", kit::number(record_, "ServerID"));
        if (!server)
            throw Error(Kind::not_found, "hetzner: the server was removed while it started");
        note_addresses(*server, record_);
        if (state_of(*server) == State::running && !kit::text(record_, "IPAddress").empty())
            return true;
        return std::nullopt;
    };
    kit::wait_for(access_, job_, pause, limit, "the start of the server", attempt);
    save_(record_);
}

/// Before the server, which is never open without it.
void Creation::make_firewall() {
    if (!wants_firewall(values_))
        return;
    say("Creating firewall...");
    const auto made =
        project_.make("firewalls", firewall_body(request_, record_), mark_of(record_));
    note("FirewallID", id_of(made.at("firewall")));
}

} // namespace orch::drivers::hetzner
