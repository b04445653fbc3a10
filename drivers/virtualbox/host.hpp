// What the driver sees of this computer besides VirtualBox: a seam, so that tests bring their own.
#pragma once

#include "lib/net/interfaces.hpp"
#include "lib/os/environment.hpp"

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace orch::drivers::virtualbox {

struct Host {
    os::Environment environment{};
    std::function<std::vector<net::Interface>()> interfaces = net::interfaces;
    std::function<bool()> virtualizes{}; // whether the processor has VT-x or AMD-V switched on
    std::filesystem::path networks_conf = "/etc/vbox/networks.conf";
    bool macos = false;
    bool arm = false;
};

/// This computer.
Host this_host(os::Environment environment);

} // namespace orch::drivers::virtualbox
