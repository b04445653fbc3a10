// What one script learns on the host, and what to think of it.
#pragma once

#include "machine/doctor/finding.hpp"
#include "machine/machine.hpp"

#include <chrono>
#include <string>
#include <string_view>

namespace orch::machine::doctor {

/// A POSIX shell script that changes nothing; it takes a second at most on a healthy host.
std::string_view host_script();

/// When the script ran, by the clock of this computer.
struct Asked {
    std::chrono::system_clock::time_point begin;
    std::chrono::system_clock::time_point end;
};

/// Reads what the script printed: sudo, clock, disk, engine service, engine options, and whether
/// the host has the certificate that lies here. `user` is who
/// logged in.
Findings judge_host(
    const Machine& machine, std::string_view output, const Asked& asked, const std::string& user
);

} // namespace orch::machine::doctor
