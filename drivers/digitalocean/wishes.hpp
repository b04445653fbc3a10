// What a user wants of a droplet: checked before anything is made, and turned into the bodies of
// requests.
#pragma once

#include "drivers/digitalocean/account.hpp"

namespace orch::drivers::digitalocean {

/// Options that contradict each other, files that are missing: before anything is asked. Throws
/// Error(usage, not_found, invalid).
void check_wishes(const Request& request, const std::string& machine);

/// What the account can tell beforehand: region, size, image, network, key, limit, name. Makes
/// nothing. Throws Error naming the option.
void check_account(Account& account, const Values& values, const std::string& machine);

/// Of POST /droplets. The record has the key and the mark.
Json droplet_body(const Values& values, const Record& record);

/// Whether the options ask for a firewall.
bool wants_firewall(const Values& values);

/// Of POST /firewalls: what is tagged with the mark is reached at the ports of the machine by those
/// that --digitalocean-open-cidr names and by other machines of orch.
Json firewall_body(const Request& request, const Record& record);

/// Every droplet of orch has this tag.
inline constexpr auto group_tag = "orch";

} // namespace orch::drivers::digitalocean
