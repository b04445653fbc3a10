// The tasks of a project as rows of text.
#pragma once

#include "compose/hosts.hpp"
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

/// Of the tasks only: no node is asked.
std::vector<TaskRow> ps(const Project& project, engine::Engine& engine, const PsOptions& options);

/// Of plain and one-off containers, too, which the nodes are asked for. One that cannot be asked is
/// passed over, with a warning if it bears the mark of plain ones.
std::vector<TaskRow>
ps(const Project& project, const Hosts& hosts, const PsOptions& options, Job& job);

/// As compose::service_names().
std::vector<std::string>
service_names(const Project& project, const Hosts& hosts, const PsOptions& options, Job& job);

/// What the engine of its node would call the state of its container.
std::string container_state(const engine::Task& task);

/// "Up", "Exit 3", "Preparing", "Pending: no suitable node (...)"
std::string state_text(const engine::Task& task);

} // namespace orch::compose::swarm
