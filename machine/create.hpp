// Making machines: from wishes to an engine that answers, with every step on disk before the next
// begins.
#pragma once

#include "lib/base/error.hpp"
#include "lib/base/secret.hpp"
#include "machine/context.hpp"

#include <optional>
#include <string>

namespace orch::machine {

/// What a create does with a machine that is there already.
enum class IfExists {
    refuse,
    resume, // goes on with an unfinished one, leaves a ready one alone
    accept, // the same, but a ready one must be what is asked for
};

/// A host that the provider has already.
struct Adoption {
    std::string id;                // the provider's, or its name for the host
    std::filesystem::path ssh_key; // the private key it lets in; empty: an agent's, or a usual one
};

struct CreateRequest {
    std::string name;
    std::string driver;
    drivers::Values options; // the driver's, complete
    EngineOptions engine;
    SwarmOptions swarm;
    Secret swarm_token{};                 // of a swarm outside this store; never kept
    std::vector<std::string> server_sans; // --tls-san
    AuthOptions auth{}; // --tls-*: where the authority is; empty paths: the store's own
    std::string owner;  // the user's name, for certificate subjects
    IfExists if_exists = IfExists::refuse;
    std::optional<Adoption> adoption{}; // no host is made, this one is taken
};

struct Created {
    Machine machine;
    bool found = false; // it was there, ready; nothing was done
};

/// The driver refused before anything was made: docker-machine exits with 3 then.
class PreCreateError : public Error {
  public:
    explicit PreCreateError(Error cause) : Error(std::move(cause)) {}
};

/// Creates the machine; returns it ready. An unfinished one that is resumed keeps the options that
/// it was asked for at first; a host of which it is not known whether it is complete is removed and
/// made again. Throws Error: conflict `machine "X" already exists` or that it differs, invalid for
/// a bad name, PreCreateError. After any other failure the machine stays in the store with what is
/// known of it and why it failed, so that `ls` shows it, `create --continue` resumes and `rm`
/// cleans up.
Created create(const CreateRequest& request, const Context& context, Job& job);

/// What of a machine is put right: with a new certificate its swarm needs nothing.
enum class Scope { everything, engine };

/// Finishes what a create began, all of it, or puts right what changed since: runs the provisioning
/// again. Throws Error(invalid) if the host itself was never made.
Machine reprovision(
    const std::string& name,
    const std::string& owner,
    const Context& context,
    Job& job,
    Scope scope = Scope::everything
);

} // namespace orch::machine
