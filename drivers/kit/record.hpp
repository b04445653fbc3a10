// The fields that every driver's record has, named as docker-machine names them in config.json.
#pragma once

#include "drivers/driver.hpp"

#include <string>
#include <string_view>

namespace orch::drivers::kit {

/// IPAddress, MachineName, SSHUser, SSHPort, SSHKeyPath, StorePath, SwarmMaster, SwarmHost,
/// SwarmDiscovery: in this order, address and key still empty.
Record base_record(const Access& access);

/// What the request says of the swarm.
void note_swarm(const Request& request, Record& record);

/// The field, or `fallback` if it is missing, null or of another type.
std::string text(const Record& record, std::string_view field, std::string fallback = "");
int integer(const Record& record, std::string_view field, int fallback);

/// The id of something, 0 if there is none.
long long number(const Record& record, std::string_view field);

/// How to log in, from the base fields; an empty SSHUser is root, port 0 is 22.
ssh::Address ssh_address(const Access& access, const Record& record);

/// "tcp://ADDRESS:PORT", an IPv6 address in brackets; empty for an empty address.
std::string engine_url(std::string_view address, int port);

} // namespace orch::drivers::kit
