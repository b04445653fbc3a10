#include "cmd/usage.hpp"

#include "cmd/verb.hpp"
#include "lib/base/text.hpp"

#include <algorithm>

namespace orch::cmd {

namespace {

Error unknown_option(const std::string& word, const CLI::App& app, const Session& session) {
    const auto option = word.substr(0, word.find('='));
    auto error = session.persona == Persona::docker_machine
                     ? Error(
                           Kind::usage,
                           "flag provided but not defined: {}",
                           option.substr(option.starts_with("--") ? 1 : 0)
                       )
                     : Error(Kind::usage, "unknown option {}", option);
    std::vector<std::string> known;
    for (const auto* level = &app; level != nullptr; level = level->get_parent())
        for (const auto* const each : level->get_options([](const CLI::Option*) { return true; }))
            for (const auto& name : each->get_lnames())
                known.push_back("--" + name);
    if (const auto nearest = text::nearest(option, known); !nearest.empty())
        return error.hint("did you mean {}? {} --help shows all options", nearest, full_name(app));
    return error.hint("{} --help", full_name(app));
}

/// The words that fitted nowhere decide first: a missing argument is often only their consequence.
void check_left_over(CLI::App& root, const Session& session) {
    auto words = root.remaining(true);
    std::erase(words, "--");
    if (words.empty())
        return;
    const auto& app = deepest(root);
    const auto option = std::find_if(words.begin(), words.end(), [](const std::string& word) {
        return word.size() > 1 && word.front() == '-';
    });
    if (option != words.end())
        throw ErrorWithHelp(
            unknown_option(*option, app, session), ErrorWithHelp::Headline::incorrect_usage
        );
    throw Error(Kind::usage, "unexpected argument {}", words.front())
        .hint("{} --help", full_name(app));
}

/// "--timeout: 1 required INT missing" begins with the option's name.
std::string name_in(const std::string& complaint) {
    return complaint.substr(0, complaint.find_first_of(": "));
}

std::string in_our_words(const CLI::ParseError& complaint) {
    const std::string said = complaint.what();
    if (dynamic_cast<const CLI::ArgumentMismatch*>(&complaint) != nullptr)
        return fmt::format("option {} needs a value", name_in(said));
    if (dynamic_cast<const CLI::ConversionError*>(&complaint) != nullptr) {
        // "Could not convert: --timeout = abc"
        const auto name = said.find(": ");
        const auto value = said.find(" = ");
        if (name != std::string::npos && value != std::string::npos && name < value)
            return fmt::format(
                "'{}' is not a value for {}",
                said.substr(value + 3),
                said.substr(name + 2, value - name - 2)
            );
    }
    if (dynamic_cast<const CLI::RequiredError*>(&complaint) != nullptr)
        return said.ends_with(" is required") ? fmt::format("{} is missing", name_in(said)) : said;
    if (dynamic_cast<const CLI::ExcludesError*>(&complaint) != nullptr)
        return text::replace_all(said, " excludes ", " cannot be used together with ");
    return said;
}

} // namespace

void throw_usage_error(const CLI::ParseError& complaint, CLI::App& root, const Session& session) {
    check_left_over(root, session);
    Error error(Kind::usage, "{}", in_our_words(complaint));
    error.hint("{} --help", full_name(deepest(root)));
    throw ErrorWithHelp(std::move(error), ErrorWithHelp::Headline::incorrect_usage);
}

} // namespace orch::cmd
