// `ls --filter KEY=VALUE`: values of one key are alternatives, keys must all match.
#pragma once

#include "machine/list.hpp"

#include <map>
#include <string>
#include <vector>

namespace orch::cmd::machine {

class ListFilter {
  public:
    /// Throws Error(invalid) "Unsupported filter syntax", "Unsupported filter key 'x'", or for a
    /// broken regular expression.
    explicit ListFilter(const std::vector<std::string>& filters);

    /// Whether the machines must be asked for their state.
    [[nodiscard]] bool needs_state() const {
        return values_.contains("state") || values_.contains("swarm");
    }

    /// By what the store alone tells. A machine that cannot be read has nothing to filter by: it is
    /// accepted only without filters.
    [[nodiscard]] bool
    accepts_stored(const orch::machine::Store& store, const std::string& name) const;

    /// Removes the rows that do not match. Rows that could not be read stay, except when `quiet`.
    void apply(std::vector<orch::machine::Listed>& rows, bool quiet) const;

  private:
    [[nodiscard]] bool matches(const orch::machine::Listed& row) const;

    std::map<std::string, std::vector<std::string>> values_; // by key in lower case
};

} // namespace orch::cmd::machine
