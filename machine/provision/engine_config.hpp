// What the engine is told: the systemd drop-in, as pure text.
#pragma once

#include "machine/machine.hpp"

#include <string>
#include <string_view>

namespace orch::machine::provision {

/// Where the engine's files live on the host.
inline constexpr std::string_view remote_dir = "/etc/docker";
inline constexpr std::string_view drop_in = "/etc/systemd/system/docker.service.d/10-machine.conf";

/// The drop-in for docker.service, options in docker-machine's order, quoted as systemd.exec(5) and
/// systemd.syntax(7) want it. `dockerd` is the program that the distribution's own unit starts.
std::string systemd_drop_in(const Machine& machine, std::string_view dockerd, int port);

/// Keys of /etc/docker/daemon.json that set what the drop-in sets too: dockerd refuses to start
/// with both. Empty if there is no conflict; a text that is no JSON is a conflict by itself.
std::string daemon_json_conflict(const EngineOptions& options, const std::string& daemon_json);

} // namespace orch::machine::provision
