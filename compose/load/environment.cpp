#include "compose/load/environment.hpp"

#include "compose/load/values/items.hpp"
#include "compose/load/values/paths.hpp"
#include "lib/fs/files.hpp"

#include <filesystem>
#include <system_error>

namespace orch::compose::load {

namespace {

std::optional<values::EnvFile> read(const std::string& path, Context& context) {
    std::error_code error;
    if (!std::filesystem::is_regular_file(path, error))
        return std::nullopt;
    auto file = values::parse_env_file(fs::read_file(path), context.environment);
    for (const auto line : file.unreadable)
        context.findings.warn(fmt::format(
            "{}:{}: this is not NAME=VALUE and is left out; are the quotes closed?", path, line
        ));
    return file;
}

} // namespace

Environments::Variables Environments::resolve(const yaml::Node& options) {
    Variables variables;
    if (const auto* files = options.find("env_file")) {
        for (const auto& name : files->items)
            add_file(name, variables);
        if (files->is_scalar())
            add_file(*files, variables);
    }
    if (const auto* environment = options.find("environment"))
        for (const auto& [name, value] : values::as_mapping(*environment, '=', false).entries)
            variables[name.scalar] =
                value.is(yaml::Type::null) ? std::nullopt : std::optional(value.as_text());
    for (auto& [name, value] : variables)
        if (!value)
            value = context_.variables.get(name);
    return variables;
}

void Environments::add_file(const yaml::Node& name, Variables& variables) {
    const auto path =
        values::absolute_path(name.scalar, context_.base_of(name.mark), context_.environment);
    auto known = files_.find(path);
    if (known == files_.end())
        known = files_.emplace(path, read(path, context_)).first;
    if (!known->second) {
        context_.findings.add(name.mark, "Couldn't find env file: {}", path);
        return;
    }
    for (const auto& variable : known->second->variables)
        variables[variable.name] = variable.value;
}

} // namespace orch::compose::load
