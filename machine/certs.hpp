// The store's certificate authority and what it signs: one client certificate, one server
// certificate a machine.
#pragma once

#include "drivers/driver.hpp"
#include "lib/world.hpp"
#include "machine/machine.hpp"
#include "machine/store.hpp"

#include <stop_token>
#include <string>
#include <vector>

namespace orch::machine {

/// Makes the authority and the client certificate where they are missing or expired, and the client
/// certificate where it is not the authority's; leaves valid ones alone (also old RSA ones).
/// `owner` is the user's name, written into the subjects; `machine` is whom the progress is about.
/// Only one process at a time does it. Throws Error(conflict) if a key is there without its
/// certificate or does not belong to it: it is not replaced.
void ensure_authority(
    const Store& store,
    const AuthOptions& auth,
    const std::string& owner,
    const std::string& machine,
    Job& job
);

/// Whether certificates can be made: throws Error(not_found) if the authority's key is not there,
/// as with machines that were imported.
void require_authority_key(const AuthOptions& auth);

/// Makes the client certificate anew, and the authority too if it ends within 30 days or its key is
/// another's; returns whether it did the latter. With an old authority, the copies in the
/// directories of all its machines are brought up to date.
bool renew_client(const Store& store, const AuthOptions& auth, const std::string& owner, Job& job);

/// The machine's server certificate for `hosts`: kept if it is valid for all of them for another 30
/// days, else made anew. Also copies the client's files into the machine's directory, where the
/// docker client looks for them (DOCKER_CERT_PATH). The machine's lock is held by the caller.
void ensure_server_certificate(
    const Store& store,
    const Machine& machine,
    const std::string& owner,
    const std::vector<std::string>& hosts
);

/// Makes the server certificate anew, whatever the old one is like. The machine's lock is held by
/// the caller.
void renew_server_certificate(
    const Store& store,
    const Machine& machine,
    const std::string& owner,
    const std::vector<std::string>& hosts
);

/// What the server certificate is to be valid for: --tls-san, its addresses, its name,
/// localhost.
std::vector<std::string> certificate_hosts(const Machine& machine, const drivers::Reach& reach);

/// Machines with the authority of `auth` whose server certificate is not valid with it (any more):
/// their engines cannot be reached until regenerate-certs was run for them.
std::vector<std::string> machines_left_behind(const Store& store, const AuthOptions& auth);

} // namespace orch::machine
