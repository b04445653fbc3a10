// The store's certificate authority and what it signs: one client certificate, one server
// certificate a machine.
#pragma once

#include "lib/world.hpp"
#include "machine/machine.hpp"
#include "machine/store.hpp"

#include <stop_token>
#include <string>
#include <vector>

namespace orch::machine {

/// Makes the authority and the client certificate where they are missing, expired or do not belong
/// together; leaves valid ones alone (also old RSA ones). `owner` is the user's name, written into
/// the subjects. Only one process at a time does it. Throws Error(conflict) if a key is there
/// without its certificate: it is not replaced.
void ensure_authority(
    const Store& store,
    const AuthOptions& auth,
    const std::string& owner,
    const std::string& machine,
    Job& job
);

/// The machine's server certificate for `hosts`: kept if it is valid for all of them for another 30
/// days, else made anew. Also copies the client's files into the machine's directory, where the
/// docker client looks for them (DOCKER_CERT_PATH).
void ensure_server_certificate(
    const Store& store,
    const Machine& machine,
    const std::string& owner,
    const std::vector<std::string>& hosts
);

} // namespace orch::machine
