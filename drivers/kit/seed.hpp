// What a cloud image is told at its first start: a CD that cloud-init looks for ("NoCloud").
// https://cloudinit.readthedocs.io/en/latest/reference/datasources/nocloud.html
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace orch::drivers::kit {

struct Interface {
    std::string mac;       // "52:54:00:12:34:56"
    std::string address{}; // "192.0.2.7/24"; empty: DHCP
    bool routes = true;    // false: no default route through it, even if DHCP offers one
    std::string gateway{}; // with an address: the router, which knows names as well
};

struct Seed {
    std::string machine;               // becomes the host name
    std::string user;                  // logs in with the key; may use sudo without a password
    std::string public_key;            // a line of authorized_keys
    std::vector<Interface> interfaces; // empty: the image's own way, DHCP on the first one
    std::string data_disk{}; // "/dev/sdb": gets a file system if it has none, and the engine's data
    std::string user_data{}; // the user's own, in any format of cloud-init; comes second
};

/// The image's files by name: meta-data, user-data and, if there are interfaces, network-config.
/// The instance is new with each call.
std::vector<std::pair<std::string, std::string>> seed_files(const Seed& seed);

/// The bytes of the CD, an ISO 9660 image labelled CIDATA.
std::string seed_image(const Seed& seed);

} // namespace orch::drivers::kit
