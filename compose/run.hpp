// One-off containers: a service's container with another command, beside the regular ones.
#pragma once

#include "compose/execute.hpp"
#include "compose/model/project.hpp"
#include "compose/up.hpp"
#include "lib/engine/engine.hpp"
#include "lib/os/environment.hpp"
#include "lib/world.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace orch::compose {

/// What is different from the service; lists as they are typed.
struct OneoffChanges {
    std::vector<std::string> command{};      // empty: the service's
    std::optional<std::string> entrypoint{}; // a command line
    std::vector<std::string> environment{};  // "NAME=VALUE", or "NAME" for the value here
    std::vector<std::string> labels{};       // "NAME=VALUE"
    std::vector<std::string> publish{};      // as in `ports`
    std::vector<std::string> volumes{};      // as in `volumes`
    std::vector<std::string> cap_add{};
    std::vector<std::string> cap_drop{};
    std::string user{};
    std::string working_dir{};
    bool service_ports = false; // publish the service's own
    bool tty = false;
    bool input = true; // keep its standard input open
};

/// The service of a one-off container: no ports but those asked for, no restart policy, links to
/// the regular containers of its own service. `base` is where relative host paths begin. Throws
/// Error(usage) naming what cannot be understood.
Service oneoff_service(
    const Service& service,
    const OneoffChanges& changes,
    const std::filesystem::path& base,
    const os::Environment& environment
);

struct RunOptions {
    std::string service;
    std::string name{}; // empty: "<project>_<service>_run_<slug>"
    bool no_deps = false;
    bool detach = false;
    bool use_aliases = false;
    bool build = false;
    PullPolicy pull = PullPolicy::missing;
    bool remove_orphans = false;
    bool ignore_orphans = false;
    ExecuteOptions how{};
};

struct Oneoff {
    std::string id;
    std::string name;
    std::string node{}; // id of the swarm's; empty: one engine
};

/// 64 hexadecimal digits, as docker-compose's: what one-off containers are told apart by.
std::string new_slug();

/// Brings up what the service depends on, leaving containers that are there as they are, and
/// creates the container; it is not started. `wanted` is what oneoff_service() made.
Oneoff create_oneoff(
    const Project& project,
    const Service& wanted,
    engine::Engine& engine,
    const RunOptions& options,
    Job& job
);

// ---- What one engine and a swarm have in common for it ----

/// The project as it is for this one container.
Project with_service(Project project, const Service& wanted);

/// Adds the step that builds or pulls the service's image, if one is needed; `there`: the engine
/// has one. Throws Error(invalid) if it is missing and may not be pulled.
std::vector<std::size_t> add_image(
    Plan& plan,
    const Project& project,
    const Service& service,
    bool there,
    const RunOptions& options
);

/// The call that creates it, with its name.
CreateContainer
oneoff_call(const Project& project, const Service& service, const RunOptions& options);

/// Carries out the plan with that call as its last step. Throws as execute() does, and
/// Error(not_found) if the container is gone already.
Oneoff create_by(
    Plan plan,
    CreateContainer call,
    std::vector<std::size_t> before,
    const Project& project,
    engine::Engine& engine,
    const RunOptions& options,
    Job& job
);

} // namespace orch::compose
