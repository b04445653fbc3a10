#include "drivers/openstack/firewall.hpp"

#include "drivers/kit/record.hpp"
#include "drivers/openstack/server.hpp"
#include "lib/base/error.hpp"

#include <algorithm>

namespace orch::drivers::openstack {

namespace {

using std::chrono::seconds;

constexpr auto shared_name = "orch-swarm";
constexpr auto shared_description = "made by orch for the nodes of swarms";
constexpr seconds settling{2};       // in which others that make the same group have shown it
constexpr seconds port_patience{60}; // until the ports of a server that is gone are gone, too

/// Those of a name that are orch's, the one that counts first: Neutron lets names repeat.
std::vector<Json> groups_named(Project& project, const std::string& name) {
    auto found = project.list(
        Service::network, "/security-groups", "name=" + http::escape(name), "security_groups"
    );
    std::erase_if(found, [&](const Json& group) {
        return text_in(group, "name") != name ||
               !text_in(group, "description").starts_with("made by orch");
    });
    std::sort(found.begin(), found.end(), [](const Json& a, const Json& b) {
        return text_in(a, "id") < text_in(b, "id");
    });
    return found;
}

/// The id of the group of that name, which is made where it is missing.
std::string
ensure_group(Project& project, const std::string& name, const std::string& description) {
    const auto find = [&]() -> std::optional<Json> {
        auto found = groups_named(project, name);
        return found.empty() ? std::nullopt : std::optional(std::move(found.front()));
    };
    const auto make = [&] {
        return project
            .ask(
                Service::network,
                {.what = "create security group",
                 .method = "POST",
                 .path = "/security-groups",
                 .body = {{"security_group", {{"name", name}, {"description", description}}}},
                 .makes = true}
            )
            .at("security_group");
    };
    if (const auto there = find())
        return text_in(*there, "id");
    return text_in(kit::make_once(make, find), "id");
}

/// Neutron knows each rule once: 409 says that it is there.
void add_rule(Project& project, const std::string& group, const kit::Opening& opening, Json from) {
    Json rule{
        {"security_group_id", group},
        {"direction", "ingress"},
        {"protocol", opening.protocol},
        {"port_range_min", opening.port},
        {"port_range_max", opening.port},
    };
    rule.update(from);
    try {
        project.ask(
            Service::network,
            {.what = "create rule of security group",
             .method = "POST",
             .path = "/security-group-rules",
             .body = {{"security_group_rule", rule}}}
        );
    } catch (const kit::Refused& error) {
        if (error.code() != "SecurityGroupRuleExists")
            throw;
    }
}

/// True if it is gone; false while a server is in it.
bool remove_group(Project& project, const std::string& id) {
    try {
        project.remove(
            Service::network, "security group " + id, "/security-groups/" + http::escape(id)
        );
        return true;
    } catch (const kit::Refused& error) {
        if (error.status() != 409)
            throw;
        return false;
    }
}

/// The one group of all swarms' nodes. Of several that were made at the same time, the first one by
/// its id is the one, for all who look.
std::string shared_group(
    Project& project,
    const Access& access,
    const Job& job,
    const std::vector<kit::Opening>& openings
) {
    auto groups = groups_named(project, shared_name);
    std::string own;
    if (groups.empty()) {
        own = ensure_group(project, shared_name, shared_description);
        access.world.clock.sleep(settling, job.stop);
        groups = groups_named(project, shared_name);
    }
    const auto id = groups.empty() ? own : text_in(groups.front(), "id");
    if (!own.empty() && id != own)
        remove_group(project, own);
    for (const auto& opening : openings)
        if (opening.cluster)
            for (const auto* ethertype : {"IPv4", "IPv6"})
                add_rule(project, id, opening, {{"ethertype", ethertype}, {"remote_group_id", id}});
    return id;
}

} // namespace

std::vector<std::string> make_groups(
    Project& project,
    const Access& access,
    const Job& job,
    const Record& record,
    const std::vector<kit::Opening>& openings,
    const std::string& cidr
) {
    const auto description = "made by orch for machine " + kit::text(record, "MachineName");
    std::vector<std::string> ids{ensure_group(project, marked_name(record), description)};
    const auto* ethertype = cidr.find(':') == std::string::npos ? "IPv4" : "IPv6";
    bool cluster = false;
    for (const auto& opening : openings) {
        cluster = cluster || opening.cluster;
        if (!opening.cluster)
            add_rule(
                project,
                ids.front(),
                opening,
                {{"ethertype", ethertype}, {"remote_ip_prefix", cidr}}
            );
    }
    if (cluster)
        ids.push_back(shared_group(project, access, job, openings));
    return ids;
}

void remove_groups(Project& project, const Access& access, const Job& job, const Record& record) {
    for (const auto& group : groups_named(project, marked_name(record)))
        kit::wait_for(access, job, seconds(2), port_patience, "its security group's removal", [&] {
            return remove_group(project, text_in(group, "id")) ? std::optional(true) : std::nullopt;
        });
    for (const auto& group : groups_named(project, shared_name))
        remove_group(project, text_in(group, "id"));
}

} // namespace orch::drivers::openstack
