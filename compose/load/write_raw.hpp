// Services as their files write them, variables included, as one file.
#pragma once

#include "compose/load/context.hpp"
#include "compose/load/raw.hpp"

#include <string>

namespace orch::compose::load {

/// Makes the paths of `service` absolute, as far as they do not begin with a variable.
void make_paths_absolute(RawService& service, const Context& context);

/// The services, sorted by name, as a version 1 file.
std::string write_raw(const RawServices& services);

} // namespace orch::compose::load
