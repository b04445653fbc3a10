#include "cmd/options.hpp"

#include "lib/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace orch::cmd {

namespace {

constexpr std::string_view driver_prefix = "Options of driver ";

} // namespace

CLI::Option* add_list(
    CLI::App& app,
    const std::string& names,
    std::vector<std::string>& values,
    const std::string& help
) {
    // CLI11's own lists would swallow the positionals that follow.
    return app.add_option(names, values, help)->allow_extra_args(false);
}

CLI::Option* add_choice(
    CLI::App& app,
    Session& session,
    const std::string& names,
    std::string& value,
    std::vector<std::string> allowed,
    const std::string& help
) {
    auto* const option = app.add_option(names, value, help)->capture_default_str();
    option->type_name(text::join(allowed, "|"));
    session.completions.add(*option, [allowed] {
        std::vector<Candidate> candidates;
        for (const auto& word : allowed)
            candidates.push_back({word, ""});
        return candidates;
    });
    option->check(CLI::Validator(
        [allowed = std::move(allowed)](const std::string& text) -> std::string {
            if (std::find(allowed.begin(), allowed.end(), text) != allowed.end())
                return {};
            return fmt::format("'{}' is none of {}", text, text::join(allowed, ", "));
        },
        "" // no description: it would be glued to the type's name
    ));
    return option;
}

CLI::Option*
add_seconds(CLI::App& app, const std::string& names, int& value, const std::string& help) {
    auto* const option = app.add_option(names, value, help);
    return option->check(CLI::Validator(
        [](const std::string& text) -> std::string {
            // CLI11's own range check shows limits that nobody asked for.
            if (!text.empty() && text.find_first_not_of("0123456789") == std::string::npos)
                return {};
            return fmt::format("'{}' is no number of seconds", text);
        },
        ""
    ));
}

CLI::Option* from_env(CLI::Option* option, const std::string& variable, const Session& session) {
    option->description(option->get_description() + " [$" + variable + "]");
    const auto value = session.environment.get_or(variable, "");
    if (value.empty())
        return option;
    const auto shown = option->get_default_str();
    const auto before = option->capture_default_str()->get_default_str();
    try {
        option->default_val(value);
    } catch (const CLI::ParseError&) {
        // docker-machine ignores a variable that does not fit, and scripts have them set. The
        // failed conversion left its traces in the variable.
        if (!before.empty())
            option->default_val(before);
        option->default_str(shown);
    }
    return option;
}

std::string driver_section(std::string_view driver) {
    return std::string(driver_prefix) + std::string(driver);
}

bool is_shown(const CLI::App& app, const CLI::Option& option) {
    const auto& section = option.get_group();
    if (section.empty())
        return false;
    if (!section.starts_with(driver_prefix))
        return true;
    const auto* const driver = app.get_option_no_throw("--driver");
    if (driver == nullptr)
        return false;
    const auto chosen = driver->empty() ? driver->get_default_str() : driver->results().back();
    return section == driver_section(chosen);
}

} // namespace orch::cmd
