// What Google is asked before anything is made: nothing here changes or costs anything.
#pragma once

#include "drivers/driver.hpp"
#include "drivers/google/project.hpp"

#include <string>

namespace orch::drivers::google {

/// Throws Error naming the option that is wrong: project, zone, type, image, disk, network,
/// address, quota, and the name that is taken (or with UseExisting is not there).
void check_at_google(Project& project, const Record& record);

/// "debian-cloud/global/images/debian-13-trixie-v20261111" of the image that the record wishes:
/// what a family has now. `type` is the machine type, null for any.
std::string resolve_image(Project& project, const Record& record, const Json& type);

/// The address of --google-address, which may be a name; empty if there is none.
std::string resolve_address(Project& project, const Record& record);

} // namespace orch::drivers::google
