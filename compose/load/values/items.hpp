// The small grammars: links, volumes_from, devices, restart, ulimits, KEY=VALUE lists.
#pragma once

#include "compose/load/values/parsed.hpp"
#include "compose/model/service.hpp"
#include "lib/yaml/node.hpp"

#include <string>
#include <string_view>

namespace orch::compose::load::values {

/// NAME[:ALIAS]; the alias defaults to the name.
Parsed<Link> parse_link(std::string_view text);

/// SOURCE[:MODE]; whether the source is a service is not known yet.
Parsed<VolumesFrom> parse_volumes_from(std::string_view text);

/// HOST[:CONTAINER[:PERMISSIONS]]
Parsed<Device> parse_device(std::string_view text);

/// An address for extra_hosts: IPv4, IPv6 with or without brackets, or the engine's word for its
/// own, host-gateway.
bool is_host_address(const std::string& text);

/// MODE[:MAX], MODE one of those that engines know.
Parsed<Restart> parse_restart(std::string_view text);

/// N or {soft: N, hard: N}, of which the shape has been checked.
Parsed<Ulimit> parse_ulimit(const yaml::Node& value);

/// A list of texts as a mapping: each item is split at its first `separator` and trimmed if
/// `trimmed`; an item without one has the value null. A mapping stays what it is.
yaml::Node as_mapping(const yaml::Node& node, char separator, bool trimmed);

} // namespace orch::compose::load::values
