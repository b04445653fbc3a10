// A provisioner knows one family of operating systems: how an engine gets there and how it is told
// what to do. The table is data.
#pragma once

#include "machine/provision/facts.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace orch::machine::provision {

/// Who starts and stops the engine, and with it the form of the engine's configuration.
enum class Service {
    systemd,     // a drop-in for docker.service
    openrc,      // DOCKER_OPTS in /etc/conf.d/docker
    boot2docker, // variables in /var/lib/boot2docker/profile
};

/// For whom Docker's own installation script works.
enum class DockerScript {
    family,  // for the systems of the row and all that call themselves like them
    members, // for the systems of the row only
    nobody,
};

struct Provisioner {
    std::string_view name;             // docker-machine's word: "debian", "ubuntu(systemd)"
    std::vector<std::string_view> ids; // ID of os-release, also looked for in ID_LIKE
    std::string_view variant;          // VARIANT_ID, if that is what makes the difference
    Service service;
    DockerScript script;

    /// Shell functions, see packages.hpp; empty where the engine is part of the system.
    std::string_view packages;

    /// The command that installs the engine as the distribution has it; $version is VERSION_ID.
    std::string_view install_engine;

    /// Where certificates go.
    [[nodiscard]] std::string_view options_dir() const {
        return service == Service::boot2docker ? "/var/lib/boot2docker" : "/etc/docker";
    }

    /// Whether Docker's script can be asked to install the engine on this system.
    [[nodiscard]] bool takes_docker_script(const OsRelease& os) const;
};

/// The row whose system this is, else the row of the system that it calls itself most like, else
/// the row for any host with systemd. Throws Error(unsupported) "OS type not recognized" naming the
/// system, or for one without the service manager that its row wants.
const Provisioner& detect(const Facts& facts);

/// All rows, in the order in which they are tried.
const std::vector<Provisioner>& provisioners();

} // namespace orch::machine::provision
