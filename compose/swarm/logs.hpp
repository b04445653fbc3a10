// What the tasks of a project's services print, line by line.
#pragma once

#include "compose/logs.hpp"
#include "lib/tasks/clock.hpp"

namespace orch::compose::swarm {

/// As compose::logs(). The managers collect the lines of all tasks, wherever these go; plain
/// containers are read on their nodes. `until` is not supported: Error(unsupported).
void logs(
    const Project& project,
    const Hosts& hosts,
    const LogsOptions& options,
    const LogHandlers& handlers,
    Job& job
);

/// As compose::run_attached(): until as many tasks have ended as `until` says and are not replaced,
/// or a stop is requested.
AttachResult run_attached(
    const Project& project,
    const Hosts& hosts,
    const AttachOptions& options,
    const LogHandlers& handlers,
    tasks::Clock& clock,
    Job& job
);

} // namespace orch::compose::swarm
