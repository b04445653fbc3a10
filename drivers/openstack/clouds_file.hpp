// clouds.yaml, in which the tools of OpenStack keep how to log in to clouds.
// https://docs.openstack.org/os-client-config/latest/user/configuration.html
#pragma once

#include "lib/os/environment.hpp"

#include <map>
#include <string>

namespace orch::drivers::openstack {

/// What the files say of one cloud: "auth_url", "username" ... of its `auth`, and "region_name",
/// "interface", "verify" ... beside that.
using CloudEntry = std::map<std::string, std::string, std::less<>>;

/// Of OS_CLIENT_CONFIG_FILE, ./clouds.yaml, ~/.config/openstack/clouds.yaml or
/// /etc/openstack/clouds.yaml, the first that there is, with what a secure.yaml of these places
/// adds. Throws Error(not_found) naming the cloud, or the places if there is no file;
/// Error(invalid) for a broken file.
CloudEntry read_cloud(const std::string& cloud, const os::Environment& environment);

} // namespace orch::drivers::openstack
