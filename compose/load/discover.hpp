// Which files make up the project, where it is, what it is called, and which variables it sees.
#pragma once

#include "compose/load/findings.hpp"
#include "compose/load/load.hpp"
#include "lib/os/environment.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace orch::compose::load {

struct Input {
    std::string shown;          // as the user named it, or relative to where the user stands
    std::filesystem::path path; // absolute; empty for standard input
};

struct Inputs {
    std::vector<Input> files;
    std::filesystem::path dir; // of the project
    std::string project;
    os::Environment variables; // .env below the process's own
};

/// Throws Error(not_found) if there is no compose file or no env file of that name, Error(invalid)
/// for several override files or a project name of which nothing is left.
Inputs discover(const Source& source, const os::Environment& environment, Findings& findings);

/// Lower case letters, digits, '-' and '_' of `name`, as docker-compose 1.29.2 keeps them.
std::string project_name_from(std::string_view name);

} // namespace orch::compose::load
