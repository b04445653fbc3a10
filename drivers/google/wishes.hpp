// What a user wishes, as Google writes it: pure functions from options and records to bodies.
#pragma once

#include "drivers/driver.hpp"
#include "drivers/google/project.hpp"
#include "drivers/kit/cloud.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace orch::drivers::google {

/// What can be known to be wrong without asking: names, options that exclude each other, files.
/// Throws Error.
void check_wishes(const std::string& machine, const Request& request);

/// The items of a comma-separated list, without the empty ones.
std::vector<std::string> items_of(const std::string& text);

/// Of --google-vm-labels: "a=b,c=d" or "a,b,c,d". Throws Error(usage).
std::map<std::string, std::string> labels_of(const std::string& text);

/// The content of --google-userdata; empty for none. Throws Error.
std::string user_data_of(const Values& values);

/// "projects/debian-cloud/global/images/family/debian-13" of what users write: that, without
/// "projects/", as a URL, or a name alone, which is a family of the distribution that it begins
/// with, else an image of the own project.
std::string image_path(const std::string& wish, const std::string& project);

/// "projects/P/global/networks/N" of a name, or the path that it is.
std::string network_path(const Record& record);

/// The same for the subnetwork; empty if there is none.
std::string subnetwork_path(const Record& record);

std::string instance_name(const Record& record);
std::string disk_name(const Record& record);

/// "zones/Z/instances/N"
std::string instance_path(const Record& record);
std::string disk_path(const Record& record);

/// Whether this create made it: by its mark or by the id that was learned.
bool is_own(const Json& thing, const Record& record);

/// What only the moment of making an instance knows.
struct Making {
    std::string public_key; // line for authorized_keys
    std::string user_data;
    std::map<std::string, std::string> labels; // further ones
    std::string address;                       // static; empty for any
    bool disk_exists = false;
    bool disk_is_own = false;
};

Json instance_body(const Record& record, const Making& making);

/// The metadata of an instance with our key in it, and everything else that is there.
Json with_key(const Json& metadata, const std::string& user, const std::string& public_key);

/// A rule of the firewall, by name, for the instances that have its tag.
struct Rule {
    std::string name;
    std::string tag;
    std::vector<std::string> sources; // ranges; empty: instances with the same tag
    std::vector<kit::Opening> openings;
};

/// The rules that a machine needs: one for all the world or the given ranges, one for the nodes of
/// a swarm.
std::vector<Rule> rules_of(const Record& record, const Request& request);

/// The tags of an instance: those of its rules and the user's.
std::vector<std::string> tags_of(const Record& record);

/// What the rule at Google does not let through yet, in the form of its "allowed"; may be empty.
Json missing_in(const Json& allowed, const std::vector<kit::Opening>& openings);

Json rule_body(const Rule& rule, const std::string& network);

} // namespace orch::drivers::google
