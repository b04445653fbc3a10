// Making machines: from wishes to an engine that answers, with every step on disk before the next
// begins.
#pragma once

#include "lib/base/error.hpp"
#include "machine/context.hpp"

#include <string>

namespace orch::machine {

struct CreateRequest {
    std::string name;
    std::string driver;
    drivers::Values options; // the driver's, complete
    EngineOptions engine;
    SwarmOptions swarm;
    std::vector<std::string> server_sans; // --tls-san
    AuthOptions auth{}; // --tls-*: where the authority is; empty paths: the store's own
    std::string owner;  // the user's name, for certificate subjects
};

/// The driver refused before anything was made: docker-machine exits with 3 then.
class PreCreateError : public Error {
  public:
    explicit PreCreateError(Error cause) : Error(std::move(cause)) {}
};

/// Creates the machine; returns it ready. Throws Error: conflict `machine "X" already exists`,
/// invalid for a bad name, PreCreateError. After any other failure the machine stays in the store
/// with what is known of it and why it failed, so that `ls` shows it, `provision` resumes and `rm`
/// cleans up.
Machine create(const CreateRequest& request, const Context& context, Job& job);

/// Finishes what a create began, or puts right what changed since: runs the provisioning again.
/// Throws Error(invalid) if the host itself was never made.
Machine
reprovision(const std::string& name, const std::string& owner, const Context& context, Job& job);

} // namespace orch::machine
