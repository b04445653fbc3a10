// Which cluster a machine belongs to, as --swarm-discovery spells it.
#pragma once

#include "lib/base/secret.hpp"

#include <string>

namespace orch::machine::swarm {

enum class ClusterKind {
    token,      // token://ID: a name within this store
    machine,    // machine://NAME: the cluster that this machine founded or belongs to
    outside,    // swarm://JOINTOKEN@HOST:2377: an engine swarm that this store knows nothing of
    standalone, // consul, etcd, zk, nodes, file: the manager and agents are containers
};

struct Discovery {
    ClusterKind kind = ClusterKind::token;
    std::string rest; // ID, NAME, "HOST:2377", or all behind the scheme of a standalone one
    Secret token;     // the join token of an outside one; may be empty

    /// As config.json keeps it: without the token, which lets anybody in.
    std::string kept;
};

/// Throws Error(invalid) with docker-machine's sentence for what is no URL, and for a scheme that
/// is not known or lacks its other half.
Discovery parse_discovery(const std::string& text);

/// 32 hexadecimal digits for token://, never the same twice.
std::string new_token();

} // namespace orch::machine::swarm
