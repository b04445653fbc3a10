#include "compose/load/read.hpp"

#include "compose/load/check.hpp"
#include "compose/load/interpolate.hpp"
#include "compose/load/keys.hpp"
#include "lib/base/error.hpp"
#include "lib/fs/files.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace orch::compose::load {

namespace {

/// The type of a value in the words of docker-compose's checks of the outer shape.
std::string_view shape_name(const yaml::Node& node) {
    switch (node.type) {
    case yaml::Type::mapping:
        return "a mapping";
    case yaml::Type::integer:
        return "a number";
    case yaml::Type::null:
        return "null";
    default:
        return yaml::type_name(node.type);
    }
}

/// `services:` of a later format, not a service that somebody called "services".
bool is_services_section(const yaml::Node& node) {
    return node.is(yaml::Type::mapping) &&
           std::all_of(node.entries.begin(), node.entries.end(), [](const yaml::Entry& entry) {
               return entry.value.is(yaml::Type::mapping) && find_key(entry.key.scalar) == nullptr;
           });
}

/// The top-level key that only later formats have, or null.
const yaml::Node* later_format_key(const yaml::Node& root) {
    for (const auto& entry : root.entries) {
        const bool version = entry.key.scalar == "version" && entry.value.is_scalar();
        const bool services = entry.key.scalar == "services" && is_services_section(entry.value);
        if (version || services)
            return &entry.key;
    }
    return nullptr;
}

bool valid_name(std::string_view name) {
    constexpr std::string_view allowed =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    return !name.empty() && name.find_first_not_of(allowed) == std::string_view::npos;
}

/// A section of later formats, not a service that somebody called "volumes".
bool is_later_section(const yaml::Entry& entry) {
    constexpr std::string_view sections[] = {"configs", "networks", "secrets", "volumes"};
    const auto& members = entry.value.entries;
    return std::find(std::begin(sections), std::end(sections), entry.key.scalar) !=
               std::end(sections) &&
           (entry.value.is(yaml::Type::mapping) || entry.value.is(yaml::Type::null)) &&
           std::none_of(members.begin(), members.end(), [](const yaml::Entry& member) {
               return find_key(member.key.scalar) != nullptr;
           });
}

/// What else to say of a top-level key that is no service.
std::string_view misplaced(std::string_view name) {
    if (name == "name")
        return "; the project's name is given with --project-name";
    return find_key(name) == nullptr ? "" : "; to be a key of the service above, indent it";
}

/// Names a service; false if the entry cannot be one.
bool is_service(const yaml::Entry& entry, Findings& findings) {
    const auto& name = entry.key.scalar;
    if (is_later_section(entry)) {
        findings.add(
            entry.key.mark,
            "'{}' is a section of later formats; version 1 has only services at the top level",
            name
        );
        return false;
    }
    const bool text = entry.key.is(yaml::Type::string);
    if (!text)
        findings.add(
            entry.key.mark, "the services name {} must be a quoted string, i.e. '{}'", name, name
        );
    else if (!valid_name(name))
        findings.add(
            entry.key.mark,
            "Invalid service name '{}' - only [a-zA-Z0-9\\._\\-] characters are allowed",
            name
        );
    const bool shape = entry.value.is(yaml::Type::mapping) || entry.value.is(yaml::Type::null);
    if (!shape)
        findings.add(
            entry.value.mark,
            "services '{}' must be a mapping not {}{}",
            name,
            shape_name(entry.value),
            misplaced(name)
        );
    return text && shape && valid_name(name);
}

RawService raw_service(const yaml::Entry& entry) {
    RawService service{
        .name = entry.key.scalar,
        .mark = entry.key.mark,
        .options = entry.value,
        .wrong = {},
        .base_missing = false};
    service.options.type = yaml::Type::mapping; // nothing is an empty service
    return service;
}

/// False if this is no version 1 file at all.
bool has_shape(const yaml::Node& root, const std::string& shown, Findings& findings) {
    if (!root.is(yaml::Type::mapping)) {
        auto mark = root.mark;
        if (mark.line == 0)
            mark = {std::make_shared<const std::string>(shown), 1, 1};
        findings.add(
            mark,
            "Top level object in '{}' needs to be an object not {}",
            shown,
            root.is(yaml::Type::null) ? "an empty file" : shape_name(root)
        );
        return false;
    }
    if (const auto* key = later_format_key(root)) {
        findings.add(
            key->mark, "this is not a version 1 file: it has the top-level key '{}'", key->scalar
        );
        findings.hint("a version 1 file has its services at the top level: remove 'version:', and "
                      "'services:' with its indentation; 'docker compose' reads later formats");
        return false;
    }
    return true;
}

} // namespace

std::string read_text(const std::filesystem::path& path, const std::string& shown) {
    try {
        return fs::read_file(path);
    } catch (const Error& error) {
        const bool missing = error.kind() == Kind::not_found;
        throw Error(
            error.kind(),
            "cannot read compose file {}: {}",
            shown,
            missing ? "no such file" : error.message()
        );
    }
}

RawFile parse_file(
    std::string_view text,
    const std::filesystem::path& path,
    const std::string& shown,
    const std::filesystem::path& base,
    Context& context
) {
    RawFile file{.shown = shown, .path = path, .services = {}, .readable = false, .refused = {}};
    context.findings.open(shown);
    context.bases.emplace(shown, base);
    yaml::Document document;
    try {
        document = yaml::parse(text, shown);
    } catch (const yaml::SyntaxError& error) {
        context.findings.add(error.mark(), "{}", error.problem());
        if (!error.hint().empty())
            context.findings.hint(error.hint());
        return file;
    }
    for (const auto& warning : document.warnings)
        context.findings.warn(warning.mark.text() + ": " + warning.message);
    file.readable = has_shape(document.root, shown, context.findings);
    if (!file.readable)
        return file;
    for (const auto& entry : document.root.entries) {
        if (!is_service(entry, context.findings)) {
            file.refused.insert(entry.key.scalar);
            continue;
        }
        auto service = raw_service(entry);
        if (context.interpolates)
            interpolate(service, context);
        check(service, context.findings, !context.interpolates);
        file.services.put(std::move(service));
    }
    return file;
}

} // namespace orch::compose::load
