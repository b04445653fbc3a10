// config.json, ConfigVersion 3, as docker-machine reads and writes it: JSON to Machine and back.
#pragma once

#include "machine/machine.hpp"

#include <nlohmann/json_fwd.hpp>

#include <filesystem>
#include <string>

namespace orch::machine {

/// Where a machine's files are now, whatever its config.json recorded.
struct Location {
    std::filesystem::path store; // the root
    std::filesystem::path certs;
    std::filesystem::path machine; // the machine's own directory
};

/// The paths of a machine that records none: the store's own authority, its own server certificate.
AuthOptions default_auth(const Location& location);

/// Reads a config of version 0 to 3 (older ones are migrated in memory). `name` is the directory's
/// name and wins over what is written. Paths below another store's root are moved to this one if
/// the recorded ones do not exist. Throws Error(invalid) naming `source` for wrong types and
/// versions of the future.
Machine machine_from_json(
    nlohmann::ordered_json config,
    const std::string& name,
    const Location& location,
    const std::string& source
);

/// The object to write: docker-machine's keys in its order, then unknown ones as they were read.
nlohmann::ordered_json json_from_machine(const Machine& machine, const Location& location);

} // namespace orch::machine
