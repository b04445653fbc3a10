// Which containers there will be once a plan is carried out, and what a new one says about them:
// links, shared volumes, shared networks.
#pragma once

#include "compose/converge/decide.hpp"

#include <map>
#include <string>
#include <vector>

namespace orch::compose {

class Roster {
  public:
    Roster(const Project& project, const Observed& observed, const std::vector<Verdict>& verdicts);

    /// The node of a standalone swarm that new containers of the service go to.
    void set_node(const std::string& service, std::string node) {
        nodes_[service] = std::move(node);
    }

    /// Fills in links, volumes_from, network_mode, ipc, pid and depends_on of the call. Throws
    /// Error(not_found) for a container outside the project that does not exist. Adds a warning for
    /// a shared network of which no container runs.
    void resolve(const Service& service, CreateContainer& call, std::vector<std::string>& warnings)
        const;

  private:
    struct Member {
        Peer peer;
        int number = 0;
        bool running = true; // or is meant to
        std::string host{};  // as in ObservedContainer
    };

    /// Whether the links of the call can reach it: a standalone swarm has several bridges.
    [[nodiscard]] bool in_reach(const Service& service, const Member& member) const;

    void resolve_links(const Service& service, CreateContainer& call) const;
    void resolve_volumes(const Service& service, CreateContainer& call) const;
    void resolve_network(
        const Service& service, CreateContainer& call, std::vector<std::string>& warnings
    ) const;
    [[nodiscard]] std::string resolve_space(const std::string& space, CreateContainer& call) const;
    [[nodiscard]] const Member* first(const std::string& service, bool running) const;
    [[nodiscard]] Peer outsider(const std::string& name, const std::string& complaint) const;

    const Project& project_;
    const Observed& observed_;
    std::map<std::string, std::vector<Member>> members_; // by service, in order of their numbers
    std::map<std::string, std::string> nodes_;           // by service: where its new containers go
};

} // namespace orch::compose
