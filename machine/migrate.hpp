// Older versions of config.json, and stores that were moved: both end as a document of version 3
// whose paths are right here and now. In memory only; saving the machine makes it last.
#pragma once

#include "machine/layout.hpp"

namespace orch::machine {

constexpr int newest_config_version = 3;

/// The document's ConfigVersion; 0 if it has none. Throws Error(invalid) if that is no number or
/// if the version is from the future. The error does not name the file.
int config_version(const nlohmann::ordered_json& document);

/// A document of version 0 to 3 as one of version 3 (see in_layout). Its objects must be objects.
nlohmann::ordered_json migrate(const nlohmann::ordered_json& document, const Place& place);

/// For a document of version 3. Rewrites in `Driver` and `AuthOptions` every path below the
/// recorded store, or below the machine's recorded directory, to where the file was found. Only
/// what this user can read there and not here is still taken from the old place.
void relocate(nlohmann::ordered_json& document, const Place& place);

} // namespace orch::machine
