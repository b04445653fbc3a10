// QEMU's own protocol (QMP): JSON on a unix socket, one client at a time. So: connect, ask, close.
// https://www.qemu.org/docs/master/interop/qmp-spec.html
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <chrono>
#include <filesystem>
#include <stop_token>
#include <string>

namespace orch::drivers::qemu {

constexpr std::chrono::seconds qmp_patience{5};

/// What the command returns; events in between are passed over. Throws Error: network (nobody
/// listens, or it went away), timeout, remote (with QEMU's words), cancelled.
nlohmann::json
qmp(const std::filesystem::path& socket,
    const std::string& command,
    const std::stop_token& stop,
    std::chrono::milliseconds patience = qmp_patience);

} // namespace orch::drivers::qemu
