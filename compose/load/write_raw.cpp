#include "compose/load/write_raw.hpp"

#include "compose/load/values/paths.hpp"
#include "compose/load/values/volumes.hpp"
#include "compose/model/service.hpp"
#include "lib/base/text.hpp"
#include "lib/yaml/scalar.hpp"

#include <fmt/format.h>

#include <map>

namespace orch::compose::load {

namespace {

/// What stands behind "KEY:" or "- "; nested values on lines of their own, `indent` deep.
std::string value_behind(const yaml::Node& node, std::size_t indent) {
    const std::string margin(indent, ' ');
    std::string result;
    switch (node.type) {
    case yaml::Type::null:
        return "\n";
    case yaml::Type::string:
        return " " + yaml::write_string(node.scalar) + "\n";
    case yaml::Type::sequence:
        result = node.items.empty() ? " []\n" : "\n";
        for (const auto& item : node.items)
            result += margin + "-" + value_behind(item, indent + 2);
        return result;
    case yaml::Type::mapping:
        result = node.entries.empty() ? " {}\n" : "\n";
        for (const auto& entry : node.entries)
            result += fmt::format(
                "{}  {}:{}",
                margin,
                yaml::write_string(entry.key.scalar),
                value_behind(entry.value, indent + 2)
            );
        return result;
    default: // plain text that reads as the same number or boolean again
        return " " + node.scalar + "\n";
    }
}

bool has_variable_in_front(const std::string& text) { return text.starts_with('$'); }

void make_absolute(yaml::Node& node, const Context& context) {
    if (!has_variable_in_front(node.scalar))
        node.scalar =
            values::absolute_path(node.scalar, context.base_of(node.mark), context.environment);
}

/// HOST of "HOST:CONTAINER[:MODE]", where it is a path.
void make_source_absolute(yaml::Node& node, const Context& context) {
    const auto colon = node.scalar.find(':');
    if (colon == std::string::npos || colon == 0)
        return;
    Volume volume{.source = node.scalar.substr(0, colon), .target = {}, .mode = {}};
    if (!volume.source.starts_with('.') && !volume.source.starts_with('~'))
        return;
    values::resolve_source(volume, false, context.base_of(node.mark), context.environment);
    node.scalar = volume.source + node.scalar.substr(colon);
}

yaml::Node* find(RawService& service, std::string_view key) {
    for (auto& entry : service.options.entries)
        if (entry.key.scalar == key)
            return &entry.value;
    return nullptr;
}

} // namespace

void make_paths_absolute(RawService& service, const Context& context) {
    if (auto* build = find(service, "build");
        build != nullptr && !Build{build->scalar, {}}.remote())
        make_absolute(*build, context);
    if (auto* files = find(service, "env_file")) {
        if (files->is_scalar())
            make_absolute(*files, context);
        for (auto& file : files->items)
            make_absolute(file, context);
    }
    auto* volumes = find(service, "volumes");
    if (volumes != nullptr && find(service, "volume_driver") == nullptr)
        for (auto& volume : volumes->items)
            make_source_absolute(volume, context);
}

std::string write_raw(const RawServices& services) {
    std::map<std::string, std::string> blocks;
    for (const auto& service : services.all()) {
        std::map<std::string, std::string> keys;
        for (const auto& entry : service.options.entries)
            keys[entry.key.scalar] = value_behind(entry.value, 2);
        auto& block = blocks[service.name] = yaml::write_string(service.name) + ":\n";
        for (const auto& [key, value] : keys)
            block += fmt::format("  {}:{}", key, value);
    }
    std::string result;
    for (const auto& [name, block] : blocks)
        result += block;
    return result.empty() ? "{}\n" : result;
}

} // namespace orch::compose::load
