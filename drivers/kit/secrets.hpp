// Credentials of a cloud: beside the record, in a file of the machine's directory that only its
// owner can read, and never in config.json.
#pragma once

#include "drivers/driver.hpp"
#include "lib/base/secret.hpp"
#include "lib/os/environment.hpp"

#include <map>
#include <string>

namespace orch::drivers::kit {

/// By option name.
using Secrets = std::map<std::string, Secret, std::less<>>;

/// The values of the driver's secret options, those that are not empty.
Secrets secrets_of(const Info& info, const Values& values);

/// Writes DIR/credentials.json, 0600.
void store_secrets(const Access& access, const Secrets& secrets);

/// Reads it; what is missing there comes from the variables of the options. Throws Error(invalid)
/// naming the file if it is broken.
Secrets load_secrets(const Access& access, const Info& info, const os::Environment& environment);

/// The one of that name, else what docker-machine kept in the record under `field`. Throws
/// Error(denied) with the option and variable to give it by.
Secret required_secret(
    const Secrets& secrets,
    const Info& info,
    std::string_view option,
    const Record& record,
    std::string_view field
);

} // namespace orch::drivers::kit
