// How docker-compose writes its verbs down in the first lines of their help.
#pragma once

#include <string_view>

namespace orch::cmd::ui {

/// "up [options] [--scale SERVICE=NUM...] [--] [SERVICE...]"; empty for a verb that it has not.
std::string_view usage_line(std::string_view verb);

} // namespace orch::cmd::ui
