// What a machine may be called.
#pragma once

#include <string>

namespace orch::machine {

/// docker-machine's rule: letters, digits, dots and dashes, beginning with a letter or digit; at
/// most 63 characters between dots, as a host name. Throws Error(invalid) with docker-machine's
/// phrase.
void check_name(const std::string& name);

/// Whether `name` can be a directory of the store at all; anything else simply does not exist.
bool is_directory_name(const std::string& name);

} // namespace orch::machine
