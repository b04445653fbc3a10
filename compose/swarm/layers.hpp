// Which parts of an image's archive an engine does not need, because it has these layers. Pure.
#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <vector>

namespace orch::compose::swarm {

/// How many layers, from the lowest, both have. Ids as in RootFS.Layers.
std::size_t
common_layers(const std::vector<std::string>& layers, const std::vector<std::string>& others);

/// The members of the archive that hold the lowest `known` layers and nothing that those above them
/// need. Engines before 25 name them by ids that they make up of the layers; an archive in which
/// they have other names is sent whole.
std::set<std::string> members_of_layers(const std::vector<std::string>& layers, std::size_t known);

} // namespace orch::compose::swarm
