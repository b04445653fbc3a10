// What several verbs say beside their answer.
#pragma once

#include "cmd/session.hpp"

#include <map>
#include <string>
#include <vector>

namespace orch::cmd::compose {

/// Under docker-compose's name: "The create command is deprecated. Use the up command with the
/// --no-start flag instead." People who type orch know.
void say_deprecated(const Session& session, const std::string& verb, const std::string& flag);

/// "SERVICE=N" words. Throws Error(usage) with docker-compose's phrases.
std::map<std::string, int> scale_words(const std::vector<std::string>& words);

} // namespace orch::cmd::compose
