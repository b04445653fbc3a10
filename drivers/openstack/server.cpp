#include "drivers/openstack/server.hpp"

#include "drivers/kit/cloud.hpp"
#include "drivers/kit/record.hpp"
#include "lib/base/error.hpp"
#include "lib/base/text.hpp"

#include <fmt/core.h>

namespace orch::drivers::openstack {

namespace {

using std::chrono::seconds;

constexpr seconds removal_patience{300};
constexpr seconds busy_patience{120};

struct StateRow {
    std::string_view status;
    State state;
};

// https://docs.openstack.org/api-guide/compute/server_concepts.html
constexpr StateRow states[] = {
    {"ACTIVE", State::running},        {"BUILD", State::starting},
    {"BUILDING", State::starting},     {"DELETED", State::not_found},
    {"ERROR", State::error},           {"HARD_REBOOT", State::starting},
    {"MIGRATING", State::running},     {"PASSWORD", State::running},
    {"PAUSED", State::paused},         {"REBOOT", State::starting},
    {"REBUILD", State::starting},      {"RESCUE", State::running},
    {"RESIZE", State::starting},       {"REVERT_RESIZE", State::starting},
    {"SHELVED", State::stopped},       {"SHELVED_OFFLOADED", State::stopped},
    {"SHUTOFF", State::stopped},       {"SOFT_DELETED", State::not_found},
    {"SUSPENDED", State::saved},       {"UNKNOWN", State::error},
    {"VERIFY_RESIZE", State::running},
};

bool wants_floating(const Record& record) {
    return !kit::text(record, "FloatingIpPool").empty() ||
           !kit::text(record, "FloatingIpId").empty();
}

/// Nova takes a regular expression for a name.
std::string only(const std::string& name) {
    return http::escape("^" + text::replace_all(name, ".", "\\.") + "$");
}

} // namespace

std::string marked_name(const Record& record) {
    const auto name =
        fmt::format("{}-{}", kit::text(record, "MachineName"), kit::text(record, "CreateMark"));
    return text::replace_all(name, ".", "_");
}

State state_of(const Json& server) {
    const auto status = text_in(server, "status");
    for (const auto& row : states)
        if (row.status == status)
            return row.state;
    return State::none;
}

std::string fault_of(const Json& server) {
    const auto message = server.value(Json::json_pointer("/fault/message"), "");
    return message.empty() ? "the cloud does not say why" : message;
}

void note_addresses(const Json& server, Record& record) {
    const auto version = kit::integer(record, "IpVersion", 4);
    std::string fixed;
    std::string floating;
    const auto networks = server.value("addresses", Json::object());
    for (const auto& [network, addresses] : networks.items())
        for (const auto& each : addresses) {
            if (each.value("version", 4) != version)
                continue;
            const auto type = text_in(each, "OS-EXT-IPS:type");
            auto& place = type == "floating" ? floating : fixed;
            if (place.empty())
                place = text_in(each, "addr");
        }
    if (!wants_floating(record))
        record["IPAddress"] = fixed;
    else if (!floating.empty()) // Nova may learn of it later than Neutron
        record["IPAddress"] = floating;
    record["PrivateIPAddress"] = fixed == kit::text(record, "IPAddress") ? "" : fixed;
}

std::optional<Json> find_server(Project& project, const Record& record) {
    const auto id = kit::text(record, "MachineId");
    if (id.empty())
        return std::nullopt;
    const auto answer = project.find(
        Service::compute, {.what = "look at server " + id, .path = "/servers/" + http::escape(id)}
    );
    return answer ? std::optional(answer->at("server")) : std::nullopt;
}

std::vector<Json> servers_named(Project& project, const std::string& name) {
    std::vector<Json> found;
    for (auto& each :
         project.list(Service::compute, "/servers/detail", "name=" + only(name), "servers"))
        if (text_in(each, "name") == name && state_of(each) != State::not_found)
            found.push_back(std::move(each));
    return found;
}

std::vector<Json> marked_servers(Project& project, const Record& record) {
    std::vector<Json> found;
    const auto mark = kit::text(record, "CreateMark");
    if (mark.empty())
        return found;
    for (auto& each : servers_named(project, kit::text(record, "MachineName")))
        if (each.value(Json::json_pointer("/metadata/orch-create"), "") == mark)
            found.push_back(std::move(each));
    return found;
}

void act(
    Project& project, const Access& access, const Job& job, const std::string& id, Json action
) {
    const auto what = fmt::format("{} server {}", action.items().begin().key(), id);
    const auto attempt = [&]() -> std::optional<bool> {
        try {
            project.ask(
                Service::compute,
                {.what = what,
                 .method = "POST",
                 .path = "/servers/" + http::escape(id) + "/action",
                 .body = action}
            );
        } catch (const kit::Refused& error) {
            const auto server = project.ask(
                Service::compute, {.what = "look at server", .path = "/servers/" + http::escape(id)}
            );
            const auto task = server.at("server").find("OS-EXT-STS:task_state");
            const bool busy = task != server.at("server").end() && task->is_string();
            if (error.status() != 409 || !busy)
                throw;
            return std::nullopt;
        }
        return true;
    };
    kit::wait_for(access, job, seconds(2), busy_patience, "what the server is busy with", attempt);
}

void remove_server(Project& project, const Access& access, const Job& job, const std::string& id) {
    const auto path = "/servers/" + http::escape(id);
    if (!project.remove(Service::compute, "server " + id, path))
        return;
    const auto attempt = [&]() -> std::optional<bool> {
        const auto answer =
            project.find(Service::compute, {.what = "look at server " + id, .path = path});
        if (!answer || state_of(answer->at("server")) == State::not_found)
            return true;
        return std::nullopt;
    };
    kit::wait_for(access, job, seconds(1), removal_patience, "the server's removal", attempt);
}

} // namespace orch::drivers::openstack
