// How to log in to a cloud: what is said of it in options, clouds.yaml and records.
#pragma once

#include "drivers/driver.hpp"
#include "drivers/kit/secrets.hpp"
#include "lib/os/environment.hpp"

namespace orch::drivers::openstack {

/// Puts into the record which cloud it is and who logs in: from the options, and where they are
/// silent from clouds.yaml. The secret comes back. Throws Error(usage) with docker-machine's words
/// for what is missing or wrong, and as read_cloud() does.
kit::Secrets note_login(const Values& values, const os::Environment& environment, Record& record);

/// The body of POST /v3/auth/tokens: Keystone's password or application credential. Throws
/// Error(denied) without a secret.
nlohmann::json login_body(const Record& record, const kit::Secrets& secrets);

/// The URL of the identity service, of version 3, whatever the record says: version 2 is gone.
std::string identity_url(const Record& record);

} // namespace orch::drivers::openstack
