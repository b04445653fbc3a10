// Where the credentials of AWS come from when orch was told none: the order of AWS's own tools.
// https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html
#pragma once

#include "drivers/amazonec2/query.hpp"
#include "drivers/driver.hpp"
#include "drivers/kit/secrets.hpp"
#include "lib/os/environment.hpp"

namespace orch::drivers::amazonec2 {

/// What a create is told: the options, unless a profile was named on the command line and the keys
/// are only the environment's.
kit::Secrets told_secrets(const Values& values, const os::Environment& environment);

/// Of a create: those of its options, else those of find_credentials().
Credentials told_credentials(
    const Access& access, const os::Environment& environment, const Values& values, const Job& job
);

/// Of a machine that is there: from its file, its record (docker-machine's), the environment, else
/// those of find_credentials(). Temporary ones of the file give way to the environment's.
Credentials kept_credentials(
    const Access& access, const os::Environment& environment, const Record& record, const Job& job
);

/// The profile's; without one those of a web identity, the profile "default", the container that
/// orch runs in, the instance that orch runs on. Throws Error(denied) if there are none.
Credentials find_credentials(
    const Access& access,
    const os::Environment& environment,
    const std::string& profile,
    const Job& job
);

} // namespace orch::drivers::amazonec2
