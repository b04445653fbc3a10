#include "cmd/machine/driver_options.hpp"

#include "lib/base/error.hpp"
#include "lib/base/text.hpp"

#include <CLI/CLI.hpp>

namespace orch::cmd::machine {

namespace {

using drivers::Option;
using drivers::OptionKind;

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

} // namespace

DriverOptions::DriverOptions(CLI::App& app, const drivers::Registry& registry)
    : given_(std::make_shared<std::map<std::string, Given>>()) {
    for (const auto& row : registry.rows()) {
        for (const auto& option : row.info.options) {
            auto& given = (*given_)[option.name];
            owner_[option.name] = row.info.name;
            const auto name = "--" + option.name;
            auto* added = option.kind == OptionKind::flag
                              ? app.add_flag(name, given.flag, help_text(option))
                              : app.add_option(name, given.texts, help_text(option))
                                    ->allow_extra_args(false)
                                    ->type_name(option.kind == OptionKind::integer ? "N" : "VALUE");
            added->group("Options of driver " + row.info.name);
        }
    }
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
        const auto& given = given_->at(option.name);
        const auto from_environment = option.env.empty() ? "" : environment.get_or(option.env, "");
        std::string raw = option.fallback;
        if (!from_environment.empty())
            raw = share_of(option, from_environment, index, count);
        if (given.flag)
            raw = "true";
        if (!given.texts.empty()) {
            // A list keeps what the environment says and adds to it, as docker-machine does.
            const auto joined = text::join(given.texts, ",");
            const bool adds = option.kind == OptionKind::list && !from_environment.empty();
            raw = adds                              ? from_environment + "," + joined
                  : option.per_machine              ? share_of(option, joined, index, count)
                  : option.kind == OptionKind::list ? joined
                                                    : given.texts.back();
        } else if (option.per_machine && from_environment.empty() && count > 1) {
            raw = share_of(option, "", index, count);
        }
        values.set(option.name, drivers::value_from_text(option, raw));
    }
    return values;
}

} // namespace orch::cmd::machine
