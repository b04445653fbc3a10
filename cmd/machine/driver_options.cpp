#include "cmd/machine/driver_options.hpp"

#include "cmd/options.hpp"
#include "lib/base/error.hpp"
#include "lib/base/text.hpp"

#include <CLI/CLI.hpp>

namespace orch::cmd::machine {

namespace {

using drivers::Option;
using drivers::OptionKind;
using Given = DriverOptions::Given;

std::string help_text(const Option& option) {
    auto text = option.help;
    if (option.per_machine)
        text += "; with several machines a comma-separated list";
    if (!option.env.empty())
        text += " [$" + option.env + "]";
    if (!option.fallback.empty())
        text += " (" + option.fallback + ")";
    return text;
}

std::string from_environment(const Option& option, const os::Environment& environment) {
    const auto value = [&](const std::string& name) {
        return name.empty() ? std::string() : environment.get_or(name, "");
    };
    if (auto first = value(option.env); !first.empty() || !value(option.env_unless).empty())
        return first;
    return value(option.env_else);
}

/// What the command line says, else the environment; empty if neither does.
std::string said_of(const Option& option, const Given& given, const os::Environment& environment) {
    const auto variable = from_environment(option, environment);
    if (given.flag)
        return "true";
    if (given.texts.empty())
        return variable;
    return option.per_machine ? text::join(given.texts, ",") : given.texts.back();
}

/// A list adds to what the environment says, as docker-machine's does. Only there commas separate
/// items.
drivers::Values::Value
list_of(const Option& option, const Given& given, const os::Environment& environment) {
    const auto variable = from_environment(option, environment);
    const bool said = !variable.empty() || !given.texts.empty();
    auto value = drivers::value_from_text(option, said ? variable : option.fallback);
    auto& items = std::get<std::vector<std::string>>(value);
    items.insert(items.end(), given.texts.begin(), given.texts.end());
    return value;
}

/// The value of one machine out of "a,b,c".
std::string
share_of(const Option& option, const std::string& raw, std::size_t index, std::size_t count) {
    if (!option.per_machine || count == 1)
        return raw;
    const auto parts = text::split(raw, ',');
    if (parts.size() == count)
        return std::string(text::trim(parts[index]));
    throw Error(
        Kind::usage,
        "--{} has {} values for {} machines",
        option.name,
        raw.empty() ? 0 : parts.size(),
        count
    )
        .hint(
            "give one value for each machine, in the order of their names: --{} A,B,C", option.name
        );
}

/// The option of that name that the command has without its drivers.
const CLI::Option* own_option(const CLI::App& app, const std::string& name) {
    for (const auto* level = &app; level != nullptr; level = level->get_parent())
        if (const auto* const option = level->get_option_no_throw(name); option != nullptr)
            return option;
    return nullptr;
}

} // namespace

DriverOptions::DriverOptions(
    CLI::App& app, const drivers::Registry& registry, const drivers::Row* plugin
)
    : given_(std::make_shared<std::map<std::string, Given>>()) {
    if (plugin != nullptr)
        add(app, plugin->info);
    for (const auto& row : registry.rows())
        add(app, row.info);
}

void DriverOptions::add(CLI::App& app, const drivers::Info& info) {
    for (const auto& option : info.options) {
        const auto name = "--" + option.name;
        if (owner_.contains(option.name))
            continue;
        if (const auto* const own = own_option(app, name); own != nullptr) {
            shared_[option.name] = own;
            continue;
        }
        auto& given = (*given_)[option.name];
        owner_[option.name] = info.name;
        auto* added = option.kind == OptionKind::flag
                          ? app.add_flag(name, given.flag, help_text(option))
                          : app.add_option(name, given.texts, help_text(option))
                                ->allow_extra_args(false)
                                ->type_name(option.kind == OptionKind::integer ? "N" : "VALUE");
        added->group(driver_section(info.name));
    }
}

/// A plugin whose options were not asked for when the words were parsed was given none.
Given DriverOptions::given(const std::string& name) const {
    if (const auto found = given_->find(name); found != given_->end())
        return found->second;
    const auto shared = shared_.find(name);
    if (shared == shared_.end() || shared->second->empty())
        return {};
    const bool is_flag = shared->second->get_items_expected_max() == 0;
    return is_flag ? Given{.flag = true} : Given{.texts = shared->second->results()};
}

drivers::Values DriverOptions::values(
    const drivers::Info& info,
    const os::Environment& environment,
    std::size_t index,
    std::size_t count
) const {
    for (const auto& [name, given] : *given_)
        if (owner_.at(name) != info.name && (given.flag || !given.texts.empty()))
            throw Error(
                Kind::usage,
                "--{} is an option of driver {}, not of {}",
                name,
                owner_.at(name),
                info.name
            );

    drivers::Values values;
    for (const auto& option : info.options) {
        const auto given = this->given(option.name);
        if (option.kind == OptionKind::list) {
            values.set(option.name, list_of(option, given, environment));
            continue;
        }
        const auto said = said_of(option, given, environment);
        const bool split = option.per_machine && count > 1;
        const auto raw = split          ? share_of(option, said, index, count)
                         : said.empty() ? option.fallback
                                        : said;
        values.set(option.name, drivers::value_from_text(option, raw));
    }
    return values;
}

} // namespace orch::cmd::machine
