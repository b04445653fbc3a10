#include "drivers/openstack/openstack.hpp"

#include "drivers/kit/cloud.hpp"
#include "drivers/kit/record.hpp"
#include "drivers/kit/secrets.hpp"
#include "drivers/openstack/creation.hpp"
#include "drivers/openstack/firewall.hpp"
#include "drivers/openstack/login.hpp"
#include "drivers/openstack/project.hpp"
#include "drivers/openstack/server.hpp"
#include "drivers/openstack/wishes.hpp"
#include "lib/base/base64.hpp"
#include "lib/base/error.hpp"
#include "lib/base/text.hpp"

#include <fmt/core.h>

namespace orch::drivers::openstack {

namespace {

/// A field of a record that has the value of an option.
struct Field {
    std::string_view field;
    std::string_view option;
};

constexpr Field texts[] = {
    {"AvailabilityZone", "openstack-availability-zone"},
    {"FlavorName", "openstack-flavor-name"},
    {"FlavorId", "openstack-flavor-id"},
    {"ImageName", "openstack-image-name"},
    {"ImageId", "openstack-image-id"},
    {"KeyPairName", "openstack-keypair-name"},
    {"PrivateKeyFile", "openstack-private-key-file"},
    {"NetworkName", "openstack-net-name"},
    {"NetworkId", "openstack-net-id"},
    {"FloatingIpPool", "openstack-floatingip-pool"},
    {"SSHUser", "openstack-ssh-user"},
};

void note_wishes(const Request& request, Record& record) {
    const auto& values = request.values;
    kit::note_swarm(request, record);
    record["ActiveTimeout"] = values.integer("openstack-active-timeout");
    record["MachineId"] = "";
    for (const auto& [field, option] : texts)
        record[std::string(field)] = values.text(option);
    record["SSHPort"] = values.integer("openstack-ssh-port");
    const auto data = user_data_of(values);
    record["UserData"] = data.empty() ? Record() : Record(base64::encode(data));
    const auto& groups = values.text("openstack-sec-groups");
    record["SecurityGroups"] = groups.empty() ? Record() : Record(text::split(groups, ','));
    record["ComputeNetwork"] = false;
    record["FloatingIpPoolId"] = "";
    record["IpVersion"] = values.integer("openstack-ip-version");
    record["ConfigDrive"] = values.flag("openstack-config-drive");
    record["ExistingKey"] = !values.text("openstack-keypair-name").empty();
    record["OwnSecurityGroup"] = values.flag("openstack-sec-group-create");
    record["PrivateIPAddress"] = "";
}

/// How a machine that there is logs in to its cloud.
kit::Secrets secrets_of(const Access& access, const os::Environment& environment) {
    return kit::load_secrets(access, info(), environment);
}

Json action_of(Power power, const Json& server) {
    const auto status = text_in(server, "status");
    switch (power) {
    case Power::start:
        for (const auto& [from, verb] :
             {std::pair("PAUSED", "unpause"),
              {"SUSPENDED", "resume"},
              {"SHELVED", "unshelve"},
              {"SHELVED_OFFLOADED", "unshelve"}})
            if (status == from)
                return {{verb, nullptr}};
        return {{"os-start", nullptr}};
    case Power::stop:
    case Power::kill: // Nova has no harder way: it pulls the plug when the system takes too long
        return {{"os-stop", nullptr}};
    case Power::restart:
        return {{"reboot", {{"type", "SOFT"}}}};
    }
    throw Error(Kind::internal, "openstack: a power without an action");
}

Error gone(const Access& access) {
    Error error(Kind::not_found, "{}: its server is no longer in the project", access.machine);
    return error.hint("orch machine rm {} forgets it", access.machine);
}

/// Whether the floating IP address came into being with the machine.
void remove_addresses(Project& project, const Record& record) {
    if (const auto id = kit::text(record, "FloatingIpId");
        !id.empty() && record.value("OwnFloatingIp", false))
        project.remove(Service::network, "floating IP address", "/floatingips/" + http::escape(id));
    for (const auto& left : marked_addresses(project, record))
        project.remove(
            Service::network, "floating IP address", "/floatingips/" + text_in(left, "id")
        );
}

/// A server by id, else the only one of that name.
Json server_to_adopt(Project& project, const std::string& wish) {
    if (auto found = project.find(
            Service::compute,
            {.what = "look at server " + wish, .path = "/servers/" + http::escape(wish)}
        ))
        return found->at("server");
    const auto named = servers_named(project, wish);
    if (named.empty())
        throw Error(Kind::not_found, "openstack: there is no server {} in the project", wish);
    if (named.size() > 1)
        throw Error(Kind::conflict, "openstack: {} servers are called {}", named.size(), wish)
            .hint("give the id of one");
    return named.front();
}

/// Its floating IP address, if it has one, which stays when the machine is removed.
void note_floating_address(Project& project, const Json& server, Record& record) {
    const auto device = "device_id=" + http::escape(text_in(server, "id"));
    for (const auto& port : project.list(Service::network, "/ports", device, "ports")) {
        const auto query = "port_id=" + http::escape(text_in(port, "id"));
        for (const auto& address :
             project.list(Service::network, "/floatingips", query, "floatingips")) {
            record["FloatingIpId"] = text_in(address, "id");
            record["OwnFloatingIp"] = false;
            record["IPAddress"] = text_in(address, "floating_ip_address");
            return;
        }
    }
}

} // namespace

void Driver::check(const Request& request, Job& job) {
    check_wishes(request);
    auto record = kit::base_record(access_);
    auto secrets = note_login(request.values, environment_, record);
    Project project(access_, job, record, std::move(secrets));
    const auto choice = choose(project, request.values);
    if (!servers_named(project, access_.machine).empty())
        throw Error(
            Kind::conflict,
            "openstack: there is a server {} in this project already",
            access_.machine
        )
            .hint("choose another name for the machine, or remove the server");
    check_quota(project, choice.flavor);
}

Record Driver::create(const Request& request, const Checkpoint& save, Job& job) {
    auto record = kit::base_record(access_);
    auto secrets = note_login(request.values, environment_, record);
    note_wishes(request, record);
    record["CreateMark"] = kit::new_mark();
    kit::store_secrets(access_, secrets);
    save(record); // from here on rm finds by the mark whatever is made
    Project project(access_, job, record, std::move(secrets));
    Creation(access_, project, request, record, save, job).run();
    return record;
}

Record Driver::adopt(const Request& request, const std::string& id, Job& job) {
    auto record = kit::base_record(access_);
    const auto& values = request.values;
    const auto secrets = note_login(values, environment_, record);
    note_wishes(request, record);
    Project project(access_, job, record, secrets);
    const auto server = server_to_adopt(project, id);
    record["MachineId"] = text_in(server, "id");
    record["FlavorId"] = server.value(Json::json_pointer("/flavor/id"), "");
    record["KeyPairName"] = text_in(server, "key_name");
    record["ExistingKey"] = true;
    record["OwnSecurityGroup"] = false;
    record["FloatingIpPool"] = "";
    const Json::json_pointer image_id("/image/id");
    if (const auto image = server.contains(image_id) ? server[image_id].get<std::string>() : "";
        !image.empty()) {
        record["ImageId"] = image;
        const auto found =
            project.find(Service::image, {.what = "look at image", .path = "/images/" + image});
        if (found && kit::text(record, "SSHUser").empty())
            record["SSHUser"] = user_of_image(*found);
    }
    note_floating_address(project, server, record);
    note_addresses(server, record);
    if (const auto& key = values.text("openstack-private-key-file"); !key.empty())
        import_key(access_, key, record);
    kit::store_secrets(access_, secrets);
    return record;
}

std::string Driver::host_id(const Record& record) const { return kit::text(record, "MachineId"); }

State Driver::refresh(Record& record, Job& job) {
    Project project(access_, job, record, secrets_of(access_, environment_));
    const auto server = find_server(project, record);
    if (!server)
        return State::not_found;
    note_addresses(*server, record);
    return state_of(*server);
}

void Driver::power(Record& record, Power power, Job& job) {
    Project project(access_, job, record, secrets_of(access_, environment_));
    const auto server = find_server(project, record);
    if (!server)
        throw gone(access_);
    act(project, access_, job, kit::text(record, "MachineId"), action_of(power, *server));
}

void Driver::remove(const Record& record, Job& job) {
    const bool marked = !kit::text(record, "CreateMark").empty();
    const auto id = kit::text(record, "MachineId");
    if (!marked && id.empty())
        return; // the create did not come to the point of making anything
    Project project(access_, job, record, secrets_of(access_, environment_));
    remove_addresses(project, record);
    if (!id.empty())
        remove_server(project, access_, job, id);
    for (const auto& left : marked_servers(project, record))
        remove_server(project, access_, job, text_in(left, "id"));
    if (const auto key = kit::text(record, "KeyPairName");
        !key.empty() && !record.value("ExistingKey", false))
        project.remove(Service::compute, "key pair " + key, "/os-keypairs/" + http::escape(key));
    if (marked && record.value("OwnSecurityGroup", false))
        remove_groups(project, access_, job, record);
}

Reach Driver::reach(const Record& record) const { return kit::reach_of(access_, record); }

} // namespace orch::drivers::openstack
