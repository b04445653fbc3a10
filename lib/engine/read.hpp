// From the engine's JSON to values, tolerant of fields that versions add, drop or leave null.
#pragma once

#include "lib/engine/inside.hpp"
#include "lib/engine/types.hpp"

#include <nlohmann/json_fwd.hpp>

namespace orch::engine {

Version read_version(const nlohmann::json& answer);
ContainerSummary read_container_summary(const nlohmann::json& answer);
Container read_container(const nlohmann::json& answer);
Image read_image(const nlohmann::json& answer);
Network read_network(const nlohmann::json& answer);
NetworkDetails read_network_details(const nlohmann::json& answer);
Volume read_volume(const nlohmann::json& answer);

Processes read_processes(const nlohmann::json& answer);
Usage read_usage(const nlohmann::json& answer);
PathStat read_path_stat(const nlohmann::json& answer);

Created read_created(const nlohmann::json& answer);

/// The exit code. Throws Error(remote) if the engine could not wait.
int read_exit_code(const nlohmann::json& answer);
EngineEvent read_event(const nlohmann::json& answer);

/// An object of a pull or build stream. Throws Error(remote) with its message if it reports a
/// failure.
StreamEvent read_stream_event(const nlohmann::json& answer);

} // namespace orch::engine
