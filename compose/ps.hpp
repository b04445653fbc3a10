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
};

/// Sorted by name.
std::vector<PsRow>
ps(const Project& project, engine::Engine& engine, const PsOptions& options, Job& job);

/// The pieces of a row, from what the engine's list says.
std::string state_text(const engine::ContainerSummary& container);
std::string ports_text(const std::vector<engine::PublishedPort>& ports);

} // namespace orch::compose
