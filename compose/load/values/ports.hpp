// The grammars of `ports` and `expose`.
#pragma once

#include "compose/load/values/parsed.hpp"
#include "compose/model/service.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace orch::compose::load::values {

/// [[IP:][HOST][-HOST]:]PORT[-PORT][/PROTOCOL]; one Port for each port of a range. A range of host
/// ports for a single port stays a range: the engine picks one.
Parsed<std::vector<Port>> parse_ports(std::string_view text);

/// PORT[-PORT][/PROTOCOL]
Parsed<std::vector<Port>> parse_expose(std::string_view text);

/// The text that reads as `port`, the protocol left out where it is tcp.
std::string port_text(const Port& port);

} // namespace orch::compose::load::values
