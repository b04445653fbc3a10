#include "drivers/openstack/creation.hpp"

#include "drivers/kit/cloud.hpp"
#include "drivers/kit/key.hpp"
#include "drivers/kit/record.hpp"
#include "drivers/openstack/firewall.hpp"
#include "drivers/openstack/server.hpp"
#include "lib/base/base64.hpp"
#include "lib/base/error.hpp"
#include "lib/base/text.hpp"

#include <fmt/core.h>

#include <algorithm>

namespace orch::drivers::openstack {

namespace {

using std::chrono::seconds;

constexpr seconds port_patience{60};

// The first that knows the type of a volume that a server is made with.
constexpr auto volume_type_version = "2.67";

Json metadata(const Record& record, const Values& values) {
    Json all{
        {"orch", "1"},
        {"orch-machine", kit::text(record, "MachineName")},
        {"orch-create", kit::text(record, "CreateMark")},
    };
    for (const auto& [name, value] : metadata_of(values))
        all[name] = value;
    return all;
}

} // namespace

std::string address_description(const Record& record) {
    return fmt::format(
        "orch-create={} orch-machine={}",
        kit::text(record, "CreateMark"),
        kit::text(record, "MachineName")
    );
}

std::vector<Json> marked_addresses(Project& project, const Record& record) {
    std::vector<Json> found;
    if (kit::text(record, "CreateMark").empty())
        return found;
    const auto description = address_description(record);
    for (auto& each : project.list(
             Service::network,
             "/floatingips",
             "description=" + http::escape(description),
             "floatingips"
         ))
        if (text_in(each, "description") == description)
            found.push_back(std::move(each));
    return found;
}

void Creation::run() {
    choice_ = choose(project_, values_);
    note_choice();
    make_key();
    make_server();
    wait_until_active();
    if (!choice_.pool.empty())
        make_floating_address();
}

void Creation::note_choice() {
    record_["FlavorId"] = text_in(choice_.flavor, "id");
    if (!choice_.image.is_null())
        record_["ImageId"] = text_in(choice_.image, "id");
    if (!choice_.network.empty())
        record_["NetworkId"] = choice_.network;
    record_["FloatingIpPoolId"] = choice_.pool;
    if (kit::text(record_, "SSHUser").empty())
        record_["SSHUser"] = user_of_image(choice_.image);
    save_(record_);
}

/// https://docs.openstack.org/api-ref/compute/#keypairs-keypairs
void Creation::make_key() {
    if (const auto& name = values_.text("openstack-keypair-name"); !name.empty()) {
        say("Importing SSH key...");
        import_key(access_, values_.text("openstack-private-key-file"), record_);
        save_(record_);
        return;
    }
    say("Creating SSH key...");
    const auto line = kit::make_key(access_, record_);
    const auto name = marked_name(record_);
    note("KeyPairName", name);
    const auto make = [&] {
        return project_.ask(
            Service::compute,
            {.what = "create key pair",
             .method = "POST",
             .path = "/os-keypairs",
             .body = {{"keypair", {{"name", name}, {"public_key", std::string(text::trim(line))}}}},
             .makes = true}
        );
    };
    kit::make_once(make, [&] {
        return project_.find(
            Service::compute, {.what = "look at key pair", .path = "/os-keypairs/" + name}
        );
    });
}

std::vector<std::string> Creation::groups() {
    auto groups = choice_.groups;
    if (!values_.flag("openstack-sec-group-create"))
        return groups;
    say("Creating security group...");
    const auto openings = kit::openings(
        request_,
        values_.integer("openstack-ssh-port"),
        "openstack-open-port",
        values_.list("openstack-open-port")
    );
    for (auto& id : make_groups(
             project_, access_, job_, record_, openings, values_.text("openstack-open-cidr")
         ))
        groups.push_back(std::move(id));
    return groups;
}

/// https://docs.openstack.org/nova/latest/user/launch-instance-from-volume.html
Json Creation::disk() const {
    const auto& volume = values_.text("openstack-volume-id");
    Json disk{{"boot_index", 0}, {"destination_type", "volume"}};
    disk["source_type"] = volume.empty() ? "image" : "volume";
    disk["uuid"] = volume.empty() ? text_in(choice_.image, "id") : volume;
    disk["delete_on_termination"] = volume.empty();
    if (volume.empty()) {
        const auto wish = values_.integer("openstack-volume-size");
        disk["volume_size"] = wish != 0 ? wish : choice_.flavor.value("disk", 0);
    }
    if (const auto& type = values_.text("openstack-volume-type"); !type.empty())
        disk["volume_type"] = type;
    if (const auto& path = values_.text("openstack-volume-device-path"); !path.empty())
        disk["device_name"] = path;
    return disk;
}

/// https://docs.openstack.org/api-ref/compute/#create-server
Json Creation::server_body() {
    Json server{
        {"name", access_.machine},
        {"flavorRef", text_in(choice_.flavor, "id")},
        {"key_name", kit::text(record_, "KeyPairName")},
        {"metadata", metadata(record_, values_)},
    };
    if (values_.flag("openstack-boot-from-volume"))
        server["block_device_mapping_v2"] = Json::array({disk()});
    else
        server["imageRef"] = text_in(choice_.image, "id");
    if (const auto& zone = values_.text("openstack-availability-zone"); !zone.empty())
        server["availability_zone"] = zone;
    if (!choice_.network.empty())
        server["networks"] = Json::array({{{"uuid", choice_.network}}});
    else if (!values_.text("openstack-volume-type").empty())
        server["networks"] = "auto"; // which that microversion wants to be told
    for (const auto& group : groups())
        server["security_groups"].push_back({{"name", group}});
    if (const auto data = user_data_of(values_); !data.empty())
        server["user_data"] = base64::encode(data);
    if (values_.flag("openstack-config-drive"))
        server["config_drive"] = true;
    Json body{{"server", std::move(server)}};
    if (!choice_.server_group.empty())
        body["os:scheduler_hints"] = {{"group", choice_.server_group}};
    return body;
}

Json Creation::post_server(const Json& body) {
    const auto make = [&] {
        return project_
            .ask(
                Service::compute,
                {.what = "create server",
                 .method = "POST",
                 .path = "/servers",
                 .body = body,
                 .makes = true}
            )
            .at("server");
    };
    return kit::make_once(make, [&]() -> std::optional<Json> {
        auto found = marked_servers(project_, record_);
        return found.empty() ? std::nullopt : std::optional(std::move(found.front()));
    });
}

void Creation::make_server() {
    const auto body = server_body();
    say("Creating server...");
    if (!values_.text("openstack-volume-type").empty())
        project_.use_microversion(volume_type_version);
    Json made;
    try {
        made = post_server(body);
    } catch (const kit::Refused& error) {
        // The last node of a swarm may have gone in this moment, with the group of all nodes.
        const auto again = error.status() == 400 ? server_body() : body;
        if (again == body)
            throw;
        made = post_server(again);
    }
    project_.use_microversion({});
    note("MachineId", text_in(made, "id"));
}

void Creation::wait_until_active() {
    const seconds limit(std::max(1, values_.integer("openstack-active-timeout")));
    const auto attempt = [&]() -> std::optional<bool> {
        const auto server = find_server(project_, record_);
        if (!server)
            throw Error(Kind::not_found, "openstack: the server was removed while it started");
        const auto state = state_of(*server);
        if (state == State::error)
            throw Error(
                Kind::remote, "openstack: the server is in state ERROR: {}", fault_of(*server)
            )
                .hint("orch machine rm {} removes it", access_.machine);
        note_addresses(*server, record_);
        const bool address = !choice_.pool.empty() || !kit::text(record_, "IPAddress").empty();
        return state == State::running && address ? std::optional(true) : std::nullopt;
    };
    kit::wait_for(access_, job_, seconds(2), limit, "the start of the server", attempt);
    save_(record_);
}

/// The server's port in the network; there is a moment in which a server has none.
std::string Creation::port() {
    const auto query = "device_id=" + http::escape(kit::text(record_, "MachineId"));
    const auto attempt = [&]() -> std::optional<std::string> {
        for (const auto& port : project_.list(Service::network, "/ports", query, "ports"))
            if (choice_.network.empty() || text_in(port, "network_id") == choice_.network)
                return text_in(port, "id");
        return std::nullopt;
    };
    return kit::wait_for(access_, job_, seconds(2), port_patience, "the server's port", attempt);
}

/// An address of the project that nobody uses, where the quota allows no new one.
std::optional<Json> Creation::spare_address(const std::string& port) {
    const auto query = "floating_network_id=" + http::escape(choice_.pool);
    for (const auto& each : project_.list(Service::network, "/floatingips", query, "floatingips")) {
        const auto used = each.find("port_id");
        if (used != each.end() && !used->is_null())
            continue;
        const auto path = "/floatingips/" + text_in(each, "id");
        project_.ask(
            Service::network,
            {.what = "use floating IP address",
             .method = "PUT",
             .path = path,
             .body = {{"floatingip", {{"port_id", port}}}}}
        );
        // Somebody else may have taken it in the same moment; the last one has it.
        auto now =
            project_.ask(Service::network, {.what = "look at floating IP address", .path = path})
                .at("floatingip");
        if (text_in(now, "port_id") == port)
            return now;
    }
    return std::nullopt;
}

/// https://docs.openstack.org/api-ref/network/v2/#floating-ips-floatingips
void Creation::make_floating_address() {
    say("Assigning floating IP address...");
    const auto to = port();
    const Json body{
        {"floatingip",
         {{"floating_network_id", choice_.pool},
          {"port_id", to},
          {"description", address_description(record_)}}}};
    const auto make = [&] {
        return project_
            .ask(
                Service::network,
                {.what = "create floating IP address",
                 .method = "POST",
                 .path = "/floatingips",
                 .body = body,
                 .makes = true}
            )
            .at("floatingip");
    };
    const auto find = [&]() -> std::optional<Json> {
        auto found = marked_addresses(project_, record_);
        return found.empty() ? std::nullopt : std::optional(std::move(found.front()));
    };
    std::optional<Json> address;
    try {
        address = kit::make_once(make, find);
        record_["OwnFloatingIp"] = true;
    } catch (const kit::Refused& error) {
        if (error.code() != "OverQuota" && error.code() != "IpAddressGenerationFailure")
            throw;
        address = spare_address(to);
        if (!address)
            throw;
        record_["OwnFloatingIp"] = false;
    }
    record_["FloatingIpId"] = text_in(*address, "id");
    note("IPAddress", text_in(*address, "floating_ip_address"));
    if (const auto server = find_server(project_, record_))
        note_addresses(*server, record_);
    save_(record_);
}

} // namespace orch::drivers::openstack
