#include "cmd/compose/moment.hpp"

#include "lib/base/error.hpp"
#include "lib/engine/moment.hpp"

#include <chrono>

namespace orch::cmd::compose {

std::string moment(const std::string& option, const std::string& word) {
    if (word.empty())
        return {};
    const auto seconds = engine::read_moment(word, std::chrono::system_clock::now());
    if (!seconds)
        throw Error(Kind::usage, "{}: '{}' is no time", option, word)
            .hint("it looks like 2026-01-31T12:00:00Z, 1767225600 or 15m (ago)");
    return *seconds;
}

} // namespace orch::cmd::compose
