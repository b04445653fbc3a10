// What a user can wish of a machine in VirtualBox, read and checked.
#pragma once

#include "drivers/driver.hpp"

#include <optional>
#include <string>

namespace orch::drivers::virtualbox {

Info info();

/// A directory of this computer that the guest may mount.
struct Share {
    std::string name;
    std::string dir;
    bool operator==(const Share&) const = default;
};

/// "DIR:NAME", split at the last colon; without a name it is the directory without the slash in
/// front. Nothing for an empty text.
std::optional<Share> parse_share(const std::string& written);

/// Throws Error(usage) naming the option that cannot be read.
void check_wishes(const Values& values);

/// The driver's own fields of config.json, named as docker-machine names them.
void note_wishes(const Values& values, Record& record);

} // namespace orch::drivers::virtualbox
