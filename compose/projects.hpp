// The projects that an engine, or the nodes of a swarm, have containers of, whoever made them.
#pragma once

#include "compose/hosts.hpp"

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

/// By name. On a swarm tasks count as the containers of their services do, which have no files;
/// other containers are those of the nodes that answer.
std::vector<ProjectRow> projects(const Hosts& hosts, const ProjectsOptions& options);

} // namespace orch::compose
