// What a user can wish of a machine that is a container, read and checked.
#pragma once

#include "drivers/driver.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace orch::drivers::docker {

/// The node image that orch builds itself where the engine does not have it.
constexpr std::string_view default_image = "orch-machine:debian-12";

Info info();

struct Wishes {
    std::string image;
    int cpus = 0;            // 0: all of them
    std::int64_t memory = 0; // bytes; 0: no limit
    std::string network;
    nlohmann::json publish; // HostConfig.PortBindings: {"80/tcp": [{"HostIp", "HostPort"}]}
    std::vector<std::string> volumes; // HostConfig.Binds
    std::string user;
    std::string host;         // as DOCKER_HOST spells it
    std::string certificates; // directory with ca.pem, cert.pem and key.pem, or empty
    std::string runtime;
};

/// Throws Error(usage) naming the option that cannot be read.
Wishes read_wishes(const Values& values);

} // namespace orch::drivers::docker
