#include "cmd/compose/remarks.hpp"

#include "lib/base/error.hpp"

#include <fmt/format.h>

#include <charconv>

namespace orch::cmd::compose {

void say_deprecated(const Session& session, const std::string& verb, const std::string& flag) {
    if (session.persona != Persona::docker_compose)
        return;
    const auto* const level = session.console.err_is_terminal() ? "WARNING: " : "";
    session.console.err(fmt::format(
        "{}The {} command is deprecated. Use the up command with the {} flag instead.\n",
        level,
        verb,
        flag
    ));
}

std::map<std::string, int> scale_words(const std::vector<std::string>& words) {
    std::map<std::string, int> scale;
    for (const auto& word : words) {
        const auto equals = word.find('=');
        if (equals == std::string::npos)
            throw Error(Kind::usage, "Arguments to scale should be in the form service=num");
        int number = -1;
        const auto* end = word.data() + word.size();
        const auto parsed = std::from_chars(word.data() + equals + 1, end, number);
        const auto service = word.substr(0, equals);
        if (parsed.ec != std::errc() || parsed.ptr != end || number < 0)
            throw Error(
                Kind::usage, "Number of containers for service \"{}\" is not a number", service
            );
        scale[service] = number;
    }
    return scale;
}

} // namespace orch::cmd::compose
