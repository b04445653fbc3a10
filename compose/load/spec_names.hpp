// Which services share the project's network after the conversion, and by which names they are
// found there.
#pragma once

#include "compose/model/project.hpp"

#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

namespace orch::compose::load {

class SpecNames {
  public:
    explicit SpecNames(const Project& project);

    /// On the default bridge in version 1. A written `net: bridge` counts only if links lead from
    /// or to the service: alone it can stay where it is.
    [[nodiscard]] bool on_bridge(const Service& service) const;

    /// On a network that somebody else made.
    [[nodiscard]] static bool on_own_network(const Service& service);

    /// Aliases that links from the bridge give to `service` and that mean nobody else.
    [[nodiscard]] std::vector<std::string> aliases_of(const Service& service) const;

    /// Null if there is no such service.
    [[nodiscard]] const Service* find(const std::string& service) const;

    /// Links give this alias to several services, or another service has it as its name.
    [[nodiscard]] bool ambiguous(const std::string& alias) const;

  private:
    std::unordered_map<std::string, const Service*> services_;
    std::set<std::string> linked_;                            // services that links lead from or to
    std::map<std::string, std::set<std::string>> targets_;    // alias -> services
    std::map<std::string, std::vector<std::string>> aliases_; // service -> those of its own
};

} // namespace orch::compose::load
