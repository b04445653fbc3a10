#include "cmd/complete.hpp"

#include "cmd/options.hpp"
#include "cmd/root.hpp"
#include "cmd/verb.hpp"
#include "cmd/words.hpp"
#include "lib/log/log.hpp"

namespace orch::cmd {

namespace {

/// Options bound to variables get their values, as far as the words go without a mistake:
/// --storage-path and --driver decide what else there is to offer.
void bind_values(CLI::App& root, const Walker& walker) {
    auto words = walker.words();
    if (walker.awaiting() != nullptr)
        words.pop_back();
    try {
        root.parse(std::vector<std::string>(words.rbegin(), words.rend()));
    } catch (const std::exception& error) {
        log::debug("complete", "the words so far are no command yet: {}", error.what());
    }
}

std::vector<Candidate> options_of(const CLI::App& app) {
    std::vector<Candidate> candidates;
    for (const auto* level = &app; level != nullptr; level = level->get_parent())
        for (const auto* const option : level->get_options([](const CLI::Option*) { return true; }))
            if (!option->get_lnames().empty() && is_shown(*level, *option))
                candidates.push_back(
                    {"--" + option->get_lnames().front(), option->get_description()}
                );
    return candidates;
}

std::vector<Candidate> verbs_of(const CLI::App& app) {
    std::vector<Candidate> candidates;
    for (const auto* const verb : app.get_subcommands([](const CLI::App*) { return true; }))
        if (!verb->get_group().empty())
            candidates.push_back({verb->get_name(), verb->get_description()});
    return candidates;
}

std::vector<Candidate> matching(std::vector<Candidate> candidates, const std::string& prefix) {
    std::erase_if(candidates, [&](const Candidate& candidate) {
        return !candidate.value.starts_with(prefix);
    });
    return candidates;
}

/// bash breaks words at "=": "--driver=no" arrives as three.
std::vector<std::string> joined_at_equals(const std::vector<std::string>& words) {
    std::vector<std::string> joined;
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (words[i] != "=" || joined.empty() || !joined.back().starts_with('-')) {
            joined.push_back(words[i]);
            continue;
        }
        joined.back() += "=";
        if (i + 1 < words.size())
            joined.back() += words[++i];
    }
    return joined;
}

int run_complete(
    const std::string& shell, const std::vector<std::string>& words, Session& session
) {
    if (words.empty())
        return 0;
    const bool bash = shell == "bash";
    Session inner{
        session.environment,
        session.console,
        session.world,
        persona_of(words.front()),
        session.command_line,
        session.stop};
    std::string lines;
    for (const auto& candidate : complete(bash ? joined_at_equals(words) : words, inner)) {
        // bash replaces only what stands behind the "=".
        const auto equals =
            candidate.value.starts_with('-') ? candidate.value.find('=') : std::string::npos;
        lines += bash && equals != std::string::npos ? candidate.value.substr(equals + 1)
                                                     : candidate.value;
        if (!bash && !candidate.description.empty())
            lines += "\t" + candidate.description;
        lines += "\n";
    }
    session.console.out(lines);
    return 0;
}

} // namespace

std::vector<Candidate> Completions::values(const CLI::Option* option) const {
    const auto found = providers_.find(option);
    if (found == providers_.end())
        return {};
    try {
        return found->second();
    } catch (const std::exception& error) {
        log::debug("complete", "no candidates: {}", error.what());
        return {};
    }
}

std::vector<Candidate> complete(const std::vector<std::string>& words, Session& session) {
    session.words.assign(words.begin() + 1, words.end() - 1);
    session.completes = true;
    const auto root = make_root(session);
    Walker walker(*root, session);
    for (std::size_t i = 1; i + 1 < words.size(); ++i)
        walker.feed(words[i]);
    if (walker.lost())
        return {};
    bind_values(*root, walker);
    const auto& last = words.back();
    const auto& values = session.completions;
    if (walker.awaiting() != nullptr)
        return matching(values.values(walker.awaiting()), last);
    if (!walker.literal() && last.starts_with('-')) {
        const auto equals = last.find('=');
        if (equals == std::string::npos)
            return matching(options_of(walker.app()), last);
        auto candidates = values.values(walker.find(last.substr(0, equals)));
        for (auto& candidate : candidates)
            candidate.value = last.substr(0, equals + 1) + candidate.value;
        return matching(std::move(candidates), last);
    }
    auto candidates = verbs_of(walker.app());
    if (candidates.empty())
        candidates = values.values(walker.positional());
    return matching(std::move(candidates), last);
}

void add_complete(CLI::App& verb, Session& session) {
    struct Options {
        std::string shell;
        std::vector<std::string> words;
    };

    const auto options = std::make_shared<Options>();
    verb.prefix_command();
    verb.add_option("shell", options->shell)->required();
    verb.add_option("words", options->words);
    choose(verb, session, [options, &session] {
        return run_complete(options->shell, options->words, session);
    });
}

} // namespace orch::cmd
