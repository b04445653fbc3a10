// Shell functions for each service manager: how the engine is found, started and stopped, and how a
// host gets its name.
#pragma once

#include "machine/provision/provisioner.hpp"

#include <string>

namespace orch::machine::provision {

/// The text defines
///   set_host_name NAME    also for the time after the next start of the host
///   engine_pid            prints the engine's process, fails or prints 0 if it does not run
///   engine_started        prints when it started, in seconds since 1970
///   enable_engine         makes it start with the host, and makes its manager read its files anew
///                         if $changed says so
///   restart_service       fails if the engine does not come up
///   engine_log            prints its last words
std::string service_functions(Service service);

} // namespace orch::machine::provision
