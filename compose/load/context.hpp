// What every stage of loading may use.
#pragma once

#include "compose/load/findings.hpp"
#include "lib/os/environment.hpp"
#include "lib/yaml/node.hpp"

#include <filesystem>
#include <map>
#include <string>

namespace orch::compose::load {

struct Context {
    const os::Environment& environment; // of the process
    os::Environment variables;          // the same over what .env says
    Findings findings;
    std::map<std::string, std::filesystem::path> bases; // a file as shown -> base of its paths
    bool interpolates = true; // false: variables stay, and no value that has one is judged

    /// The directory that a relative path written at `mark` starts from.
    [[nodiscard]] const std::filesystem::path& base_of(const yaml::Mark& mark) const {
        return bases.at(*mark.file);
    }
};

} // namespace orch::compose::load
