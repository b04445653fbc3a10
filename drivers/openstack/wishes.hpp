// What the options ask for, found in the cloud.
#pragma once

#include "drivers/driver.hpp"
#include "drivers/openstack/project.hpp"

#include <string>
#include <utility>
#include <vector>

namespace orch::drivers::openstack {

/// What a server is made of, each as the cloud knows it.
struct Choice {
    Json flavor;
    Json image;                      // null: there is a volume to boot from
    std::string network;             // id; empty: the cloud knows which
    std::string pool;                // id of the external network; empty: no floating IP address
    std::vector<std::string> groups; // names or ids of security groups
    std::string server_group;        // id
};

/// Without asking anybody: throws Error(usage) with docker-machine's words.
void check_wishes(const Request& request);

/// Throws Error(not_found) naming what is not there, Error(invalid) for what does not fit.
Choice choose(Project& project, const Values& values);

/// Throws Error(conflict) if the project's quota has no room for one more server.
void check_quota(Project& project, const Json& flavor);

/// Of --openstack-metadata.
std::vector<std::pair<std::string, std::string>> metadata_of(const Values& values);

/// Content of the file for cloud-init; may be empty.
std::string user_data_of(const Values& values);

/// Who may log in to an image; "root" if it does not say.
std::string user_of_image(const Json& image);

} // namespace orch::drivers::openstack
