#include "drivers/hetzner/hetzner.hpp"

#include "drivers/hetzner/creation.hpp"
#include "drivers/hetzner/project.hpp"
#include "drivers/hetzner/server.hpp"
#include "drivers/hetzner/wishes.hpp"
#include "drivers/kit/cloud.hpp"
#include "drivers/kit/record.hpp"
#include "drivers/kit/secrets.hpp"
#include "lib/base/error.hpp"

#include <fmt/core.h>

namespace orch::drivers::hetzner {

namespace {

Project project_of(
    const Access& access,
    const Info& info,
    const kit::Secrets& secrets,
    const Record& record,
    const Job& job
) {
    const auto endpoint = kit::text(record, "Endpoint", "https://api.hetzner.cloud/v1");
    return {
        endpoint,
        kit::required_secret(secrets, info, "hetzner-api-token", record, "AccessToken"),
        access.world.http,
        access.world.clock,
        job.stop,
    };
}

/// Everything that this machine's create has made, whether its id came to be known or not.
void remove_marked(Project& project, const Record& record) {
    if (kit::text(record, "CreateMark").empty())
        return;
    for (const auto* kind : {"servers", "ssh_keys", "firewalls"})
        for (const auto& left : project.list(kind, mark_of(record)))
            project.remove(kind, id_of(left));
}

/// The group of --hetzner-auto-spread goes with its last server.
void remove_empty_group(Project& project) {
    const std::string query =
        std::string("name=") + group_name + "&label_selector=" + http::escape("orch==1");
    for (const auto& group : project.list("placement_groups", query))
        if (group.value("servers", Json::array()).empty())
            project.remove("placement_groups", id_of(group));
}

} // namespace

void Driver::check(const Request& request, Job& job) {
    check_wishes(access_, request.values);
    auto project = project_of(
        access_, info(), kit::secrets_of(info(), request.values), draft(access_, request), job
    );
    require_image(project, request.values, require_type(project, request.values));
    for (const auto& [option, kind] :
         {std::pair("hetzner-networks", "networks"),
          {"hetzner-firewalls", "firewalls"},
          {"hetzner-volumes", "volumes"}})
        ids(project, kind, request.values, option);
    check_existing_key(project, request.values);
    if (!project.list("servers", "name=" + http::escape(access_.machine)).empty())
        throw Error(
            Kind::conflict, "hetzner: there is a server {} in this project already", access_.machine
        )
            .hint("choose another name for the machine, or remove the server in the Cloud Console");
}

Record Driver::create(const Request& request, const Checkpoint& save, Job& job) {
    auto record = draft(access_, request);
    const auto secrets = kit::secrets_of(info(), request.values);
    kit::store_secrets(access_, secrets);
    save(record); // from here on rm finds by the mark whatever is made
    auto project = project_of(access_, info(), secrets, record, job);
    Creation(access_, project, request, record, save, job).run();
    return record;
}

Record Driver::adopt(const Request& request, const std::string& id, Job& job) {
    auto record = draft(access_, request);
    record["CreateMark"] = ""; // nothing at the provider carries one
    const auto secrets = kit::secrets_of(info(), request.values);
    auto project = project_of(access_, info(), secrets, record, job);
    const auto server = project.require("servers", id, "id");
    record["ServerID"] = id_of(server);
    record["IsExistingKey"] = true;
    record["Type"] = string_at(server, "/server_type/name");
    record["Image"] = string_at(server, "/image/name");
    record["Location"] = string_at(server, "/location/name");
    note_addresses(server, record);
    kit::store_secrets(access_, secrets);
    return record;
}

State Driver::refresh(Record& record, Job& job) {
    const auto secrets = kit::load_secrets(access_, info(), environment_);
    auto project = project_of(access_, info(), secrets, record, job);
    const auto server = project.find("servers", kit::number(record, "ServerID"));
    if (!server)
        return State::not_found;
    note_addresses(*server, record);
    return state_of(*server);
}

void Driver::power(Record& record, Power power, Job& job) {
    const auto secrets = kit::load_secrets(access_, info(), environment_);
    auto project = project_of(access_, info(), secrets, record, job);
    const auto server = kit::number(record, "ServerID");
    switch (power) {
    case Power::start:
        return project.act(server, "poweron");
    case Power::stop: // is done as soon as the system was told; the machine layer waits
        return project.act(server, "shutdown");
    case Power::kill:
        return project.act(server, "poweroff");
    case Power::restart:
        return project.act(server, "reboot");
    }
}

void Driver::remove(const Record& record, Job& job) {
    if (kit::text(record, "CreateMark").empty() && kit::number(record, "ServerID") == 0)
        return; // the create did not come to the point of making anything
    const auto secrets = kit::load_secrets(access_, info(), environment_);
    auto project = project_of(access_, info(), secrets, record, job);
    if (const auto id = kit::number(record, "ServerID"); id != 0)
        project.remove("servers", id);
    if (const auto id = kit::number(record, "KeyID");
        id != 0 && !record.value("IsExistingKey", false))
        project.remove("ssh_keys", id);
    remove_marked(project, record);
    remove_empty_group(project);
}

std::string Driver::host_id(const Record& record) const {
    const auto id = kit::number(record, "ServerID");
    return id == 0 ? "" : std::to_string(id);
}

Reach Driver::reach(const Record& record) const { return kit::reach_of(access_, record); }

} // namespace orch::drivers::hetzner
