// The tasks of a project as rows of text.
#pragma once

#include "compose/ps.hpp"
#include "compose/swarm/observed.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace orch::compose::swarm {

struct TaskRow {
    PsRow common;     // id: of its container; empty while there is none
    std::string node; // host name
    std::string task; // id
};

/// One row for each task that is meant to run, and for the last one of a slot that has ended; with
/// `all` those before it, too. A service that is stopped has a row for each task it had. Sorted by
/// name. Pure.
std::vector<TaskRow>
task_rows(const Project& project, const Observed& observed, const PsOptions& options);

std::vector<TaskRow> ps(const Project& project, engine::Engine& engine, const PsOptions& options);

/// As compose::service_names().
std::vector<std::string>
service_names(const Project& project, engine::Engine& engine, const PsOptions& options);

/// "Up", "Exit 3", "Preparing", "Pending: no suitable node (...)"
std::string state_text(const engine::Task& task);

} // namespace orch::compose::swarm
