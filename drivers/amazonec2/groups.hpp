// The security groups of a machine: made where they are missing, rules added where they are
// missing. They belong to all machines of the account, so that none of them removes them.
#pragma once

#include "drivers/amazonec2/query.hpp"
#include "drivers/kit/cloud.hpp"

#include <string>
#include <vector>

namespace orch::drivers::amazonec2 {

struct GroupWishes {
    std::vector<std::string> names;
    std::string vpc;
    bool readonly = false;
    std::vector<kit::Opening> openings;
    std::vector<std::string> sources; // CIDRs; empty: a rule for whatever source will do
};

/// The ids of the groups, in the order of their names.
std::vector<std::string> ensure_groups(Region& region, const GroupWishes& wishes);

/// The rules that a group as DescribeSecurityGroups shows it lacks, as fields of
/// AuthorizeSecurityGroupIngress; empty if it has all.
Fields missing_rules(const Json& group, const GroupWishes& wishes);

} // namespace orch::drivers::amazonec2
