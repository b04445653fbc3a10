// What a user asks of Hetzner: checked, looked up, and as the bodies of requests.
#pragma once

#include "drivers/driver.hpp"
#include "drivers/hetzner/project.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace orch::drivers::hetzner {

/// Of any object of the API.
long long id_of(const Json& object);

/// A query for what this create made, for when the answer that named it was lost.
std::string mark_of(const Record& record);

/// Ours, and those of the list option.
Json labels_of(const Record& record, std::string_view option, const std::vector<std::string>& more);

/// For cloud-init; may be empty. Throws Error(usage, not_found, invalid).
std::string user_data_of(const Values& values);

/// Before anything is asked. Throws Error(usage, invalid).
void check_wishes(const Access& access, const Values& values);

/// The server type and the image. Throw Error(not_found, conflict) with what to choose instead.
Json require_type(Project& project, const Values& values);
Json require_image(Project& project, const Values& values, const Json& type);

/// The ids of all that a list option names. Throws Error(not_found).
Json ids(Project& project, std::string_view kind, const Values& values, const std::string& option);

/// The key that --hetzner-existing-key-id names must be that of --hetzner-existing-key-path. Throws
/// Error(conflict, not_found).
void check_existing_key(Project& project, const Values& values);

/// Whether the server gets a firewall of its own, and its body.
/// https://docs.hetzner.cloud/reference/cloud#firewalls-create-a-firewall
bool wants_firewall(const Values& values);
Json firewall_body(const Request& request, const Record& record);

/// The record before anything is made.
Record draft(const Access& access, const Request& request);

} // namespace orch::drivers::hetzner
