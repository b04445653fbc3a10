// Points in time as options take them.
#pragma once

#include <string>

namespace orch::cmd::compose {

/// Seconds since 1970, as the engine wants them; `word` is what engine::read_moment() understands.
/// Empty stays empty. Throws Error(usage), naming `option`, for anything else.
std::string moment(const std::string& option, const std::string& word);

} // namespace orch::cmd::compose
