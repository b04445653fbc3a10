// What a host is, asked with one script over one connection.
#pragma once

#include "machine/provision/os_release.hpp"
#include "machine/provision/unit_file.hpp"

#include <string>
#include <string_view>

namespace orch::machine::provision {

struct Facts {
    OsRelease os;
    bool root = false;       // logged in as root
    bool privileged = false; // root, or sudo or doas works without a password
    std::string become_root; // what to put in front of a command: "sudo -n "
    std::string sudo_answer; // what sudo said when it does not
    bool systemd = false;    // systemd is process 1
    bool openrc = false;     // OpenRC has booted the host
    bool first_boot = false; // cloud-init is at work: users, packages and names may still change
    bool snap = false;       // an engine in a snap
    std::string dockerd;     // path of the engine's program, empty if there is none
    EngineUnit unit;         // the distribution's docker.service
    std::string daemon_json; // content of /etc/docker/daemon.json
    std::string settings;    // where there is no systemd: the file with the engine's options

    [[nodiscard]] bool engine_installed() const {
        return !dockerd.empty() || !unit.program().empty();
    }
};

/// A POSIX shell script that prints the facts; changes nothing and needs no privileges.
std::string_view facts_script();

/// Reads what the script printed. Throws Error(remote) if it is not that script's output.
Facts parse_facts(std::string_view output);

} // namespace orch::machine::provision
