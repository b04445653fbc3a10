// The fingerprint of a service's configuration: two texts that mean the same have the same hash.
#pragma once

#include "compose/model/service.hpp"

#include <nlohmann/json_fwd.hpp>

#include <string>

namespace orch::compose {

/// What is hashed: every key that was given, sorted where the order means nothing. Keys without a
/// value are absent, so a key that a later release learns changes no hash of today. What `build`
/// says is absent too: it shows in the image's id, which is compared on its own.
nlohmann::json canonical_form(const Service& service);

/// SHA-256 over the compact text of the canonical form, 64 hexadecimal digits.
std::string config_hash(const Service& service);

} // namespace orch::compose
