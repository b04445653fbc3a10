// From text to a Project: find the files, read, interpolate, check, normalise, put in order. No
// engine is asked.
#pragma once

#include "compose/model/project.hpp"
#include "lib/os/environment.hpp"

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace orch::compose::load {

struct Source {
    std::vector<std::string> files; // -f, in order; empty: COMPOSE_FILE, else discovery upwards
    std::string project_name;       // -p; empty: COMPOSE_PROJECT_NAME, else the directory's name
    std::string project_directory;  // --project-directory; empty: the first file's directory
    std::string env_file;           // --env-file; empty: .env beside the first file, if it exists
    std::filesystem::path working_dir; // absolute; where the user stands
    std::string standard_input;        // the text for "-f -"
    bool check_builds = true;          // whether a missing build directory is a finding
    bool read_profiles = true; // false: security options keep the names of profiles, absolute
};

struct Result {
    Project project;
    std::vector<std::string> warnings; // each once, in order
    os::Environment variables;         // of interpolation: .env below the process's own
};

struct Merged {
    std::string yaml;
    std::vector<std::string> services; // sorted
    std::vector<std::string> warnings;
};

/// Throws Error(invalid) with one detail line "FILE:LINE:COLUMN: finding" for every finding at
/// once; Error(not_found) when there is no file.
Result load(const Source& source, const os::Environment& environment);

/// The files as one, `extends` resolved and paths absolute, but variables as they stand: a value
/// with a '$' is not checked. Throws as load() does.
Merged merge_only(const Source& source, const os::Environment& environment);

/// The merged, normalised model as a version 1 file that loads again with the same meaning.
std::string to_yaml(const Project& project);

/// The same in JSON, which is YAML too and loads again.
std::string to_json(const Project& project);

} // namespace orch::compose::load
