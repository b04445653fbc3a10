#include "cmd/machine/plugin_options.hpp"

#include "lib/base/error.hpp"
#include "lib/log/log.hpp"

#include <algorithm>
#include <array>
#include <chrono>

namespace orch::cmd::machine {

namespace {

constexpr std::chrono::seconds patience{10};
constexpr std::chrono::milliseconds moment{1500}; // for a shell that waits for candidates

/// The value that stands in one word with its option, "-d=NAME", "--driver=NAME" or "-dNAME".
std::string value_in(const std::string& word, const drivers::Registry& registry) {
    for (const std::string_view option : {"--driver=", "-driver=", "-d=", "--d="})
        if (word.starts_with(option))
            return word.substr(option.size());
    // Other options begin with the same letter.
    const auto rest = word.starts_with("-d") ? word.substr(2) : std::string();
    return !rest.empty() && registry.find(rest) != nullptr ? rest : std::string();
}

bool is_driver_option(const std::string& word) {
    constexpr std::array<std::string_view, 4> spellings{"-d", "--driver", "-driver", "--d"};
    return std::find(spellings.begin(), spellings.end(), word) != spellings.end();
}

/// The driver that the words of `create` name, else $MACHINE_DRIVER; empty if neither does. The
/// words need not be a command line without a mistake.
std::string named_driver(const drivers::Registry& registry, const Session& session) {
    const auto& words = session.words;
    auto name = session.environment.get_or("MACHINE_DRIVER", "");
    for (std::size_t i = 0; i < words.size() && words[i] != "--"; ++i) {
        if (is_driver_option(words[i])) {
            if (i + 1 < words.size())
                name = words[++i];
        } else if (auto value = value_in(words[i], registry); !value.empty()) {
            name = std::move(value);
        }
    }
    return name;
}

Error unknown_driver(const std::string& name) {
    return Error(
               Kind::not_found,
               "Driver \"{0}\" not found. Do you have the plugin binary "
               "\"docker-machine-driver-{0}\" accessible in your PATH?",
               name
    )
        .hint("orch machine create --help lists the drivers of this build");
}

} // namespace

void learn_options(
    const drivers::Registry& registry, const std::string& driver, const Session& session
) {
    const auto* const row = registry.has_built_in(driver) ? nullptr : registry.find(driver);
    if (row == nullptr || !row->info.options.empty())
        return;
    registry.outside()->learn(driver, session.completes ? moment : patience, session.stop);
}

const drivers::Row* named_plugin(const drivers::Registry& registry, const Session& session) {
    const auto name = named_driver(registry, session);
    if (name.empty() || registry.has_built_in(name))
        return nullptr;
    try {
        if (registry.find(name) == nullptr)
            throw unknown_driver(name);
        learn_options(registry, name, session);
        return registry.find(name);
    } catch (const Error& error) {
        if (!session.completes)
            throw;
        log::debug("complete", "{}", error.message());
        return nullptr;
    }
}

std::vector<Candidate> driver_candidates(const drivers::Registry& registry) {
    std::vector<Candidate> candidates;
    for (const auto& row : registry.rows())
        candidates.push_back({row.info.name, row.info.summary});
    if (auto* const outside = registry.outside())
        for (const auto& name : outside->names())
            if (!registry.has_built_in(name))
                candidates.push_back({name, "Plugin docker-machine-driver-" + name});
    return candidates;
}

} // namespace orch::cmd::machine
