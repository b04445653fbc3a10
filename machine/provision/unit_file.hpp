// How the host's own docker.service starts the engine, read from "systemctl cat docker.service".
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace orch::machine::provision {

/// Where the engine's drop-in lies, and the one that keeps docker.socket from opening its socket.
inline constexpr std::string_view drop_in = "/etc/systemd/system/docker.service.d/10-machine.conf";
inline constexpr std::string_view socket_drop_in =
    "/etc/systemd/system/docker.socket.d/10-machine.conf";

struct EngineUnit {
    /// Words of the command line, as systemd reads the file without our drop-in; quoting is kept.
    std::vector<std::string> exec;

    /// Another drop-in that sets ExecStart and is sorted behind ours; empty if there is none.
    std::string foreign_exec;

    /// The words up to and with the engine's program ("/usr/bin/dockerd"), also behind an "env".
    /// Empty if the unit starts something else.
    [[nodiscard]] std::vector<std::string> program() const;

    /// The words behind the program.
    [[nodiscard]] std::vector<std::string> arguments() const;
};

/// Reads what systemctl printed: files, each below a line "# /its/path". An empty text gives an
/// empty unit.
EngineUnit parse_unit(std::string_view text);

} // namespace orch::machine::provision
