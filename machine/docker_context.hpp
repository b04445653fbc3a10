// Contexts of the docker client that lead to machines: `docker --context web1 ps`. Layout:
// docker/cli, cli/context/store. A context carries a mark of who wrote it; those of others are
// never touched.
#pragma once

#include "machine/context.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace orch::machine {

/// Whose contexts are meant. `docker_dir` is $DOCKER_CONFIG or ~/.docker.
struct ContextOwner {
    std::filesystem::path docker_dir;
    std::filesystem::path store; // the root
    std::string machine;
};

/// Writes the context `name` for the machine, with copies of the certificate files it uses; one
/// that orch wrote for this machine before is replaced. Throws Error: conflict if a context of that
/// name is somebody else's, invalid for a name that the docker client does not take, not_found
/// "Host is not running" if the machine has no address.
void write_context(
    const ContextOwner& owner,
    const std::string& name,
    const Machine& machine,
    const drivers::Reach& reach
);

/// The contexts that orch wrote for the machine, sorted.
std::vector<std::string> contexts_of(const ContextOwner& owner);

/// Removes those; their names. Throws Error if a file cannot be removed.
std::vector<std::string> remove_contexts(const ContextOwner& owner);

/// Removes the contexts of machines that this store does not have any more: of one that was just
/// removed, and what a killed rename or another program left. Throws Error if a file stays.
void sweep_contexts(const std::filesystem::path& docker_dir, const Store& store);

/// Makes what is there right again after the machine's address or certificates changed. What cannot
/// be written is a warning of `job`.
void refresh_contexts(const Context& context, const Machine& machine, Job& job);

/// Lets the contexts of the machine `owner.machine` follow it to its new name: one that has the
/// machine's name gets the new one, or keeps the old one if the new one belongs to somebody else.
/// Problems are warnings.
void move_contexts(
    const ContextOwner& owner, const Machine& renamed, const drivers::Reach& reach, Job& job
);

} // namespace orch::machine
