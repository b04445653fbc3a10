// What a create was asked for, kept with the machine: so that the same wish can be recognised, and
// a create that was cut short goes on with what it began with.
#pragma once

#include "machine/create.hpp"

#include <string>

namespace orch::machine {

/// The options of the driver as they are kept in config.json; secrets are left out.
nlohmann::ordered_json wishes_of(const drivers::Info& info, const drivers::Values& values);

/// The options that the machine was asked for; `given` fills what is not kept.
drivers::Values
values_of(const Machine& machine, const drivers::Info& info, const drivers::Values& given);

/// In what the machine differs from the request, like "--engine-label is [], not [a=b]"; empty if
/// it is what is asked for. Of a machine that docker-machine made, the driver's options are not
/// known.
std::string
difference(const Machine& machine, const CreateRequest& request, const drivers::Info& info);

} // namespace orch::machine
