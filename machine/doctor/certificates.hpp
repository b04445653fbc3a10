// Certificates on this side: who signed them, for whom, and how long they last.
#pragma once

#include "machine/doctor/finding.hpp"
#include "machine/machine.hpp"

#include <chrono>

namespace orch::machine::doctor {

/// Of the authority, the client and the server. `address` is what the engine is reached at.
Findings judge_certificates(
    const Machine& machine, const std::string& address, std::chrono::system_clock::time_point now
);

} // namespace orch::machine::doctor
