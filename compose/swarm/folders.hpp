// Folders of the nodes that services mount. An engine makes what a container of a version 1 file
// mounts and is not there; a swarm refuses such a task.
#pragma once

#include "compose/model/project.hpp"
#include "compose/swarm/arrange.hpp"
#include "compose/swarm/nodes.hpp"
#include "compose/swarm/observed.hpp"

#include <stop_token>
#include <string>
#include <vector>

namespace orch::compose::swarm {

/// Looks for what the project mounts, here and on the nodes of the cluster. Of a node that cannot
/// be asked nothing is known. Changes nothing.
Folders look_for_folders(
    const Project& project,
    const placement::Cluster& cluster,
    const NodeEngine& node_engine,
    const std::stop_token& stop
);

/// Decides about folders that nodes of the places lack: a mount of what the service's image is
/// built from is left out, with a warning; what has nothing in it here is to be made there. Throws
/// Error(unsupported) for what has something in it here, unless `warn_only`.
void settle_folders(Arrangement& arrangement, const Observed& observed, bool warn_only);

/// Whether a host path is missing on the node of that engine. Changes nothing.
bool lacks(engine::Engine engine, const std::string& path);

/// Makes folders where there are none, as the engine does for a container that mounts them: by one
/// of `image`, which must be there, that never runs. Throws Error naming one that is still missing.
void make_folders(
    engine::Engine engine, const std::string& image, const std::vector<std::string>& paths
);

/// The same folder, or one below, is what the service's image is built from.
bool in_build_context(const Service& service, const Volume& volume);

} // namespace orch::compose::swarm
