// Files of variables, `.env` and `env_file`, as docker-compose 1.29.2 reads them (dotenv rules).
#pragma once

#include "lib/os/environment.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace orch::compose::load::values {

struct Variable {
    std::string name;
    std::optional<std::string> value; // nothing: named without a value
};

struct EnvFile {
    std::vector<Variable> variables; // in file order; a name may come twice, the last one counts
    std::vector<int> unreadable;     // lines, from 1, where a statement starts that makes no sense
};

/// ${NAME} and ${NAME:-default} in values are replaced from what stands above in the file, else
/// from `environment`, else by nothing.
EnvFile parse_env_file(std::string_view text, const os::Environment& environment);

} // namespace orch::compose::load::values
