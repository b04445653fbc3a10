// What a host needs to be a useful node of an engine swarm; what it lacks is named, nothing fails.
#pragma once

#include "lib/ssh/shell.hpp"
#include "machine/context.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace orch::machine::swarm {

/// A POSIX shell script that opens the swarm's ports in a firewall that runs (firewalld) and prints
/// a line "@@orch lack TEXT" for everything that is missing. Changes nothing else.
std::string preflight_script();

/// The same kind of lines for TCP ports at these "HOST:PORT" that the host cannot reach, by 2377
/// for the managers and 7946, where all nodes talk to each other. A slow host needs `patience`
/// times longer than others for an answer.
std::string reach_script(const std::vector<std::string>& managers, int patience = 1);

/// What such a script complained about.
std::vector<std::string> lacks_in(const std::string& output);

/// By how much two clocks differ; nothing for what is no RFC 3339 time.
std::optional<std::chrono::seconds> difference(const std::string& a, const std::string& b);

/// Runs the script and tells what is missing as warnings.
void preflight(const Machine& machine, ssh::Shell& shell, const std::string& script, Job& job);

} // namespace orch::machine::swarm
