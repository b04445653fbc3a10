// Which services of a project the manager of a standalone swarm puts on one node because of what
// they share, and which node that is. Pure.
#pragma once

#include "compose/model/project.hpp"
#include "compose/observed.hpp"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace orch::compose::classic {

/// Services that links, volumes_from, net, ipc and pid tie together.
struct Group {
    std::set<std::string> services;
    std::string node{}; // where containers of it are; empty: nowhere yet

    /// The container of a plan that is made first there, by name; empty: none yet.
    std::string leader{};

    /// Containers that will be there, by name.
    std::set<std::string> members{};

    /// The hints of all of them but `service`, for the one that is made first: where it goes, the
    /// others have to go. Each once.
    [[nodiscard]] std::vector<std::string>
    hints_beside(const Project& project, const std::string& service) const;
};

class Together {
  public:
    /// With an `observed` that is of one engine nothing is tied.
    Together(const Project& project, const Observed& observed);

    /// Null for a service that stands alone.
    [[nodiscard]] Group* group_of(const std::string& service);
    [[nodiscard]] const Group* group_of(const std::string& service) const;

  private:
    std::vector<Group> groups_;
    std::map<std::string, std::size_t> index_; // service -> its group
};

/// The node that most of them are on; of several the first by name. Empty if none is known.
std::string most_common(const std::vector<std::string>& nodes);

/// The node that most of the containers are on which the service is linked to; empty on one engine.
std::string node_of_links(const Service& service, const Observed& observed);

/// Whether links of the service are the engine's old ones, which need their target on the same
/// node. On a network of a user they are names.
bool links_bind(const Service& service);

} // namespace orch::compose::classic
