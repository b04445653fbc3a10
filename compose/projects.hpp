// The projects that an engine has containers of, whoever made them.
#pragma once

#include "lib/engine/engine.hpp"

#include <string>
#include <vector>

namespace orch::compose {

struct ProjectRow {
    std::string name;
    std::string status;       // "exited(1), running(2)"
    std::string config_files; // as the containers were labelled, with commas between
};

struct ProjectsOptions {
    bool all = false;   // also projects and containers that do not run
    std::string name{}; // a part of the name; empty: any
};

/// By name.
std::vector<ProjectRow> projects(engine::Engine& engine, const ProjectsOptions& options);

} // namespace orch::compose
