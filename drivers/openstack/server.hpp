// A server of Nova: how it is found, what it says of itself, what it can be told.
#pragma once

#include "drivers/openstack/project.hpp"

#include <optional>
#include <string>
#include <vector>

namespace orch::drivers::openstack {

/// What a name of `what` this create makes has in it: "web1-3f0c...". Key pairs take no dots.
std::string marked_name(const Record& record);

State state_of(const Json& server);

/// What the cloud says of a server in state ERROR.
std::string fault_of(const Json& server);

/// The address to reach the server by, and the one that other servers reach it by, if it is
/// another.
void note_addresses(const Json& server, Record& record);

/// By the record's id; nothing if it is gone, or not made yet.
std::optional<Json> find_server(Project& project, const Record& record);

/// Those of this name.
std::vector<Json> servers_named(Project& project, const std::string& name);

/// Those that this create has made, whether or not the record knows their ids.
std::vector<Json> marked_servers(Project& project, const Record& record);

/// {"os-start": null} ... What the server does not take now, because it is busy, is asked again
/// for a while.
void act(
    Project& project, const Access& access, const Job& job, const std::string& id, Json action
);

/// Returns when the server is gone.
void remove_server(Project& project, const Access& access, const Job& job, const std::string& id);

} // namespace orch::drivers::openstack
