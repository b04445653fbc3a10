// The record of a machine, with docker-machine's names and types.
#pragma once

#include "drivers/amazonec2/plan.hpp"
#include "drivers/driver.hpp"

#include <string>
#include <utility>
#include <vector>

namespace orch::drivers::amazonec2 {

/// Of a create that has made nothing yet.
Record draft(const Access& access, const Request& request);

/// Where its API answers.
Place place_of(const Record& record);

/// "k1,v1,k2,v2". Throws Error(usage).
std::vector<std::pair<std::string, std::string>> parse_tags(const std::string& text);

/// Those of all that this create makes.
std::vector<std::pair<std::string, std::string>> tags_of(const Record& record);

/// Ids of security groups; records of older versions have only one, in a field of its own.
std::vector<std::string> group_ids(const Record& record);

/// Takes addresses from DescribeInstances. A stopped instance has no public one: the last stays.
void note_addresses(const Json& instance, Record& record);

/// The state as DescribeInstances shows it.
State state_of(const Json& instance);

/// What RunInstances is asked for.
Fields launch_fields(const Record& record, const Values& values, const Image& image);

/// Of an instance that is there.
void note_existing(const Json& instance, Record& record);

} // namespace orch::drivers::amazonec2
