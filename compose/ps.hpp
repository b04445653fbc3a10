// The containers of a project as rows of text.
#pragma once

#include "compose/model/project.hpp"
#include "lib/engine/engine.hpp"
#include "lib/world.hpp"

#include <string>
#include <vector>

namespace orch::compose {

struct PsOptions {
    std::vector<std::string> services{}; // empty: all
    bool all = false;                    // one-offs that do not run, too
    bool orphans = false;                // containers whose service is not in the file, too
    bool whole_commands = false;         // not cut
    /// Only containers in one of these states, in the engine's words or "stopped"; empty: all.
    std::vector<std::string> states{};
    std::string source{}; // only services with "image" or "build"; empty: all
};

struct PsRow {
    std::string name;
    std::string
        command;       // entrypoint and arguments; 30 characters, longer ones cut to 26 and " ..."
    std::string state; // "Up", "Up (healthy)", "Restarting", "Paused", "Exit 137"
    std::string ports; // "0.0.0.0:8000->80/tcp, 6379/tcp"
    std::string id;    // 64 digits
    std::string service;
    std::string image;
    std::string status; // the engine's word: "running", "exited" ...
    std::string node{}; // of a standalone swarm, by name; else empty
};

/// Sorted by name. Throws Error(usage) for a state or source that does not exist.
std::vector<PsRow>
ps(const Project& project, engine::Engine& engine, const PsOptions& options, Job& job);

/// Names of the services that options select, in the order of the file; with `states` those that
/// have a container in one of them, as docker-compose counts: what is paused runs, too.
std::vector<std::string>
service_names(const Project& project, engine::Engine& engine, const PsOptions& options);

/// Longer ones are cut to 26 characters and " ...".
std::string cut_command(std::string command);

/// The pieces of a row, from what the engine's list says.
std::string state_text(const engine::ContainerSummary& container);
std::string ports_text(const std::vector<engine::PublishedPort>& ports);

} // namespace orch::compose
